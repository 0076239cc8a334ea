"""The sequencer beside the writers, as `serve` runs it: a tick each second, until standard input closes."""

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
    over = threading.Event()
    threading.Thread(target=_wait, args=(over,), daemon=True).start()
    began, busy, given = time.monotonic(), 0.0, 0
    while not over.wait(TICK):
        at = time.monotonic()
        given += (made := sequencer.drain())
        busy += time.monotonic() - at if made else 0.0
    print(json.dumps({"events": given, "busy": busy, "wall": time.monotonic() - began}))


if __name__ == "__main__":
    main()
