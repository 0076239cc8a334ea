"""What follows for suppliers: computed tiers and scores, the list of evidence that a vendor is asked for, authorised uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows_later
from indelible.kernel.models import Record
from indelible.modules.suppliers import answers, programme, rules, terms, tiers, uses
from indelible.practice import belonging, scoring, waiting

__all__ = ["answers", "terms", "uses"]  # their rules are registered by being read

waiting.listed("supplier_request", 18)


@follows_later("supplier.create")
@follows_later("supplier.edit")
@follows_later("supplier.amend")
def tier_is_computed(event: dict[str, Any]) -> Iterator[Reply]:
    """The tier follows from the answers, as soon as there are four; formula and answers are kept beside it."""
    head = records.find(event["number"])
    found = tiers.graded(values := records.values(head))
    if found is not None and head.state == "proposed":
        yield from _written(head, values, {"tier": found.tier, "tier_basis": found.basis}, "Computed from the answers")


@follows_later("supplier.qualify")
def evidence_is_asked_for(event: dict[str, Any]) -> Iterator[Reply]:
    """A qualification begins with the list of what is to be collected, one piece of work for each item."""
    head = records.find(event["number"])
    values = records.values(head)
    if event["state"] != "qualifying":
        return
    vendor = values["category"] in rules.VENDORS and values["gxp_use"]
    items = list(programme.PROGRAMME) if vendor else [programme.AGREEMENT] if values["agreement_needed"] else []
    begun = {records.values(one).get("item") for one in belonging.list_following(head, rules.EVIDENCE)
             if one.created_at < clock.parse(event["at"])}  # fmt: skip
    for item in (item for item in items if item not in begun):
        yield Reply("supplier_evidence.create", None, {"fields": {
            "title": f"{item[0].upper()}{item[1:]} of {head.title}"[:200], "supplier": [head.number], "item": item,
            "owner": str(head.owner_id),
        }}, reason=f"{head.number} is being qualified")  # fmt: skip


@follows_later("supplier_evidence.create")
@follows_later("supplier_evidence.edit")
def evidence_is_scored(event: dict[str, Any]) -> Iterator[Reply]:
    """Evidence is scored by its rule, with what was found, while it is collected."""
    head = records.find(event["number"])
    values = records.values(head)
    if head.state == "collecting" and values.get("nature"):
        score = programme.scored(values, _day(event))
        yield from _written(head, values, _of(score), "Scored by its rule")


@follows_later("questionnaire.answer")
@follows_later("questionnaire.edit")
def answers_are_scored(event: dict[str, Any]) -> Iterator[Reply]:
    """Answers are scored when they are in."""
    head = records.find(event["number"])
    values = records.values(head)
    score = scoring.of_answers(values.get("answers") or [])
    if head.state == "answered" and score is not None:
        yield from _written(head, values, _of(score), "Scored from the answers")


@completes("supplier.authorise_use")
def uses_are_authorised(case: Case, decision: Decision) -> None:
    """What Quality signed for is kept: later names in the field authorise nothing."""
    numbers = [item["number"] for item in case.value("authorised_uses") or []]
    known = case.head.marks.get("authorised_uses", [])
    decision.effects.head["marks"] = {**case.head.marks, "authorised_uses": sorted({*known, *numbers})}
    decision.note = {"uses": numbers}


def _of(score: scoring.Score) -> dict[str, str]:
    return {"score": score.percent, "score_basis": score.basis}


def _written(head: Record, values: dict[str, Any], computed: dict[str, str], reason: str) -> Iterator[Reply]:
    if any(values.get(name) != value for name, value in computed.items()):
        yield Reply(f"{head.type}.edit", head.id, {"fields": computed}, reason=reason)


def _day(event: dict[str, Any]) -> date:
    return date.fromisoformat(clock.in_zone(clock.parse(event["at"]), event["zone"])[:10])
