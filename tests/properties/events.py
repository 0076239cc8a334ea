"""Quality events to try things on: deviations, CAPAs, changes and actions with everything that their whole life asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from indelible.assurance.configuration import planning as steps
from indelible.assurance.configuration import proposals
from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from indelible.practice import uploads
from tests.configuration import changing
from tests.properties import accesses, inspecting, personnel, planning, supplies, trails, validating, ways
from tests.properties.cast import OUTSIDE, Cast, Player

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
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
DEPARTMENT = "Quality Control"
LONG_AGO = "2020-01-01T10:00+00:00"
INCIDENT = {"title": "One", "what": "The disk was full", "occurred_at": LONG_AGO, "detected_at": LONG_AGO, "kind": "availability",
            "system": "this one", "source": "person"}  # fmt: skip
AUDIT = {"scope": "One", "kind": "internal", "audited": "department", "lead_auditor": "rob", "from_on": "2099-01-05",
         "until_on": "2099-01-06"}  # fmt: skip
FINDING = {"text": "One", "class": "minor", "requirement": "Two", "evidence": "Three", "kind": "regulatory", "audited": "department",
           "lead_auditor": "rob"}  # fmt: skip
COMPLAINT = {
    "what": "One",
    "received_at": LONG_AGO,
    "received_by": "ann",
    "source_kind": "site",
    "lot": "unknown",
    "adverse_event": "no",
}


def day(days: int) -> str:
    """Give a day so many days from now."""
    return (clock.now() + timedelta(days=days)).date().isoformat()


def deviation(user: str, **more: Any) -> Maker:
    """Make a report that could go through every state: what its later phases ask for is filled in already."""

    def make(cast: Cast) -> UUID:
        fields = {
            "title": f"Deviation {next(SERIAL)}", "what_happened": "The alarm rang", "occurred_at": "2020-01-01T10:00+00:00",
            "discovered_at": "2020-01-01T10:00+00:00", "place": "Room 2", "immediate_action": "Filled up", "product_or_lot": "none",
            "reporter": user, "category": "equipment", "class": "minor", "class_reason": "Neither product nor data",
            "owner": "bea", "department": cast.home.departments[DEPARTMENT], "affected": "Tank 2", "containment": "Watched",
            "lot_hold": False, "suspected_cause": "unknown", "quality_concerned": False, "extent": "No other tank",
            "capa_needed": False, "capa_reason": "It cannot happen again", "outside_notification": False,
            "look_back": "No other case", "method": "other", "cause": "A loose plug", "cause_code": "unknown",
            "trail_exceptions": "Entered late: found in an old log",
        }  # fmt: skip
        for name in ("product", "patient", "data"):
            fields |= {f"{name}_impact": False, f"{name}_reason": "It stayed within its limits"}
        return acts.run(cast.players[user].ctx, "deviation.create", fields=fields | more, reason=ways.REASON).record

    return make


def doubled(make: Maker, kind: str, user: str) -> Maker:
    """Make two records of a type, of which the second names the first as the one that it repeats."""

    def again(cast: Cast) -> UUID:
        first, second = make(cast), make(cast)
        other = Record.objects.get(pk=first).number
        acts.run(cast.players[user].ctx, f"{kind}.edit", second, fields={"duplicate_of": [other]})
        return second

    return again


def moved(make: Maker, kind: str, user: str) -> Maker:
    """Make a record that goes on as one of another type, and names it."""
    to = "incident" if kind == "deviation" else "deviation"

    def on(cast: Cast) -> UUID:
        first = make(cast)
        fields = {"continues": [Record.objects.get(pk=first).number]} | INCIDENT | {"discovered_at": LONG_AGO}
        wanted = ("continues", "title", "discovered_at") if to == "deviation" else ("continues", *INCIDENT)
        given = {name: fields[name] for name in wanted} | ({"reporter": user} if to == "deviation" else {})
        other = acts.run(cast.players[user].ctx, f"{to}.create", fields=given, reason=ways.REASON).number
        acts.run(cast.players[user].ctx, f"{kind}.edit", first, fields={"moved_to": [other]})
        return first

    return on


def addendum(user: str, **more: Any) -> Maker:
    """Make an addendum to a record that has ended, of which its author is the owner."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = basis(cast, "addendum") | {
            "title": f"Addendum {next(SERIAL)}", "owner": "bea", "added": "A report came", "because": "It came late",
            "changes_conclusion": False,
        }  # fmt: skip
        return acts.run(cast.players[user].ctx, "addendum.create", fields=fields | more).record

    return make


