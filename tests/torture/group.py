"""A process group that is killed whole, without warning: labourers and a sequencer under one leader."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connections

from indelible.kernel import sequencer
from tests.torture.leash import die_with_parent
from tests.torture.tally import Tally


@dataclass(slots=True)
class Group:
    """Processes forked from this one, in a process group of their own."""

    members: list[int]
    said: Path

    @staticmethod
    def begin(jobs: Sequence[Callable[[], object]], place: Path) -> Group:
        """Start one process for each job; what they say goes to a file."""
        connections.close_all()
        group = Group([], place / "group.txt")
        for job in jobs:
            group.members.append(_child(job, group))
        return group

    @property
    def leader(self) -> int:
        """Give the number of the group."""
        return self.members[0]

    def kill(self) -> None:
        """Kill every process of the group at once and wait until the last is gone."""
        if self.members:
            os.killpg(self.leader, signal.SIGKILL)
        while self.members:
            os.waitpid(self.members.pop(), 0)

    def over(self) -> bool:
        """Say whether every process has ended by itself; raises AssertionError for one that failed."""
        for member in list(self.members):
            pid, status = os.waitpid(member, os.WNOHANG)
            assert not status, f"a process of the group failed: {self.said.read_text('utf-8')[-2000:]}"
            if pid:
                self.members.remove(member)
        return not self.members


def integrate() -> None:
    """Drain the queue again and again, as the background process does."""
    while True:
        sequencer.drain()
        time.sleep(0.01)


def until_more(tally: Tally, more: int, patience: float = 30) -> None:
    """Wait until so many lines more stand in the tally: whoever is killed has begun to act."""
    end, place = time.monotonic() + patience, tally.size()
    while tally.since(place) < more and time.monotonic() < end:
        time.sleep(0.01)  # who asks more often takes the time of those who work; the instant is drawn afterwards


def _child(job: Callable[[], object], group: Group) -> int:
    leader = group.members[0] if group.members else 0
    pid = os.fork()
    if pid:
        os.setpgid(pid, leader)  # here as well as there: neither may come too late for a kill
        return pid
    os.setpgid(0, leader)
    die_with_parent(signal.SIGKILL)
    _silence(group.said)
    try:
        job()
    except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _silence(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
