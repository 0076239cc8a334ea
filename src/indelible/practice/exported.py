"""The only place that notes that somebody took many rows out of the system as a file: an event on that person's record (Annex 11-9)."""

from __future__ import annotations

from indelible.infra import logs
from indelible.kernel import acts
from indelible.kernel.errors import Refused
from indelible.practice.queries import Viewer

NOTED_FROM = 50  # rows: fewer are a page that somebody could have copied by hand
LONGEST = 300


def note(view: Viewer, what: str, rows: int, filters: list[str]) -> None:
    """Note an export of so many rows by who looks; a small one is not, nor one by the system. A person whose record is of an
    earlier configuration, which has no such act, gets a line in the log of the server instead."""
    if view.person is None or rows < NOTED_FROM:
        return
    told = f"{rows} rows were exported: {', '.join([what, *filters])}"
    try:
        acts.run(view.ctx.as_system(), "person.note_export", view.person.id, reason=told[:LONGEST])
    except Refused as refused:
        logs.failed("export not noted", person=view.person.number, export=told, problem=str(refused))
