"""What a review owes before it is signed, who may decide on a line of it, and how its queries are asked and settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.modules.trail_reviews.looking import QUALITY
from indelible.practice import belonging, callings, filling

BY_SYSTEM = ("scope", "events", "refusals", "lines", "rules", "baseline", "seed", "drawn", "sample", "not_looked_at")
PERIOD = ("period_from", "period_until")
ASKED_AS = ("question", "review", "line", "about", "owner")
OUTSIDE_QUALITY = frozenset({"internal_auditor", "system_owner"})
LONGEST = 92  # days: what lies longer ago than a quarter is reviewed in several pieces that people can still remember
QUERY, INCIDENT = "query", "incident"
SHOWN = 20
Row = dict[str, Any]


@rule("period_of_review_is_over")
def period_of_review_is_over(case: Case) -> str | None:
    """A review looks at whole days that are over, one quarter at most."""
    first, last = (date.fromisoformat(case.value(name)) for name in ("period_from", "period_until"))
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    if last < first:
        return "The last day lies before the first one."
    if case.record is None and last >= today:
        return f"{last} is not over yet: choose days until {today - timedelta(days=1)}."
    return f"A review covers at most {LONGEST} days: make several." if (last - first).days >= LONGEST else None


@rule("what_the_system_wrote_stays")
def what_the_system_wrote_stays(case: Case) -> str | None:
    """Counts, flagged lines, sample and what was not looked at are written by the system, once; the days stay as they were begun."""
    before = records.values(case.record) if case.record else {}
    if case.person is None:
        again = bool(before.get("seed")) and any(before.get(name) != case.value(name) for name in BY_SYSTEM)
        return "The lines were collected already, and are collected once." if again else None
    kept = BY_SYSTEM if case.record is None else (*BY_SYSTEM, *PERIOD)
    changed = [name for name in kept if before.get(name) != case.value(name)]
    words = ", ".join(field.title.lower() for name in changed if (field := case.declaration.field(name)))
    return f"Written by the system and not to be changed: {words}." if words else None


@rule("decision_names_a_line")
def decision_names_a_line(case: Case) -> str | None:
    """Each row decides on one flagged line, once, says why, and of a query who is asked; a query that was asked stays asked."""
    known = {line["line"]: line for line in case.value("lines") or []}
    rows = case.value("decisions") or []
    numbers = [row.get("line") for row in rows]
    if strange := [str(one) for one in numbers if one not in known]:
        return f"No such line: {', '.join(strange[:SHOWN])}."
    if len(set(numbers)) != len(numbers):
        return "A line is decided in one row: two rows name the same one."
    if case.person is None:
        return None
    for row in rows:
        if row.get("decision") and (problem := _lacks(case, row, known[row["line"]])):
            return f"Line {row['line']}: {problem}"
    undone = [row["line"] for row in _decided_before(case) if row["decision"] != "fine" and not _same(row, rows)]
    return f"Line {undone[0]}: its query or incident was begun; settle that one, and leave the decision." if undone else None


@rule("nobody_decides_on_own_act")
def nobody_decides_on_own_act(case: Case) -> str | None:
    """Nobody decides on a line about the own act or the own access."""
    if case.person is None:
        return None
    mine = case.person.user_id  # which stays a person's for ever
    own = [row["line"] for row, line in _touched(case) if mine in (line.get("user_id"), line.get("concerns"))]
    return f"Line {', '.join(own[:SHOWN])}: your own act or access. Another person decides on it." if own else None


@rule("acts_of_quality_are_decided_outside")
def acts_of_quality_are_decided_outside(case: Case) -> str | None:
    """A line about an act of Quality is decided by an internal auditor or the system owner who holds no role of Quality."""
    if case.person is None or is_outside_quality(case):
        return None
    theirs = [row["line"] for row, line in _touched(case) if line.get("quality")]
    if not theirs:
        return None
    return f"Line {', '.join(theirs[:SHOWN])}: an act of Quality. An internal auditor or the system owner decides on it."


@rule("lines_are_collected")
def lines_are_collected(case: Case) -> str | None:
    """The system has written down what its rules found."""
    return None if case.value("seed") else "The system has not collected the lines yet; that takes a moment."


@rule("every_line_is_decided")
def every_line_is_decided(case: Case) -> str | None:
    """Each flagged line has its decision."""
    decided = {row["line"] for row in case.value("decisions") or [] if row.get("decision")}
    left = [line["line"] for line in case.value("lines") or [] if line["line"] not in decided]
    return f"Not decided: line {', '.join(left[:SHOWN])}{' and more' if len(left) > SHOWN else ''}." if left else None


@rule("incidents_are_begun", alone=True)
def incidents_are_begun(case: Case) -> str | None:
    """Each line that is an incident has its record, and each query that was decided on was asked."""
    rows = [row for row in case.value("decisions") or [] if row.get("decision") in (QUERY, INCIDENT)]
    lacking = [
        row["line"] for row in rows if not (incident if row["decision"] == INCIDENT else query)(case.head, row["line"])
    ]
    return (
        f"Line {', '.join(lacking)}: its query or incident has not been begun yet; that takes a moment." if lacking else None
    )


@rule("queries_are_answered", alone=True)
def queries_are_answered(case: Case) -> str | None:
    """No query of the review is open when it is signed, or a reason says why it is signed all the same."""
    waiting = [one.number for one in queries_of(case.head) if not belonging.ended(one)]
    if not waiting or not _says_nothing(case, case.value("open_queries_reason")):
        return None
    return f"Open queries: {', '.join(waiting[:SHOWN])}. Settle them, or say why it is signed with open queries."


@rule("reviewer_does_not_close")
def reviewer_does_not_close(case: Case) -> str | None:
    """Who signed the review as reviewed does not close it."""
    signed = {one["person"] for one in case.done_signatures() if one["meaning"] == "reviewed"}
    mine = case.person is not None and str(case.person.id) in signed
    return "You reviewed it; another person of Quality closes it." if mine else None


@rule("query_is_of_an_open_review", alone=True)
def query_is_of_an_open_review(case: Case) -> str | None:
    """A query is asked while its review goes on, about a line that it has."""
    review = belonging.parent(case)
    if review is None or case.record is not None:
        return None
    if review.state != "reviewing":
        return f"{review.number} is {records.state_of(review).label.lower()}: a query is asked while it is reviewed."
    line = case.value("line")
    lines = {one["line"] for one in records.values(review)["lines"] or []}
    return f"{review.number} has no line {line}." if line is not None and line not in lines else None


@rule("question_stays_as_asked")
def question_stays_as_asked(case: Case) -> str | None:
    """Who is asked changes the answer and not the question."""
    if case.record is None:
        return None
    before = records.values(case.record)
    changed = [name for name in ASKED_AS if before.get(name) != case.value(name)]
    words = ", ".join(field.title.lower() for name in changed if (field := case.declaration.field(name)))
    return f"Asked and not to be changed: {words}." if words else None


@rule("answer_says_something")
def answer_says_something(case: Case) -> str | None:
    """An answer is a sentence from which somebody learns something."""
    return "Answer in a sentence that says what happened and why." if _says_nothing(case, case.value("answer")) else None


@rule("query_is_settled_by_another")
def query_is_settled_by_another(case: Case) -> str | None:
    """Who was asked neither settles the question nor withdraws it."""
    mine = case.person is not None and case.person.id == case.head.owner_id
    return "You were asked; another person says whether that settles it." if mine else None


@callings.asked_of("trail_review")
def is_outside_quality(case: Case) -> bool:
    """Say whether somebody may decide on acts of Quality: an internal auditor or the system owner, without a role of Quality."""
    roles = {held.role for held in case.held}
    return bool(roles & OUTSIDE_QUALITY) and not roles & QUALITY


@filling.leaves_out("trail_review")
def what_the_system_writes_is_not_asked(record: Record | None) -> tuple[str, ...]:
    """Nobody is shown a box for what the system writes, or for days that stay."""
    return (
        (*BY_SYSTEM, *PERIOD) if record else (*BY_SYSTEM, "decisions", "open_queries_reason", "sample_found", "conclusion")
    )


@filling.leaves_out("trail_query")
def the_question_is_not_asked_again(record: Record | None) -> tuple[str, ...]:
    """What was asked is not asked for again; the answer is for who is asked."""
    return ASKED_AS if record else ("about", "answer", "files")


def left_outside_quality(values: Mapping[str, Any]) -> list[str]:
    """Give the lines about acts of Quality that are not decided yet, by number."""
    decided = {row["line"] for row in values.get("decisions") or [] if row.get("decision")}
    return [line["line"] for line in values.get("lines") or [] if line.get("quality") and line["line"] not in decided]


def queries_of(review: Record) -> list[Record]:
    """Give the queries of a review, by number."""
    return [one for one in belonging.children(review) if one.type == "trail_query"]


def query(review: Record, line: str) -> Record | None:
    """Give the query about a line that was asked last."""
    return next((one for one in reversed(queries_of(review)) if records.values(one)["line"] == line), None)


def incident(review: Record, line: str) -> Record | None:
    """Give the incident that was begun for a line."""
    rows = Record.objects.filter(type="incident", author_id=None, created_at__gte=review.created_at).order_by("number")
    return next((one for one in rows if records.values(one).get("signal") == signal(review.number, line)), None)


def signal(review: str, line: str) -> str:
    """Give the word by which the incident of a line is known."""
    return f"{review}, line {line}"


def _lacks(case: Case, row: Row, line: Row) -> str | None:
    if _says_nothing(case, row.get("comment")):
        return "say why, in words that say something."
    asked = row.get("ask") or line.get("user_id")
    if row["decision"] != QUERY or (asked and _is_active(asked)):
        return None
    return (
        f"{asked!r} is nobody who works here now: name whom you ask by user id."
        if asked
        else "name whom you ask by user id."
    )


def _is_active(user_id: str) -> bool:
    people = Record.objects.filter(type="person", standing="in_force")
    return any(records.values(one).get("user_id") == user_id for one in people)


def _touched(case: Case) -> Iterator[tuple[Row, Row]]:
    """Give the rows that this act decides on or decides otherwise, each with its line; taking a decision away counts."""
    lines = {line["line"]: line for line in case.value("lines") or []}
    rows, before = case.value("decisions") or [], {row["line"]: row for row in _decided_before(case)}
    for row in rows:
        if (row.get("decision") or row["line"] in before) and not _same(row, before.values()) and row["line"] in lines:
            yield row, lines[row["line"]]
    gone = before.keys() - {row["line"] for row in rows}
    yield from ((before[line], lines[line]) for line in sorted(gone, key=int) if line in lines)


def _decided_before(case: Case) -> list[Row]:
    known = records.values(case.record).get("decisions") if case.record else None
    return [row for row in known or [] if row.get("decision")]


def _same(row: Row, others: Any) -> bool:
    return any(all(row.get(name) == one.get(name) for name in ("line", "decision", "comment", "ask")) for one in others)


def _says_nothing(case: Case, text: Any) -> bool:
    said = str(text or "").strip()
    return len(said) < case.configuration.policies.reason_length or is_filler(said)
