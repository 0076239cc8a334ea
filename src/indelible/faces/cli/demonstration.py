"""Commands for the demonstration company: load and serve it, show a one-time code, move its clock, tamper with it, begin anew."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from typing import Annotated, Any

import typer

from indelible.faces.cli.session import UNFINISHED, WRONG_USE, Json, Session, answered, fail, say, show
from indelible.infra import home

DEFAULT_PORT = 8000
DEMO = "demo"
CODE = " (and a code)"
SPAN = re.compile(r"([1-9][0-9]{0,3})([dhw])")
UNITS = {"d": "days", "h": "hours", "w": "weeks"}
AsOf = Annotated[str, typer.Option("--as-of", help="The day on which the story stands (YYYY-MM-DD; default today).")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on, on 127.0.0.1.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    begin = "Example: indelible --home demo-home demo"
    demo = typer.Typer(
        invoke_without_command=True, help="The demonstration company.", epilog=f"{begin} --port 8000", rich_markup_mode=None
    )
    demo.callback()(answered(load))
    demo.command("advance", epilog=f"{begin} advance 7d")(answered(advance))
    demo.command("code", epilog=f"{begin} code isolheim")(answered(code))
    demo.command("tamper", epilog=f"{begin} tamper; indelible --home demo-home verify")(answered(tamper))
    demo.command("reset", epilog=f"{begin} reset")(answered(reset))
    app.add_typer(demo, name="demo")


def load(
    context: typer.Context,
    *,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the company and do not serve it.")] = False,
    port: Port = DEFAULT_PORT,
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """Load the demonstration company, say who can sign in, and serve it."""
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    day = _day(as_of)
    if session.home.exists() and not (session.home.path / UNFINISHED).exists():
        _is_demonstration(session)
        say(f"{session.home.path} is loaded already; `demo reset` loads it anew.")
        session.open()
    else:
        _empty(session)
    told = _load(session, day, port, as_json=as_json)
    if not load_only:
        raise typer.Exit(session.ports.serve(session.home, "127.0.0.1", port, lambda _: say(f"Serving {told['address']}")))


def advance(
    context: typer.Context, span: Annotated[str, typer.Argument(help="How far: 7d, 12h, 2w.")], as_json: Json = False
) -> None:
    """Move the simulated clock forward, and do what has fallen due."""
    session: Session = context.obj
    match = SPAN.fullmatch(span.strip())
    if match is None:
        fail(f"{span!r} is not a span of time; write 7d, 12h or 2w.", WRONG_USE)
    session.open()
    told = session.ports.advance(timedelta(**{UNITS[match[2]]: int(match[1])}))
    done = "".join(f"\n  {one}" for one in told["done"])
    show(told, as_json=as_json, text=f"The simulated clock says {told['now']}.{done}")


def tamper(context: typer.Context, as_json: Json = False) -> None:
    """Alter a row behind the product's back and say which; then run `verify`."""
    session: Session = context.obj
    session.open()
    told = session.ports.tamper()
    where = f"{told['table']} of {told['record']} at position {told['position']}"
    show(told, as_json=as_json, text=f"{where}: {told['field']} {told['old']!r} is now {told['new']!r}")


def code(
    context: typer.Context,
    user_id: Annotated[str, typer.Argument(help="Whose telephone is looked at.")],
    as_json: Json = False,
) -> None:
    """Show the one-time code that somebody's telephone shows now; it is good for 30 seconds, and once."""
    session: Session = context.obj
    _is_demonstration(session)
    session.open()
    shown = session.ports.code(user_id.strip().casefold())
    show({"user_id": user_id, "code": shown}, as_json=as_json, text=shown)


def reset(context: typer.Context, as_of: AsOf = "", as_json: Json = False) -> None:
    """Throw the demonstration away and load it anew."""
    session: Session = context.obj
    day = _day(as_of)
    if session.home.exists():
        _is_demonstration(session)
        if session.ports.is_served(session.home):
            fail(f"{session.home.path} is being served; stop the server first.", WRONG_USE)
    _empty(session)
    _load(session, day, DEFAULT_PORT, as_json=as_json)


def _load(session: Session, day: date | None, port: int, *, as_json: bool) -> dict[str, Any]:
    told = {"address": f"http://127.0.0.1:{port}", **session.ports.load_demo(session.home, day, say)}
    (session.home.path / UNFINISHED).unlink(missing_ok=True)
    people = "\n".join(
        f"  {p['user_id']:<14} {p['name']:<30} {', '.join(p['roles'])}{CODE if p['code'] else ''}" for p in told["people"]
    )
    password = told["people"][0]["password"]
    also = f"Who is asked for a code as well: `indelible --home {session.home.path} demo code USER_ID` shows it"
    show(told, as_json=as_json, text=f"{people}\nEverybody's password: {password}\n{also}\nAddress: {told['address']}")
    return told


def _empty(session: Session) -> None:
    """Begin with a demonstration home in which nothing is; what a stopped load left is thrown away."""
    place = session.home.path
    if session.home.exists():
        _is_demonstration(session)
        for found in place.iterdir():
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    elif place.is_dir() and any(place.iterdir()):
        fail(f"{place} is not empty and not a home; the demonstration begins in a folder of its own.", WRONG_USE)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    session.home.write(home.fresh_settings("sqlite", DEMO))
    (place / UNFINISHED).touch()
    session.open(must_exist=False)


def _is_demonstration(session: Session) -> None:
    if session.home.read().environment != DEMO:
        fail(f"{session.home.path} is not a demonstration home; it is left as it is.", WRONG_USE)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{text!r} is not a day; write YYYY-MM-DD.", WRONG_USE)
