"""Retention as it is read: on each record's page until when it is kept, and for the company what is due, held, or without a rule."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from indelible.infra import canonical
from indelible.kernel import config, records
from indelible.kernel.models import Event, Record
from indelible.modules.retention import acts, holding, keeping
from indelible.modules.retention.keeping import MARK, Kept
from indelible.practice import lookup, queries
from indelible.practice.panels import ANY, Cell, Sheet, Table, declares, panel
from indelible.practice.queries import Viewer

KIND = "disposal"
Row = tuple[Cell, ...]


@panel("retention-of", label="Until when it is kept", says="Its class, what starts the clock, and what keeps it.", of=[ANY], inline=True,
       dated=False, seen=declares(KIND))  # fmt: skip
def of_a_record(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give until when a record is kept, or why no day ends it; of one that was disposed of, its tombstone."""
    if record is None:
        return Sheet("", ())
    if record.marks.get(MARK):
        return Sheet("", (_tombstone(record),))
    kept = keeping.of(record, keeping.look(view.configuration, view.found.memo))
    row = (Cell(kept.label or "none"), Cell(kept.starts), _until(kept), _held(view, kept))
    return Sheet("", (Table("Retention", ("Class", "Its time begins", "Kept until", "Legal hold"), (row,), "", wide=2),))


@panel("retention", label="Retention and disposal", dated=False, seen=declares(KIND),
       says="What is due for disposal, what a legal hold keeps, and which types no rule ends.")  # fmt: skip
def of_the_company(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Give what is due, what is held, what was disposed of, and the types of which no rule says how long they are kept."""
    seen = keeping.look(view.configuration, view.found.memo)
    due = keeping.list_due(seen)
    gone = list(Record.objects.filter(queries.visible(view), **{f"marks__{MARK}__isnull": False}).order_by("number"))
    known = lookup.titles(view, {record.number for record, _ in due} | {one.number for one in seen.holds})
    rows = tuple(_due(record, kept) for record, kept in due if record.number in known)
    holds = tuple(_hold(one, known[one.number]) for one in seen.holds if one.number in known)
    gaps = _gaps(view)
    switched = "" if keeping.is_switched_on() else " Disposal is switched off: no class says years."
    return Sheet(f"On {seen.today}: {len(rows)} records are due, {len(holds)} legal holds are in force, {len(gaps)} types have no rule.{switched}", (
        Table("Due for disposal", ("Number", "Title", "Type", "Class", "Kept until", "Ended by"), rows, "Nothing is due."),
        Table("Legal holds in force", ("Number", "Matter", "Records", "Types", "Days"), holds, "No hold is in force."),
        Table("Without a rule", ("Type", "Class", "Records"), gaps, "Every type has a rule that ends it.",
              note="They are kept. A class of retention.yaml gets its years by a change that Quality approves."),
        Table("Disposed of", ("Number", "Title", "Type", "Disposal"), tuple(_gone(one) for one in gone), "Nothing was disposed of."),
    ))  # fmt: skip


def _until(kept: Kept) -> Cell:
    if kept.because:
        return Cell(f"Kept. {kept.because}")
    by = f", by {kept.by}" if kept.by != kept.number else ""
    return Cell(f"{kept.ends}{by}", kept.by if by else "")


def _held(view: Viewer, kept: Kept) -> Cell:
    shown = sorted(lookup.titles(view, kept.holds))
    return Cell(", ".join(shown), shown[0]) if shown else Cell("yes" if kept.holds else "no")


def _tombstone(record: Record) -> Table:
    events = Event.objects.filter(record_id=record.pk).order_by("-position")
    told = next(
        one
        for one in map(canonical.decode, events.values_list("payload", flat=True))
        if one["act"].endswith(f".{acts.DISPOSE_OF}")
    )
    note = told["note"]
    rows = [
        (Cell("Disposed of"), Cell(f"{told['at'][:10]}, by {note['disposal']}", note["disposal"])),
        (Cell("Class, kept until"), Cell(f"{note['kept_as']}, {note['ended']}")),
        (Cell("Authorised by"), Cell(" and ".join(note["authorised"]))),
        (Cell("Hash of its last version"), Cell(note["sha256"])),
        *([(Cell("Hashes of its files"), Cell(note["files"]))] if note.get("files") else []),
    ]
    return Table("What remains of it", ("What", "Says"), tuple(rows), "")


def _due(record: Record, kept: Kept) -> Row:
    return (Cell(record.number, record.number), Cell(record.title), Cell(records.type_of(record).label), Cell(kept.label),
            Cell(str(kept.ends)), Cell(kept.by, kept.by))  # fmt: skip


def _hold(one: holding.Hold, matter: str) -> Row:
    days = f"{one.first or 'any'} to {one.last or 'any'}" if one.first or one.last else ""
    return (
        Cell(one.number, one.number),
        Cell(matter),
        Cell(", ".join(sorted(one.named))),
        Cell(", ".join(sorted(one.types))),
        Cell(days),
    )


def _gone(one: Record) -> Row:
    number = str(one.marks[MARK])
    return (Cell(one.number, one.number), Cell(one.title), Cell(records.type_of(one).label), Cell(number, number))


def _gaps(view: Viewer) -> tuple[Row, ...]:
    known = config.current()
    counts = Counter(Record.objects.filter(queries.visible(view)).values_list("type", flat=True))
    found = sorted((one.label, known.retention[one.retention].label, counts[name]) for name, one in known.types.items()
                   if not known.retention[one.retention].years)  # fmt: skip
    return tuple((Cell(label), Cell(kept_as), Cell(str(count))) for label, kept_as, count in found)
