"""The only place that opens an incident by itself: one for each cause while one is open, in words that say what to do.

An incident goes through the door as any other act of the system does (Annex 11-13); a company whose configuration has no
incidents gets a line in the log of the server instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from indelible.infra import canonical, clock, logs
from indelible.kernel import acts, config, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.practice import belonging

INCIDENT = "incident"
AVAILABILITY, INTEGRITY, TIME, BACKUP = "availability", "integrity or tamper", "time", "backup"
AGAIN = timedelta(hours=1)  # a refused incident is tried again, and its refusal noted, once an hour
LONGEST, NEWEST = 4000, 200

_refused: dict[str, datetime] = {}


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that went wrong here: `signal` names the cause; `lasting` what stays as it is, and is told once for ever."""

    signal: str
    title: str
    what: str
    mend: str
    kind: str
    critical: bool = False
    lasting: bool = False
    people: tuple[UUID, ...] = ()  # whose account or entry it is about


def raised(alarms: Iterable[Alarm]) -> list[str]:
    """Open an incident for each that nobody knows of yet, and give the numbers of those opened."""
    return [number for alarm in alarms if (number := _opened(alarm)) is not None]


def last_of(signal: str) -> datetime | None:
    """Give when the newest incident with a signal was opened by the system; None where there never was one."""
    return max((one.created_at for one in _known("signal", signal)), default=None)


def added(signal: str, text: str, *, key: str, head: Record | None = None) -> bool:
    """Say more in the newest incident of a signal, once for each key; False where there is none, or it takes no comment of the system."""
    found = head or max(_known("signal", signal), key=lambda one: one.created_at, default=None)
    if found is None or belonging.ended(found):
        return False
    try:
        acts.run(
            SYSTEM, f"{INCIDENT}.comment", found.pk, key=f"more:{canonical.sha256(key).hex()[:32]}", text=text[:LONGEST]
        )
    except Refused as refused:
        logs.failed("nothing added to an incident", signal=signal, problem=str(refused))
        return False
    return True


def list_opened(word: str, end: str) -> list[tuple[Record, str]]:
    """List the newest that the system opened for signals that begin with a word and end in these letters, each with its signal."""
    rows = Record.objects.filter(type=INCIDENT, author_id=None).order_by("-created_at", "-number")[:NEWEST]
    told = ((one, str(records.values(one).get("signal") or "")) for one in rows)
    return [(one, signal) for one, signal in told if signal.split(" ")[0] == word and signal.endswith(end)]


def _opened(alarm: Alarm) -> str | None:
    declaration = config.current().types.get(INCIDENT)
    # A configuration that a company copied earlier has no such field; then its words say which cause it is.
    by = ("signal", alarm.signal) if declaration and declaration.field("signal") else ("title", alarm.title)
    known = _known(*by)
    if any(alarm.lasting or not belonging.ended(one) for one in known):
        return None
    logs.failed("alarm", signal=alarm.signal, title=alarm.title)
    tried = _refused.get(alarm.signal)
    if declaration is None or (tried is not None and clock.real() - tried < AGAIN):
        return None
    fields = {name: value for name, value in _fields(alarm).items() if declaration.field(name)}
    key = f"alarm:{canonical.sha256(alarm.signal).hex()[:32]}:{len(known)}"  # two that notice it at once open one
    try:
        return acts.run(SYSTEM, f"{INCIDENT}.create", key=key, fields=fields, reason="Noticed by the system").number
    except Refused as refused:
        _refused[alarm.signal] = clock.real()
        logs.failed("alarm without incident", signal=alarm.signal, problem=str(refused))
        return None


def _fields(alarm: Alarm) -> dict[str, Any]:
    now = clock.iso(clock.now())
    return {
        "title": alarm.title, "what": f"{alarm.what[:LONGEST]}\n\nWhat to do: {alarm.mend}", "occurred_at": now, "detected_at": now,
        "kind": alarm.kind, "system": "This one", "source": "automatic", "signal": alarm.signal, "critical_at_once": alarm.critical,
        "people_concerned": [str(one) for one in alarm.people],
    }  # fmt: skip


def _known(name: str, value: str) -> list[Record]:
    """Give what the system opened for a cause: people may use the word, too, and hide nothing by it."""
    rows = Record.objects.filter(type=INCIDENT, author_id=None).order_by("number")
    return [one for one in rows if records.values(one).get(name) == value]
