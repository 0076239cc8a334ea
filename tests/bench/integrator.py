"""The sequencer beside the writers, as `serve` runs it: a tick each second, until standard input closes.

Its order names the moment of the first cycle and, where it works by turns, how long a cycle is: then it rests in the
first, works in the second, and so on, so that what it costs the writers shows between two neighbours.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import django

django.setup()

from indelible.kernel import sequencer  # noqa: E402 - Django is ready only now

TICK = 1.0


def _wait(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def main() -> None:
    order = json.loads(sys.stdin.readline())
    over = threading.Event()
    threading.Thread(target=_wait, args=(over,), daemon=True).start()
    began, busy, given = time.monotonic(), 0.0, 0
    while not over.wait(TICK if order["cycle"] is None else order["cycle"] / 4):
        at = time.monotonic()
        if order["cycle"] is not None and int((at - order["start"]) / order["cycle"]) % 2 == 0:
            continue
        given += (made := sequencer.drain())
        busy += time.monotonic() - at if made else 0.0
    print(json.dumps({"events": given, "busy": busy, "wall": time.monotonic() - began}))


if __name__ == "__main__":
    main()
