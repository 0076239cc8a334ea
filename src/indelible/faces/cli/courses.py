"""The command that begins the courses of the product as drafts of the company's own."""

from __future__ import annotations

from typing import Annotated

import typer

from indelible.faces.cli.people import As, Stdin, authenticated
from indelible.faces.cli.session import Json, Session, answered, say, show


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    example = "Example: indelible --home /srv/quality courses --department DEP-04 --reviewer mroe --as jdoe"
    app.command("courses", epilog=example)(answered(courses))


def courses(
    context: typer.Context, acting: As,
    department: Annotated[str, typer.Option(help="The number of the department whose head approves them.")],
    reviewer: Annotated[list[str], typer.Option(help="The user id of who reviews them; may be given more than once.")],
    password_stdin: Stdin = False, as_json: Json = False,
) -> None:  # fmt: skip
    """Begin the courses on this system, electronic signatures and data integrity: documents, quizzes, a curriculum, all drafts."""
    session: Session = context.obj
    session.open()
    from indelible.modules.training import courses as shipped

    begun: list[dict[str, str | bool]] = []
    for made in shipped.begin(
        authenticated(acting, via="command", stdin=password_stdin), department=department, reviewers=reviewer
    ):
        say(f"{made.number} {'was begun before' if made.replayed else 'begun'}")
        begun.append({"number": made.number, "state": made.state, "begun_now": not made.replayed})
    new = sum(one["begun_now"] is True for one in begun)
    text = (
        f"{new} drafts begun. Read and change them; they count once the company has approved them."
        if new
        else "Nothing to begin."
    )
    show({"records": begun}, as_json=as_json, text=text)
