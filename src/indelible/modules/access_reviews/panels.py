"""An access review as it is read: what is flagged, what is not, what changed since the last one, and what became of each decision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from indelible.kernel import lifecycles, records
from indelible.kernel.models import Record
from indelible.modules.access_reviews import lines
from indelible.modules.access_reviews.collecting import KIND
from indelible.modules.access_reviews.lines import Line
from indelible.practice import lookup
from indelible.practice.panels import Cell, Sheet, Table, declares, panel
from indelible.practice.queries import Viewer

HEADS = (
    "Line",
    "Person",
    "Role",
    "Flagged because",
    "Since the last review",
    "Decision",
    "Last used",
    "Since",
    "By",
)
WITHOUT = tuple(head for head in HEADS if head != "Flagged because")


@panel("access-review", label="Lines with flags and difference", of=[KIND], seen=declares(KIND), dated=False,
       says="Who may do what, what is odd about it, what changed since the last review, and what was decided.")  # fmt: skip
def review(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give the lines of a review, flagged ones first, then what is gone since the last one and what became of the decisions."""
    if record is None:
        return Sheet("", ())
    values = records.values(record)
    every = lines.of(values)
    numbers = [str(line.row.get("held_by") or "") for line in every]
    heads = {one.number: one for one in Record.objects.filter(number__in=numbers)}
    departments = lookup.titles(view, {str(line.row["scope"]) for line in every if line.row.get("scope")})
    flagged, rest = [one for one in every if one.flagged], [one for one in every if not one.flagged]
    previous = [one["number"] for one in values.get("previous") or []]
    gone = tuple(
        (Cell(str(row.get("person") or "")), Cell(str(row.get("right") or "")), Cell(str(row.get("held_by") or ""), str(row.get("held_by") or "")),
         Cell(str(row.get("decision") or "")))
        for row in values.get("gone") or []
    )  # fmt: skip
    return Sheet(_lead(values["as_of"], every, previous), (
        Table("Flagged", HEADS, _rows(flagged, heads, departments, odd=True), "Nothing is flagged.", wide=3),
        Table("Not flagged", WITHOUT, _rows(rest, heads, departments, odd=False), "Every line is flagged."),
        Table("No longer there", ("Person", "Role", "By", "Decided then"), gone,
              f"Everything that {previous[0]} listed is still there." if previous else "There is no earlier review to compare with."),
        Table("What became of it", ("Line", "Decision", "By", "Now", "Reason"), _effects(view, every, heads), "Nothing is changed or revoked.", wide=4),
    ))  # fmt: skip


def _lead(day: str, every: list[Line], previous: list[str]) -> str:
    flagged, open_ = sum(one.flagged for one in every), sum(not one.decision for one in every)
    new = sum(str(one.row.get("news") or "").startswith("new") for one in every)
    since = f", {new} of them new since {previous[0]}" if previous else ", the first review of this system"
    return f"As of {day}: {len(every)} lines{since}; {flagged} flagged, {open_} not decided yet."


def _rows(
    found: Iterable[Line], heads: dict[str, Record], departments: dict[str, str], *, odd: bool
) -> tuple[tuple[Cell, ...], ...]:
    rows = []
    for line in found:
        row = line.row
        scope, number = str(row.get("scope") or ""), str(row.get("held_by") or "")
        where = (scope if line.token else f"{scope} {departments.get(scope, '')}".strip()) or str(row.get("place") or "")
        cells = [
            Cell(line.id), Cell(str(row.get("person") or row.get("holder") or row.get("account") or "")),
            Cell(f"{row.get('right') or ''}{f', for {where}' if where else ''}"),
            *([Cell(str(row.get("flags") or ""))] if odd else []), Cell(str(row.get("news") or "")), Cell(_decided(line)),
            Cell(str(row.get("last_used") or "")), Cell(str(row.get("since") or "")),
            Cell(number, number) if number in heads else Cell("token" if line.token else ""),
        ]  # fmt: skip
        rows.append(tuple(cells))
    return tuple(rows)


def _decided(line: Line) -> str:
    """Give what was decided on a line, by whom, and why."""
    who, why = line.row.get("decided_by"), line.row.get("reason")
    return f"{line.decision}{f', by {who}' if who else ''}{f': {why}' if why else ''}"


def _effects(view: Viewer, every: list[Line], heads: dict[str, Record]) -> tuple[tuple[Cell, ...], ...]:
    rows = []
    for line in (one for one in every if one.decision in (lines.CHANGE, lines.REVOKE)):
        head = heads.get(str(line.row.get("held_by") or ""))
        now = _state(view, head) if head else Cell(f"done there on {line.row['done_on']}" if line.row.get("done_on") else "")
        what = f"{line.decision}, by {line.row['request']}" if line.row.get("request") else line.decision
        number = head.number if head else ""
        rows.append((Cell(line.label), Cell(what), Cell(number, number), now, Cell(str(line.row.get("reason") or ""))))
    return tuple(rows)


def _state(view: Viewer, head: Record) -> Cell:
    state = view.configuration.type(head.type).lifecycle[head.state]
    return Cell(lifecycles.label(state, head.state), look=state.look)
