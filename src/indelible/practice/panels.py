"""The only place that knows the modules' own pages (D23): declared by name, made from tables, shown alike by every face.

A module registers a panel with `@panel`: one function that reads and gives a `Sheet`. It says of which types it is (then
the pages of their records offer it), or of none (then the navigation does). Pages, API and command line show the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from indelible.infra import clock
from indelible.kernel.errors import Invalid, Missing, NotFound
from indelible.kernel.models import Record
from indelible.practice import queries
from indelible.practice.queries import Viewer


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: its words; `number` of the record to which it leads, `since` which other revision its changes are meant;
    `look` where it is a state (as in declarations)."""

    text: str = ""
    number: str = ""
    since: str = ""
    look: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `empty` says what it means that there are none."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a panel shows: a sentence or two, and tables."""

    lead: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A module's own page; `says` tells what is on it. `of` names the types of whose records it is one; without them it is one of the whole company."""

    name: str
    label: str
    says: str
    of: frozenset[str]
    inline: bool
    show: Show


Show = Callable[[Viewer, Record | None, datetime], Sheet]
_PANELS: dict[str, Panel] = {}


def panel(name: str, *, label: str, says: str, of: Iterable[str] = (), inline: bool = False) -> Callable[[Show], Show]:
    """Register a panel; the function gets the viewer, the record if it is of one, and the moment that is asked for.

    An `inline` one stands on the record's page itself, where it has something to show.
    """

    def register(function: Show) -> Show:
        known = _PANELS.get(name)
        if known is not None and known.show.__qualname__ != function.__qualname__:
            raise ValueError(f"panel {name!r} is declared twice")
        _PANELS[name] = Panel(name, label, says, frozenset(of), inline, function)
        return function

    return register


def list_panels(kind: str | None = None) -> list[Panel]:
    """List the panels of a type, or those of the whole company, by label."""
    return sorted((p for p in _PANELS.values() if (kind in p.of if kind else not p.of)), key=lambda p: p.label)


def list_all() -> list[Panel]:
    """List every panel, by name."""
    return [_PANELS[name] for name in sorted(_PANELS)]


def get_panel(name: str, record: Record | None = None) -> Panel:
    """Give a panel by name; raises NotFound for one that does not exist or is of other records."""
    found = _PANELS.get(name)
    if found is None or (record.type in found.of if record else not found.of) is False:
        raise NotFound(name)
    return found


def sheet(view: Viewer, name: str, *, of: str = "", as_of: str = "") -> tuple[Panel, Record | None, Sheet]:
    """Read a panel, of a record and at the end of a day (now, without one); raises NotFound, Invalid for no day of the past."""
    record = queries.get_record(view, of) if of else None
    found = get_panel(name, record)
    at, now = queries.end_of(as_of, view.configuration.company.zone) if as_of else clock.now(), clock.now()
    if at - now > timedelta(days=1):  # the end of today has not come yet, and is as good as now
        raise Invalid(rule="input", text=f"{as_of} has not come yet.",
                      missing=(Missing("A day until today.", field="as_of"),))  # fmt: skip
    return found, record, found.show(view, record, min(at, now))