def contribution(user: str, *, answered: bool = False, **more: Any) -> Maker:
    """Make what another company is asked, with access for the one who takes part; `answered` lets them write their answer."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = basis(cast, "contribution") | {
            "title": f"Request {next(SERIAL)}", "owner": "bea", "company": "Northwind", "asked": "Send the log", "judgement": "Enough",
        }  # fmt: skip
        made = acts.run(cast.players[user].ctx, "contribution.create", fields=fields | more)
        given = {"person": OUTSIDE, "role": "guest_contributor", "record": [made.number], "sponsor": "bea", "until": fields["until"],
                 "identity": "Called back by the reception", "why": "They keep the tank"}  # fmt: skip
        acts.run(SYSTEM, "grant.establish", acts.run(SYSTEM, "grant.create", fields=given).record)
        them = cast.players[OUTSIDE]
        assert them.who.outside is not None
        them.who.outside.add(str(made.record))
        if answered:
            assert ways.reach(cast, made.record, "with_them")
            acts.run(
                them.ctx,
                "contribution.edit",
                made.record,
                fields={"answer": "Closed from 2 to 5", "answered_by": "The engineer"},
            )
        return made.record

    return make


def capa(user: str, **more: Any) -> Maker:
    """Make a CAPA with one action that does not block."""

    def make(cast: Cast) -> UUID:
        fields = {
            "title": f"CAPA {next(SERIAL)}", "sources": [cast.home.departments[DEPARTMENT]], "problem": "Alarms are not seen",
            "cause": "Forwarded to nobody", "kind": "corrective", "owner": "bea", "department": cast.home.departments[DEPARTMENT],
            "risk_before": "low", "implement_by": day(60), "criterion": "None unseen", "check_method": "The log",
            "checker": "sys", "done": "Forwarded", "result": "None unseen", "criterion_met": False,
        }  # fmt: skip
        made = acts.run(cast.players[user].ctx, "capa.create", fields=fields | more)
        owner = more.get("owner", "bea")
        task = {"what": "Forward it", "belongs_to": [made.number], "owner": owner, "assignee": "doc", "due_on": day(20),
                "blocks_closing": False}  # fmt: skip
        acts.run(cast.players["ann"].ctx, "action.create", fields=task)
        return made.record

    return make


def change(user: str, **more: Any) -> Maker:
    """Make a change that could go through every state."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = {
            "title": f"Change {next(SERIAL)}", "kind": "equipment", "before": "One", "after": "Two", "reason": "Alarms are not seen",
            "urgency": "normal", "class": "minor", "owner": "bea", "department": cast.home.departments[DEPARTMENT],
            "assessors": ["hed"], "criterion": "Two calls arrive", "way_back": "One again", "planned_on": day(100),
            "test_result": "passed", "test_evidence": "Two calls", "way_back_done": True, "result": "Two calls arrived",
            "criterion_met": True, "trail_exceptions": "None",
        }  # fmt: skip
        fields |= {f"{area}_impact": area == "equipment" for area in AREAS} | {
            f"{area}_reason": "Looked at" for area in AREAS
        }
        return acts.run(cast.players[user].ctx, "change.create", fields=fields | more).record

    return make


