"""One writer process: runs every way in short slices of the same clock as its fellows, and counts.

`python -m tests.bench.worker` reads its order as JSON from standard input, prints READY, reads the moment to begin
(of the monotonic clock, which all processes of a machine share), and prints what it counted.
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any

import django

django.setup()

from tests.bench.ways import Ways  # noqa: E402 - Django is ready only now

WARM_UP = 15


def main() -> None:
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    ways = Ways(order["seed"])
    for _ in range(WARM_UP):
        for way in order["ways"]:
            ways.named(way)()
    print("READY", flush=True)
    start = float(sys.stdin.readline())
    print(json.dumps(counted(ways, order, start)), flush=True)


def counted(ways: Ways, order: dict[str, Any], start: float) -> dict[str, list[int]]:
    """Give how many changes each way made in each cycle; the order of the ways is new in each cycle, for all alike."""
    found: dict[str, list[int]] = {way: [] for way in order["ways"]}
    begin = start
    for cycle in range(order["cycles"]):
        shuffled = random.Random(cycle).sample(order["ways"], len(order["ways"]))
        for way in shuffled:
            found[way].append(_slice(ways, way, begin, begin + order["seconds"]))
            begin += order["seconds"]
    return found


def _slice(ways: Ways, way: str, begin: float, end: float) -> int:
    change, made = ways.named(way), 0
    time.sleep(max(0.0, begin - time.monotonic()))
    while time.monotonic() < end:
        change()
        made += 1
    return made


if __name__ == "__main__":
    main()
