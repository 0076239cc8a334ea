"""What an absence must satisfy: who enters it, for whom, for which days. It gives nobody a right."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.practice import absences
from indelible.practice.absences import Absence

HEAD, QUALITY = "dept_approver", frozenset({"qa_ops", "qa_approver"})
SETTLED = {absences.ANNOUNCED: ("person",), absences.RUNNING: ("person", "begins")}


@rule("absence_is_entered_by_who_may")
def absence_is_entered_by_who_may(case: Case) -> str | None:
    """An absence is entered by who is away, by the head of that person's department, or by Quality."""
    if case.record is not None or case.person is None or _is_away(case):
        return None
    department = _away(case).department
    heads = any(held.role == HEAD and held.scope in (None, department) and department for held in case.held)
    if heads or any(held.role in QUALITY for held in case.held):
        return None
    return f"{_away(case).title} enters it, the head of the department of {_away(case).title}, or Quality."


@rule("absence_is_in_its_department")
def absence_is_in_its_department(case: Case) -> str | None:
    """An absence stands in the department of who is away, so that the right head sees it; it need not be typed."""
    named, theirs = case.value("department"), _away(case).department
    if not _changed(case, "person", "department") or (case.record is None and not named):
        return None
    if (named[0]["number"] if named else None) == theirs:
        return None
    if theirs is None:
        return f"{_away(case).title} belongs to no department: leave it empty."
    return f"{_away(case).title} belongs to {theirs}: name that department."


@rule("absence_ends_after_it_begins")
def absence_ends_after_it_begins(case: Case) -> str | None:
    """Who is away is back on a later day than the first one away."""
    back = case.value("back_on")
    return "Back on must be a later day than the first one away." if back and back <= case.value("begins") else None


@rule("earlier_absence_is_entered_by_another")
def earlier_absence_is_entered_by_another(case: Case) -> str | None:
    """Nobody enters afterwards that they were away: it stops clocks that may have run out meanwhile."""
    if not _changed(case, "begins") or not _is_away(case):
        return None
    if date.fromisoformat(case.value("begins")) >= absences.day_of(case.at):
        return None
    return "It has begun already: the head of the department or Quality enters it, because it stops clocks that may have run out."


@rule("absence_stays_as_begun")
def absence_stays_as_begun(case: Case) -> str | None:
    """Whose absence it is stays, and once it runs so does its first day."""
    if case.record is None:
        return None
    changed = [name for name in SETTLED.get(case.head.state, ()) if _changed(case, name)]
    words = ", ".join(field.title.lower() for name in changed if (field := case.declaration.field(name)))
    return f"Not to be changed any more: {words}. Cancel it and enter another." if changed else None


@rule("absences_do_not_overlap", alone=True)
def absences_do_not_overlap(case: Case) -> str | None:
    """Nobody is away twice on the same day: each day stops the clocks once."""
    begins, back = date.fromisoformat(case.value("begins")), case.value("back_on")
    last = date.fromisoformat(back) - absences.DAY if back else date.max
    states = (absences.ANNOUNCED, absences.RUNNING, absences.OVER)
    mine = case.record.number if case.record else ""
    others = [one for one in absences.of([_away(case).pk], states=states) if one.number != mine]
    met: Absence | None = next((one for one in others if one.meets(begins, last)), None)
    return f"{met.number} says already that {_away(case).title} is away, {met.days}: change that one." if met else None


@rule("delegation_is_of_who_is_away")
def delegation_is_of_who_is_away(case: Case) -> str | None:
    """The delegation that an absence names was made by who is away."""
    for item in case.value("delegation") or []:
        away = records.values(case.other(item["number"]))["person"]["person"]
        if away not in case.named_people("person"):
            return f"{item['number']} is not a delegation of {_away(case).title}."
    return None


@rule("absence_is_cancelled_by_another")
def absence_is_cancelled_by_another(case: Case) -> str | None:
    """Who is away does not say that the absence never was."""
    return "Somebody else cancels it: for you it ends with coming back." if _is_away(case) else None


def running_or_to_come(person: UUID) -> list[str]:
    """Give the numbers of the absences of a person that are announced or running."""
    return [one.number for one in absences.of([person])]


def _is_away(case: Case) -> bool:
    return case.person is not None and str(case.person.id) in case.named_people("person")


def _away(case: Case) -> Record:
    return case.other(UUID(case.named_people("person")[0]))


def _changed(case: Case, *names: str) -> bool:
    before: dict[str, Any] = records.values(case.record) if case.record else {}
    return any(before.get(name) != case.value(name) for name in names)
