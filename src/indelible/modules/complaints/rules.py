"""What must be decided of a complaint before it is closed: who is told of it, by whom that was decided, what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from indelible.infra import canonical
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Event, Version
from indelible.kernel.rules import rule

ROWS, DECIDED = "reportability", "complaint.reportability_decided"
DAYS = {"15 days": 15, "7 days": 7, "3 days": 3, "45 days": 45}  # what a route says of its clock, from the determination
WHAT_WAS_DECIDED = ("route", "report", "reason", "decided_on", "due")
GROUNDS = ("adverse_event", "seriousness")


@rule("safety_has_its_lead")
def safety_has_its_lead(case: Case) -> str | None:
    """Where an adverse event cannot be ruled out a medical lead is named; otherwise a medical or a regulatory one."""
    if case.value("adverse_event") != "no" and not case.value("medical_lead"):
        return "An adverse event is not ruled out: name the medical lead."
    named = case.value("medical_lead") or case.value("regulatory_lead")
    return None if named else "Name who decides what is reported: the medical or the regulatory lead."


@rule("safety_is_decided_by_its_lead")
def safety_is_decided_by_its_lead(case: Case) -> str | None:
    """Where an adverse event cannot be ruled out, the medical lead decides what is reported, and not the regulatory one."""
    if case.meaning != "approved" or case.person is None or case.value("adverse_event") == "no":
        return None
    mine = str(case.person.id) in case.named_people("medical_lead")
    return None if mine else "An adverse event is not ruled out: the medical lead decides."


@rule("every_route_is_decided")
def every_route_is_decided(case: Case) -> str | None:
    """Each route is decided with a reason and a day, and where it is yes with the day by which the report is sent."""
    rows = case.value(ROWS) or []
    if not rows:
        return "No route is named yet: one row for each, also where the answer is no."
    faults = [fault for place, row in enumerate(rows, 1) for fault in _faults(place, row)]
    return " ".join(faults[:5]) or None


@rule("reportability_decided")
def reportability_decided(case: Case) -> str | None:
    """What stands in the rows now was decided and signed: a route that was added or changed afterwards is decided anew."""
    signed = _decided(case)
    if signed is None:
        return "Nobody has decided yet what is reported."
    same = _said(signed) == _said(case.content)
    return None if same else "The routes, or what they rest on, were changed after the decision: decide anew."


@rule("due_reports_sent")
def due_reports_sent(case: Case) -> str | None:
    """What is to be reported was sent, with the proof."""
    due = (row for row in case.value(ROWS) or [] if row.get("report"))
    open_ones = [row["route"] for row in due if not (row.get("sent_on") and row.get("proof"))]
    return f"Not sent, or without proof: {'; '.join(open_ones)}." if open_ones else None


def _faults(place: int, row: dict[str, Any]) -> Iterator[str]:
    lacking = [name for name in ("route", "report", "reason", "decided_on") if row.get(name) in (None, "")]
    if lacking:
        yield f"Row {place} lacks: {', '.join(name.replace('_', ' ') for name in lacking)}."
        return
    if not row["report"]:
        return
    days = next((days for words, days in DAYS.items() if str(row["route"]).endswith(words)), None)
    if not row.get("due"):
        yield f"Row {place}: say by when it is reported."
        return
    last = date.fromisoformat(row["decided_on"]) + timedelta(days or 0)
    if days is not None and date.fromisoformat(row["due"]) > last:
        yield f"Row {place} is due {days} days after the determination, {last} at the latest."


def _said(values: dict[str, Any]) -> list[Any]:
    rows = ([row.get(name) for name in WHAT_WAS_DECIDED] for row in values.get(ROWS) or [])
    return [*(values.get(name) for name in GROUNDS), *rows]


def _decided(case: Case) -> dict[str, Any] | None:
    """Give the content that was signed when it was last decided what is reported."""
    rows = Event.objects.filter(record_id=case.head.id).order_by("-position").values_list("payload", flat=True)
    events = map(canonical.decode, rows)
    number = next((event["version"]["number"] for event in events if event["event"] == DECIDED), None)
    row = Version.objects.filter(record_id=case.head.id, number=number).first() if number else None
    return records.named(case.declaration, canonical.decode(row.content)["fields"]) if row and row.content else None
