"""What a change must say before it is assessed, begun, used and closed."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.kernel.case import Case
from indelible.kernel.models import AccessGrant
from indelible.kernel.rules import rule
from indelible.practice import belonging

TEMPORARY, PLANNED = 90, 180  # days at most
SYSTEMS = ("computer system", "configuration of this system", "release of this system")
AREAS = (
    "quality",
    "stability",
    "regulatory",
    "validation",
    "documents",
    "training",
    "supplier",
    "equipment",
    "data",
    "safety",
)
HEADS = ("dept_approver", "system_owner")


@rule("assessors_are_heads")
def assessors_are_heads(case: Case) -> str | None:
    """Who assesses for an area heads a function or owns a system now."""
    now = Q(from_at__lte=case.at) & (Q(until_at=None) | Q(until_at__gt=case.at))
    named = case.named_people("assessors")
    held = AccessGrant.objects.filter(now, role__in=HEADS, person_id__in=named).values_list("person_id", flat=True)
    others = set(named) - {str(person) for person in held}
    return f"{len(others)} of those named as assessors approve for no function; name heads of areas." if others else None


@rule("temporary_for_at_most_90_days")
def temporary_for_at_most_90_days(case: Case) -> str | None:
    """A temporary change lasts at most 90 days."""
    return _beyond(case, "temporary_until", TEMPORARY, "A temporary change lasts")


@rule("planned_within_180_days")
def planned_within_180_days(case: Case) -> str | None:
    """A change is ready for use within 180 days."""
    return _beyond(case, "planned_on", PLANNED, "A change is planned")


@rule("emergency_is_open_to_it")
def emergency_is_open_to_it(case: Case) -> str | None:
    """Settings of signature, trail, authority and retention have no emergency route."""
    return "Signature, trail, authority and retention have no emergency route." if case.value("protected_settings") else None


@rule("impact_is_assessed")
def impact_is_assessed(case: Case) -> str | None:
    """Every area is decided, with a reason, also where the change was begun in an emergency."""
    lacking = [area for area in AREAS if case.value(f"{area}_impact") is None or not case.value(f"{area}_reason")]
    return f"Not assessed: {', '.join(lacking)}." if lacking else None


@rule("tests_passed")
def tests_passed(case: Case) -> str | None:
    """What was to be tested passed, and a change of a computer system was tested."""
    result, system = case.value("test_result"), case.value("kind") in SYSTEMS
    good = result == "passed" or (result == "none needed" and not system)
    if good and case.value("test_evidence"):
        return None
    return (
        "A computer system is tested before use, with evidence."
        if system
        else "Say whether the tests passed, or why none are needed."
    )


@rule("way_back_is_done")
def way_back_is_done(case: Case) -> str | None:
    """What was begun was taken back before the change is given up."""
    return None if case.value("way_back_done") else "The way back is not done yet, or nobody says that it is."


@rule("temporary_change_became_permanent", alone=True)
def temporary_change_became_permanent(case: Case) -> str | None:
    """A temporary change is closed where an approved change made it permanent; otherwise it is undone."""
    if not case.value("temporary_until"):
        return None
    following = belonging.list_following(case.head, case.type)
    if any(s["meaning"] == "quality_approved" for one in following for s in one.signed.get("done", [])):
        return None
    return "It was for a time only: undo it, or make it permanent by a new change that names this one and is approved."


def _beyond(case: Case, name: str, days: int, words: str) -> str | None:
    latest = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date() + timedelta(days=days)
    day = case.value(name)
    return f"{words} for at most {days} days: {latest} at the latest." if day and date.fromisoformat(day) > latest else None
