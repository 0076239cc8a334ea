"""What every command shares: the home, how results and refusals are told, the exit codes."""

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import django
import typer
from django.core.exceptions import ImproperlyConfigured

from indelible.faces.cli.ports import Ports
from indelible.infra.home import Home, NoHome

FINE, FINDING, WRONG_USE = 0, 1, 2
SETTINGS = "indelible.project.settings"
UNFINISHED = "unfinished"
JSON = "--json"
Json = Annotated[bool, typer.Option(JSON, help="One JSON document on stdout.")]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the command line."""

    home: Home
    ports: Ports

    def open(self, *, must_exist: bool = True) -> None:
        """Set Django up for the home; ends with exit 2 where there is none."""
        if must_exist and not self.home.exists():
            fail(f"{self.home.path} is not an Indelible home. Make one: indelible --home {self.home.path} init", WRONG_USE)
        if must_exist and (self.home.path / UNFINISHED).exists():
            fail(f"{self.home.path} was never finished: what made it was stopped. Take the folder away and begin again.",
                 WRONG_USE)  # fmt: skip
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
        try:
            django.setup()
        except (NoHome, ImproperlyConfigured) as problem:
            fail(f"{self.home.path} cannot be opened: {first_line(problem)}.", WRONG_USE)
        if must_exist:
            self._follow_clock()

    def _follow_clock(self) -> None:
        from django.db import DatabaseError

        from indelible.practice import simulation

        try:
            simulation.install()
        except DatabaseError as problem:
            fail(f"The database does not answer, or has not this build's tables: {first_line(problem)}. "
                 f"See: indelible --home {self.home.path} doctor", FINDING)  # fmt: skip


def say(text: str) -> None:
    """Tell progress or a message, on stderr."""
    typer.echo(text, err=True)


def show(data: Any, *, as_json: bool, text: str) -> None:
    """Give the result: one JSON document, or text for people."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False, default=str) if as_json else text)


def fail(text: str, code: int, **told: Any) -> NoReturn:
    """End with a sentence and an exit code; who asked for JSON gets the reason as JSON, too."""
    say("\n".join([text, *_lines(told)]))
    if JSON in sys.argv:
        typer.echo(json.dumps({"ok": False, "detail": text, **told}, indent=2, ensure_ascii=False, default=str))
    raise typer.Exit(code)


def answered(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end in a sentence and an exit code, whatever it meets."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with answering():
            return command(*args, **kwargs)

    return run


@contextmanager
def answering() -> Iterator[None]:
    """Turn refusals, bad input and faults of database and disk into sentences and exit codes; never a traceback."""
    from django.db import DatabaseError, InterfaceError

    from indelible.kernel.errors import Invalid, NotFound, Refused, Unavailable

    try:
        yield
    except Invalid as refused:
        fail(str(refused), WRONG_USE, **_told(refused))
    except Refused as refused:
        fail(str(refused), FINDING, **_told(refused))
    except NotFound as missing:
        fail(f"{missing} does not exist, or may not be seen.", WRONG_USE)
    except Unavailable as problem:
        fail(str(problem), FINDING)
    except NoHome as problem:
        fail(str(problem), WRONG_USE)
    except (DatabaseError, InterfaceError) as problem:
        fail(f"The database refused: {first_line(problem)}", FINDING)
    except OSError as problem:
        fail(f"{problem.filename or 'The machine'}: {problem.strerror or problem}.", FINDING)


def alarmed(found: Iterable[Any]) -> list[str]:
    """Open the incidents of alarms and say their numbers; a database that takes none is said as well, and is no second fault."""
    from django.db import DatabaseError, InterfaceError

    from indelible.assurance import alarms

    try:
        opened = alarms.raised(found)
    except (DatabaseError, InterfaceError) as problem:
        say(f"No incident could be opened, report it by hand: {first_line(problem)}.")
        return []
    if opened:
        say(f"Opened: {', '.join(opened)}.")
    return opened


def first_line(problem: Exception) -> str:
    """Give what a fault says in one line."""
    return str(problem).strip().split("\n")[0].rstrip(".") or repr(problem)


def on_defect(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    """Say a defect of ours in a sentence, too (as `sys.excepthook`); its traceback goes into a file."""
    if issubclass(kind, KeyboardInterrupt):
        say("Stopped.")
        return
    with tempfile.NamedTemporaryFile("w", prefix="indelible-defect-", suffix=".txt", delete=False, encoding="utf-8") as out:
        out.write("".join(traceback.format_exception(kind, problem, trace)))
    say(f"This is a defect of Indelible, not of what you typed: {kind.__name__}. Its description lies in {out.name}.")


def _told(refused: Any) -> dict[str, Any]:
    missing = [asdict(one) for one in refused.missing]
    return {"rule": refused.rule, "missing": missing, "who_can": list(refused.who_can), "do": refused.do}


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [f"  missing: {one['text']}" for one in told.get("missing", ())]
    lines += [f"  who could: {', '.join(told['who_can'])}"] if told.get("who_can") else []
    lines += [f"  rule: {told['rule']}"] if told.get("rule") else []
    return [*lines, *([f"  {told['do']}"] if told.get("do") else [])]
