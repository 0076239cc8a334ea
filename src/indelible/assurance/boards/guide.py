"""The rows of the validation guide: each with where the product does it or where its evidence is kept, and how it stands now."""

from __future__ import annotations

from datetime import datetime

from indelible.assurance.boards import showing
from indelible.assurance.boards.answering import Answered, Board
from indelible.kernel.models import Record
from indelible.practice import probing
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

NAME, ROWS = "guide", "GUIDE-"
COLUMNS = ("Row", "What it asks for", "State", "Why", "Product does it", "Evidence")


@panel(NAME, label="Rows of the guide", dated=False, seen=showing.is_inside,
       says="Every row of the validation guide, with where the product does it or keeps its evidence.")  # fmt: skip
def guide(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give every row of the guide by chapter; none is left out."""
    board = Board(view)
    found = board.starting(ROWS)
    seen = showing.seen_of(board, found)

    def row(one: Answered) -> tuple[Cell, ...]:
        return (Cell(one.obligation.id), Cell(one.obligation.title), showing.state(one.state), showing.why(one, seen),
                product(one), showing.evidence(one, seen, view))  # fmt: skip

    chapters = dict.fromkeys(chapter(one) for one in found)
    tables = (
        Table(name, COLUMNS, tuple(row(one) for one in found if chapter(one) == name), "", wide=3) for name in chapters
    )
    figures = tuple(
        (Cell(name, table=name), *showing.counted([one for one in found if chapter(one) == name])) for name in chapters
    )
    total = Table("In figures", ("Chapter", "Shown", "Not shown", "Open", "All"), figures, "")
    return Sheet(f"{len(found)} rows, none left out. {board.tests()}", (total, *tables))


def chapter(one: Answered) -> str:
    """Give the chapter of a row."""
    name = one.obligation.clause.partition(",")[0]
    return name[:1].upper() + name[1:]


def product(one: Answered) -> Cell:
    """Give the requirements by which the product does its part, with the way to their tests."""
    if not one.requirements:
        return Cell()
    return Cell(probing.some(one.requirements, 1), page=f"/validation/obligations?q={one.obligation.id}")
