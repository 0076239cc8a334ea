"""The sequencer beside the writers, as `serve` runs it: a tick each second, until standard input closes.

Its order names the moment of the first cycle and, where it works by turns, how long a cycle is: then it rests in the
first, works in the second, and so on, so that what it costs the writers shows between two neighbours. A slice is then
as long as a tick, so that each way meets it as often as it does in `serve`. Waiting for
its turn (SQLite's one write lock, the lock of the sequencer) is counted apart from being busy: it is spent asleep.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 - Django is ready only now

from indelible.kernel import sequencer  # noqa: E402 - Django is ready only now

TICK = 1.0
TURN = ("BEGIN", "SELECT pg_advisory_xact_lock")


class Turns:
    """Times the statements that wait for a turn, as a wrapper around every statement."""

    waited = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        began = time.monotonic()
        try:
            return execute(sql, *rest)
        finally:
            self.waited += time.monotonic() - began if sql.startswith(TURN) else 0.0


def _wait(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def main() -> None:
    order = json.loads(sys.stdin.readline())
    over = threading.Event()
    threading.Thread(target=_wait, args=(over,), daemon=True).start()
    began, busy, given, turns = time.monotonic(), 0.0, 0, Turns()
    connection.execute_wrappers.append(turns)
    while not over.wait(TICK):
        at = time.monotonic()
        if order["cycle"] is not None and int((at - order["start"]) / order["cycle"]) % 2 == 0:
            continue
        before = turns.waited
        given += (made := sequencer.drain())
        busy += time.monotonic() - at - (turns.waited - before) if made else 0.0
    wall = time.monotonic() - began
    print(json.dumps({"events": given, "busy": busy, "waited": turns.waited, "wall": wall}))


if __name__ == "__main__":
    main()
