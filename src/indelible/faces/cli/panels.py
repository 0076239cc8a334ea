"""The command that shows a module's own page: the same tables as on screen, as of a day, for printing or for a program."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indelible.faces.cli.session import WRONG_USE, Json, Session, answered, fail, show

if TYPE_CHECKING:
    from indelible.practice.panels import Table


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    example = "Example: indelible --home /srv/quality panel training-matrix --as-of 2026-03-14"
    app.command("panel", epilog=example)(answered(panel))


def panel(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name; without one all names are listed.")] = "",
    of: Annotated[str, typer.Option("--of", help="The number of the record whose page it is.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="A day; default now.")] = "",
    output: Annotated[Path | None, typer.Option("--output", help="A .pdf file to write.")] = None,
    as_json: Json = False,
) -> None:
    """Show a page that a module declares: what it says, as of the end of a day."""
    session: Session = context.obj
    if output is not None and output.suffix != ".pdf":
        fail(f"{output.name} is no .pdf file.", WRONG_USE)
    session.open()
    from indelible.assurance.reviewing import paper
    from indelible.kernel.context import SYSTEM
    from indelible.kernel.errors import Invalid, NotFound
    from indelible.practice import panels, queries

    view = queries.viewer(SYSTEM)
    if not name:
        known = [
            {"name": one.name, "label": one.label, "help": one.says, "of": sorted(one.of)} for one in panels.list_all(view)
        ]
        names = [f"{one['name']:<20} {one['help']}" for one in known]
        show({"panels": known}, as_json=as_json, text="\n".join(names))
        return
    try:
        found, record, sheet = panels.sheet(view, name, of=of, as_of=as_of)
    except Invalid as problem:
        fail(str(problem), WRONG_USE)
    except NotFound as problem:
        known_names = ", ".join(one.name for one in panels.list_all(view))
        fail(f"{problem} is no page, or no record with such a page; pages: {known_names}.", WRONG_USE)
    if output is not None:
        title = f"{found.label}: {record.title}" if record else found.label
        output.write_bytes(paper.page(view, title, sheet, as_of))
        show({"output": str(output)}, as_json=as_json, text=f"Written: {output}")
        return
    told = {"name": found.name, "label": found.label, "of": record.number if record else None, **asdict(sheet)}
    rows = [line for table in sheet.tables for line in lines(table)]
    show(told, as_json=as_json, text="\n".join([found.label, sheet.lead, *rows]))


def lines(table: Table) -> list[str]:
    """Give a table as lines of text, an empty one first."""
    cells = [[cell.text for cell in row] for row in table.rows]
    widths = [max(len(value) for value in column) for column in zip(table.columns, *cells, strict=True)]
    rows = [table.columns, *cells] if cells else []
    told = ["  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    title = [table.title] if table.drawn else []
    return ["", *title, *(told or [table.empty])]
