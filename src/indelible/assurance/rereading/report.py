"""The only place that says what verification finds: one finding is one sentence about one place."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

LONGEST = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: `old` is what the truth says, `new` what stands there; `position` is an event's or the log's."""

    kind: str
    table: str
    record: str | None
    field: str | None
    old: Any
    new: Any
    position: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a whole re-reading found: how much was read, and every finding; `ok` when there is none (11.10(c), (e))."""

    ok: bool
    counts: dict[str, int]
    findings: list[Finding] = field(default_factory=list)


class Findings:
    """Collects findings and counts while everything is read."""

    def __init__(self) -> None:
        self.all: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, table: str, message: str, *, record: str | None = None, field: str | None = None,
            old: Any = None, new: Any = None, position: Any = None) -> None:  # fmt: skip
        """Add one finding; values are made plain, so that every one of them can be printed as JSON."""
        where = position if isinstance(position, int) else None
        self.all.append(Finding(kind, table, record, field, plain(old), plain(new), where, message))

    def amend(self, index: int, sentence: str) -> None:
        """Add a sentence to a finding about which more has become known."""
        known = self.all[index]
        self.all[index] = replace(known, message=f"{known.message} {sentence}")

    def stopped(self, problem: str, text: str) -> None:
        """Add the finding that the database broke off."""
        words = f"The database stopped in the middle of reading: {text.splitlines()[0] if text else problem}."
        self.add("database_unreadable", "event", words, new=problem)

    def since(self, mark: int) -> list[Finding]:
        """Give what was found since the list was `mark` long."""
        return self.all[mark:]


def plain(value: Any) -> Any:
    """Give a value as JSON can carry it: bytes as hex, ids and everything unknown as text."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def quoted(value: Any) -> str:
    """Give a value as it stands in a sentence; nothing is said in words, long values are cut."""
    if value is None or value == "":
        return "nothing"
    value = plain(value)
    if isinstance(value, str):
        return f"'{_cut(value)}'"
    return _cut(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def spoken(column: str) -> str:
    """Give a column's name as words: `printed_name` is the printed name."""
    return column.removesuffix("_id").replace("_", " ")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
