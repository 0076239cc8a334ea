"""What an event does besides having happened, as data (D4): projections copy it and compute nothing.

A decision fills an `Effects`; it becomes the `effects` of the event's payload and, by `kernel.projections`, rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from indelible.infra import clock


@dataclass(slots=True)
class Effects:
    """The effects of one event on one record. All values are JSON; instants are ISO text."""

    head: dict[str, Any] = field(default_factory=dict)
    open_tasks: list[dict[str, Any]] = field(default_factory=list)
    close_tasks: list[dict[str, Any]] | None = None
    close_all_tasks: bool = False
    timers: dict[str, str | None] = field(default_factory=dict)
    moved_timers: dict[str, str] = field(default_factory=dict)
    clear_timers: bool = False
    links: dict[str, list[list[str]]] = field(default_factory=dict)
    parties: dict[str, list[list[str]]] = field(default_factory=dict)
    grant: dict[str, Any] | None = None
    ungrant: dict[str, str] | None = None
    numbering: list[Any] | None = None
    restrict: list[int] = field(default_factory=list)
    baseline: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def open_task(self, *, move: str, meaning: str | None, capacity: str, person: str | None, scope: str | None,  # noqa: PLR0913
                  due: datetime | None, shown_from: datetime | None, note: str, identifier: str) -> None:  # fmt: skip
        """Open a piece of work for a person, or for whoever holds the capacity; `shown_from` hides it until then."""
        self.open_tasks.append(
            {"id": identifier, "move": move, "meaning": meaning, "capacity": capacity, "person": person,
             "scope": scope, "due": clock.iso(due) if due else None, "note": note}
            | ({"from": clock.iso(shown_from)} if shown_from else {})
        )  # fmt: skip

    def as_data(self) -> dict[str, Any]:
        """Give the effects that are there; absent ones take no room in the payload."""
        named = {slot: getattr(self, slot) for slot in self.__slots__}
        return {name: value for name, value in named.items() if value not in (None, {}, [], False)}
