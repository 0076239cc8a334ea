"""Commands that make an installation, bring it to a build, and serve it."""

from __future__ import annotations

from typing import Annotated

import typer

from indelible.faces.cli.ports import Founding
from indelible.faces.cli.session import FINDING, FINE, WRONG_USE, Json, Session, answering, fail, say, show
from indelible.infra.home import ENVIRONMENTS

PRESETS = ("default",)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("init")(init)
    app.command("upgrade")(upgrade)
    app.command("serve")(serve)


def init(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="The company's name.")] = "Your company",
    zone: Annotated[str, typer.Option(help="The company's IANA time zone.")] = "America/New_York",
    preset: Annotated[str, typer.Option(help="Which shipped configuration to copy.")] = "default",
    postgres: Annotated[str, typer.Option(help="Address of an empty PostgreSQL database, as its owner.")] = "",
    environment: Annotated[str, typer.Option(help="production, validation or demo.")] = "production",
    admin_user: Annotated[str, typer.Option(help="User id of the first administrator.")] = "admin",
    admin_name: Annotated[str, typer.Option(help="Printed name of the first administrator.")] = "First Administrator",
    accept_sqlite: Annotated[str, typer.Option(help="Why SQLite is accepted in production although its operator can "
                                               "lift the guards.")] = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Make an empty, ready installation and print the one-time link of the first administrator.

    Example: indelible --home /srv/quality init --name "Acme Bio" --postgres postgresql://owner@127.0.0.1/quality
    """
    session: Session = context.obj
    _usable(session, preset, environment, postgres, accept_sqlite)
    asked = Founding(name, environment, postgres, admin_user, admin_name, accept_sqlite, zone)
    made = session.ports.found(session.home, asked, say)
    text = (
        f"Ready: {made['home']} on {made['database']}.\nFirst administrator, once, within three days: {made['admin_link']}"
    )
    show(made, as_json=as_json, text=text)


def upgrade(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Only say what would be done.")] = False,
    postgres: Annotated[str, typer.Option(help="The database's address as its owner.")] = "",
    as_json: Json = False,
) -> None:
    """Bring tables and guards to this build, as the database's owner.

    Example: indelible --home /srv/quality upgrade --check
    """
    session: Session = context.obj
    _as_owner(session, postgres)
    session.open(must_exist=False)
    with answering():
        done = session.ports.upgrade(session.home, check, say)
    steps = "\n".join(f"  {step}" for step in done["steps"]) or "  nothing to do"
    show(done, as_json=as_json, text=f"From {done['from']} to {done['to']}:\n{steps}")
    if check and done["steps"]:
        raise typer.Exit(FINDING)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Serve web and API, with timers and sequencer, in one process group.

    Example: indelible --home /srv/quality serve --port 8000
    """
    session: Session = context.obj
    session.open()
    with answering():
        code = session.ports.serve(session.home, host, port, say)
    raise typer.Exit(code)


def _usable(session: Session, preset: str, environment: str, postgres: str, accept_sqlite: str) -> None:
    if session.home.exists():
        fail(f"{session.home.path} is a home already; a genesis happens once. Choose another folder.", WRONG_USE)
    if preset not in PRESETS:
        fail(f"There is no preset {preset!r} in this version; there is: {', '.join(PRESETS)}.", WRONG_USE)
    if environment not in ENVIRONMENTS:
        fail(f"The environment is one of: {', '.join(ENVIRONMENTS)}.", WRONG_USE)
    if environment == "production" and not postgres and len(accept_sqlite.strip()) < 10:
        fail("Production runs on PostgreSQL: the operator of a SQLite file can lift its guards.\n"
             "  missing: --postgres ADDRESS, or --accept-sqlite with the reason why that is accepted.", WRONG_USE)  # fmt: skip


def _as_owner(session: Session, postgres: str) -> None:
    import os

    if postgres:
        os.environ["INDELIBLE_OWNER_URL"] = postgres
    if not session.home.exists():
        fail(f"{session.home.path} is not an Indelible home.", WRONG_USE)


__all__ = ["FINE", "add_to"]
