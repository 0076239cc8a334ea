"""What a company adds, leaves out and rates anew: with reasons, and never by changing the words that ship."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indelible.assurance.catalogue.loading import Broken, Catalogue
from indelible.assurance.catalogue.own import Rating, with_own
from tests.assurance.catalogue.writing import LATER, REQUIREMENTS, read

pytestmark = pytest.mark.engine_free
HIGH = "URS-SIG-001"
WHY = "We use it in one laboratory only."


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Give a catalogue of two requirements."""
    return read(tmp_path, REQUIREMENTS + LATER)


def test_own_ones_stand_beside_the_shipped_ones_and_say_that_they_are_own(catalogue: Catalogue) -> None:
    own = replace(catalogue.requirements[HIGH], id="URS-VAL-900", types=("sample",), place="VRQ-001")

    found = with_own(catalogue, [own], {HIGH: WHY}, {})

    assert found.requirements["URS-VAL-900"].source == "own"
    assert found.requirements[HIGH] == catalogue.requirements[HIGH]
    assert found.excluded == {HIGH: WHY}
    assert "URS-VAL-900" not in catalogue.requirements


def test_risks_are_rated_anew_with_a_rationale_and_the_fingerprint_tells(catalogue: Catalogue) -> None:
    worse = replace(catalogue.requirements["URS-SIG-002"].risks[0], severity="high", detectability="low")

    found = with_own(catalogue, [], {}, {"URS-SIG-002": Rating((worse,), WHY)})

    assert found.requirements["URS-SIG-002"].priority == "high"
    assert found.requirements["URS-SIG-002"].fingerprint != catalogue.requirements["URS-SIG-002"].fingerprint
    assert found.rated == {"URS-SIG-002": WHY}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": HIGH}, "stands here a second time"),
        ({"id": "OWN-1"}, "is no id of a requirement"),
        ({"clauses": ()}, "at least one obligation"),
        ({"clauses": ("R-9",)}, "The obligation 'R-9' is not known"),
        ({"text": "It is so."}, 'holds no "shall"'),
        ({"risks": ()}, "has at least one risk"),
        ({"settings": ("policies.idle",)}, "No setting is called"),
    ],
)
def test_an_own_one_is_held_to_the_same_rules(catalogue: Catalogue, change: dict[str, object], said: str) -> None:
    own = replace(catalogue.requirements[HIGH], **{"id": "URS-VAL-900", "place": "VRQ-001", **change})  # type: ignore[arg-type]

    with pytest.raises(Broken, match=said) as caught:
        with_own(catalogue, [own], {}, {})
    assert caught.value.errors[0].file == "VRQ-001"


def test_nothing_is_left_out_or_rated_without_a_sentence_or_without_being_there(catalogue: Catalogue) -> None:
    low = Rating((replace(catalogue.requirements[HIGH].risks[0], severity="low"),), WHY)

    for excluded, rated, said in (
        ({HIGH: "n/a"}, {}, "Say why in a sentence"),
        ({HIGH: ""}, {}, "Say why in a sentence"),
        ({"URS-SIG-099": WHY}, {}, "No requirement is called 'URS-SIG-099'"),
        ({}, {"URS-SIG-099": low}, "No requirement is called 'URS-SIG-099'"),
        ({}, {HIGH: replace(low, because="ok")}, "Say why in a sentence"),
        ({}, {HIGH: low}, "say under `below_high` why not high"),
        ({}, {HIGH: replace(low, risks=())}, "has at least one risk"),
    ):
        with pytest.raises(Broken, match=said):
            with_own(catalogue, [], excluded, rated)
    assert (
        with_own(catalogue, [], {}, {HIGH: replace(low, below_high="A person compares every page.")})
        .requirements[HIGH]
        .priority
        != "high"
    )
