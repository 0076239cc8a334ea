"""The only place that reads a roster of HR: a CSV file that says who works here, and until when."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from indelible.practice import uploads

WHO = {"user_id": ("user_id", "user id", "user"), "email": ("email", "e-mail", "mail", "e-mail address")}
LEFT = ("left_on", "left on", "leave_date", "leave date", "leaves on", "last day")
MOST = 5_000_000  # bytes: a roster of every company on earth is smaller
DO = "A roster is a CSV file with a heading line: user_id or email, and left_on as YYYY-MM-DD, empty for who works here."


class Unreadable(ValueError):
    """The file is no roster; the text says in which line and why."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who stands on a roster, by user id or address in small letters, with the last day of those who have one."""

    listed: Mapping[str, date | None] = field(default_factory=dict)

    def knows(self, user_id: str, email: str) -> bool:
        """Say whether somebody stands on it."""
        return any(key in self.listed for key in self._keys(user_id, email))

    def left_on(self, user_id: str, email: str) -> date | None:
        """Give somebody's last day, None without one."""
        return next((day for key in self._keys(user_id, email) if (day := self.listed.get(key))), None)

    @staticmethod
    def _keys(user_id: str, email: str) -> list[str]:
        return [key for key in (user_id.casefold(), email.casefold()) if key]


def of(values: Mapping[str, Any]) -> Roster | None:
    """Give the roster of a review, None without one; raises Unreadable."""
    files = values.get("roster") or []
    return read(b"".join(uploads.bytes_of(files[0]["sha256"]))) if files else None


def read(content: bytes) -> Roster:
    """Read a roster; raises Unreadable with the line that cannot be read."""
    if len(content) > MOST:
        raise Unreadable(f"The roster is larger than {MOST // 1_000_000} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unreadable(f"The roster is not UTF-8 text: {problem.reason} at byte {problem.start}.") from None
    first = text.partition("\n")[0]
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ","))
    heads = [head.strip().casefold() for head in rows[0]] if rows else []
    who = [at for at, head in enumerate(heads) if any(head in names for names in WHO.values())]
    left = next((at for at, head in enumerate(heads) if head in LEFT), None)
    if not who or left is None:
        raise Unreadable(f"The roster has no column {'user_id or email' if not who else 'left_on'}. {DO}")
    listed: dict[str, date | None] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = [cell.strip() for cell in row] + [""] * (len(heads) - len(row))
        day = _day(cells[left], number)
        listed |= {cells[at].casefold(): day for at in who if cells[at]}
    if not listed:
        raise Unreadable(f"The roster names nobody. {DO}")
    return Roster(listed)


def _day(text: str, number: int) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unreadable(f"Line {number} of the roster: {text[:20]!r} is no day. {DO}") from None
