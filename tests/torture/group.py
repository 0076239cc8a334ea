"""A process group that is killed whole, without warning: labourers and a sequencer under one leader."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connections

from indelible.kernel import sequencer
from tests.torture.tally import Tally


@dataclass(slots=True)
class Group:
    """Processes forked from this one, in a session of their own; `leader` is the number of the group."""

    leader: int

    @staticmethod
    def begin(jobs: Sequence[Callable[[], object]], place: Path) -> Group:
        """Start one process for each job; what they say goes to a file beside the tally."""
        connections.close_all()
        leader = os.fork()
        if leader == 0:
            os.setsid()
            _silence(place / "group.txt")
            others = [_child(job) for job in jobs]
            for other in others:
                os.waitpid(other, 0)
            os._exit(0)
        return Group(leader)

    def kill(self) -> None:
        """Kill every process of the group at once and wait until the last is gone."""
        try:
            os.killpg(self.leader, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(self.leader, signal.SIGKILL)  # it had not made its group yet
        os.waitpid(self.leader, 0)
        while _alive(self.leader):
            time.sleep(0.001)


def integrate() -> None:
    """Drain the queue again and again, as the background process does."""
    while True:
        sequencer.drain()
        time.sleep(0.01)


def until_tried(tally: Tally, count: int, patience: float = 30) -> None:
    """Wait until a life has begun to act."""
    end = time.monotonic() + patience
    while len(tally.of("tried")) <= count and time.monotonic() < end:
        time.sleep(0.002)


def _child(job: Callable[[], object]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            job()
        finally:
            os._exit(1)
    return pid


def _silence(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
