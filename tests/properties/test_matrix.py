"""The permission matrix: each type, state, act and person; what the YAML promises is what the door does.

The expected answers come from `tests.reading`, which knows nothing of the product. All differences of a type are
collected, so that one fault does not hide the next.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.homes import TestHome
from tests.properties import cast as casting
from tests.properties import cells, separations
from tests.properties.cast import Cast
from tests.properties.stage import VARIANTS, Stage, situations
from tests.reading import Reading

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="session")
def reading(template: TestHome) -> Reading:
    return Reading(template.path / "configuration")


@pytest.fixture
def cast(home: TestHome, reading: Reading) -> Cast:
    return casting.gather(home, reading)


def test_every_named_rule_is_read_a_second_time(reading: Reading) -> None:
    assert separations.declared(reading) <= set(separations.RULES)


@pytest.mark.parametrize("kind", sorted(VARIANTS))
def test_the_door_does_what_the_configuration_says(kind: str, cast: Cast) -> None:
    faults: list[str] = []
    counts: Counter[str] = Counter()
    for situation in situations(cast.reading, kind):
        stage = Stage(cast, situation)
        for player in cast.players.values():
            faults += _try(stage, player, counts)
    print(f"{kind}: {sum(counts.values())} cells: {dict(counts.most_common())}")

    import pathlib; pathlib.Path("/tmp/faults-"+kind).write_text("\n".join(faults))
    assert not faults, f"{len(faults)} differences:\n" + "\n".join(faults[:60])


def _try(stage: Stage, player: casting.Player, counts: Counter[str]) -> list[str]:
    faults: list[str] = []
    listed, at = None, None
    for verb in stage.verbs():
        if not stage.set():
            return [f"{stage.situation}: nobody can bring a record there"]
        if at != stage.made:
            listed, at = cells.listed(stage, player), stage.made
        cell = cells.read(stage, player, verb)
        counts[cell.kind] += 1
        faults += cells.compare_list(cell, listed) + cells.compare_door(cell)
    return faults
