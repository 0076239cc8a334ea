"""The board of readiness: Part 11, Annex 11 and ALCOA+ clause by clause, common deficiencies, and the reviews that come back, as of now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from indelible.assurance.boards import probes, showing
from indelible.assurance.boards.answering import Answered, Board
from indelible.kernel.models import Record
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

NAME = "readiness"
SOURCES = ("21 CFR Part 11", "EU Annex 11 (2011)", "ALCOA+")
DEFICIENCIES = "GUIDE-DEF-"
COLUMNS = ("Clause", "What it asks for", "State", "The product", "The company", "Evidence")
SAYS = "Worked out now, from what runs and from records. Shown: its evidence is here. Not shown: it lacks. Open: nothing here can tell."


@panel(NAME, label="Readiness", dated=False, seen=showing.is_inside,
       says="How far each clause is shown now, common deficiencies, and the reviews that come back.")  # fmt: skip
def readiness(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give every clause with its live state, why, and one way to the evidence."""
    board = Board(view)
    by_source = {source: board.of_source(source) for source in SOURCES}
    deficiencies = board.starting(DEFICIENCIES)
    everything = [one for found in (*by_source.values(), deficiencies) for one in found]
    seen = showing.seen_of(board, everything)
    figures = tuple(
        (Cell(name, table=name), *showing.counted(found))
        for name, found in (*by_source.items(), ("Common deficiencies", deficiencies))
    )
    return Sheet(f"{SAYS} {board.tests()}", (
        Table("In figures", ("Source", "Shown", "Not shown", "Open", "All"), figures, ""),
        _reviews(board),
        Table("Common deficiencies", ("Deficiency", "What avoids it", *COLUMNS[2:]), tuple(_deficiency(one, seen, view) for one in deficiencies), ""),
        *(Table(source, COLUMNS, tuple(_row(one, seen, view) for one in found), "") for source, found in by_source.items()),
    ))  # fmt: skip


def _row(one: Answered, seen: Mapping[str, Record], view: Viewer) -> tuple[Cell, ...]:
    return (Cell(one.obligation.clause), Cell(one.obligation.title), *_said(one, seen, view))


def _deficiency(one: Answered, seen: Mapping[str, Record], view: Viewer) -> tuple[Cell, ...]:
    return (Cell(one.obligation.title), Cell(one.obligation.text), *_said(one, seen, view))


def _said(one: Answered, seen: Mapping[str, Record], view: Viewer) -> tuple[Cell, ...]:
    return (showing.state(one.state), Cell(one.product), showing.company(one, seen), showing.evidence(one, seen, view))


def _reviews(board: Board) -> Table:
    """Give each review that comes back: its last one, when the next is due, and what lacks."""
    rows = []
    for kind in probes.LONGEST:
        found, declared = board.ask(f"review {kind}"), board.view.configuration.types.get(kind)
        label = declared.plural if declared else kind.replace("_", " ").capitalize()
        rows.append(
            (Cell(label, page=found.page), showing.state(found.state), *showing.days(found, board.view), Cell(found.says))
        )
    columns = ("Review", "State", "Last closed", "Next due", "Why")
    return Table("Reviews that come back", columns, tuple(rows), "", wide=0)
