"""Commands for the demonstration company: load and serve it, move its clock, tamper with it, begin anew."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from typing import Annotated

import typer

from indelible.faces.cli.session import WRONG_USE, Json, Session, answering, fail, say, show
from indelible.infra import home

DEFAULT_PORT = 8000
SPAN = re.compile(r"([1-9][0-9]{0,3})([dhw])")
UNITS = {"d": "days", "h": "hours", "w": "weeks"}
AsOf = Annotated[str, typer.Option("--as-of", help="The day on which the story stands (YYYY-MM-DD; default today).")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on, on 127.0.0.1.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    demo = typer.Typer(invoke_without_command=True, help="The demonstration company.")
    demo.callback()(load)
    demo.command("advance")(advance)
    demo.command("tamper")(tamper)
    demo.command("reset")(reset)
    app.add_typer(demo, name="demo")


def load(
    context: typer.Context,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the company and do not serve it.")] = False,
    port: Port = DEFAULT_PORT,
    as_of: AsOf = "",
    as_json: Json = False,
) -> None:
    """Load the demonstration company, say who can sign in, and serve it.

    Example: indelible --home demo-home demo --port 8000
    """
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    _load(session, as_of, port, as_json=as_json)
    if not load_only:
        raise typer.Exit(session.ports.serve(session.home, "127.0.0.1", port, say))


def advance(context: typer.Context, span: Annotated[str, typer.Argument(help="How far: 7d, 12h, 2w.")],
            as_json: Json = False) -> None:  # fmt: skip
    """Move the simulated clock forward; what falls due is done by the running server.

    Example: indelible --home demo-home demo advance 7d
    """
    session: Session = context.obj
    match = SPAN.fullmatch(span.strip())
    if match is None:
        fail(f"{span!r} is not a span of time; write 7d, 12h or 2w.", WRONG_USE)
    session.open()
    with answering():
        told = session.ports.advance(timedelta(**{UNITS[match[2]]: int(match[1])}))
    show(told, as_json=as_json, text=f"The simulated clock says {told['now']}.")


def tamper(context: typer.Context, as_json: Json = False) -> None:
    """Alter a row behind the product's back and say which; then run `verify`.

    Example: indelible --home demo-home demo tamper && indelible --home demo-home verify
    """
    session: Session = context.obj
    session.open()
    with answering():
        told = session.ports.tamper()
    text = f"{told['table']} of {told['record']} at position {told['position']}: {told['field']} {told['old']!r} is now {told['new']!r}"
    show(told, as_json=as_json, text=text)


def reset(context: typer.Context, as_of: AsOf = "", as_json: Json = False) -> None:
    """Throw the demonstration away and load it anew.

    Example: indelible --home demo-home demo reset
    """
    session: Session = context.obj
    if session.home.exists():
        if session.home.read().environment != "demo":
            fail(f"{session.home.path} is not a demonstration home; it is not thrown away.", WRONG_USE)
        shutil.rmtree(session.home.path)
    _load(session, as_of, DEFAULT_PORT, as_json=as_json)


def _load(session: Session, as_of: str, port: int, *, as_json: bool) -> None:
    day = _day(as_of)
    if session.home.exists():
        if session.home.read().environment != "demo":
            fail(f"{session.home.path} is not a demonstration home; choose another folder.", WRONG_USE)
        say(f"{session.home.path} is loaded already; `demo reset` loads it anew.")
    else:
        session.home.write(home.fresh_settings("sqlite", "demo"))
    session.open(must_exist=False)
    with answering():
        told = session.ports.load_demo(session.home, day, say)
    told = {"address": f"http://127.0.0.1:{port}", **told}
    people = "\n".join(f"  {p['user_id']:<14} {p['name']:<30} {', '.join(p['roles'])}" for p in told["people"])
    password = told["people"][0]["password"]
    show(told, as_json=as_json, text=f"{people}\nEverybody's password: {password}\nOpen {told['address']}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{text!r} is not a day; write YYYY-MM-DD.", WRONG_USE)
