"""Commands that make an installation, bring it to a build, and serve it."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from pathlib import Path
from typing import Annotated

import typer

from indelible.assurance.configuration.folder import PRESETS
from indelible.faces.cli.ports import Founding
from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answered, fail, say, show
from indelible.infra.home import ENVIRONMENTS

LEAST_REASON = 10
NOBODYS_ID, UNNAMED = "first.admin", "First Administrator"  # where nobody was named and nobody can be asked


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("init", epilog='Example: indelible --home /srv/quality init --name "Acme Bio" '
                               "--postgres postgresql://owner@127.0.0.1/quality")(answered(init))  # fmt: skip
    app.command("upgrade", epilog="Example: indelible --home /srv/quality upgrade --check")(answered(upgrade))
    app.command("serve", epilog="Example: indelible --home /srv/quality serve --port 8000")(answered(serve))


def init(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Option(help="The company's name.")] = "Your company",
    zone: Annotated[str, typer.Option(help="The company's IANA time zone.")] = "America/New_York",
    preset: Annotated[str, typer.Option(help=f"Which shipped configuration to copy: {', '.join(PRESETS)}.")] = "phase-2",
    configuration: Annotated[
        Path | None, typer.Option(help="A configuration folder of your own, copied instead of the shipped one.")
    ] = None,
    postgres: Annotated[str, typer.Option(help="Address of an empty PostgreSQL database, as its owner.")] = "",
    environment: Annotated[
        str, typer.Option(help="production, validation or demo; without it production on PostgreSQL, else validation.")
    ] = "",
    admin_user: Annotated[str, typer.Option(help="User id of the first administrator; without it made from the name.")] = "",
    admin_name: Annotated[
        str | None, typer.Option(help=f"Printed name of the first administrator; asked for at a terminal, else {UNNAMED}.")
    ] = None,
    accept_sqlite: Annotated[
        str, typer.Option(help="Why SQLite is accepted in production although its operator can lift the guards.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Make an empty, ready installation and print the one-time link of the first administrator."""
    session: Session = context.obj
    environment = environment or ("production" if postgres else "validation")
    _usable(session, preset, environment)
    if environment == "production" and not postgres and len(accept_sqlite.strip()) < LEAST_REASON:
        fail("Production runs on PostgreSQL: whoever operates a SQLite file can lift its guards.", WRONG_USE,
             missing=[{"text": "--postgres ADDRESS, or --accept-sqlite with the reason why that is accepted."}])  # fmt: skip
    if configuration is not None and not configuration.is_dir():
        fail(f"{configuration} is no folder.", WRONG_USE)
    admin_user, printed = _first(admin_user, admin_name, asking=sys.stdin.isatty() and not as_json)
    asked = Founding(name, environment, postgres, admin_user, printed, accept_sqlite, zone, configuration, preset)
    made = session.ports.found(session.home, asked, say)
    text = (
        f"Ready: {made['home']} on {made['database']}, for {made['environment']}.\n"
        f"First administrator {admin_user}, once, within three days, at the server's address: {made['admin_link']}"
    )
    show(made, as_json=as_json, text=text)


def _first(user_id: str, name: str | None, *, asking: bool) -> tuple[str, str]:
    """Give user id and name of the first administrator: as told, else asked for, else of nobody; an id that is not told comes from the name."""
    if name is None and asking:
        name = str(typer.prompt("Your name, as it is to be printed (you become the first administrator)"))
    if user_id or not name:
        return user_id or NOBODYS_ID, UNNAMED if name is None else name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = ".".join(re.findall("[a-z0-9]+", plain))[:64].strip(".")
    if len(made) < 2:
        fail(
            f"No user id can be made from {name!r}.",
            WRONG_USE,
            missing=[{"text": "--admin-user, in plain letters and digits."}],
        )
    return made, name


def upgrade(
    context: typer.Context,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be done; exit 1 when there is something.")
    ] = False,
    postgres: Annotated[
        str, typer.Option(help="The database's address as its owner.", envvar="INDELIBLE_OWNER_URL", show_envvar=True)
    ] = "",
    as_json: Json = False,
) -> None:
    """Bring tables and guards to this build, as the database's owner."""
    session: Session = context.obj
    if not session.home.exists():
        fail(f"{session.home.path} is not an Indelible home.", WRONG_USE)
    if postgres:
        os.environ["INDELIBLE_OWNER_URL"] = postgres
    session.open(must_exist=False)
    done = session.ports.upgrade(session.home, check, say)
    steps = "\n".join(f"  {step}" for step in done["steps"]) or "  nothing to do"
    show(done, as_json=as_json, text=f"From {done['from']} to {done['to']}:\n{steps}")
    if check and done["steps"]:
        raise typer.Exit(FINDING)


def serve(
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    as_json: Json = False,
) -> None:
    """Serve web and API, with timers and sequencer, in one process group."""
    session: Session = context.obj
    session.open()

    def begun(address: str) -> None:
        show({"address": address, "pid": os.getpid()}, as_json=as_json, text=f"Serving {address}")

    raise typer.Exit(session.ports.serve(session.home, host, port, begun))


def _usable(session: Session, preset: str, environment: str) -> None:
    place = session.home.path
    if session.home.exists():
        fail(f"{place} is a home already; a genesis happens once. Choose another folder.", WRONG_USE)
    if place.is_dir() and any(place.iterdir()):
        fail(f"{place} is not empty; a home begins in a folder of its own.", WRONG_USE)
    if preset not in PRESETS:
        fail(f"There is no preset {preset!r} in this version; there is: {', '.join(PRESETS)}.", WRONG_USE)
    if environment not in ENVIRONMENTS:
        fail(f"The environment is one of: {', '.join(ENVIRONMENTS)}.", WRONG_USE)
