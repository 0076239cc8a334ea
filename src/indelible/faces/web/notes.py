"""The only place that says what somebody must know of a record before reading on: void, replaced, late, unconfirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from indelible.faces.web import wording
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.models import Record, Restriction, Timer
from indelible.kernel.types import Move, TypeDeclaration
from indelible.practice import choosing, correcting, extensions, queries, waiting
from indelible.practice.queries import Possible, Viewer

Context = dict[str, Any]
COMPARED = "certified_copy"


def of(
    record: Record, declaration: TypeDeclaration, zone: str, revisions: list[Record], possible: Iterable[Possible]
) -> list[Context]:
    """Give the notes of a record's page, the gravest first."""
    return [
        *_standing(record, revisions),
        *_copied(record, possible, zone),
        *_by_itself(record, zone),
        *_entered_late(record, declaration, zone),
        *_unconfirmed(record, declaration, possible),
        *_extended(record, zone),
        *_stood_still(record, zone),
        *_away(record),
        *_postponed(record, zone),
        *_restricted(record),
    ]


def _standing(record: Record, revisions: list[Record]) -> Iterator[Context]:
    state = records.state_of(record)
    label = wording.state(state, record.state)["label"].lower()
    if correcting.instead(record) is not None:
        return  # `apart` says where it goes on
    if state.look == "void" or state.standing == "past":
        current = next((one for one in revisions if one.standing == "in_force"), None)
        text = "It stays as it was, for reading only."
        if current is not None:
            yield {
                "lead": f"This revision is {label}: do not work to it.",
                "text": text,
                "tone": "bad",
                "icon": "stop",
                "link": {"label": f"{current.number} is in force", "url": reverse("record", args=[current.number])},
            }
        else:
            yield {"lead": f"This record is {label}.", "text": text, "tone": "bad", "icon": "stop"}
    elif record.standing == "in_force":
        for one in (r for r in revisions if r.standing == "in_work"):
            words = wording.state(records.state_of(one), one.state)["label"].lower()
            yield {
                "lead": f"Revision {one.revision:02} is {words}.",
                "text": "Work to this one until it takes effect.",
                "icon": "clock",
                "link": {"label": f"Open {one.number}", "url": reverse("record", args=[one.number])},
            }
    elif record.standing == "in_work" and state.watermark:
        current = next((one for one in revisions if one.standing == "in_force"), None)
        if current is not None:
            yield {
                "lead": f"This revision is {label}.",
                "text": f"Work to revision {current.revision:02} until it takes effect.",
                "icon": "clock",
                "link": {"label": f"Open {current.number}", "url": reverse("record", args=[current.number])},
            }


def cited(ended: Iterable[tuple[str, Record]], zone: str) -> Iterator[Context]:
    """Say which records the text names that are in force no more, and since when."""
    for name, last in ended:
        if last.in_force_until is not None:
            label = wording.state(records.state_of(last), last.state)["label"].lower()
            day = f"{last.in_force_until.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
            yield {"lead": f"Cites {name}, {label} on {day}.", "text": "Nobody may work to it any more.", "tone": "warn",
                   "icon": "warning", "link": {"label": last.number, "url": reverse("record", args=[last.number])}}  # fmt: skip


def apart(view: Viewer, record: Record) -> Iterator[Context]:
    """Say under which number else a record is counted, and what was added to it; nothing leads to what may not be seen."""
    ended, added = correcting.instead(record), correcting.list_addenda(record)
    before = [item["number"] for item in records.values(record).get(correcting.CONTINUES) or []]
    seen = queries.peek_all(view, [*([ended[1]] if ended else []), *before, *(one.number for one in added)])
    if ended:
        text = "It is counted and goes on there; what was entered here stays under its number."
        yield {
            "lead": f"This record {ended[0]} {ended[1]}.",
            "text": text,
            "tone": "warn",
            "icon": "link",
            "link": _leads(ended[1], seen),
        }
    for number in before:
        text = "It was entered as another type first: its clock counts from the discovery and the entry there."
        yield {"lead": f"Continues {number}.", "text": text, "icon": "clock", "link": _leads(number, seen)}
    if (wait := waiting.of(record, view.configuration.company.zone)) is not None and wait.whom:
        promised = f" An answer is promised for {wait.expected}." if wait.expected else " No day is promised."
        yield {"lead": f"Waits for {wait.whom} since {wait.since}.", "text": f"Our own due date goes on.{promised}", "icon": "clock",
               "tone": "warn" if wait.expected and wait.expected < clock.now().date() else None}  # fmt: skip
    for one in added:
        when = f"{one.updated_at.astimezone(ZoneInfo(view.configuration.company.zone)):%Y-%m-%d}"
        text = (
            "What was signed before stands as it was. Read both."
            if one.number in seen
            else "You may not open it: ask Quality."
        )
        yield {
            "lead": f"Added to on {when}: {one.number}.",
            "text": text,
            "tone": "warn",
            "icon": "plus",
            "link": _leads(one.number, seen),
        }


def _leads(number: str, seen: Mapping[str, Record]) -> Context | None:
    return {"label": f"Open {number}", "url": reverse("record", args=[number])} if number in seen else None


