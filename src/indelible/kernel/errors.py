"""Outcomes that are not success: a refusal says which rule, what is missing, who could, what to do.

Faces translate these into pages, problem documents and exit codes; nothing below the faces knows HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that stands in the way: a sentence, and the field that it concerns if there is one."""

    text: str
    field: str | None = None
    rule: str | None = None


@dataclass(slots=True)
class Refused(Exception):
    """An act was refused; nothing was changed. Noted in the ledger as evidence (11.10(d), (g))."""

    rule: str
    text: str
    missing: tuple[Missing, ...] = ()
    who_can: tuple[str, ...] = ()
    do: str = ""
    cause: str = ""
    present: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class Conflict(Refused):
    """The record moved since the person looked; `present` says where it stands now and what changed."""


@dataclass(slots=True)
class Invalid(Refused):
    """The input itself is unusable, named field by field in `missing`."""


class NotFound(Exception):
    """No such thing, or the person may not know of it: both look alike from outside (no existence leak)."""


class Hidden(NotFound):
    """It exists and this person may not know: answered as NotFound, but noted as a refused attempt."""


class Unavailable(Exception):
    """The installation cannot serve acts now (no baseline, wrong schema, time not trustworthy)."""
