"""The only place where one asks whether a duty is lived now: each part answers for what is its own, by the name of a probe.

A probe reads and decides nothing. It says *shown* with the evidence, *not shown* with what lacks, or *open* where it cannot tell. It
looks at everything, whoever asks; whoever shows what it said leaves out records that a reader may not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice.queries import Viewer

SHOWN, NOT_SHOWN, OPEN = "shown", "not shown", "open"
SYSTEM, DOCUMENT = "gxp_system", "document"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found: in words, with the record or the page that is its evidence, the day it is of and until when it holds."""

    state: str
    says: str
    number: str = ""
    page: str = ""  # an address of this installation: /records/incident?late=1
    day: date | None = None
    until: date | None = None


Probe = Callable[[Viewer, str], Finding]
_PROBES: dict[str, tuple[Probe, str]] = {}


def probe(name: str, looks: str) -> Callable[[Probe], Probe]:
    """Register a probe; `looks` says in a sentence at what it looks. It gets the viewer and what stands behind its name, if anything."""

    def register(function: Probe) -> Probe:
        known = _PROBES.get(name)
        if known is not None and known[0].__qualname__ != function.__qualname__:
            raise ValueError(f"probe {name!r} is declared twice")
        _PROBES[name] = (function, looks)
        return function

    return register


def list_probes() -> dict[str, str]:
    """Give every probe by name with what it looks at."""
    return {name: looks for name, (_, looks) in sorted(_PROBES.items())}


def ask(view: Viewer, asked: str) -> Finding:
    """Ask a probe: its name, and after a space what it is to look at (`on_time incident`); raises KeyError for an unknown one."""
    name, _, about = asked.partition(" ")
    return _PROBES[name][0](view, about)


def shown(says: str, *, number: str = "", page: str = "", day: date | None = None, until: date | None = None) -> Finding:
    """Give a finding with its evidence."""
    return Finding(SHOWN, says, number, page, day, until)


def lacking(says: str, *, number: str = "", page: str = "", day: date | None = None, until: date | None = None) -> Finding:
    """Give a finding that names what lacks, and where one sees it."""
    return Finding(NOT_SHOWN, says, number, page, day, until)


def untold(says: str, *, page: str = "") -> Finding:
    """Give a finding of what nothing here can tell."""
    return Finding(OPEN, says, page=page)


def no_type(kind: str) -> Finding:
    """Give the finding of a type that the configuration in force has not."""
    return untold(f"The configuration in force has no type {kind}.")


def day_of(view: Viewer, at: datetime) -> date:
    """Give the day of a moment at the company."""
    return at.astimezone(ZoneInfo(view.configuration.company.zone)).date()


def today(view: Viewer) -> date:
    """Give today at the company."""
    return day_of(view, clock.now())


def ended(declared: TypeDeclaration) -> list[str]:
    """Give the states in which a record of a type was brought to its good end."""
    return [name for name, state in declared.lifecycle.items() if state.look == "done"]


def late(kind: str) -> int:
    """Count the records of a type that are past their day."""
    return Record.objects.filter(type=kind, due_at__lt=clock.now()).count()


def list_of(kind: str, **filters: str) -> str:
    """Give the address of a list."""
    return f"/records/{kind}" + ("?" + "&".join(f"{name}={value}" for name, value in filters.items()) if filters else "")


def some(words: Iterable[str], most: int = 3) -> str:
    """Name a few of many."""
    found = list(words)
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")