def planned(record: Record) -> list[tuple[Move, datetime]]:
    """List what a record will do by itself, and when, soonest first."""
    moves = records.state_of(record).moves
    timers = Timer.objects.filter(record_id=record.pk).order_by("due_at")
    return [(moves[timer.move], timer.due_at) for timer in timers if timer.move in moves]


def _by_itself(record: Record, zone: str) -> Iterator[Context]:
    lifecycle = records.type_of(record).lifecycle
    for move, at in planned(record):
        label = wording.state(lifecycle[move.to], move.to)["label"].lower()
        yield {"lead": f"Becomes {label} by itself on {clock.in_zone(at, zone)[:10]}.", "text": f"Days begin in {zone}.",
               "icon": "calendar"}  # fmt: skip


def _copied(record: Record, possible: Iterable[Possible], zone: str) -> Iterator[Context]:
    """What was signed elsewhere: an uncertified copy until a second person compared it, and then who did."""
    given = [one for one in record.signed.get("done", []) if one["meaning"] == COMPARED]
    moves = records.state_of(record).moves
    waiting = (moves[one.verb] for one in possible if one.verb in moves)
    if any(need.meaning == COMPARED for move in waiting for need in move.signs):
        yield {
            "lead": "Uncertified copy.", "tone": "warn", "icon": "page",
            "text": "It was signed elsewhere. A second person compares it with the original before anybody works to it.",
        }  # fmt: skip
    for one in given:
        yield {
            "lead": "Imported: signed elsewhere, not in this system.", "icon": "page",
            "text": f"Compared with the original and attested here by {one['name']}, {_written(one['at'], zone)}.",
        }  # fmt: skip


def _entered_late(record: Record, declaration: TypeDeclaration, zone: str) -> Iterator[Context]:
    for identifier, late in record.marks.get("late", {}).items():
        field = declaration.field_by_id(int(identifier))
        if field is not None:
            yield {
                "lead": f"{field.title} was entered late.",
                "tone": "warn",
                "icon": "clock",
                "text": f"It happened {_written(late['occurred'], zone)} and was entered {_written(late['entered'], zone)}.",
            }


def _unconfirmed(record: Record, declaration: TypeDeclaration, possible: Iterable[Possible]) -> Iterator[Context]:
    may = any(p.verb == "confirm" and p.allowed for p in possible)
    link = {"label": "Confirm it", "url": reverse("act", args=[record.number, "confirm"])} if may else None
    for identifier in record.marks.get("unconfirmed", {}):
        field = declaration.field_by_id(int(identifier))
        if field is not None:
            yield {
                "lead": f"{field.title} awaits a second person.",
                "tone": "warn",
                "link": link,
                "text": "It is a critical value: somebody else compares it with its source.",
            }


def _extended(record: Record, zone: str) -> Iterator[Context]:
    if (extended := record.marks.get("extended")) and extended["count"]:
        times = "once" if extended["count"] == 1 else f"{extended['count']} times"
        yield {
            "lead": f"Extended {times}.",
            "text": f"It was first due {_written(extended['first_due'], zone)[:10]}.",
            "icon": "calendar",
        }


def _stood_still(record: Record, zone: str) -> Iterator[Context]:
    """Say that the date moved because somebody was away, by which absences, and what it was at first."""
    away = record.marks.get(extensions.AWAY)
    if not away or not away["absences"]:
        return
    days = "1 day" if away["days"] == 1 else f"{away['days']} days"
    lead = "The clock stands still: somebody is away." if away["running"] else f"The clock stood still for {days}."
    now = "It runs on with the return" if away["stopped"] else f"The date moved by {days}"
    text = f"{now}, by {', '.join(away['absences'])}. It was first due {_written(away['first_due'], zone)[:10]}."
    yield {"lead": lead, "text": text, "icon": "calendar"}


def _away(record: Record) -> Iterator[Context]:
    for text in choosing.who_is_away(record):
        yield {"lead": "Away when it is due.", "text": f"{text} Choose somebody else, hand it over, or leave it so.",
               "tone": "warn", "icon": "calendar"}  # fmt: skip


def _postponed(record: Record, zone: str) -> Iterator[Context]:
    postponed = record.marks.get("postponed")
    if postponed and record.standing == "in_work":
        times = "once" if postponed["count"] == 1 else f"{postponed['count']} times"
        first = f" It was first planned for {_written(postponed['first'], zone)[:10]}." if postponed["first"] else ""
        text = f"It takes effect on {_written(postponed['to'], zone)[:10]}.{first}"
        yield {"lead": f"Postponed {times}.", "text": text, "icon": "calendar"}


def _restricted(record: Record) -> Iterator[Context]:
    numbers = sorted(Restriction.objects.filter(record_id=record.pk).values_list("version", flat=True))
    if numbers:
        yield {
            "lead": "Earlier content is withheld.",
            "icon": "lock",
            "text": f"Version {', '.join(map(str, numbers))}: hashes, signatures and trail stay.",
        }


def _written(iso: str, zone: str) -> str:
    return clock.in_zone(clock.parse(iso), zone).replace("T", " ")[:16]
