"""What must be told of numbered blank forms before their account is closed: of each set, once, what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

LONGEST = 1_000  # sets in one row: more than anybody issues
EXPLAINED = frozenset({"spoiled and destroyed", "lost"})


def untold(rows: Iterable[dict[str, Any]], issued: int) -> str | None:
    """Give in words what the account of so many issued sets lacks, None when each of them is told of once."""
    told: Counter[int] = Counter()
    for row in rows:
        if wrong := _wrong(row):
            return wrong
        first, last = _span(row)
        if last - first >= LONGEST:
            return f"A row tells of sets {first} to {last}; so many are never issued together."
        told.update(range(first, last + 1))
    return _compared(told, issued)


def whole(value: Any) -> int | None:
    """Give a number that counts something, None for any other."""
    number = Decimal(value) if value else Decimal(0)
    return int(number) if number == number.to_integral_value() and number >= 1 else None


def _compared(told: Counter[int], issued: int) -> str | None:
    numbers = range(1, issued + 1)
    faults = (
        ("not accounted for", [n for n in numbers if n not in told]),
        ("accounted for twice", [n for n, times in told.items() if times > 1]),
        (f"not among the {issued} that were issued", [n for n in told if n not in numbers]),
    )
    said = [f"{words}: set {_runs(found)}" for words, found in faults if found]
    return f"{'; '.join(said).capitalize()}." if said else None


def _wrong(row: dict[str, Any]) -> str | None:
    first, last = _span(row)
    if not first or not last or last < first:
        return "Each row says from which set to which: whole numbers, the smaller one first."
    if not row.get("became"):
        return f"What became of set {first} is not said."
    if row["became"] in EXPLAINED and not row.get("remark"):
        return f"Set {first} is {row['became']}: say in the remark how, and which deviation was reported if it is lost."
    return None


def _span(row: dict[str, Any]) -> tuple[int, int]:
    first = whole(row.get("first")) or 0
    return first, (whole(row["last"]) or 0) if row.get("last") else first


def _runs(numbers: Iterable[int]) -> str:
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in _spans(sorted(set(numbers))))


def _spans(numbers: list[int]) -> Iterator[tuple[int, int]]:
    first = before = numbers[0]
    for number in numbers[1:]:
        if number != before + 1:
            yield first, before
            first = number
        before = number
    yield first, before
