"""The command that says who held which role on a day, and who granted it."""

from __future__ import annotations

from typing import Annotated

import typer

from indelible.faces.cli.session import WRONG_USE, Json, Session, answered, fail, show


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    example = "Example: indelible --home /srv/quality access --as-of 2026-03-14"
    app.command("access", epilog=example)(answered(access))


def access(
    context: typer.Context,
    as_of: Annotated[str, typer.Option("--as-of", help="A day; default now.")] = "",
    as_json: Json = False,
) -> None:
    """Say who could sign in at the end of a day, with which roles, and who granted them."""
    session: Session = context.obj
    session.open()
    from indelible.faces.cli.panels import lines
    from indelible.infra import clock
    from indelible.kernel.context import SYSTEM
    from indelible.kernel.errors import Invalid
    from indelible.practice import access as holding
    from indelible.practice import panels, queries

    view = queries.viewer(SYSTEM)
    try:
        at = panels.moment(view, as_of)
        found, _, sheet = panels.sheet(view, "access", as_of=as_of)
    except Invalid as problem:
        fail(str(problem), WRONG_USE)
    told = holding.as_of(at)
    grants = [
        {"user_id": one.user_id, "name": one.name, "role": one.role, "scope": one.scope, "granted_by": one.granted_by,
         "reason": one.reason, "from": clock.iso(one.since), "until": clock.iso(one.until) if one.until else None,
         "record": one.number}
        for one in told.held
    ]  # fmt: skip
    alone = [{"user_id": user, "name": name} for _, user, name in told.alone]
    rows = [line for table in sheet.tables for line in ["", table.title, *lines(table)[1:]]]
    show({"at": clock.iso(at), "grants": grants, "without_a_role": alone}, as_json=as_json,
         text="\n".join([found.label, sheet.lead, *rows]))  # fmt: skip