def own_system(user: str, **more: Any) -> Maker:
    """Make a change of the configuration that has its proposal attached, and names its plan."""

    def make(cast: Cast) -> UUID:
        plan = steps.plan(changing.proposal())
        file = uploads.receive(cast.players[user].ctx, "proposal.zip", [proposals.packed(plan.proposal.files)])
        given = {
            "plan_hash": plan.hash,
            "proposal": [{"sha256": file.sha256}],
            "changed_keys": "idle",
            "requirements_and_tests": "none",
        }
        return change(user, kind="configuration of this system", **given, **more)(cast)

    return make


def action(user: str, *, blocks: bool) -> Maker:
    """Make an action that belongs to a change that everybody sees."""

    def make(cast: Cast) -> UUID:
        fields = basis(cast, "action") | {
            "what": f"Action {next(SERIAL)}", "blocks_closing": blocks, "done_on": "2020-01-01", "evidence": "Seen",
        }  # fmt: skip
        return acts.run(cast.players[user].ctx, "action.create", fields=fields).record

    return make


def can_belong(cast: Cast, kind: str) -> bool:
    """Say whether what a record of a type belongs to can be there: before the release nothing that everybody sees runs."""
    there = {"action": cast.world.running, "finding": cast.world.audits, "addendum": cast.world.ended,
             "contribution": cast.world.running, "inspection_request": set()}  # fmt: skip
    return kind not in there or bool(there[kind]) or cast.world.home == "released"


def incident(user: str, **more: Any) -> Maker:
    """Make an incident that could go through every state."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = INCIDENT | {
            "title": f"Incident {next(SERIAL)}", "reporter": user, "owner": "bea", "containment": "The account is locked",
            "quality_concerned": False, "personal_data": False, "records_affected": "None in the night of 1 January",
            "data_affected": False, "principle": ["none"], "impact": "No decision rests on it", "class": "minor",
            "class_reason": "No data were touched", "cause": "The disk was full", "capa_needed": False,
            "capa_reason": "It cannot happen again", "trail_exceptions": "Entered late: found in an old log",
        }  # fmt: skip
        return acts.run(cast.players[user].ctx, "incident.create", fields=fields | more, reason=ways.REASON).record

    return make


def complaint(user: str, *, decided: bool = False, **more: Any) -> Maker:
    """Make a complaint that could go through every state; `decided` takes it to where it was decided what is reported."""

    def make(cast: Cast) -> UUID:
        row = {"route": "partner or supplier", "report": False, "reason": "No adverse event", "decided_on": "2020-01-02"}
        fields: dict[str, Any] = basis(cast, "complaint") | COMPLAINT | {
            "what": f"Complaint {next(SERIAL)}", "received_by": user, "category": "delivery", "class": "minor", "owner": "bea",
            "seriousness": "no adverse event", "medical_lead": "exe", "regulatory_lead": "sys", "quality_concerned": False,
            "reportability": [row], "investigation": "done", "lot_history": "Nothing", "cause": "Carriage", "impact": "None",
            "answer": "Sent another one", "trail_exceptions": "Entered late: found in an old letter",
        }  # fmt: skip
        made = acts.run(cast.players[user].ctx, "complaint.create", fields=fields | more, reason=ways.REASON).record
        if decided:
            assert ways.reach(cast, made, "investigating")
            assert ways.step(cast, made, "decide_reportability")
            assert ways.step(cast, made, "decide_reportability")
        return made

    return make


def audit(user: str, **more: Any) -> Maker:
    """Make an audit of the department to which nobody here belongs, led by Rob, that could go through every state."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = basis(cast, "audit") | AUDIT | {
            "scope": f"Audit {next(SERIAL)}", "standard": "SOP-007", "team": ["mul", "qua", "quy", "exe"], "place": "on site",
            "checklist": [{"clause": "5.2", "question": "Is it signed?", "answer": "yes"}], "people_met": "Two",
            "records_seen": "Log 7", "handed_over_on": "2020-01-03", "summary": "In order",
        }  # fmt: skip
        return acts.run(cast.players[user].ctx, "audit.create", fields=fields | more).record

    return make


