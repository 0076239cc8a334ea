"""The permission matrix: each type, state, act and person; what the YAML promises is what the door does.

The expected answers come from `tests.reading`, which knows nothing of the product. A difference is shown as a
sentence; all differences of a situation are collected, so that one fault does not hide the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from indelible.kernel import queries
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Event, Record, Signature
from tests.homes import TestHome
from tests.properties import separations, testimony, ways
from tests.properties import cast as casting
from tests.properties.cast import Cast, Player
from tests.properties.stage import VARIANTS, Situation, Stage, situations
from tests.reading import (
    ABSENT, ALLOWED, CLOSED, IMPOSSIBLE, INACTIVE, NO_HUMAN, REFUSED, SIGNS, Answer, Reading,
)  # fmt: skip

RULES = {
    REFUSED: {"authority", "signer_authority", "token_scope"}, INACTIVE: {"active_person"},
    IMPOSSIBLE: {"declared_move", "declared_act", "fields_frozen", "one_open_revision", "nothing_due"},
    NO_HUMAN: {"human_signature_required"}, CLOSED: {"validated_state", "founding_wet_ink"},
}  # fmt: skip
Cell = tuple[Situation, str, str]


@pytest.fixture(scope="session")
def reading(template: TestHome) -> Reading:
    return Reading(template.path / "configuration")


@pytest.fixture
def cast(home: TestHome, reading: Reading) -> Cast:
    return casting.gather(home, reading)
