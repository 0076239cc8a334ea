"""What every command shares: the home, how results and refusals are told, the exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import django
import typer
from django.core.exceptions import ImproperlyConfigured

from indelible.faces.cli.ports import Ports
from indelible.infra.home import Home, NoHome

FINE, FINDING, WRONG_USE = 0, 1, 2
SETTINGS = "indelible.project.settings"
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the command line."""

    home: Home
    ports: Ports

    def open(self, *, must_exist: bool = True) -> None:
        """Set Django up for the home; ends with exit 2 where there is none."""
        import os

        if must_exist and not self.home.exists():
            fail(f"{self.home.path} is not an Indelible home. Make one: indelible --home {self.home.path} init", WRONG_USE)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
        try:
            django.setup()
        except (NoHome, ImproperlyConfigured) as problem:
            fail(str(problem), WRONG_USE)
        if must_exist:
            self._follow_clock()

    def _follow_clock(self) -> None:
        from django.db import DatabaseError

        from indelible.kernel import simulation

        try:
            simulation.install()
        except DatabaseError as problem:
            fail(f"The database does not answer, or has not this build's tables: {_first_line(problem)}. "
                 f"See: indelible --home {self.home.path} doctor", FINDING)  # fmt: skip


def say(text: str) -> None:
    """Tell progress or a message, on stderr."""
    print(text, file=sys.stderr, flush=True)


def show(data: Any, *, as_json: bool, text: str) -> None:
    """Give the result: one JSON document, or text for people."""
    print(json.dumps(data, indent=2, ensure_ascii=False, default=str) if as_json else text)


def fail(text: str, code: int) -> NoReturn:
    """End with a sentence and an exit code."""
    say(text)
    raise typer.Exit(code)


@contextmanager
def answering() -> Iterator[None]:
    """Turn refusals, bad input and database faults into sentences and exit codes; never a traceback."""
    from django.db import DatabaseError

    from indelible.kernel.errors import Invalid, NotFound, Refused, Unavailable

    try:
        yield
    except Invalid as refused:
        fail(_told(refused), WRONG_USE)
    except Refused as refused:
        fail(_told(refused), FINDING)
    except NotFound as missing:
        fail(f"{missing} does not exist, or may not be seen.", WRONG_USE)
    except Unavailable as problem:
        fail(str(problem), FINDING)
    except DatabaseError as problem:
        fail(f"The database refused: {_first_line(problem)}", FINDING)


def _told(refused: Any) -> str:
    lines = [str(refused), *(f"  missing: {one.text}" for one in refused.missing)]
    lines += [f"  who could: {', '.join(refused.who_can)}"] if refused.who_can else []
    return "\n".join([*lines, f"  rule: {refused.rule}", *([f"  {refused.do}"] if refused.do else [])])


def _first_line(problem: Exception) -> str:
    return str(problem).strip().split("\n")[0]
