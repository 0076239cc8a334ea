"""Class and priority against the figure of GAMP, written out by hand cell by cell; and what makes a fingerprint another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indelible.assurance.catalogue.requirement import Requirement, Risk
from tests.assurance.catalogue.writing import LATER, REQUIREMENTS, read

pytestmark = pytest.mark.engine_free

# severity, probability: risk class
CLASSES = {
    ("high", "high"): 1, ("high", "medium"): 1, ("high", "low"): 2,
    ("medium", "high"): 1, ("medium", "medium"): 2, ("medium", "low"): 3,
    ("low", "high"): 2, ("low", "medium"): 3, ("low", "low"): 3,
}  # fmt: skip
# risk class, detectability (high: very likely noticed before harm): priority
PRIORITIES = {
    (1, "low"): "high", (1, "medium"): "high", (1, "high"): "medium",
    (2, "low"): "high", (2, "medium"): "medium", (2, "high"): "low",
    (3, "low"): "medium", (3, "medium"): "low", (3, "high"): "low",
}  # fmt: skip


def _risk(severity: str, probability: str, detectability: str, failure: str = "It fails.") -> Risk:
    return Risk(failure, "A slip.", "Harm.", severity, probability, detectability, "So.", "A rule.")


@pytest.mark.parametrize(("severity", "probability"), CLASSES)
@pytest.mark.parametrize("detectability", ["high", "medium", "low"])
def test_class_and_priority_are_those_of_the_figure(severity: str, probability: str, detectability: str) -> None:
    risk = _risk(severity, probability, detectability)

    assert risk.risk_class == CLASSES[severity, probability]
    assert risk.priority == PRIORITIES[risk.risk_class, detectability]


def test_a_requirement_has_the_highest_priority_of_its_risks(tmp_path: Path) -> None:
    one = read(tmp_path).requirements["URS-SIG-001"]
    low, medium, high = _risk("low", "low", "high"), _risk("medium", "low", "low"), _risk("high", "low", "low")

    assert replace(one, risks=(low, medium)).priority == "medium"
    assert replace(one, risks=(low, high, medium)).priority == "high"
    assert replace(one, risks=(low,)).priority == "low"


CHANGED = [
    ("bound to one record", "bound to exactly one record"), ("It must not be moved", "It may not be moved"),
    ("clauses: [R-1]", "clauses: [R-1, R-2]"), ("impact: [product, data]", "impact: [data]"), ("must: true", "must: false"),
    ("category: security", "category: data"), ("touches: signature", "touches: access"), ("types: [document]", "types: [capa]"),
    ("meanings.*.text", "meanings.*.label"), ("approver_is_not_author", "reviewers_are_not_authors"), ("high: true", "high: false"),
    ("probability: low", "probability: high"), ("Nobody would see it", "Nobody would notice it"), ("with a hash", "with a number"),
    ("A signature counts", "A signature could count"), ("leaves out the number", "leaves out the text"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now"), CHANGED)
def test_every_changed_word_makes_another_fingerprint(tmp_path: Path, was: str, now: str) -> None:
    before = read(tmp_path).requirements["URS-SIG-001"].fingerprint
    assert was in REQUIREMENTS

    after = read(tmp_path, REQUIREMENTS.replace(was, now, 1)).requirements["URS-SIG-001"]

    assert after.fingerprint != before


def test_moving_an_entry_or_writing_it_otherwise_makes_none(tmp_path: Path) -> None:
    before = read(tmp_path, REQUIREMENTS + LATER).requirements
    head, entry = REQUIREMENTS.split("\n", 1)
    noted = f"# a remark\n{head}\n{LATER}\n{entry}".replace("why: It must", 'why: "It must').replace(
        "be moved.", 'be moved."'
    )

    after = read(tmp_path, noted).requirements

    assert after["URS-SIG-001"].place != before["URS-SIG-001"].place
    assert {name: one.fingerprint for name, one in after.items()} == {name: one.fingerprint for name, one in before.items()}


def test_two_requirements_never_share_a_fingerprint(tmp_path: Path) -> None:
    found: dict[str, Requirement] = read(tmp_path, REQUIREMENTS + LATER).requirements

    assert len({one.fingerprint for one in found.values()}) == 2
