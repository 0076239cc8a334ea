"""Ways to quality events in every state, through the door: a complete record of each type, and the usual next steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from tests.homes import TestHome

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
WHY = "The record says why this is right"
CAUSE = {
    "look_back": "No other case in 24 months", "method": "five whys", "cause": "The alarm was forwarded to nobody",
    "cause_code": "procedure", "whys": [{"why": "Why was it not seen?", "because": "Nobody was told", "evidence": "Log"}],
}  # fmt: skip


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def day(days: int, since: datetime | None = None) -> str:
    """Give a day in the company's zone, so many days from now or from another moment."""
    begun: datetime = (since or clock.now()).astimezone(ZoneInfo(config.current().company.zone))
    return (begun + timedelta(days=days)).date().isoformat()


def due(number: str) -> str:
    """Give the day in the company's zone on which a record is due."""
    at = head(number).due_at
    assert at is not None
    return at.astimezone(ZoneInfo(config.current().company.zone)).date().isoformat()


def ago(**span: float) -> str:
    return clock.iso(clock.now() - timedelta(**span))


def refused(home: TestHome, who: str, act: str, number: str, **given: Any) -> set[str | None]:
    """Try a move, signed or not, and give the rules that stand in the way."""
    declared = config.current().type(head(number).type).lifecycle[head(number).state].moves.get(act.partition(".")[2])
    attempt = home.sign if declared is not None and declared.signs else home.act
    with pytest.raises(Refused) as caught:
        attempt(who, act, number, **{"reason": WHY, **given})
    return {one.rule for one in caught.value.missing} | {caught.value.rule}


def reported(home: TestHome, who: str = "rea", **fields: Any) -> str:
    """Report a deviation: the intake, and the report itself; no signature."""
    given = {
        "title": "Freezer alarm not acknowledged", "what_happened": "The alarm rang for 42 minutes", "occurred_at": ago(minutes=5),
        "discovered_at": ago(minutes=1), "place": "LN2 room", "immediate_action": "Level filled up", "product_or_lot": "none",
        "reporter": who,
    }  # fmt: skip
    number = home.act(who, "deviation.create", fields=given | fields, reason=WHY).number
    home.act(who, "deviation.submit", number)
    return number


def judged(home: TestHome, **fields: Any) -> str:
    """Report a deviation and fill in the triage."""
    number = reported(home)
    given = {
        "category": "equipment", "class": "minor", "class_reason": "Neither product nor data", "owner": "ann",
        "department": home.departments["Quality Control"], "affected": "LN2 tank 2", "containment": "Watch by the hour",
        "lot_hold": False, "suspected_cause": "unknown", "quality_concerned": False,
    }  # fmt: skip
    home.act("rob", "deviation.edit", number, fields=given | fields)
    return number


def investigated(home: TestHome, **fields: Any) -> str:
    """Bring a deviation to its investigation."""
    number = judged(home, **fields)
    home.sign("rob", "deviation.investigate", number)
    if head(number).state == "triage":
        home.sign("qua", "deviation.investigate", number)
    return number


def impact(needed: bool = False) -> dict[str, Any]:
    given: dict[str, Any] = {f"{name}_impact": False for name in ("product", "patient", "data")}
    given |= {f"{name}_reason": "The temperature stayed within limits" for name in ("product", "patient", "data")}
    return given | {"extent": "No other tank", "capa_needed": needed, "capa_reason": "It can happen with other tanks",
                    "outside_notification": False}  # fmt: skip


def in_review(home: TestHome, needed: bool = False, **fields: Any) -> str:
    """Bring a deviation to Quality with cause and impact."""
    number = investigated(home, **fields)
    home.act("ann", "deviation.edit", number, fields=impact(needed) | CAUSE)
    home.sign("ann", "deviation.submit", number)
    if head(number).state == "investigating":
        home.sign("hed" if not fields.get("quality_concerned") else "exe", "deviation.submit", number)
    return number


def action(home: TestHome, parent: str, who: str = "ann", **fields: Any) -> str:
    given = {"what": "Forward the alarm to two people", "belongs_to": [parent], "owner": "ann", "assignee": "bea",
             "due_on": day(10), "blocks_closing": True}  # fmt: skip
    return home.act(who, "action.create", fields=given | fields).number


def verified(home: TestHome, number: str) -> str:
    """Let an action be done by Bea and verified by quality operations."""
    home.act("bea", "action.edit", number, fields={"done_on": day(0), "evidence": "Test call of today, 14:03"})
    home.act("bea", "action.done", number)
    home.sign("rob", "action.accept", number)
    return number


def capa(home: TestHome, *sources: str, **fields: Any) -> str:
    """Begin a complete CAPA with one action."""
    given = {
        "title": "Alarms reach somebody", "sources": list(sources) or [reported(home)], "problem": "Alarms are not seen",
        "cause": "Forwarded to nobody", "kind": "corrective", "owner": "ann", "department": home.departments["Quality Control"],
        "risk_before": "medium", "implement_by": day(60), "criterion": "No alarm unseen for 5 minutes in 90 days",
        "check_method": "All alarms of the log", "checker": "sys",
    }  # fmt: skip
    return home.act("ann", "capa.create", fields=given | fields).number


def planned(home: TestHome, *sources: str, **fields: Any) -> tuple[str, str]:
    """Bring a CAPA with one blocking action to its execution: the CAPA and the action."""
    number = capa(home, *sources, **fields)
    task = action(home, number)
    home.sign("ann", "capa.submit", number)
    for who in ("hed", "qua"):
        home.sign(who, "capa.approve", number)
    return number, task


def monitored(home: TestHome, *sources: str, **fields: Any) -> str:
    number, task = planned(home, *sources, **fields)
    verified(home, task)
    home.act("ann", "capa.edit", number, fields={"done": "The alarm goes to two telephones"})
    home.sign("ann", "capa.complete", number)
    home.sign("rob", "capa.verify", number)
    return number


def change(home: TestHome, **fields: Any) -> str:
    """Begin a complete change by Ann."""
    given: dict[str, Any] = {
        "title": "Forward alarms to two telephones", "kind": "equipment", "before": "One telephone", "after": "Two telephones",
        "reason": "Alarms are not seen", "urgency": "normal", "class": "minor", "owner": "ann", "assessors": ["hed"],
        "department": home.departments["Quality Control"], "criterion": "Two test calls arrive", "way_back": "One telephone",
        "planned_on": day(60),
    }  # fmt: skip
    given |= {f"{area}_impact": area == "equipment" for area in AREAS} | {
        f"{area}_reason": "Looked at by Ann" for area in AREAS
    }
    return home.act("ann", "change.create", fields=given | fields).number


def approved(home: TestHome, number: str) -> str:
    """Take a change by Ann into its execution."""
    home.sign("ann", "change.submit", number)
    home.sign("hed", "change.assess", number)
    for who in ("hed", "qua"):
        home.sign(who, "change.approve", number)
    return number


def used(home: TestHome, number: str) -> str:
    """Take an approved change into use."""
    home.act("ann", "change.edit", number, fields={"test_result": "passed", "test_evidence": "Two calls, 14:03 and 14:05"})
    home.sign("ann", "change.ready", number)
    home.act("ann", "change.edit", number, fields={"result": "Two test calls arrived", "criterion_met": True})
    return number
