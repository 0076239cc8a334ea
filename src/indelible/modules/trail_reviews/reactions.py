"""What follows for reviews: the system collects the lines, asks the queries and begins the incidents that were decided on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.infra import clock, ids
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows_later
from indelible.kernel.models import Event, Link, Record, Task
from indelible.modules.trail_reviews import collecting, looking, rules
from indelible.practice import callings

# What an incident of a line is about, by the name of its rule; everything else is an entry that may be false or late.
KINDS = {
    "clock step": "time", "somebody else's credentials": "wrong-owner signing", "grant outside a request": "access",
    "access changed off hours": "access", "bulk export": "access", "configuration change": "integrity or tamper",
    "failed signing": "access", "administrator act": "access",
}  # fmt: skip
OTHERWISE = "late or false entry"


@follows_later("trail_review.create")
def lines_are_written(event: dict[str, Any]) -> Iterator[Reply]:
    """The system reads the trail of the days and writes down what it found, once."""
    head = records.find(event["number"])
    values = records.values(head)
    if head.state == "reviewing" and not values["seed"]:
        fields = collecting.collect(head, values, records.configuration_of(head))
        yield Reply("trail_review.edit", head.id, {"fields": fields}, reason="Collected from the audit trail of these days")


@follows_later("trail_review.edit")
def acts_of_quality_wait_outside(event: dict[str, Any]) -> Iterator[Reply]:
    """Whoever decides on the lines that Quality does not decide on is asked as long as one of them is left."""
    head = records.find(event["number"])
    asked = Task.objects.filter(record_id=head.pk, move=callings.EDIT).exists()
    left = rules.left_outside_quality(records.values(head))
    verb = "ask_outside" if left else "note_decided_outside"
    if verb in records.state_of(head).moves and bool(left) != asked:  # a review of an older configuration asks nobody
        reason = (
            f"Acts of Quality: line {', '.join(left[: rules.SHOWN])}" if left else "No act of Quality is left to decide on"
        )
        yield Reply(f"trail_review.{verb}", head.id, reason=reason)


@completes("trail_review.ask_outside")
def outside_is_asked(case: Case, decision: Decision) -> None:
    """It is open work of internal auditors and of system owners, due as the review is."""
    for role in sorted(rules.OUTSIDE_QUALITY):
        decision.effects.open_task(move=callings.EDIT, meaning=None, capacity=role, person=None, scope=None, due=case.head.due_at,
                                   shown_from=None, note=case.reason, identifier=str(ids.new()))  # fmt: skip


@completes("trail_review.note_decided_outside")
def outside_is_asked_no_more(_case: Case, decision: Decision) -> None:
    """What was asked of them is done."""
    decision.effects.close_tasks = [
        {"move": callings.EDIT, "meaning": None, "capacity": role, "person": None} for role in sorted(rules.OUTSIDE_QUALITY)
    ]


@follows_later("trail_review.edit")
def decisions_are_carried_out(event: dict[str, Any]) -> Iterator[Reply]:
    """A query goes to whoever is asked, an incident is begun; each once for its line."""
    head = records.find(event["number"])
    values = records.values(head)
    lines = {line["line"]: line for line in values["lines"] or []}
    for row in values["decisions"] or [] if head.state == "reviewing" else ():
        line = lines[row["line"]]
        if row["decision"] == rules.QUERY and rules.query(head, row["line"]) is None:
            yield Reply("trail_query.create", None, {"fields": {
                "question": row["comment"], "review": [head.number], "line": row["line"], "about": row["about"] or _about(line),
                "owner": row["ask"] or line["user_id"],
            }}, reason=f"Line {row['line']} of {head.number}")  # fmt: skip
        if row["decision"] == rules.INCIDENT and rules.incident(head, row["line"]) is None:
            yield Reply(
                "incident.create",
                None,
                {"fields": _incident(head, row, line)},
                reason=f"Line {row['line']} of {head.number}",
            )


@follows_later("incident.create")
def incident_is_linked(event: dict[str, Any]) -> Iterator[Reply]:
    """The incident of a line stands among the links of its review."""
    head = records.find(event["number"])
    number = str(records.values(head).get("signal") or "").partition(", line ")[0]
    review = Record.objects.filter(type="trail_review", number=number).first()
    if review is None or head.author_id is not None:
        return
    if not Link.objects.filter(record_id=review.pk, target=head.number).exists():
        yield Reply("trail_review.link", review.pk, {"to": head.number}, reason="An incident was begun for a line")


def _incident(head: Record, row: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    rule = looking.applied([line["rule"]])[0]
    kind = KINDS.get(rule[0].rule.name, OTHERWISE) if rule else OTHERWISE
    found = clock.iso(Event.objects.filter(record_id=head.pk).latest("position").at)
    when = clock.iso(clock.parse(_iso(line["at"])))
    return {
        "title": f"{line['rule'].partition(',')[0].capitalize()}: {line['event']}"[:200], "occurred_at": when, "detected_at": found,
        "what": f"{_about(line)}\n{line['what'] or ''}\n\nFound by {head.number}, line {row['line']}: {row['comment']}",
        "kind": kind, "system": "This one", "source": "person", "signal": rules.signal(head.number, row["line"]),
    }  # fmt: skip


def _iso(text: str) -> str:
    day, hour, offset = text.split(" ")
    return f"{day}T{hour}{offset}"


def _about(line: dict[str, Any]) -> str:
    return f"{line['rule']}: {line['event']}, {line['who']}, {line['at']}"
