"""The command line: parses, calls, shows. One JSON document on stdout with --json; progress and messages on stderr."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from indelible.faces.cli import (
    backups,
    configuration,
    courses,
    demonstration,
    drifting,
    filing,
    importing,
    installation,
    keeping,
    panels,
    people,
    qualifying,
    reviewing,
)
from indelible.faces.cli.ports import Ports
from indelible.faces.cli.session import WRONG_USE, Session, fail, on_defect
from indelible.infra import environment, home

app = typer.Typer(
    name="indelible", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="A quality management system whose records cannot be silently changed.",
)  # fmt: skip
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The installation's folder (or INDELIBLE_HOME; default ./indelible-home).")
]


@app.callback()
def begin(context: typer.Context, place: HomeOption = None) -> None:
    """Say which installation the command is for."""
    try:
        environment.check()
    except environment.Unknown as problem:
        fail(str(problem), WRONG_USE)
    if place is not None:
        os.environ[home.VARIABLE] = str(place.absolute())
    context.obj = Session(home.from_environment(), _handed_in())


for part in (
    installation,
    demonstration,
    keeping,
    backups,
    configuration,
    drifting,
    people,
    courses,
    importing,
    panels,
    reviewing,
    qualifying,
    filing,
):
    part.add_to(app)

_ports: list[Ports] = []


def _handed_in() -> Ports:
    return _ports[-1]


def run(ports: Ports) -> None:
    """Run the command line with the project's works."""
    _ports.append(ports)
    sys.excepthook = on_defect
    get_command(app)(prog_name="indelible")
