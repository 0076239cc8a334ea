"""What an access review brings about: its lines, written by the system, and what was decided, carried out with the decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.gather import DELEGATION
from indelible.kernel.hooks import Reply, follows, follows_later
from indelible.kernel.models import AccessGrant, Record
from indelible.modules.access_reviews import collecting, lines, roster, rules
from indelible.modules.access_reviews.collecting import CLOSED
from indelible.modules.access_reviews.lines import CHANGE, LINES, REVOKE, Line
from indelible.practice import accounts

OPEN = "reviewing"
FLAGGING = ("roster", "trained_on")  # what lines are flagged anew for; nothing else moves a decision
HELD = {"grant": ("active", "asleep"), DELEGATION: ("offered", "active")}
PAST = {REVOKE: "Revoked", CHANGE: "Changed"}
ENDS = {"grant": "grant.end", DELEGATION: "delegation.lapse"}


@follows_later("access_review.create")
@follows_later("access_review.edit")
def lines_are_written(event: dict[str, Any]) -> Iterator[Reply]:
    """The system writes who held what on the day of the review, and anew when a roster or a procedure is named."""
    head = records.find(event["number"])
    values = records.values(head)
    declared = (records.type_of(head).field_by_id(number) for number in event["changed"])
    asked = event["act"].endswith(".create") or any(field.name in FLAGGING for field in declared if field)
    if head.state != OPEN or not asked or not collecting.is_of_this(values):
        return
    found = collecting.collect(values, head.created_at, records.configuration_of(head), roster.of(values)).fields()
    found[LINES] = collecting.carried_over(found[LINES], values.get(LINES) or [])
    if _told(found) != _told(values):
        yield Reply(
            "access_review.edit", head.id, {"fields": found}, reason=f"Access as of {values['as_of']}, from the events"
        )


@follows("access_review.decide_lines")
def leavers_are_disabled_at_once(case: Case, decision: Decision) -> Iterator[Reply]:
    """The account of a leaver whose line is revoked ends in the same act, with all its roles; the last administrator stays."""
    chosen = [line for line in _lines(case) if line.id in decision.note["lines"] and line.decision == REVOKE and line.leaves]
    people = rules.people_of(chosen)
    gone = list(Record.objects.filter(pk__in=people, type=accounts.PERSON, standing="in_force").order_by("number"))
    if gone and not rules.administrator_is_left(set(), {one.pk for one in gone}, case.at):
        raise Refused(
            rule="last_administrator_is_kept", text="Nobody would administer this installation any more; nothing was decided.",
            missing=(Missing("Another administrator: grant the role to somebody else first.", rule="last_administrator_is_kept"),),
            do="Grant the role, then decide the line again.",
        )  # fmt: skip
    for person in gone:
        yield Reply("person.deactivate", person.pk, reason=f"Has left: revoked in {case.head.number}")


@follows("access_review.close")
def decisions_take_effect(case: Case, decision: Decision) -> Iterator[Reply]:
    """What was revoked or changed ends with the closing, or the review is not closed: no decision is lost."""
    if decision.state != CLOSED:
        return
    ending = [line for line in lines.ending(case.content) if line.table == LINES]
    done: set[UUID] = set()
    for line in ending:
        for act, record in _ends(line, case):
            if record not in done:
                done.add(record)
                yield Reply(
                    act,
                    record,
                    reason=f"{PAST[line.decision]} in {case.head.number}, line {line.id}: {line.row['reason']}"[:500],
                )


def _ends(line: Line, case: Case) -> Iterator[tuple[str, UUID]]:
    head = Record.objects.filter(number=str(line.row["held_by"])).first()
    if head is None:
        return  # a token: the rule has seen that it no longer works
    if head.type == accounts.PERSON and head.standing == "in_force" and line.decision == REVOKE:
        yield "person.deactivate", head.pk
    if head.state in HELD.get(head.type, ()):
        yield ENDS[head.type], head.pk
        if head.type != DELEGATION:
            yield from ((ENDS[DELEGATION], record) for record in _lent(head, case))


def _lent(grant: Record, case: Case) -> Iterator[UUID]:
    """Give the delegations that end with a grant: those by which its holder lends the role, or acts in it without another grant of it."""
    values = records.values(grant)
    person, role = UUID(values["person"]["person"]), values["role"]
    running = AccessGrant.objects.filter(Q(until_at=None) | Q(until_at__gt=case.at), role=role)
    lent = Q(record_id__in=Record.objects.filter(type=DELEGATION).values("pk"))
    left = set(running.exclude(lent).filter(person_id=person).exclude(record_id=grant.pk).values_list("scope", flat=True))
    for given in running.filter(lent & (Q(person_id=person) | Q(granted_by=person))).order_by("record_id"):
        theirs = given.granted_by == person
        if (theirs and not left & {None, given.scope}) or (not theirs and not left):
            yield given.record_id


def _lines(case: Case) -> list[Line]:
    return lines.of(case.content)


def _told(values: dict[str, Any]) -> list[Any]:
    """Give what the system writes in a form in which two of it can be compared."""
    tables = [[sorted((k, v) for k, v in row.items() if v) for row in values.get(name) or []] for name in (LINES, "gone")]
    previous = [one["number"] if isinstance(one, dict) else one for one in values.get("previous") or []]
    return [*tables, previous]
