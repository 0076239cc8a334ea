"""The only place that does what follows from a comparison: a record for each drift, one incident for what is new, the mark on the installation.

Everything goes through the door as an act of the system, and nothing is done twice: a drift that is known stays the record it is.
A company whose configuration keeps no drift gets a line in the log of the server instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from indelible.assurance import alarms
from indelible.assurance.alarms import INTEGRITY, Alarm
from indelible.assurance.drift import approved, areas, compare, picture
from indelible.assurance.drift.finding import LONGEST, Found
from indelible.infra import canonical, clock, logs, running
from indelible.kernel import acts, config, contents, records
from indelible.kernel.context import SYSTEM, Context
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Baseline, Event, Link, Record

TYPE = "drift"
OPEN, STOPPING, ACCEPTED = ("found", "decided"), "found", "accepted"
DRIFTED, STOPPED = "drifted", "drifted, signing stopped"
OPENED = "incident"  # the field that names the incident which a drift opened
APPROVED = "as approved"
TOLD_ELSEWHERE = ("clock",)  # `watching` opens an incident for it already


@dataclass(slots=True)
class Known:
    """One drift that is on record: its head and its values by field name."""

    head: Record
    values: dict[str, Any]

    @property
    def key(self) -> str:
        """Give the key that differs."""
        return str(self.values["key"])


@dataclass(slots=True)
class Compared:
    """What a comparison found and what followed: `state` in a word, each finding as data, what was opened and what ended."""

    state: str
    findings: list[dict[str, Any]]
    incidents: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def check() -> Compared:
    """Compare, and do what follows; raises Django's DatabaseError or OSError where that cannot be done: the next one goes on."""
    with running.alone(settings.HOME.path):
        return _checked()


def _checked() -> Compared:
    before = running.compared(settings.HOME.path)
    found = compare.look()
    if TYPE not in config.current().types:
        for one in found:
            logs.failed("drift", key=one.key, before=one.before[:200], after=one.after[:200])
        return Compared(DRIFTED if found else APPROVED, [one.told() | {"since": None} for one in found])
    if _seal_what_was_accepted():
        found = compare.look()
    ended = list(_end(found))
    opened = [_open(one, before) for one in found if one.key not in {known.key for known in list_open()}]
    mark()
    incidents = _tell()
    running.note_compared(settings.HOME.path)
    logs.told("drift", open=len(found), found=opened, ended=ended) if opened or ended else None
    return Compared(DRIFTED if found else APPROVED, _told(found), incidents, ended)


def accept(ctx: Context, *, change: str = "", reason: str = "") -> list[str]:
    """Accept, as this person, every drift that can be accepted: under a change those that name it as source; gives their numbers.

    Raises Refused with what the first one lacks; those that were accepted before it stay accepted. Call `check` afterwards, which
    seals the approved state.
    """
    mine = [one for one in list_open() if not one.values.get("only_put_back")]
    if change:
        named = set(
            Link.objects.filter(record_id__in=Record.objects.filter(number=change).values("pk")).values_list(
                "target", flat=True
            )
        )
        mine = [one for one in mine if one.head.number in named]
    if not mine:
        which = f"No open drift is a source of {change}." if change else "Nothing that could be accepted is open."
        raise Refused(
            rule="something_to_accept", text=which, do="See `indelible drift`; a change is begun from the drift's record."
        )
    for one in mine:
        acts.run(ctx, f"{TYPE}.accept", one.head.pk, reason=f"Approved under {change}" if change else reason)
    return [one.head.number for one in mine]


def list_open() -> list[Known]:
    """List the drifts that are neither put back nor accepted, the oldest first."""
    rows = Record.objects.filter(type=TYPE, state__in=OPEN).order_by("number")
    return [Known(row, records.values(row)) for row in rows]


def told_of(record: Record) -> tuple[dict[str, Any], str]:
    """Give a drift's values and the reason with which it ended, or was changed last."""
    event = Event.objects.filter(record_id=record.pk, position=record.position).first()
    return records.values(record), str(canonical.decode(event.payload).get("reason", "")) if event else ""


def mark() -> None:
    """Let the installation say whether it is drifted: every version that is sealed from now on carries it (D29)."""
    home = Record.objects.get(type=INSTALLATION)
    rows = list_open()
    stopped = any(one.values.get("stops_signing") and one.head.state == STOPPING for one in rows)
    wanted = STOPPED if stopped else DRIFTED if rows else None
    if records.values(home).get("drift") != wanted and records.type_of(home).field("drift"):
        numbers = ", ".join(one.head.number for one in rows[:20])
        reason = f"Differs from the approved state: {numbers}" if rows else "Everything is as approved again"
        acts.run(SYSTEM, f"{INSTALLATION}.edit", home.pk, fields={"drift": wanted}, reason=reason)


