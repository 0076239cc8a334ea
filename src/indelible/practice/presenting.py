"""The only place that lets somebody present: one session then sees what an inspector would, and what it shows is noted.

A module says with `@presents` which of its types is presented, by which of its moves, and how far. From then on the viewer of
that session holds the inspector's role alone, stands in no relation to any record, and sees nothing outside the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from indelible.kernel import acts, records
from indelible.kernel.config import Configuration
from indelible.kernel.context import NOBODY, Held
from indelible.kernel.errors import Missing, NotFound, Refused
from indelible.kernel.models import Record
from indelible.practice.queries import Viewer
from indelible.practice.scoping import Scope

KEY = "presents"  # in a session: the number of what is presented
RULE = "presentation_only_shows"
LONGEST = 300

Show = Callable[[Record, Configuration], Scope]


@dataclass(frozen=True, slots=True)
class Way:
    """How a type is presented: the move that begins it, those by which the system notes a page and the end, and the role."""

    kind: str
    begin: str
    note: str
    end: str
    role: str
    show: Show


_WAYS: dict[str, Way] = {}


def presents(kind: str, *, begin: str, note: str, end: str, role: str) -> Callable[[Show], Show]:
    """Register how a type is presented; the function gives the scope from the record."""

    def register(function: Show) -> Show:
        _WAYS[kind] = Way(kind, begin, note, end, role, function)
        return function

    return register


def begins(record: Record, verb: str) -> bool:
    """Say whether an act on a record begins a presentation in the session that does it."""
    return record.type in _WAYS and _WAYS[record.type].begin == verb


def viewer(view: Viewer, number: str) -> Viewer:
    """Give what a session sees that presents: nothing at all where what is presented has ended meanwhile."""
    record, way = _presented(number)
    nothing = Scope(number, frozenset(), frozenset())
    scope = way.show(record, view.configuration) if way.begin in records.state_of(record).moves else nothing
    scope = replace(scope, zone=view.configuration.company.zone)
    return replace(view, held=(Held(way.role, None, str(NOBODY)),), presents=scope)


def note(view: Viewer, page: str, what: str, record: Record | None) -> None:
    """Note a page that was shown, as an event of what is presented; raises Refused where that cannot be noted."""
    if view.presents is None or view.person is None:
        return
    presented, way = _presented(view.presents.number)
    shown: dict[str, Any] = {"page": page[:LONGEST], "what": what, "host": f"{view.person.name} ({view.person.user_id})"}
    if record is not None:
        shown |= {"number": record.number, "title": record.title[:LONGEST], "revision": record.revision,
                  "version": record.version, "sha256": bytes(record.version_sha256).hex()}  # fmt: skip
    acts.run(view.ctx.as_system(), f"{way.kind}.{way.note}", presented.id, reason=_words(shown), **shown)


def end(view: Viewer, number: str) -> None:
    """Note that a presentation has ended; where what was presented has ended before, there is nothing to note."""
    record, way = _presented(number)
    if way.end in records.state_of(record).moves:
        who = f"{view.person.name} ({view.person.user_id})" if view.person else "the system"
        acts.run(view.ctx.as_system(), f"{way.kind}.{way.end}", record.id, reason=f"The presentation was ended by {who}")


def refusal(number: str, text: str) -> Refused:
    """Give why something is not there while an inspection is presented, and what to do."""
    return Refused(
        rule=RULE, text=f"This session presents {number}. {text}",
        missing=(Missing("The end of the presentation, or another session in another browser.", rule=RULE),),
        do="End the presentation at the top of the page, or go on with what may be shown.",
    )  # fmt: skip


def _words(shown: Mapping[str, Any]) -> str:
    of = ""
    if number := shown.get("number"):
        revision = f"revision {shown['revision']}, " if shown["revision"] is not None else ""
        of = f" of {number}, {revision}version {shown['version']}"
    return f"{shown['what']}{of}, by {shown['host']}: {shown['page']}"[:LONGEST]


def _presented(number: str) -> tuple[Record, Way]:
    record = Record.objects.filter(number=number, type__in=[*_WAYS]).first()
    if record is None:
        raise NotFound(number)
    return record, _WAYS[record.type]
