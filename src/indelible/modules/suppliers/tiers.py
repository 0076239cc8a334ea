"""The only place that computes the tier of a supplier: four answers, the risk tables, and the sentence that says how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indelible.practice import grading
from indelible.practice.grading import HIGH, LOW, MEDIUM

QUESTIONS: dict[str, dict[str, str]] = {
    "fault_reaches": {"patients or product": HIGH, "quality or data": MEDIUM, "neither": LOW},
    "gxp_data": {"originals": HIGH, "copies": MEDIUM, "none": LOW},
    "track_record": {"new or unproven": HIGH, "some findings": MEDIUM, "proven": LOW},
    "noticed": {"by our own test before use": HIGH, "in papers only": MEDIUM, "not before use": LOW},
}
TIER = {HIGH: "critical", MEDIUM: "major", LOW: "minor"}
RANK = {"minor": 1, "major": 2, "critical": 3}


@dataclass(frozen=True, slots=True)
class Graded:
    """What the answers give: the tier, the one that applies after it was lowered, and how both came about."""

    computed: str
    tier: str
    basis: str


def graded(values: Mapping[str, Any]) -> Graded | None:
    """Give the tier that a supplier's answers make, with formula and inputs in words; None while an answer is missing."""
    if any(values.get(name) not in grades for name, grades in QUESTIONS.items()):
        return None
    grade = {name: grades[values[name]] for name, grades in QUESTIONS.items()}
    severity = grading.highest(grade["fault_reaches"], grade["gxp_data"])
    found = grading.risk_class(severity, grade["track_record"])
    priority = grading.priority(found, grade["noticed"])
    computed = TIER[priority]
    basis = (
        f"Severity {severity}, the higher of fault reaches “{values['fault_reaches']}” ({grade['fault_reaches']}) and GxP data "
        f"“{values['gxp_data']}” ({grade['gxp_data']}); probability {grade['track_record']} (track record "
        f"“{values['track_record']}”): class {found}. Detectability {grade['noticed']} (noticed “{values['noticed']}”): "
        f"priority {priority}, so {computed}. Tables of GAMP 5."
    )
    wanted = values.get("lowered_to")
    if not wanted:
        return Graded(computed, computed, basis)
    return Graded(computed, wanted, f"{basis} Lowered to {wanted} with the word of Quality.")
