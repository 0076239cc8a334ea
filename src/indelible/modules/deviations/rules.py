"""What a deviation must say before it goes on: class, repeat, impact, cause, and whether a CAPA answers it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from indelible.infra import canonical
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Event, Record, Version
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.practice import belonging

RANK = {"minor": 1, "major": 2, "critical": 3}
TREND = timedelta(days=365)
IMPACTS = ("product", "patient", "data")
TABLES = {"five whys": "whys", "fishbone": "fishbone"}
JUDGED = ("deviation.accepted_for_investigation", "deviation.accepted_for_correction")


@rule("minor_without_product_impact")
def minor_without_product_impact(case: Case) -> str | None:
    """Only a minor deviation that holds no lot is corrected without investigation."""
    if case.value("class") == "minor" and case.value("lot_hold") is False:
        return None
    return "Only what is minor and holds no lot is corrected without investigation: investigate it."


@rule("not_repeat")
def not_repeat(case: Case) -> str | None:
    """What happened before within 12 months, with the same cause or the same object, is investigated."""
    before = [one.number for one in _others(case) if _alike(case.content, records.values(one))]
    named = [item["number"] for item in case.value("repeat_of") or []]
    found = list(dict.fromkeys([*named, *before]))
    return f"It happened before within 12 months ({', '.join(found[:5])}): investigate it." if found else None


@rule("lowering_is_authorised")
def lowering_is_authorised(case: Case) -> str | None:
    """A class that is lower than at an earlier triage is lowered with the word of Quality."""
    highest = max((RANK.get(str(one), 0) for one in _earlier_classes(case)), default=0)
    lower = highest > RANK.get(str(case.value("class")), highest)
    if not lower or case.value("class_lowered"):
        return None
    return "The class was higher at an earlier triage: say that it is lowered; Quality then authorises it."


@rule("impact_assessed")
def impact_assessed(case: Case) -> str | None:
    """The impact on product, patients and data is decided, each with a reason that says something."""
    lacking = [name for name in IMPACTS if case.value(f"{name}_impact") is None or _empty(case, f"{name}_reason")]
    return f"Not assessed, or without a reason: impact on {', '.join(lacking)}." if lacking else None


@rule("critical_needs_capa")
def critical_needs_capa(case: Case) -> str | None:
    """A critical deviation needs a CAPA; a major one does unless the reason says why not."""
    if case.value("class") == "critical" and case.value("capa_needed") is False:
        return "A critical deviation needs a CAPA."
    undecided = case.value("class") == "major" and case.value("capa_needed") is False and _empty(case, "capa_reason")
    return "A major deviation needs a CAPA, or the reason why not." if undecided else None


@rule("cause_named")
def cause_named(case: Case) -> str | None:
    """An investigation names cause and code, the method with what it found, and what it saw in 24 months."""
    lacking = [name for name in ("cause", "cause_code", "method", "look_back") if not case.value(name)]
    table = TABLES.get(str(case.value("method")))
    lacking += [table] if table and not case.value(table) else []
    words = ", ".join(field.title.lower() for name in lacking if (field := case.declaration.field(name)))
    return f"The investigation lacks: {words}." if words else None


@rule("needed_capa_plan_approved", alone=True)
def needed_capa_plan_approved(case: Case) -> str | None:
    """Where a CAPA is needed, one that answers this deviation has an approved plan; it need not be finished."""
    if not case.value("capa_needed"):
        return None
    plans = belonging.list_following(case.head, "capa")
    if any(_approved(plan) for plan in plans):
        return None
    words = ", ".join(plan.number for plan in plans) or "none was begun from here"
    return f"A CAPA is needed, and the plan of none is approved ({words})."


def _approved(plan: Record) -> bool:
    return any(given["meaning"] == "quality_approved" for given in plan.signed.get("done", []))


def _others(case: Case) -> list[Record]:
    rows = Record.objects.filter(type=case.type, created_at__gte=case.at - TREND).exclude(pk=case.head.pk)
    return [one for one in rows.order_by("-number") if records.state_of(one).look != "void"]


def _alike(mine: dict[str, Any], other: dict[str, Any]) -> bool:
    cause = mine.get("cause_code") or mine.get("suspected_cause")
    same_cause = cause not in (None, "unknown") and cause == (other.get("cause_code") or other.get("suspected_cause"))
    objects = [{item["number"] for item in values.get("affected_records") or []} for values in (mine, other)]
    return same_cause or bool(objects[0] & objects[1])


def _earlier_classes(case: Case) -> list[Any]:
    """Give the classes under which the record left triage before, from the versions that were signed then."""
    events = (canonical.decode(p) for p in Event.objects.filter(record_id=case.head.id).values_list("payload", flat=True))
    versions = {event["version"]["number"] for event in events if event["event"] in JUDGED}
    return [content.get("class") for content in _contents(case, versions)]


def _contents(case: Case, versions: set[int]) -> list[dict[str, Any]]:
    rows = Version.objects.filter(record_id=case.head.id, number__in=versions)
    return [records.named(case.declaration, canonical.decode(row.content)["fields"]) for row in rows if row.content]


def _empty(case: Case, name: str) -> bool:
    text = str(case.value(name) or "")
    return len(text.strip()) < case.configuration.policies.reason_length or is_filler(text)
