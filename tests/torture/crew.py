"""Real processes side by side: each has a connection of its own, all begin at one moment, each tells what became of it."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from multiprocessing.connection import Connection
from typing import Any

from django.db import connection, connections

from indelible.kernel.errors import Refused

PATIENCE = 120
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Told:
    """What one process met: the class of what it got or of what was raised, and that as data."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Say whether the act was done (and not merely answered from an earlier time)."""
        return self.kind == "Outcome" and not self.data["replayed"]


def together(jobs: Sequence[Callable[[], Any]]) -> list[Told]:
    """Run every job in a process of its own, let go together; gives what each told, in order."""
    barrier = _fork.Barrier(len(jobs))
    connections.close_all()
    pipes, crew = [], []
    for job in jobs:
        mine, theirs = _fork.Pipe(duplex=False)
        process = _fork.Process(target=_run, args=(job, barrier, theirs))
        process.start()
        theirs.close()
        pipes.append(mine)
        crew.append(process)
    told = [_hear(pipe) for pipe in pipes]
    for process in crew:
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
    return told


def kinds(told: Sequence[Told]) -> Counter[str]:
    """Count what was met."""
    return Counter(one.kind for one in told)


def unexpected(told: Sequence[Told], *expected: str) -> list[Told]:
    """Give what should not have been met."""
    return [one for one in told if one.kind not in expected]


def _run(job: Callable[[], Any], barrier: Any, pipe: Connection) -> None:
    connections.close_all()
    connection.ensure_connection()
    barrier.wait(PATIENCE)
    pipe.send(_told(job))
    connections.close_all()
    pipe.close()
    os._exit(0)


def _told(job: Callable[[], Any]) -> Told:
    try:
        given = job()
    except Refused as refusal:
        return Told(type(refusal).__name__, {"rule": refusal.rule, "text": refusal.text, "present": refusal.present})
    except Exception as problem:  # noqa: BLE001 - whatever it is, the test judges it
        return Told(type(problem).__name__, {"text": "".join(traceback.format_exception(problem))})
    data = asdict(given) if is_dataclass(given) and not isinstance(given, type) else {"value": given}
    return Told(type(given).__name__, data)


def _hear(pipe: Connection) -> Told:
    try:
        told: Told = pipe.recv() if pipe.poll(PATIENCE) else Told("Silence")
    except EOFError:
        return Told("Death")
    return told
