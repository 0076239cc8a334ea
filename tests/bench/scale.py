"""How much is measured, what each figure must reach, and how a row is written. Needs no Django."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How long and how large the measurements are."""

    rows: int
    cycles: int
    seconds: float
    tick: float
    writers: tuple[int, ...]
    changes: int
    events: int
    records: int
    events_each: int
    visits: int
    documents: int
    trainings: int


FULL = Scale(rows=10_000, cycles=24, seconds=0.4, tick=1.0, writers=(1, 8), changes=2_000, events=200_000,
             records=10_000, events_each=10, visits=40, documents=100, trainings=3_000)  # fmt: skip
QUICK = Scale(rows=400, cycles=4, seconds=0.12, tick=1.0, writers=(1, 2), changes=200, events=3_000,
              records=200, events_each=3, visits=4, documents=3, trainings=60)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: its name, the key of its target, median and quartiles, the number of writers, a remark."""

    name: str
    key: str
    middle: float
    low: float
    high: float
    writers: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach."""

    text: str
    holds: Callable[[float], bool]


def shown(value: float) -> str:
    """Write a figure with as many digits as it deserves."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) > 2 else f"{value:.2f}"


def least(value: float) -> Target:
    """Make a target that must be reached."""
    return Target(f">= {shown(value)}", lambda found: found >= value)


def most(value: float) -> Target:
    """Make a target that must not be passed."""
    return Target(f"<= {shown(value)}", lambda found: found <= value)


PAGES = {"page/list": most(100), "page/record": most(100), "page/search": most(300), "page/redline": most(2_000),
         "page/company": most(400), "drift": most(2_000), "plan": most(2)}  # fmt: skip
TARGETS: dict[str, dict[str, Target]] = {
    "postgres": {
        "ledger/plain": least(0.80), "ledger/simple": least(1.25), "ledger/bare": least(0.25), "ledger/scaling": least(0.80),
        "ledger/statements": most(4), "door/statements": most(5),
        "door/plain": least(0.5), "door/simple": least(1.0), "bytes": most(2.0), "sequencer": least(5_000), "drag": most(8),
        "chain/rate": least(250_000), "chain/share": least(0.25), "verify/rate": least(50_000),
    },
    "sqlite": {
        "ledger/plain": least(0.70), "ledger/simple": least(1.2), "ledger/statements": most(6),
        "door/plain": least(0.5), "door/simple": least(1.0), "bytes": most(2.0), "sequencer": least(5_000), "drag": most(8),
        "chain/rate": least(250_000), "chain/share": least(0.25), "verify/rate": least(50_000),
    },
}  # fmt: skip


for _engine in TARGETS.values():
    _engine.update(PAGES)


def ordered(rows: list[Row]) -> list[Row]:
    """Put the ratios of the write first, then what else is a ratio, then the figures that only this machine gives."""
    return sorted(rows, key=lambda row: ("write /" not in row.name, "door /" not in row.name, " / " not in row.name))


def line(engine: str, row: Row) -> tuple[str, ...]:
    """Give the cells of one row: what, writers, measured, quartiles, target, mark, remark."""
    target = TARGETS[engine].get(row.key)
    spread = "" if row.low == row.high else f"{row.low:.2f} .. {row.high:.2f}"
    mark = "" if target is None else "met" if target.holds(row.middle) else "MISSED"
    return (row.name, str(row.writers or ""), shown(row.middle), spread, target.text if target else "", mark, row.note)
