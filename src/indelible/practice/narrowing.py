"""The only place that knows by which times and by which named parts every list can be narrowed, whatever its type.

So that a figure can lead to exactly the records that it counts: when they were begun, when they ended, and what a module
calls a part of them. What is open and what has ended is said by the declaration: by the look of a state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from indelible.infra import clock
from indelible.kernel.errors import Invalid, Missing
from indelible.kernel.models import Event
from indelible.kernel.types import TypeDeclaration

Condition = Callable[[datetime], Q]
AMONG = "among"
BEGUN, ENDED = ("begun_from", "begun_until"), ("ended_from", "ended_until")
DAYS = (*BEGUN, *ENDED)
NAMES = ("late", *DAYS, AMONG)
WORDS = {
    "begun_from": "Begun from", "begun_until": "Begun until", "ended_from": "Ended from", "ended_until": "Ended until",
}  # fmt: skip
OPEN_LOOKS = ("draft", "work", "wait")


@dataclass(frozen=True, slots=True)
class Part:
    """Records of a type that a module gives a name: the words, and the condition at a moment."""

    name: str
    of: str
    label: str
    condition: Condition


_PARTS: dict[str, Part] = {}


def part(name: str, *, of: str, label: str) -> Callable[[Condition], Condition]:
    """Register a named part of a type's records; the function gives the condition for the database at a moment."""

    def register(function: Condition) -> Condition:
        known = _PARTS.get(name)
        if known is not None and known.condition.__qualname__ != function.__qualname__:
            raise ValueError(f"part {name!r} is declared twice")
        _PARTS[name] = Part(name, of, label, function)
        return function

    return register


def list_parts(kind: str) -> list[Part]:
    """List the named parts of a type's records, by name."""
    return [_PARTS[name] for name in sorted(_PARTS) if _PARTS[name].of == kind]


def get_part(declaration: TypeDeclaration, name: str) -> Part:
    """Give a named part of a type's records; raises Invalid for none."""
    found = {one.name: one for one in list_parts(declaration.type)}
    if name not in found:
        raise Invalid(rule="input", text=f"{name[:40]!r} is no part of {declaration.plural}.",
                      missing=(Missing(f"One of: {', '.join(found) or 'none is declared'}.", field=AMONG),))  # fmt: skip
    return found[name]


def open_states(declaration: TypeDeclaration) -> list[str]:
    """Give the states in which something is still to be done, as the declaration draws them, in its order."""
    return [name for name in declaration.order if declaration.lifecycle[name].look in OPEN_LOOKS]


def start_of(day: str, zone: str) -> datetime:
    """Give the moment at which a day begins in a zone; raises Invalid for what is no day."""
    return _midnight(day, zone, 0)


def end_of(day: str, zone: str) -> datetime:
    """Give the moment at which a day ends in a zone; raises Invalid for what is no day."""
    return _midnight(day, zone, 1)


def narrowed(declaration: TypeDeclaration, filters: dict[str, str], zone: str) -> Q:
    """Give what the filters by time and by named part leave, as a condition; raises Invalid for no day and no such part."""
    found, now = Q(), clock.now()
    if late := filters.get("late"):
        found &= Q(due_at__lt=now) if late == "1" else Q(due_at=None) | Q(due_at__gte=now)
    if any(filters.get(name) for name in BEGUN):
        found &= within("created_at", *_days(filters, BEGUN), zone)
    if any(filters.get(name) for name in ENDED):
        in_days = within("at", *_days(filters, ENDED), zone)
        found &= Q(Exists(Event.objects.filter(in_days, ended(declaration), record_id=OuterRef("pk"))))
    for name in filter(None, filters.get(AMONG, "").split(",")):
        found &= get_part(declaration, name).condition(now)
    return found


def within(field: str, first: str, last: str, zone: str) -> Q:
    """Give what lies in whole days of a zone, from the first to the last, each of them open where it is empty."""
    since = Q(**{f"{field}__gte": start_of(first, zone)}) if first else Q()
    return since & (Q(**{f"{field}__lt": end_of(last, zone)}) if last else Q())


def ended(declared: TypeDeclaration) -> Q:
    """Give which events ended a record of a type: from an open state into one in which nothing is to be done.

    A record that was opened again and ended again has two of them. The keys of a payload stand in their order
    (RFC 8785), and quotes inside of what somebody wrote are escaped: so these words are those of the event itself.
    """
    still_open = open_states(declared)
    into = (_says(f'"state":"{one}","type":"{declared.type}"') for one in declared.order if one not in still_open)
    out_of = (_says(f'"from":"{one}"') for one in still_open)
    return reduce(or_, into, Q(pk__in=[])) & reduce(or_, out_of, Q(pk__in=[]))


def _says(words: str) -> Q:
    # No pattern: on SQLite that would take capitals for small letters.
    return Q(GreaterThan(StrIndex("payload", Value(words)), 0))


def said(declaration: TypeDeclaration, name: str, value: str) -> str:
    """Give one of these filters in words."""
    if name == "late":
        return "Late" if value == "1" else "Not late"
    if name == AMONG:
        return ", ".join(get_part(declaration, one).label for one in value.split(","))
    return f"{WORDS[name]} {value}"


def _days(filters: dict[str, str], names: tuple[str, str]) -> tuple[str, str]:
    return filters.get(names[0], ""), filters.get(names[1], "")


def _midnight(day: str, zone: str, more: int) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=more), time(), ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise Invalid(rule="input", text=f"{day[:40]!r} is not a day.",
                      missing=(Missing("A day such as 2026-03-14.", field="as_of"),)) from None  # fmt: skip
