"""The only place that writes iCalendar (RFC 5545): whole days for programs that keep calendars; knows no record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
LINE = 75  # octets without the break (3.1)
EVERY = "PT6H"  # how often a program may ask again
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")  # no control character may stand in a text (3.1)
# A calendar holds at least one component (3.6); without an event it is the zone in which its days are written down.
NO_EVENT = ("BEGIN:VTIMEZONE", "TZID:Etc/UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000",
            "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """Something that concerns a whole day; `uid` is the same for as long as the same thing is meant, `changed` its last change."""

    uid: str
    day: date
    summary: str
    address: str
    changed: datetime


def write(name: str, product: str, events: Iterable[Event]) -> bytes:
    """Give a calendar of whole days under a name, as bytes."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{escape(product)}//Calendar//EN", "CALSCALE:GREGORIAN",
        f"NAME:{escape(name)}", f"X-WR-CALNAME:{escape(name)}", f"REFRESH-INTERVAL;VALUE=DURATION:{EVERY}",
        f"X-PUBLISHED-TTL:{EVERY}",
    ]  # fmt: skip
    told = [line for event in events for line in _event(event)]
    return "".join(fold(line) for line in [*lines, *(told or NO_EVENT), "END:VCALENDAR"]).encode()


def escape(text: str) -> str:
    """Write a text as a value: backslash, semicolon, comma and line break are marked, other control characters fall out (3.3.11)."""
    text = UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str) -> str:
    """Break a line so that none has more than 75 octets, between letters and never inside of one, and end it (3.1)."""
    pieces, piece, room = [], "", LINE
    for letter in line:
        size = len(letter.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", LINE - 1  # the space with which the next line begins counts
        piece, room = piece + letter, room - size
    return "\r\n ".join([*pieces, piece]) + "\r\n"


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escape(event.uid)}"
    yield f"DTSTAMP:{event.changed.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_day(event.day)}"
    yield f"DTEND;VALUE=DATE:{_day(event.day + timedelta(days=1))}"
    yield f"SUMMARY:{escape(event.summary)}"
    if event.address:
        yield f"URL:{UNWRITABLE.sub('', event.address)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"
