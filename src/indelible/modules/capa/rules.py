"""What a CAPA must have planned before it is approved, and what must be seen before it is called effective."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel.case import Case
from indelible.kernel.models import Party
from indelible.kernel.rules import rule
from indelible.practice import belonging, extensions

USUAL, LONGEST = 90, 180  # days for the execution of a plan


@rule("criterion_and_checker_set")
def criterion_and_checker_set(case: Case) -> str | None:
    """The criterion, how it is checked and by whom are known in advance; the checker neither owns nor does any of it."""
    lacking = [name for name in ("criterion", "check_method", "checker") if not case.value(name)]
    if lacking:
        words = ", ".join(field.title.lower() for name in lacking if (field := case.declaration.field(name)))
        return f"The plan lacks: {words}."
    children = [child.pk for child in belonging.children(case.head)]
    assignees = Party.objects.filter(record_id__in=children, capacity="assignee").values_list("person_id", flat=True)
    doers = {str(case.head.owner_id), *map(str, assignees)}
    return "The checker owns this or does one of its actions; name somebody else." if doers & set(_checker(case)) else None


@rule("actions_are_planned", alone=True)
def actions_are_planned(case: Case) -> str | None:
    """A plan has at least one action, with who does it and by when."""
    return None if belonging.children(case.head) else "No action belongs to this CAPA yet: raise one from here."


@rule("implemented_within_90_days")
def implemented_within_90_days(case: Case) -> str | None:
    """A plan is carried out within 90 days; longer only by an extension."""
    until = case.value("implement_by")
    latest = _day(case, case.at) + timedelta(days=USUAL)
    return f"A plan takes at most {USUAL} days: {latest} at the latest." if until and _read(until) > latest else None


@rule("implemented_within_180_days")
def implemented_within_180_days(case: Case) -> str | None:
    """Beyond 180 days after the approval of the plan management signs the extension as well."""
    until, approved = case.value(extensions.ASKED), _approved(case)
    if until is None or approved is None or _read(until) <= _day(case, approved) + timedelta(days=LONGEST):
        return None
    return f"That is more than {LONGEST} days after the plan was approved: management signs as well."


@rule("criterion_is_met")
def criterion_is_met(case: Case) -> str | None:
    """It is called good only where the result meets the criterion."""
    return (
        None
        if case.value("criterion_met")
        else "The result does not meet the criterion, or nobody has said whether it does."
    )


@rule("criterion_is_not_met")
def criterion_is_not_met(case: Case) -> str | None:
    """It is called ineffective where the result does not meet the criterion."""
    return None if case.value("criterion_met") is False else "Nobody has said that the result misses the criterion."


@rule("effect_could_be_seen")
def effect_could_be_seen(case: Case) -> str | None:
    """The effect is judged when the time for it has passed; with nothing to judge by, it is extended instead."""
    due = case.head.due_at
    if due is None or _day(case, case.at) >= _day(case, due):
        return None
    return f"The effect is measured on {_day(case, due)} at the earliest; with no event to judge by, extend it."


def _checker(case: Case) -> list[str]:
    return case.named_people("checker")


def _approved(case: Case) -> datetime | None:
    given = [s for s in case.done_signatures() if s["meaning"] == "quality_approved"]
    return clock.parse(given[-1]["at"]) if given else None


def _day(case: Case, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(case.configuration.company.zone)).date()


def _read(day: str) -> date:
    return date.fromisoformat(day)
