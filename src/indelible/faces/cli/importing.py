"""Commands that bring in what exists: look at a table first, then bring it, then hand out the report that people sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indelible.faces.cli.people import As, Stdin, authenticated
from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answered, fail, say, show

if TYPE_CHECKING:
    from indelible.assurance.importing.run import Asked

Folder = Annotated[Path, typer.Argument(help="The folder with the files that the table names.")]
Table = Annotated[Path, typer.Option("--table", help="The table: .xlsx, or .csv in UTF-8; headings in its first row.")]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", help="YAML: which column is which field, defaults, translations.")
]
Kind = Annotated[str, typer.Option("--type", help="The type of records, where no mapping names it.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    begin = "Example: indelible --home /srv/quality import"
    group = typer.Typer(no_args_is_help=True, help="Bringing in what exists: documents, people, ...", rich_markup_mode=None)
    group.command("check", epilog=f"{begin} check scans --table list.xlsx --as doc")(answered(check))
    group.command("run", epilog=f"{begin} run scans --table list.xlsx --mapping list.yaml --as doc")(answered(run))
    group.command("report", epilog=f"{begin} report IMP-001 --output . --as doc")(answered(report))
    app.add_typer(group, name="import")


def check(
    context: typer.Context, folder: Folder, table: Table, acting: As, mapping: Mapping = None, kind: Kind = "document",
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Look at a table and its folder and name everything that is wrong, by row and column; nothing is changed."""
    session: Session = context.obj
    session.open()
    asked = _asked(folder, table, mapping, kind, None)
    from indelible.assurance.configuration.loader import Broken
    from indelible.assurance.importing import run as importing

    try:
        found = importing.examine(authenticated(acting, via="import", stdin=password_stdin), asked)
    except Broken as broken:
        fail(str(broken), WRONG_USE, errors=[vars_of(one) for one in broken.errors])
    rows = [row.told() for row in found.rows]
    counts = {name: sum(row["status"] == name for row in rows) for name in ("new", "begun", "in", "refused")}
    lines = [str(problem) for row in found.rows for problem in row.problems] + found.notes
    head = f"{len(rows)} rows: {counts['new'] + counts['begun']} to bring, {counts['in']} in already, {counts['refused']} refused."
    told = {"ok": not counts["refused"], "counts": counts, "rows": rows, "notes": found.notes}
    show(told, as_json=as_json, text="\n".join([head, *lines]))
    if counts["refused"]:
        raise typer.Exit(FINDING)


def run(
    context: typer.Context, folder: Folder, table: Table, acting: As, mapping: Mapping = None, kind: Kind = "document",
    *, dry_run: Annotated[bool, typer.Option("--dry-run", help="As `import check`: nothing is changed.")] = False,
    links: Annotated[Path | None, typer.Option("--links", help="File for who was invited, for your eyes only.")] = None,
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Bring in every row that has no problem; the same command again goes on where it stopped, or changes nothing.

    Nothing is in force by it: people who did not bring it compare with the original and sign, page by page.
    """
    if dry_run:
        check(context, folder, table, acting, mapping, kind, password_stdin=password_stdin, as_json=as_json)
        return
    session: Session = context.obj
    session.open()
    asked = _asked(folder, table, mapping, kind, links)
    from indelible.assurance.configuration.loader import Broken
    from indelible.assurance.importing import run as importing

    ctx = authenticated(acting, via="import", stdin=password_stdin)
    try:
        done = importing.run(ctx, asked, say=say)
    except Broken as broken:
        fail(str(broken), WRONG_USE, errors=[vars_of(one) for one in broken.errors])
    except KeyboardInterrupt:
        fail("Stopped between two acts: what is in is whole. The same command goes on from here.", FINDING)
    counts = done.report["counts"]
    refused = [one for row in done.report["rows"] if row["status"] != "in" for one in row["problems"]]
    lines = [f"row {one['row']}, {one['column']}: {one['text']}" for one in refused] + done.report["notes"]
    now = f"{done.brought_now} brought now" if done.brought_now else "nothing changed"
    head = f"{done.number} is {done.state}: {counts['brought']} of {counts['rows']} rows are in ({now}), {counts['refused']} refused."
    told = {"run": done.number, "state": done.state, "brought_now": done.brought_now, **done.report}
    show(told, as_json=as_json, text="\n".join([head, *lines]))
    if counts["refused"] or counts["differences"]:
        raise typer.Exit(FINDING)


def report(
    context: typer.Context, number: Annotated[str, typer.Argument(help="The import run, such as IMP-001.")], acting: As,
    output: Annotated[Path, typer.Option("--output", help="The folder into which the files are written.")] = Path(),
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Write the reconciliation report of an import run as JSON, CSV and PDF."""
    session: Session = context.obj
    session.open()
    from indelible.assurance.importing import run as importing
    from indelible.practice import queries

    if not output.is_dir():
        fail(f"{output} is no folder.", WRONG_USE)
    view = queries.viewer(authenticated(acting, via="import", stdin=password_stdin))
    written = []
    for opened in importing.get_report(view, number):
        target = output / opened.name
        with target.open("xb") as out:
            out.writelines(opened.chunks)
        written.append(str(target))
    show({"run": number, "files": written}, as_json=as_json, text="\n".join(written) or f"{number} has no report yet.")


def vars_of(problem: Any) -> dict[str, Any]:
    """Give a problem of a mapping file as data."""
    return {name: getattr(problem, name) for name in ("file", "line", "column", "path", "message")}


def _asked(folder: Path, table: Path, mapping: Path | None, kind: str, links: Path | None) -> Asked:
    from indelible.assurance.importing.run import Asked

    if not folder.is_dir():
        fail(f"{folder} is no folder.", WRONG_USE)
    for path in (table, mapping):
        if path is not None and not path.is_file():
            fail(f"{path} is no file.", WRONG_USE)
    return Asked(table, folder, mapping, kind, links)
