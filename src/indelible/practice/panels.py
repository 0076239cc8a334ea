"""The only place that knows the modules' own pages (D23): declared by name, made from tables, shown alike by every face.

A module registers a panel with `@panel`: one function that reads and gives a `Sheet`. It says of which types it is (then
the pages of their records offer it), or of none (then the navigation does). Pages, API and command line show the same.
A table may say how it is drawn: its figures are then bars, and each of them leads to the list of what it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from indelible.infra import clock
from indelible.kernel.errors import Invalid, Missing, NotFound
from indelible.kernel.models import Record
from indelible.practice import queries
from indelible.practice.narrowing import end_of
from indelible.practice.queries import Viewer
from indelible.practice.workload import Span

Drawing = Literal["", "bars", "months", "matrix"]
ANY = "*"  # instead of types: a panel of every record
TITLE = "Title"  # the column in which people's own words stand
Tone = Literal["soft", "ink", "wait", "late", "done"]


@dataclass(frozen=True, slots=True)
class Listed:
    """The list that holds exactly the records that a figure counts: their type, and the filters as in its address."""

    type: str
    filters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Owed:
    """The list of a person's open work that holds exactly what a figure counts, over all types."""

    person: str
    span: Span


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: its words; `number` of the record to which it leads, at a `place` in it, `since` which other revision its changes are meant;
    `look` where it is a state (as in declarations); `listed` where it counts records, `owed` where it counts somebody's work; `table` where these
    stand in another table of the same page, by its title; `page` the address of another page of this installation; `tone` and `note` are the colour
    of a figure or a state, and the words that say the same."""

    text: str = ""
    number: str = ""
    since: str = ""
    look: str = ""
    page: str = ""
    late: bool = False
    place: str = ""
    listed: Listed | None = None
    owed: Owed | None = None
    table: str = ""
    tone: Tone | Literal[""] = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `empty` says what it means that there are none, `note` what a reader has to know of the rest.

    With `drawn` each row is a label and figures: `bars` draws a bar for each figure under the heading of its column,
    `months` two figures of each month, the first upwards and the second downwards, `matrix` the figures by two grades, each
    in its own tone. `tones` colours the columns' bars. `wide` is the column of a plain table that takes what room is left,
    where it is not the second one.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    drawn: Drawing = ""
    tones: tuple[Tone, ...] = ()
    note: str = ""
    wide: int | None = None

    def counts(self, at: int) -> bool:
        """Say whether a column holds nothing but figures, whatever people called their records."""
        leads = any(row[at].number for row in self.rows)
        return at > 0 and not leads and all(row[at].text.isdecimal() for row in self.rows) and self.columns[at] != TITLE


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
    above: frozenset[str]
    inline: bool
    glance: bool
    dated: bool
    seen: Seen
    show: Show

    def is_of(self, kind: str) -> bool:
        """Say whether it is one of the records of a type."""
        return kind in self.of or ANY in self.of


Seen = Callable[[Viewer], bool]
Show = Callable[[Viewer, Record | None, datetime], Sheet]
_PANELS: dict[str, Panel] = {}


def everybody(_view: Viewer) -> bool:
    """Say that whoever is signed in may open a page: what they see on it is decided row by row."""
    return True


def declares(kind: str) -> Seen:
    """Give who may open a page about a type: whoever is signed in, where the configuration in force has that type."""
    return lambda view: kind in view.configuration.types


def panel(name: str, *, label: str, says: str, of: Iterable[str] = (), above: Iterable[str] = (), inline: bool = False,  # noqa: PLR0913
          glance: bool = False, dated: bool = True, seen: Seen = everybody) -> Callable[[Show], Show]:  # fmt: skip
    """Register a panel; the function gets the viewer, the record if it is of one, and the moment that is asked for.

    An `inline` one stands on the record's page itself, where it has something to show, one `above` types above their lists. One for a `glance` stands on
    the page of the whole company's figures (see practice/glance.py). One that is not `dated` shows what is now, as the
    lists do to which its figures lead. `seen` says who may open it; for others it does not exist.
    """

    def register(function: Show) -> Show:
        known = _PANELS.get(name)
        if known is not None and known.show.__qualname__ != function.__qualname__:
            raise ValueError(f"panel {name!r} is declared twice")
        _PANELS[name] = Panel(
            name, label, says, frozenset(of), frozenset(above), inline, glance, dated and not glance, seen, function
        )
        return function

    return register


def list_panels(view: Viewer, kind: str | None = None) -> list[Panel]:
    """List the panels of a type, or those of the whole company, that this person may open, by label."""
    return sorted((p for p in list_all(view) if (p.is_of(kind) if kind else not p.of)), key=lambda p: p.label)


def list_above(view: Viewer, kind: str) -> list[Panel]:
    """List the panels that stand above the list of a type, by label."""
    return sorted((p for p in list_all(view) if kind in p.above), key=lambda p: p.label)


def list_all(view: Viewer) -> list[Panel]:
    """List every panel that this person may open, by name."""
    return [_PANELS[name] for name in sorted(_PANELS) if _PANELS[name].seen(view)]


def get_panel(view: Viewer, name: str, record: Record | None = None) -> Panel:
    """Give a panel by name; raises NotFound for one that does not exist, is of other records, or is not for this person."""
    found = _PANELS.get(name)
    if found is None or (found.is_of(record.type) if record else not found.of) is False or not found.seen(view):
        raise NotFound(name)
    return found


def sheet(view: Viewer, name: str, *, of: str = "", as_of: str = "") -> tuple[Panel, Record | None, Sheet]:
    """Read a panel, of a record and at the end of a day (now, without one); raises NotFound, Invalid for no day of the past."""
    record = queries.get_record(view, of) if of else None
    found = get_panel(view, name, record)
    if as_of and not found.dated:
        raise Invalid(rule="input", text=f"{found.label} shows what is now, as the lists do to which it leads.",
                      missing=(Missing("No day: the review pack gives what stood at one.", field="as_of"),))  # fmt: skip
    return found, record, found.show(view, record, moment(view, as_of))


def moment(view: Viewer, as_of: str) -> datetime:
    """Give the end of a day, or now without one; raises Invalid for what is no day, or one that has not come."""
    at, now = end_of(as_of, view.configuration.company.zone) if as_of else clock.now(), clock.now()
    if at - now > timedelta(days=1):  # the end of today has not come yet, and is as good as now
        raise Invalid(rule="input", text=f"{as_of} has not come yet.",
                      missing=(Missing("A day until today.", field="as_of"),))  # fmt: skip
    return min(at, now)