def finding(user: str, kind: str, **more: Any) -> Maker:
    """Make a finding of an audit by an authority that waits for its answer."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = basis(cast, "finding") | {
            "text": f"Finding {next(SERIAL)}", "class": kind, "requirement": "211.100", "evidence": "Log 7", "cause": "None told",
            "correction": "Signed", "corrective_action": "A form", "correct_by": day(30), "owner": "bea", "done": "Signed",
        }  # fmt: skip
        return acts.run(cast.players[user].ctx, "finding.create", fields=fields | more).record

    return make


def basis(cast: Cast, kind: str, player: Player | None = None) -> dict[str, Any]:
    """Give what a record of a type cannot be made without: a parent, or the department for which somebody has the role."""
    if kind in ("capa", "change", "curriculum", "training", "risk"):
        scopes = [scope for _, scope in player.who.roles if scope] if player else []
        return {"department": scopes[0]} if scopes else {}
    if kind in (*supplies.KINDS, *validating.KINDS):
        return supplies.basis(cast) if kind in supplies.KINDS else validating.basis(cast, kind)
    if kind in planning.KINDS:
        return planning.basis(cast, kind, player)
    if kind in personnel.FIELDS:
        return personnel.basis(player)
    if kind not in PARENTS or not can_belong(cast, kind):
        return {}
    return PARENTS[kind](cast)


def _of_complaint(cast: Cast) -> dict[str, Any]:
    cast.world.products |= set() if cast.world.products else {_product(cast)}
    return {"product": [*cast.world.products]}


def _of_audit(cast: Cast) -> dict[str, Any]:
    return {"department": cast.home.departments["Operations"]}


def _of_finding(cast: Cast) -> dict[str, Any]:
    if not cast.world.audits:
        made = audit("rob", kind="regulatory", team=["mul", "qua", "quy", "exe", "sup", "sux"])(cast)
        assert ways.reach(cast, made, "answering")
        cast.world.audits.add(Record.objects.get(pk=made).number)
    return FINDING | {"audit": [*cast.world.audits]} | _of_audit(cast)


def _of_contribution(cast: Cast) -> dict[str, Any]:
    return {"belongs_to": _of_action(cast)["belongs_to"], "until": day(60)}


def _of_addendum(cast: Cast) -> dict[str, Any]:
    if not cast.world.ended:
        made = incident("ann")(cast)  # one that no department keeps from the others
        assert ways.reach(cast, made, "void")
        cast.world.ended.add(Record.objects.get(pk=made).number)
    return {"belongs_to": [*cast.world.ended]}


def _of_action(cast: Cast) -> dict[str, Any]:
    if not cast.world.running:
        made = change("ann")(cast)
        assert ways.reach(cast, made, "implementing")
        cast.world.running.add(Record.objects.get(pk=made).number)
    running = Record.objects.filter(number__in=cast.world.running)  # time goes by, and no action is due after its parent
    ends = [(one.due_at - timedelta(days=1)).date().isoformat() for one in running if one.due_at]
    return {"belongs_to": [*cast.world.running], "owner": "bea", "assignee": "doc", "due_on": min([day(5), *ends]),
            "blocks_closing": True}  # fmt: skip


PARENTS: dict[str, Callable[[Cast], dict[str, Any]]] = {
    "complaint": _of_complaint,
    "lot": _of_complaint,
    "audit": _of_audit,
    "finding": _of_finding,
    "action": _of_action,
    "addendum": _of_addendum,
    "contribution": _of_contribution,
    "trail_query": trails.basis,
    "inspection_request": inspecting.basis,
    "access_review": accesses.basis,
    "periodic_review": accesses.basis,
}


def _product(cast: Cast) -> str:
    return acts.run(cast.players["rob"].ctx, "product.create", fields={"name": f"Product {next(SERIAL)}"}).number
