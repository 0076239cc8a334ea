"""When the calibration of equipment holds, what a calibration must satisfy, and who accepts it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from indelible.kernel import records, work
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.practice import belonging

DEVIATION, FAILED = "deviation", "failed"
RETIRED = "retired"


@rule("calibration_has_its_proof")
def calibration_has_its_proof(case: Case) -> str | None:
    """The day of the next calibration moves only with a calibration that Quality accepted (211.160(b)(4))."""
    before = records.values(case.record) if case.record else {}
    if before.get("calibration_due") in (None, case.value("calibration_due")):
        return None
    if case.person is None and case.value("calibration") and before.get("calibration") != case.value("calibration"):
        return None
    return "The next day moves with a calibration: begin one from this equipment, and Quality accepts it."


@rule("calibration_is_ahead")
def calibration_is_ahead(case: Case) -> str | None:
    """What is in use as calibrated has a calibration that was made, with its proof, and a next one that is still to come."""
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    made, due = case.value("calibrated_on"), case.value("calibration_due")
    if not made or not due or not (case.value("certificate") or case.value("calibration")):
        return "Write down the day of the calibration and that of the next one, and add the certificate."
    return (
        "The next calibration lies in the past: write down the day after this one."
        if date.fromisoformat(due) < today
        else None
    )


@rule("somebody_calibrated_it")
def somebody_calibrated_it(case: Case) -> str | None:
    """A calibration is done by a person or by a supplier, and by one of both."""
    if bool(case.value("performed_by")) != bool(case.value("supplier")):
        return None
    return "Name who calibrated it: a person, or an approved supplier; not both."


@rule("equipment_is_calibrated_at_all")
def equipment_is_calibrated_at_all(case: Case) -> str | None:
    """What is calibrated stands in the register as such, and is not retired."""
    equipment = of(case)
    if equipment is None or equipment.state == RETIRED:
        return "That equipment is retired." if equipment else "Name the equipment."
    if records.values(equipment)["calibrated"]:
        return None
    return f"{equipment.number} is not calibrated by the register: amend it there first."


@rule("interval_is_of_its_equipment")
def interval_is_of_its_equipment(case: Case) -> str | None:
    """The interval is that of the register, which Quality approved; a calibration sets it only where there is none."""
    equipment, mine = of(case), case.value("interval_months")
    theirs = records.values(equipment)["interval_months"] if equipment else None
    if theirs is None or mine is None or Decimal(theirs) == Decimal(mine):
        return None
    return f"{equipment.number if equipment else ''} is calibrated every {theirs} months: write that, or have the register amended."


@rule("next_day_follows_from_interval")
def next_day_follows_from_interval(case: Case) -> str | None:
    """The next day is the day of the calibration and the interval; nobody types another one."""
    expected = next_due(case.content)
    return None if case.value("next_due") == expected else f"The next one is due on {expected}: it is filled in by itself."


@rule("failed_as_found_has_its_deviation", alone=True)
def failed_as_found_has_its_deviation(case: Case) -> str | None:
    """What was out of its limits as found may have measured wrongly before: a deviation that was reported asks for what."""
    if case.value("as_found") != FAILED:
        return None
    found = belonging.list_following(case.head, DEVIATION)
    if any(one.state != "draft" and records.state_of(one).look != "void" for one in found):
        return None
    drafts = ", ".join(one.number for one in found if one.state == "draft")
    return (
        f"Submit {drafts} first." if drafts else "It failed as found: begin a deviation from this calibration and submit it."
    )


@rule("no_later_calibration_is_accepted", alone=True)
def no_later_calibration_is_accepted(case: Case) -> str | None:
    """An older calibration never moves the day back."""
    equipment = of(case)
    last = records.values(equipment)["calibrated_on"] if equipment else None
    if not last or case.value("performed_on") >= last:
        return None
    return f"{equipment.number if equipment else ''} was calibrated on {last}, after this one: this one moves no day."


@rule("calibration_still_holds")
def calibration_still_holds(case: Case) -> str | None:
    """A calibration whose next one is overdue already brings nothing back into use."""
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    due = case.value("next_due")
    return (
        f"The next one was due on {due} already: it is calibrated again."
        if due and date.fromisoformat(due) < today
        else None
    )


@rule("calibration_is_accepted_by_another")
def calibration_is_accepted_by_another(case: Case) -> str | None:
    """Who calibrated does not accept it."""
    mine = case.person is not None and str(case.person.id) in case.named_people("performed_by")
    return "You calibrated it; somebody else accepts it." if mine else None


def of(case: Case) -> Record | None:
    """Give the equipment of a calibration."""
    return belonging.parent(case)


def next_due(values: dict[str, object]) -> str | None:
    """Give the next day by the day of a calibration and its interval, None while one is missing."""
    made, months = values.get("performed_on"), values.get("interval_months")
    return work.later(date.fromisoformat(str(made)), int(Decimal(str(months)))).isoformat() if made and months else None
