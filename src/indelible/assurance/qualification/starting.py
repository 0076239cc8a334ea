"""The only place that starts a qualification from the running server, one at a time, and ends one; it is a process of its own.

Whoever starts one acts on the installation, so right and refusal are the door's and the trail has the person. The process is the one
that a terminal would start (`indelible qualify`), in a session of its own: it goes on when the web process that started it ends. It
inherits a locked file. As long as it lives, in whatever process somebody asks, the lock says so, also where a process was killed.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection

from indelible.assurance.qualification import kept
from indelible.infra import clock, logs
from indelible.infra.home import Home
from indelible.infra.running import FOLDER
from indelible.kernel import acts
from indelible.kernel.context import Context
from indelible.kernel.errors import Conflict, Invalid, Missing, Refused
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Record
from indelible.practice import queries
from indelible.practice.queries import Possible, Viewer

ACT = f"{INSTALLATION}.start_qualification"
OWNER = "INDELIBLE_OWNER_URL"
COMMAND = (sys.executable, "-c", "from indelible.project.main import main; main()")  # what the command `indelible` does
LOCK, STARTED, SAID, TOLD = "qualification.lock", "qualification.json", "qualification.log", "qualification-told.json"
ELSEWHERE = "qualifying.lock"  # held in the home by every qualification of it, wherever it was started
SCRIPT = re.compile(r"[A-Za-z0-9-]{1,60}")
LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Started:
    """The qualification that was started last on the pages: its process, by whom and when (ISO 8601), which scripts alone (empty: all).

    `stopped_by` names who ended it before its end.
    """

    process: int
    by: str
    at: str
    only: tuple[str, ...] = ()
    stopped_by: str = ""


@dataclass(frozen=True, slots=True)
class Impossible:
    """Why a qualification cannot be started from this server, and the command to type instead."""

    text: str
    command: str


def impossible(home: Home) -> Impossible | None:
    """Give why this server cannot start one; None where it can."""
    output = shlex.quote(str(kept.folder(home)))
    command = f"indelible --home {shlex.quote(str(home.path))} qualify --output {output}"
    if importlib.util.find_spec("pytest") is None:
        return Impossible("The scripts are run by pytest, which is not installed beside the product.",
                          "pip install 'indelible[qualify]'")  # fmt: skip
    if connection.vendor == "postgresql" and not os.environ.get(OWNER):
        return Impossible("The copy is made on PostgreSQL too, by the owner of the database. The server is never given that address, so "
                          "somebody who has it types this on the server; the page then shows the run.",
                          f"{OWNER}=postgresql://OWNER@HOST/{connection.settings_dict['NAME']} {command}")  # fmt: skip
    return None


def possible(view: Viewer) -> Possible | None:
    """Give whether this person may start one now, and if not, why; None where the configuration in force declares no such act."""
    verb = ACT.partition(".")[2]
    return next((one for one in queries.list_acts(view, _installation()) if one.verb == verb), None)


def start(view: Viewer, only: str = "") -> Started:
    """Start a qualification into the home, noted in the installation's trail as this person's act.

    `only`: ids of scripts or requirements, separated by commas; empty for all. Raises Refused for whom it is not, Invalid for what is
    no id, Conflict where one runs already, Refused where this server cannot start one.
    """
    home, wanted, offered = settings.HOME, _wanted(only), possible(view)
    if offered is None or offered.refusal is not None:
        _note(view.ctx, wanted)  # refuses, and keeps that it was tried
        raise _none_declared()
    if (why := impossible(home)) is not None:
        raise Refused(rule="qualification_can_start", text=f"Nothing was started. {why.text}", do=f"Type: {why.command}")
    _beside(home).mkdir(mode=0o700, exist_ok=True)
    with _alone(home) as held:
        _note(view.ctx, wanted)
        started = _spawned(home, held, view, wanted)
    logs.told("qualification", process=started.process, only=list(wanted))
    return started


def stop(view: Viewer) -> Started:
    """End the qualification that runs; it is written down as aborted, and nothing of it counts.

    Raises Refused for whom it is not, Conflict where none runs that was started on the pages.
    """
    offered = possible(view)
    if offered is None:
        raise _none_declared()
    if offered.refusal is not None:
        raise offered.refusal
    known = running(settings.HOME)
    if known is None:
        raise Conflict(
            rule="qualification_runs",
            text="No qualification runs that was started on these pages.",
            do="Load the page again.",
        )
    told = Started(**asdict(known) | {"stopped_by": view.person.name if view.person else "", "only": known.only})
    _write(settings.HOME, told)
    try:
        os.kill(known.process, signal.SIGTERM)
    except ProcessLookupError:
        logs.warn("qualification", problem="it had ended by itself")
    return told


def running(home: Home) -> Started | None:
    """Give the qualification that was started on the pages and still runs, None where none does."""
    return last(home) if _is_held(_beside(home) / LOCK) else None


def runs_elsewhere(home: Home) -> bool:
    """Say whether a qualification of this home runs that somebody started at a terminal."""
    return running(home) is None and _is_held(home.path / ELSEWHERE)


def last(home: Home) -> Started | None:
    """Give the qualification that was started on the pages last, whatever became of it; None where none was."""
    try:
        data = json.loads((_beside(home) / STARTED).read_text("utf-8"))
        return Started(**data | {"only": tuple(data["only"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def said(home: Home) -> list[str]:
    """Give the last lines that the process said, oldest first: the stage it is in, or why it ended."""
    try:
        lines = (_beside(home) / SAID).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if line.strip()][-LAST_LINES:]


def _note(ctx: Context, wanted: tuple[str, ...]) -> None:
    subject, scripts = _installation(), ", ".join(wanted) or "all"
    acts.run(ctx, ACT, subject.pk, seen=subject.position, reason=f"Started on the page of validation; scripts: {scripts}")


def _beside(home: Home) -> Path:
    """Give where the server leaves what it knows of now; the folder of the runs holds nothing but runs."""
    return home.path / FOLDER


def _installation() -> Record:
    return Record.objects.get(type=INSTALLATION)


def _wanted(only: str) -> tuple[str, ...]:
    found = tuple(one.strip().upper() for one in only.split(",") if one.strip())
    if wrong := [one for one in found if not SCRIPT.fullmatch(one)]:
        raise Invalid(rule="input", text=f"{wrong[0][:60]} is no id of a script or requirement.",
                      missing=(Missing("Ids such as OQ-SIG-001 or URS-SIG-001, separated by commas.", field="only"),))  # fmt: skip
    return found


@contextmanager
def _alone(home: Home) -> Iterator[IO[str]]:
    """Hold the lock that the process will inherit; raises Conflict where another qualification runs."""
    with (_beside(home) / LOCK).open("a", encoding="utf-8") as held:
        if not _taken(held) or _is_held(home.path / ELSEWHERE):
            raise Conflict(
                rule="one_qualification_at_a_time", text="Another qualification of this installation is running.", do="Wait for its end, or abort it.",
            )  # fmt: skip
        yield held


def _spawned(home: Home, held: IO[str], view: Viewer, wanted: tuple[str, ...]) -> Started:
    place, output = _beside(home), kept.folder(home)
    command = [*COMMAND, "--home", str(home.path), "qualify", "--output", str(output), "--json"]
    command += ["--only", ",".join(wanted)] if wanted else []
    began = clock.iso(clock.real())
    with (place / SAID).open("w", encoding="utf-8") as said_to, (place / TOLD).open("w", encoding="utf-8") as told_to:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=told_to, stderr=said_to, start_new_session=True,
                                   pass_fds=(held.fileno(),), cwd=home.path)  # fmt: skip
    threading.Thread(target=process.wait, daemon=True).start()  # or what has ended stays in the list of processes
    started = Started(process.pid, view.person.name if view.person else "", began, wanted)
    _write(home, started)
    return started


def _write(home: Home, started: Started) -> None:
    part = _beside(home) / f"{STARTED}.{os.getpid()}"
    part.write_text(json.dumps(asdict(started), ensure_ascii=False), "utf-8")
    part.replace(_beside(home) / STARTED)


def _taken(held: IO[str]) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_held(path: Path) -> bool:
    """Say whether a process holds a lock; whoever asks leaves it as it was."""
    try:
        with path.open("r", encoding="utf-8") as asked:
            return not _taken(asked)
    except OSError:
        return False


def _none_declared() -> Refused:
    return Refused(
        rule="declared_act",
        text="The configuration in force knows no start of a qualification.",
        do="Apply this build's configuration.",
    )
