"""How far somebody has read what a training is about: the chapters that changed first, and what was not opened yet, in words."""

from __future__ import annotations

from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.practice import chapters, looks
from indelible.practice.cautions import caution
from indelible.practice.chapters import Chapter
from indelible.practice.panels import Cell, Table
from indelible.practice.queries import Viewer


def table(view: Viewer, read: Record, before: str, *, own: bool) -> Table | None:
    """Give the chapters of a revision, those that changed since another one first; to the trainee with what was opened."""
    found = chapters.kept(chapters.text_in(read))
    if not found:
        return None
    new = chapters.changed(chapters.text_of(before), chapters.text_in(read)) if before else frozenset()
    opened = looks.opened(view.ctx, read) if own else frozenset()
    columns = ("Chapter", *(["Since then"] if before else []), *(["Here"] if own else []))
    rows = tuple(
        (
            Cell(one.title, read.number, place=one.place), *([Cell("Changed" if one.place in new else "As before")] if before else []),
            *([Cell("Opened" if one.place in opened else "Not opened yet")] if own else []),
        )
        for one in sorted(found, key=lambda one: one.place not in new)
    )  # fmt: skip
    return Table(f"Chapters, those that changed since {before} first" if before else "Chapters", columns, rows, "")


@caution("training.acknowledge")
def what_was_not_opened(view: Viewer, record: Record) -> str:
    """Say which chapters the trainee has not had in sight; who read it on paper signs all the same."""
    numbers = [one["number"] for one in records.values(record)["document"] or []]
    return " ".join(
        filter(None, (_missing(view, one) for one in Record.objects.filter(number__in=numbers).order_by("number")))
    )


def _missing(view: Viewer, read: Record) -> str:
    found, opened = chapters.kept(chapters.text_in(read)), looks.opened(view.ctx, read)
    left = [one for one in found if one.place not in opened]
    if not left:
        return ""
    if len(left) == len(found):
        return f"Of {read.number} no chapter was opened here yet."
    return f"Not opened here yet in {read.number}: {_listed(left)}."


def _listed(left: list[Chapter]) -> str:
    return "; ".join(one.title for one in left[:8]) + (f"; and {len(left) - 8} more" if len(left) > 8 else "")
