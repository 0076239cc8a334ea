"""All measurements on one engine: `python -m tests.bench.measure`, started by `tests.bench` with a home of its own.

Prints one JSON line for each row of the table as soon as it is known; what it is doing goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict

import django

django.setup()

from django.db import connection  # noqa: E402 - Django is ready only now

from indelible.kernel import sequencer  # noqa: E402
from tests.bench import cost, ground, reading, slices  # noqa: E402
from tests.bench.scale import Row, Scale  # noqa: E402
from tests.bench.slices import Ratio, Run  # noqa: E402
from tests.bench.ways import ORDER, Ways  # noqa: E402

AGAINST = {"plain": "plain get+save", "simple": "django-simple-history", "bare": "bare driver + audit row"}
NAMES = {"ledger": "ledger write", "door": "whole door"}


def main() -> None:
    scale = Scale(**json.loads(os.environ["INDELIBLE_BENCH"]))
    tell("building a home")
    ann = ground.build(scale.rows)
    ways = Ways(seed="costs")
    costs(ways, scale)
    runs = []
    for writers in scale.writers:
        tell(f"{writers} writer{'s'[: writers > 1]}, {scale.cycles} cycles of {len(ORDER)} slices of {scale.seconds} s")
        runs.append(slices.run(writers, cycles=scale.cycles, seconds=scale.seconds))
    for way, name in NAMES.items():
        compare(way, name, runs)
    beside(runs)
    drag(scale)
    tell(f"{scale.events} events to verify")
    verification(reading.fill(ann, scale.events))


def compare(way: str, name: str, runs: list[Run]) -> None:
    """Give the rows of one of our ways against the others, and against itself with more writers."""
    for against, label in AGAINST.items():
        for run in runs:
            give(f"{name} / {label}", f"{way}/{against}", run.ratio(way, against), run.writers)
    many, one = runs[-1].ratio(way, "plain"), runs[0].ratio(way, "plain")
    between = Ratio(many.middle / one.middle, many.low / one.middle, many.high / one.middle)
    give(f"{name} / plain at {runs[-1].writers} : at {runs[0].writers}", f"{way}/scaling", between)
    for run in runs:
        rates = ", ".join(f"{other} {run.per_second(other):.0f}" for other in ORDER)
        if way == "ledger":
            tell(f"per second with {run.writers}, only for orientation: {rates}")


def costs(ways: Ways, scale: Scale) -> None:
    """Give the rows of statements and bytes."""
    for way, name in NAMES.items():
        give(f"{name}: statements per change", f"{way}/statements", cost.statements(ways.named(way)))
    sequencer.drain()
    ours, theirs = (cost.bytes_per_change(ways, way, scale.changes) for way in ("ledger", "simple"))
    give("bytes per change / django-simple-history", "bytes", ours / theirs, note=f"{ours:.0f} against {theirs:.0f}")


def beside(runs: list[Run]) -> None:
    """Give what the sequencer did beside the writers."""
    done = runs[-1].sequencer
    if done["busy"]:
        share = (f"{done['events']:.0f} events, busy {100 * done['busy'] / done['wall']:.1f} % of the time, "
                 f"waiting for its turn {100 * done['waited'] / done['wall']:.1f} %")  # fmt: skip
        give("sequencer beside writers: events/s", "sequencer", done["events"] / done["busy"], runs[-1].writers, note=share)


def drag(scale: Scale) -> None:
    """Give the row of what the sequencer costs the writers beside it."""
    writers = scale.writers[-1]
    tell(f"{writers} writers, {scale.cycles} cycles with and without the sequencer")
    found = slices.run(writers, cycles=scale.cycles, seconds=scale.tick, ways=("plain", "ledger"), by_turns=True)
    give("sequencer: drag on ledger write, percent", "drag", found.drag("ledger", "plain"), writers)


def verification(drained: float) -> None:
    """Give the rows of verification, or say that there is none."""
    give("sequencer alone: events/s", "sequencer", drained)
    events = connection.cursor().execute("SELECT count(*) FROM event").fetchone()[0]
    reading.read_away()
    read = reading.read_away()
    give("reading event, version and log: events/s", "", events / read, note=f"{events} events")
    for name, key, way in (("verify --chain", "chain", reading.chained), ("verify", "verify", reading.verified)):
        took, report = way()
        give(f"{name}: events/s", f"{key}/rate", events / took, note="clean" if report.ok else "NOT CLEAN")
        give(f"{name} / reading alone", f"{key}/share", read / took)
        if not report.ok:
            sys.exit(f"{name} is not clean: {report.findings[:3]}")


def give(name: str, key: str, value: Ratio | float, writers: int | None = None, note: str = "") -> None:
    """Print one row for the table."""
    ratio = value if isinstance(value, Ratio) else Ratio(value, value, value)
    print(json.dumps(asdict(Row(name, key, ratio.middle, ratio.low, ratio.high, writers, note))), flush=True)


def tell(text: str) -> None:
    """Say on standard error what is being done."""
    print(f"   {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