def _seal_what_was_accepted() -> bool:
    """Seal the state that people accepted: the approved one, with what is there now for exactly the accepted keys; says whether any was."""
    known = approved.newest()
    if known is None or known.fault:
        return False
    rows = Record.objects.filter(type=TYPE, state=ACCEPTED, updated_at__gt=known.at).order_by("number")
    accepted = [Known(row, records.values(row)) for row in rows]
    if not accepted:
        return False
    now, state = picture.take(), dict(known.picture)
    for one in accepted:
        for key in _keys(one, state.keys() | now.keys()):
            state.pop(key, None)
            state |= {key: now[key]} if key in now else {}
    numbers = ", ".join(one.head.number for one in accepted)
    approved.seal(f"Accepted: {numbers}", state)
    return True


def _keys(known: Known, keys: Iterable[str]) -> list[str]:
    """Give the keys that a drift speaks of: its own, or all that it lists where it is told as one."""
    if known.key in keys:
        return [known.key]
    area, listed = known.key.partition(".")[0], set(str(known.values.get("after") or "").splitlines())
    return [key for key in keys if key.partition(".")[0] == area and key.partition(".")[2] in listed] or [known.key]


def _end(found: list[Found]) -> Iterator[str]:
    """End what is no longer there, or is there with another value, which is a drift of its own."""
    now = {one.key: one for one in found}
    for known in list_open():
        still = now.get(known.key)
        if still is not None and (
            known.key.partition(".")[0] in areas.VOLATILE or _same(still.after, known.values.get("after"))
        ):
            continue
        reason = f"Compared again: {'it differs in another way now' if still else APPROVED}{_applied_since(known)}"
        acts.run(SYSTEM, f"{TYPE}.roll_back", known.head.pk, reason=reason)
        yield known.head.number


def _same(found: str, kept: Any) -> bool:
    """Say whether a value is the one on record, which keeps neither spaces at the end of lines nor what nobody can read."""
    return _kept(found).split() == _kept(str(kept or "")).split()


def _kept(value: str) -> str:
    return contents.CONTROL.sub("?", value)[:LONGEST]


def _applied_since(known: Known) -> str:
    """Say that an edited folder ended as drift because it was applied, where that is so."""
    row = Baseline.objects.order_by("-number").first()
    if not known.key.startswith("configuration.") or row is None or row.at < known.head.created_at:
        return ""
    return f", baseline {row.number} was applied"


def _open(found: Found, before: datetime | None) -> str:
    told, now = found.told(), clock.now()
    fields = {
        "title": found.title, "key": found.key, "before": _kept(found.before), "after": _kept(found.after), "place": _kept(found.where)[:1000],
        "since": clock.iso(now), "last_good": clock.iso(before) if before and before <= now else None, "who": found.who or "Not known",
        "requirements": ", ".join([*told["clauses"], *told["requirements"]])[:500], "stops_signing": found.stops_signing,
        "only_put_back": found.area.only_put_back,
    }  # fmt: skip
    # Two machines that notice it at once open one: the other's request has the same key, and another moment in it.
    earlier = Record.objects.filter(type=TYPE, title=found.title).count()
    key = f"drift:{canonical.sha256(found.key).hex()[:32]}:{earlier}"
    try:
        return acts.run(SYSTEM, f"{TYPE}.create", fields=fields, key=key, reason="Noticed by the system").number
    except Invalid as refused:
        if refused.rule != "idempotency_key":
            raise
        return next((one.head.number for one in list_open() if one.key == found.key), "")


def _tell() -> list[str]:
    """Open one incident for all that nobody was told of yet, and name it on each of them."""
    untold = [one for one in list_open() if not one.values.get(OPENED) and one.key.partition(".")[0] not in TOLD_ELSEWHERE]
    if not untold:
        return []
    stops = any(one.values.get("stops_signing") for one in untold)
    lines = "\n".join(_line(one) for one in untold[:20])
    (number,) = alarms.raised([Alarm(
        f"drift {canonical.sha256(' '.join(one.head.number for one in untold)).hex()[:16]}", "This installation differs from its approved state",
        f"{len(untold)} found by comparison:\n{lines}",
        "Put back what was not approved, or raise a change from the drift's own record. The page about drift says how for each.",
        INTEGRITY, critical=stops,
    )]) or (None,)  # fmt: skip
    if number is None:
        return []
    for one in untold:
        try:
            acts.run(SYSTEM, f"{TYPE}.edit", one.head.pk, fields={OPENED: [number]}, reason=f"{number} was opened")
        except Refused as refusal:
            logs.failed("drift without its incident", drift=one.head.number, problem=str(refusal))
    return [number]


def _line(one: Known) -> str:
    before, after = (str(one.values.get(name) or "nothing").replace("\n", " ")[:120] for name in ("before", "after"))
    return f"{one.head.number}, {one.key}: {before} -> {after}"


def _told(found: list[Found]) -> list[dict[str, Any]]:
    """Give each finding with the record that is kept of it, and since when it is known."""
    known = {one.key: one for one in list_open()}
    told = []
    for one in found:
        kept = known.get(one.key)
        values = kept.values if kept else {}
        told.append(one.told() | {
            "since": values.get("since"), "last_good": values.get("last_good"), "who": one.who or "Not known",
            "record": kept.head.number if kept else None, "incident": next(iter(_numbers(values.get(OPENED))), None),
        })  # fmt: skip
    return told


def _numbers(links: Any) -> list[str]:
    return [one["number"] for one in links or [] if isinstance(one, dict)]
