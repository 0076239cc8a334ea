"""When the next calibration of equipment may be written down: after one that was made, with its proof."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.rules import rule

PROOF = ("calibrated_on", "certificate")


@rule("calibration_has_its_proof")
def calibration_has_its_proof(case: Case) -> str | None:
    """The day of the next calibration changes only together with the one that was made and its certificate (211.160(b)(4))."""
    before = records.values(case.record) if case.record else {}
    if before.get("calibration_due") in (None, case.value("calibration_due")):
        return None
    same = [name for name in PROOF if before.get(name) == case.value(name) or not case.value(name)]
    return (
        "Another day needs a calibration: give the day on which it was made and its certificate as well." if same else None
    )


@rule("calibration_is_ahead")
def calibration_is_ahead(case: Case) -> str | None:
    """What is in use as calibrated has a calibration that was made, with its certificate, and a next one that is still to come."""
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    made, due = case.value("calibrated_on"), case.value("calibration_due")
    if not made or not due or not case.value("certificate"):
        return "Write down the day of the calibration and that of the next one, and add the certificate."
    return (
        "The next calibration lies in the past: write down the day after this one."
        if date.fromisoformat(due) < today
        else None
    )
