"""The command that makes the review pack of a period: figures and lists as of its end, as PDF, workbook or JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from indelible.faces.cli.panels import lines
from indelible.faces.cli.session import WRONG_USE, Json, Session, answered, fail, show

KINDS = (".pdf", ".xlsx")


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    example = "Example: indelible --home /srv/quality review 2026-Q3 --output review-2026-Q3.pdf"
    app.command("review", epilog=example)(answered(review))


def review(
    context: typer.Context,
    quarter: Annotated[str, typer.Argument(help="A quarter such as 2026-Q3; default the last whole one.")] = "",
    first: Annotated[str, typer.Option("--from", help="Instead of a quarter: the first day.")] = "",
    last: Annotated[str, typer.Option("--until", help="The last day.")] = "",
    output: Annotated[Path | None, typer.Option("--output", help="A file to write: .pdf or .xlsx.")] = None,
    as_json: Json = False,
) -> None:
    """Make the review pack of a period: what came and went, what is open and overdue, as of its end."""
    session: Session = context.obj
    if output is not None and output.suffix not in KINDS:
        fail(f"{output.name} is neither a .pdf nor an .xlsx file.", WRONG_USE)
    session.open()
    from indelible.assurance.reviewing import figures, paper, periods, workbook
    from indelible.kernel.context import SYSTEM
    from indelible.practice import queries

    view = queries.viewer(SYSTEM)
    period = periods.chosen(view.configuration.company.zone, quarter=quarter, first=first, last=last)
    pack = figures.pack(view, period)
    if output is not None:
        output.write_bytes((paper.pdf if output.suffix == ".pdf" else workbook.xlsx)(view, pack))
    about = paper.about(view, pack)
    told = {"period": asdict(period), "about": about, "tables": [asdict(table) for table in pack.tables],
            "output": str(output) if output else None}  # fmt: skip
    text = [about["Period"], *(line for table in pack.tables for line in ["", table.title, *lines(table)[1:]])]
    show(told, as_json=as_json, text=f"Written: {output}" if output else "\n".join(text))
