"""A review on its page: what was flagged, the most serious first, what was decided on it and by whom, and how much nobody looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indelible.infra import canonical
from indelible.kernel import records
from indelible.kernel.models import Event, Record, Version
from indelible.modules.trail_reviews import rules
from indelible.practice import queries
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

MINUTE = 16  # characters of a time until its minute; the record itself has it whole
BEGUN = {rules.QUERY: rules.query, rules.INCIDENT: rules.incident}
NOTHING = "No rule found anything in these days."
LOOKS = {"fine": "done", "query": "wait", "incident": "work"}


@dataclass(frozen=True, slots=True)
class _Line:
    """A flagged line as it is shown: what may stand in a column of its own, and `told`, which has when, who and what in one."""

    line: Cell
    rule: Cell
    event: Cell
    when: Cell
    what: Cell
    told: Cell
    decision: Cell
    why: Cell


@panel("trail-review-lines", label="Flagged lines", says="What the rules found, with the decisions.", of=["trail_review"], inline=True,
       dated=False)  # fmt: skip
def lines(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give the flagged lines of a review by severity, each in as few columns as a page beside its record has room for, then its queries."""
    if record is None:
        return Sheet("", ())
    rows = tuple((one.line, one.rule, one.event, one.told, one.decision) for one in _lines(view, record))
    return Sheet(
        "", (Table("Flagged lines", ("Line", "Rule", "Event", "What", "Decision"), rows, NOTHING, wide=3), _queries(record))
    )


@panel("trail-review", label="What the audit trail shows", of=["trail_review"], dated=False,
       says="The flagged lines with their decisions, the random sample, and how much nobody looked at; to print.")  # fmt: skip
def whole(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give all of a review on one page: the flagged lines first, then queries, the figures of the period, the sample and the rules."""
    values = records.values(record) if record else {}
    if record is None or not values["seed"]:
        return Sheet("The system reads the audit trail of these days; that takes a moment.", ())
    found, decided = values["lines"] or [], {row["line"] for row in values["decisions"] or [] if row["decision"]}
    left = sum(line["line"] not in decided for line in found)
    lead = (
        f"{values['events']} events and {values['refusals']} refused attempts from {values['period_from']} to {values['period_until']}: "
        f"{len(found)} flagged lines, {left} not decided yet. Seed of the sample: {values['seed']}."
    )
    columns = ("Line", "Rule", "Event", "When and who", "What", "Decision", "Why, and by whom")
    rows = tuple((one.line, one.rule, one.event, one.when, one.what, one.decision, one.why) for one in _lines(view, record))
    flagged = Table("Flagged lines", columns, rows, NOTHING, wide=4)
    return Sheet(lead, (flagged, _queries(record), _figures(values), _sample(values), _rules(values)))


def deciders(record: Record) -> dict[str, str]:
    """Give who decided on each line, by what the trail and the sealed versions say."""
    field = records.type_of(record).field("decisions")
    contents = dict(Version.objects.filter(record_id=record.pk).values_list("number", "content"))
    who: dict[str, str] = {}
    before: dict[str, Any] = {}
    for payload in Event.objects.filter(record_id=record.pk).order_by("position").values_list("payload", flat=True):
        data = canonical.decode(payload)
        content = contents.get(data["version"]["number"])
        if field is None or field.id not in data.get("changed", ()) or not content:
            continue
        now = {row["line"]: row for row in canonical.decode(content)["fields"].get(str(field.id)) or []}
        who |= {line: data["by"]["name"] for line, row in now.items() if row.get("decision") and row != before.get(line)}
        before = now
    return who


def _lines(view: Viewer, record: Record) -> Iterator[_Line]:
    values = records.values(record)
    decided, who = {row["line"]: row for row in values["decisions"] or []}, deciders(record)
    found = values["lines"] or []
    seen = {*queries.peek_all(view, sorted({_number(line) for line in found}))}
    for line in found:
        yield _line(record, line, decided.get(line["line"], {}), who.get(line["line"], ""), seen)


def _line(record: Record, line: dict[str, Any], row: dict[str, Any], who: str, seen: set[str]) -> _Line:
    number, decision, high = _number(line), row.get("decision") or "", line["severity"] == "high"
    first, _, others = str(line["event"]).partition("; ")
    times = f"{line['times']} times: " if line["times"] != "1" else ""
    told = f"{times}{line['what'] or ''}{f' (also {others})' if others else ''}"
    begun = BEGUN[decision](record, line["line"]) if decision in BEGUN else None
    return _Line(
        line=Cell(line["line"]), rule=Cell(f"{line['severity']}: {line['rule'].partition(',')[0]}", late=high),
        event=Cell(first, number=number if number in seen else ""), when=Cell(f"{line['at'][:MINUTE]}, {line['who']}"),
        what=Cell(told), told=Cell(f"{line['at'][:MINUTE]}, {line['who']}: {told}"),
        decision=Cell(f"{decision} {begun.number if begun else ''}".strip() or "Not decided", look=LOOKS.get(decision, "draft"),
                      number=begun.number if begun else ""),
        why=Cell(f"{row.get('comment') or ''}{f' ({who})' if decision and who else ''}"),
    )  # fmt: skip


def _number(line: dict[str, Any]) -> str:
    return str(line["event"]).partition(";")[0].partition(" ")[0]


def _queries(record: Record) -> Table:
    rows = tuple(
        (Cell(one.number, number=one.number), Cell(str(records.values(one)["line"] or "Sample")), Cell(one.title),
         Cell((records.values(one)["owner"] or {}).get("name", "")), Cell(records.values(one)["answer"] or ""),
         Cell(records.state_of(one).label, look=records.state_of(one).look))
        for one in rules.queries_of(record)
    )  # fmt: skip
    return Table(
        "Queries", ("Query", "Line", "Question", "Asked of", "Answer", "State"), rows, "Nobody was asked anything.", wide=4
    )


def _figures(values: dict[str, Any]) -> Table:
    kinds = values["not_looked_at"] or []
    total = ["All", *(str(sum(int(one[name]) for one in kinds)) for name in ("all", "flagged", "sampled", "rest"))]
    rows = tuple(tuple(Cell(one[name]) for name in ("kind", "all", "flagged", "sampled", "rest")) for one in kinds)
    note = "What no rule flagged and the sample did not hit was read by the program and looked at by nobody."
    return Table("Looked at, and not looked at", ("Kind", "All", "Flagged", "In the sample", "Not looked at"),
                 (tuple(map(Cell, total)), *rows) if kinds else (), "Nothing happened in these days.", note=note)  # fmt: skip


def _sample(values: dict[str, Any]) -> Table:
    rows = tuple(
        (Cell(one["event"]), Cell(f"{one['at']}, {one['who']}"), Cell(one["what"] or ""), Cell(one["leaf"]))
        for one in values["sample"] or []
    )
    return Table("Random sample", ("Event", "When and who", "What", "Leaf"), rows, "There was nothing to draw from.",
                 note=values["drawn"] or "", wide=2)  # fmt: skip


def _rules(values: dict[str, Any]) -> Table:
    rows = tuple(
        tuple(Cell(one[name] or "") for name in ("rule", "says", "severity", "found")) for one in values["rules"] or []
    )
    return Table("Rules that were applied", ("Rule", "What it finds", "Severity", "Events"), rows, "No rule applies.",
                 note=f"Baseline and build: {values['baseline']}")  # fmt: skip
