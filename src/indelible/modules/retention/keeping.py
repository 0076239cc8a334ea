"""The only place that says until when a record is kept: its class, the event that starts the clock, what lengthens it, what holds it.

What cannot be told is kept. A class without years never ends; `starts` names states of the type (`closed`, `superseded or retired`)
or its date fields (`expires_on`). Linked products, lots and studies count with rules of their own, and the longest one rules. Records
of the classes `identity` and `system` are kept as long as anything that rests on them, whatever their years say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import canonical, clock
from indelible.kernel import config, records, work
from indelible.kernel.configuration import Configuration, RetentionClass
from indelible.kernel.models import Event, Link, Record
from indelible.modules.retention import holding
from indelible.modules.retention.holding import Hold

MARK = "disposed"  # on the head: the number of the disposal
SUPPORTING = ("identity", "system")
REGISTERS = ("lot", "product", "study")
ENDED = ("done", "void")
REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Kept:
    """What retention says of a record: `because` says why it is kept where no day ends it, `gap` that no rule says for how long."""

    number: str
    label: str = ""
    starts: str = ""
    began: date | None = None
    ends: date | None = None
    by: str = ""
    because: str = ""
    gap: bool = False
    ended: bool = False
    holds: tuple[str, ...] = ()
    disposed: str = ""

    def is_over(self, today: date) -> bool:
        """Say whether its retention has ended: the last day is behind, and nothing else keeps it."""
        return self.ends is not None and self.ends < today and not self.because


@dataclass(slots=True)
class Look:
    """One look at many records on one day: configuration and holds in force, read once, and what is asked again and again."""

    known: Configuration
    today: date
    holds: list[Hold]
    _supported: str | None = field(default=None)

    def supported(self) -> str:
        """Name a record that still rests on people, access and the system; empty where none is left."""
        if self._supported is None:
            others = set(self.known.types) - _of_classes(SUPPORTING, self.known)
            rows = Record.objects.filter(type__in=others, **{f"marks__{MARK}__isnull": True})
            self._supported = rows.order_by("number").values_list("number", flat=True).first() or ""
        return self._supported


def look(known: Configuration | None = None, memo: dict[str, Any] | None = None) -> Look:
    """Begin to look, today; a page gives the configuration that it read, and where what it reads of holds is kept."""
    known = known or config.current()
    today = clock.now().astimezone(ZoneInfo(known.company.zone)).date()
    return Look(known, today, holding.in_force(known.company.zone, memo))


def is_switched_on() -> bool:
    """Say whether the company has decided when anything ends: a class with years, by a change that was approved."""
    return any(found.years for found in config.current().retention.values())


def _class_of(record: Record, known: Configuration) -> tuple[str, RetentionClass | None]:
    declared = known.types.get(record.type)
    return (declared.retention, known.retention.get(declared.retention)) if declared else ("", None)


def has_ended(record: Record) -> bool:
    """Say whether nothing is done on a record any more: it is final, past, or closed so that only opening it again leads on."""
    state = records.state_of(record)
    if state.standing == "in_force":
        return False
    return state.final or state.standing == "past" or (state.look in ENDED and set(state.moves) == {REOPEN})


def of(record: Record, seen: Look) -> Kept:
    """Say until when a record is kept, or why no day ends it."""
    found = _own(record, seen)
    if found.disposed or found.because:
        return found
    return _lengthened(record, found, replace(seen, holds=[]))


def list_due(seen: Look) -> list[tuple[Record, Kept]]:
    """List the records whose retention is over and that nothing keeps, by number: what kept records name is left out."""
    ending = _of_classes((name for name, declared in seen.known.retention.items() if declared.years), seen.known)
    rows = Record.objects.filter(type__in=ending, **{f"marks__{MARK}__isnull": True}).order_by("number")
    found = [(record, kept) for record in rows if has_ended(record) and (kept := of(record, seen)).is_over(seen.today)]
    due = {record.number: (record, kept) for record, kept in found if not kept.holds}
    while named := [number for number, (record, _) in due.items() if named_by(record, due, seen)]:
        for number in named:
            del due[number]
    return list(due.values())


def named_by(record: Record, besides: Iterable[str], seen: Look) -> list[str]:
    """Give the numbers of kept records that name this one, `besides` those that go with it and those that only rest beside."""
    numbers = [record.number, *([record.series] if record.series else [])]
    naming = Link.objects.filter(target__in=numbers).exclude(record_id=record.pk).exclude(relation="by_hand")
    rows = Record.objects.filter(pk__in=naming.values("record_id"), **{f"marks__{MARK}__isnull": True})
    rows = rows.exclude(type__in=_of_classes(SUPPORTING, seen.known)).exclude(number__in=list(besides))
    return list(rows.order_by("number").values_list("number", flat=True)[:5])


def _own(record: Record, seen: Look) -> Kept:
    """Say what its own class says, holds included."""
    name, found = _class_of(record, seen.known)
    held = tuple(one.number for one in seen.holds if one.covers(record))
    kept = Kept(record.number, ended=has_ended(record), holds=held, disposed=str(record.marks.get(MARK) or ""))
    if found is None:
        return replace(kept, because="The configuration in force does not know its type.", gap=True)
    kept = replace(kept, label=found.label, starts=found.starts)
    if found.years is None:
        return replace(kept, because=f"No rule: the class {found.label} says no years.", gap=True)
    began, why = _began(record, found.starts, ZoneInfo(seen.known.company.zone))
    if began is None:
        return replace(kept, because=why, gap=why.startswith("No rule"))
    if name in SUPPORTING and (rests := seen.supported()):
        return replace(kept, began=began, because=f"It supports records that are kept, such as {rests}.")
    return replace(kept, began=began, ends=work.later(began, 12 * found.years), by=record.number)


def _lengthened(record: Record, kept: Kept, seen: Look) -> Kept:
    """Let the products, lots and studies that a record names lengthen its retention; one without an end keeps it."""
    if record.type in REGISTERS:
        return kept
    targets = Link.objects.filter(record_id=record.pk).values("target")
    named = Record.objects.filter(type__in=REGISTERS, number__in=targets).order_by("number")
    ends, by, because, gap = kept.ends, kept.by, "", False
    for one in named:
        if one.marks.get(MARK):
            continue
        theirs = _own(one, seen)
        if theirs.ends is None:
            because, gap = because or f"{one.number}, which it names, has no end: {theirs.because}", gap or theirs.gap
        elif ends is None or theirs.ends > ends:
            ends, by = theirs.ends, one.number
    return replace(kept, ends=None if because else ends, by=by, because=because, gap=gap)


def _began(record: Record, starts: str, zone: ZoneInfo) -> tuple[date | None, str]:
    """Give the day on which the clock of a record began, or why it has not."""
    declaration, values = records.type_of(record), records.values(record)
    words = [word.strip().replace(" ", "_") for word in re.split(r",|\bor\b", starts) if word.strip()]
    fields = [one for one in declaration.fields if one.name in words and one.kind in ("date", "time")]
    states = [word for word in words if word in declaration.lifecycle]
    if not fields and not states:
        return None, f"No rule: “{starts}” names no state and no date of {declaration.plural.lower()}."
    days = [date.fromisoformat(str(values[one.name])[:10]) for one in fields if values.get(one.name)]
    if record.state in states and (at := _entered(record)):
        days.append(at.astimezone(zone).date())
    return (max(days), "") if days else (None, f"Its time has not begun: {starts} has not happened.")


def _entered(record: Record) -> datetime | None:
    """Give when a record came last into the state in which it is."""
    for event in Event.objects.filter(record_id=record.pk).order_by("-position").iterator():
        told = canonical.decode(event.payload)
        if told.get("from") != record.state and told["state"] == record.state:
            return event.at
    return None


def _of_classes(names: Iterable[str], known: Configuration) -> set[str]:
    wanted = set(names)
    return {kind for kind, declared in known.types.items() if declared.retention in wanted}
