"""The command that brings the documents of a validation package into document control."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from indelible.faces.cli.people import As, Stdin, authenticated
from indelible.faces.cli.session import Json, Session, answered, say, show


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    example = (
        "Example: indelible --home /srv/quality file-package /srv/validation --department DEP-04 --reviewer mroe --as jdoe"
    )
    app.command("file-package", epilog=example)(answered(file_package))


def file_package(
    context: typer.Context,
    package: Annotated[Path, typer.Argument(help="The folder that indelible qualify --output has written.")], acting: As,
    department: Annotated[str, typer.Option(help="The number of the department whose head approves them.")],
    reviewer: Annotated[list[str], typer.Option(help="The user id of who reviews them; may be given more than once.")],
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Bring the documents of a validation package into document control: each PDF a draft or revision that people review and sign."""
    session: Session = context.obj
    session.open()
    from indelible.modules.validation import filing

    ctx = authenticated(acting, via="command", stdin=password_stdin)
    found, done = filing.read(package.absolute()), list[dict[str, str]]()
    for one in filing.file(ctx, found, department=department, reviewers=reviewer):
        say(f"{one.number} {one.kind}: {one.done}")
        done.append({"kind": one.kind, "number": one.number, "done": one.done})
    new = sum(one["done"] in (filing.MADE, filing.REVISED, filing.RENEWED) for one in done)
    text = (
        f"{new} of {len(done)} documents of {found.number} brought in. Next: take in their rows, review and sign."
        if new
        else f"Nothing of {found.number} to bring in."
    )
    show({"package": found.number, "documents": done}, as_json=as_json, text=text)
