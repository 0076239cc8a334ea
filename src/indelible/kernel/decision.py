"""What an act will write, decided in memory: the value that decisions make, modules complete and the door seals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from indelible.kernel.effects import Effects
from indelible.kernel.projections import Insert

Grant = dict[str, str | None]


@dataclass(slots=True)
class Decision:
    """What will be written: the event's past name, state after it, new content if any, effects, signature, voids."""

    past: str
    state: str
    grant: Grant
    effects: Effects = field(default_factory=Effects)
    content: dict[str, Any] | None = None
    changed: list[int] = field(default_factory=list)
    signature: dict[str, Any] | None = None
    voided: list[dict[str, Any]] = field(default_factory=list)
    note: dict[str, Any] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    also: list[Insert] = field(default_factory=list)
