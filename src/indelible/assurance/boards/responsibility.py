"""The board of shared responsibility: each row of the guide's table for this installation, whose duty, what evidence, until when.

Whose a duty of the vendor is depends on who hosts: the entry of this system in the inventory says it. A row of the platform stays open
until the company's own review of the release's evidence is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from indelible.assurance.boards import showing
from indelible.assurance.boards.answering import Answered, Board
from indelible.kernel import records
from indelible.kernel.models import Link, Record
from indelible.practice import queries
from indelible.practice.inventory import SYSTEM, THIS
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

NAME = "responsibility"
ROWS = "GUIDE-SR-"
VENDOR = "vendor"
PLATFORM, CONFIGURATION = "Platform", "Configuration"  # of these the vendor is the project, whoever hosts
SUPPLIER, HOST = "supplier", "host"
COLUMNS = ("Duty", "What it asks for", "Whose", "State", "Why", "Evidence", "As of", "Until or next due")


@dataclass(frozen=True, slots=True)
class Hosting:
    """Who runs the machines, in words, and what the lead of the page says of it."""

    whose: str
    says: str


@panel(NAME, label="Shared responsibility", dated=False, seen=showing.is_inside,
       says="Whose each duty is here, with its evidence, the day it is of and until when it holds.")  # fmt: skip
def responsibility(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give the table of shared responsibility for this installation, layer by layer."""
    board, by = Board(view), hosting(view)
    found = board.starting(ROWS)
    seen = showing.seen_of(board, found)
    layers = dict.fromkeys(_layer(one) for one in found)
    tables = (
        Table(layer, COLUMNS, tuple(_row(one, by, seen, view) for one in found if _layer(one) == layer), "", wide=4)
        for layer in layers
    )
    return Sheet(f"{by.says} {board.tests()}", tuple(tables))


def hosting(view: Viewer) -> Hosting:
    """Say who hosts this system, by its entry in the inventory as far as the reader may see it."""
    entry = queries.peek(view, THIS) if SYSTEM in view.configuration.types else None
    if entry is None:
        return Hosting("the host", f"Who hosts this system is not known: enter it as {THIS} in the inventory of systems.")
    values = records.values(entry)
    target = Link.objects.filter(record_id=entry.pk, relation=SUPPLIER).values_list("target", flat=True).first()
    supplier = queries.peek(view, target) if target else None
    named = f"{supplier.number} {supplier.title}" if supplier else str(target or "")
    place = f"Host and place: {values['place']}." if values.get("place") else "Its entry names no place."
    if named and (values.get("supplied") == "hosted" or (supplier and records.values(supplier).get("category") == HOST)):
        return Hosting(f"the host, {target}", f"Hosted by {named}, by {THIS}. {place}")
    whose = f"the company, by {target}" if target else "the company"
    return Hosting(
        whose,
        f"Hosted by the company itself, by {THIS}. {place} The vendor's duties for infrastructure and data are its own.",
    )


def whose(one: Answered, by: Hosting) -> str:
    """Say whose a duty is on this installation."""
    layer, _, side = one.obligation.clause.partition(",")[2].strip().partition("/")
    if side != VENDOR:
        return "the company"
    if layer in (PLATFORM, CONFIGURATION):
        return "the project; the company reviews"
    return "the company" if one.obligation.who == "customer" else by.whose


def _row(one: Answered, by: Hosting, seen: Mapping[str, Record], view: Viewer) -> tuple[Cell, ...]:
    return (
        Cell(one.obligation.title), Cell(one.obligation.text), Cell(whose(one, by)), showing.state(one.state), showing.why(one, seen),
        showing.evidence(one, seen, view), *showing.days(one.evidence, view),
    )  # fmt: skip


def _layer(one: Answered) -> str:
    return one.obligation.clause.partition(",")[2].strip().partition("/")[0].capitalize()
