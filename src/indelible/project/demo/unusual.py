"""The only place that plants in the demo company what an audit-trail review is to find, and that lives its two reviews.

A clock that stepped, a role given at night, forty edits in five minutes, a reason that says nothing, a failed signature:
none of it harms anything, and each is an act through the door as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpRequest

from indelible.kernel import acts, reactions, records, signatures
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.project.demo.cast import Cast
from indelible.project.demo.plan import Calendar

FIRST, SECOND = (-64, -35), (-34, -4)  # the days of the two reviews
REVIEWER, APPROVER, AUDITOR, OWNER = "atanabe", "dwhitfield", "sosei", "isolheim"
OFTEN, APART = 40, timedelta(seconds=6)
DRAFT, WRITER, READERS = "SOP-019.01", "cmartin", "Everybody"
ASKER, HELPED, ROLE = "atanabe", "hlindqvist", "trainer"
SIGNS, TO_SIGN = "kmensah", "SOP-014.04"
COMMENTS = {
    "void": "Entered twice; the other record goes on, as its reason says.",
    "late entry": "Found on the day after by whoever reads the logs; both times stand in the record.",
    "edit after approval": "Sent back to the step that had signed, and signed again.",
    "administrator act": "Asked for in writing by the head of the function.",
}
OTHERWISE = "Looked at in the record itself; it is as the procedure says."
FOUND = "All of them are what their records say they are."
CONCLUSION = "Nothing in the trail of these days gives cause for doubt."


@dataclass(frozen=True, slots=True)
class Odd:
    """One step of this story, at its time."""

    at: datetime
    do: Callable[[Cast], None]


def steps(calendar: Calendar) -> list[Odd]:
    """Give what happens, each at its time: on working days, and what the system does in the first minutes of a day."""

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        found = calendar.day(day)
        while not calendar.works(found):
            found += timedelta(days=1)
        return datetime.combine(found, time(hour, minute), calendar.zone)

    def over(days: tuple[int, int]) -> datetime:
        return datetime.combine(calendar.day(days[1] + 1), time(0, 5), calendar.zone)

    return [
        Odd(over(FIRST), lambda cast: _begin(cast, calendar, FIRST)),
        Odd(at(FIRST[1] + 4, 10), _review),
        Odd(at(FIRST[1] + 8, 10), _close),
        Odd(at(-20, 14, 30), _clock_steps),
        Odd(at(-17, 23, 40), _grant_at_night),
        Odd(at(-10, 15), _edit_again_and_again),
        Odd(at(-9, 16, 20), _mistype),
        Odd(over(SECOND), lambda cast: _begin(cast, calendar, SECOND)),
    ]


def _begin(cast: Cast, calendar: Calendar, days: tuple[int, int]) -> None:
    first, last = (calendar.day(one).isoformat() for one in days)
    fields = {"title": f"Audit trail from {first} to {last}", "period_from": first, "period_until": last}
    cast.act(None, "trail_review.create", fields=fields, reason="Due for these days")
    _follow(cast)


def _review(cast: Cast) -> None:
    """Each line is decided by somebody who may, and the review signed as reviewed."""
    head = Record.objects.get(type="trail_review", state="reviewing")
    values = records.values(head)
    lines = {line["line"]: line for line in values["lines"] or []}
    decided = [dict(row) for row in values["decisions"] or []]
    for who in (REVIEWER, AUDITOR, OWNER):
        mine = [row for row in decided if _whose(lines[row["line"]]) == who]
        for row in mine:
            row |= {"decision": "fine", "comment": COMMENTS.get(lines[row["line"]]["rule"], OTHERWISE)}
        if mine:
            cast.act(who, "trail_review.edit", head.id, fields={"decisions": decided})
    cast.act(REVIEWER, "trail_review.edit", head.id, fields={"sample_found": FOUND, "conclusion": CONCLUSION})
    _follow(cast)
    cast.sign(REVIEWER, "trail_review.submit", head.number)


def _whose(line: dict[str, Any]) -> str:
    if not line["quality"] and REVIEWER not in (line["user_id"], line["concerns"]):
        return REVIEWER
    return OWNER if AUDITOR in (line["user_id"], line["concerns"]) else AUDITOR


def _close(cast: Cast) -> None:
    cast.sign(APPROVER, "trail_review.close", Record.objects.get(type="trail_review", state="in_approval").number)


def _clock_steps(cast: Cast) -> None:
    head = Record.objects.get(type="installation")
    cast.act(None, "installation.note_clock_step", head.id, reason="The server's clock stepped by +61.0 seconds")


def _grant_at_night(cast: Cast) -> None:
    fields = {"person": HELPED, "role": ROLE, "why": "Shows the packing of shipments to new people"}
    made = cast.act(ASKER, "grant.create", fields=fields)
    cast.now += timedelta(minutes=6)
    cast.sign(OWNER, "grant.approve", made.number)
    _follow(cast)


def _edit_again_and_again(cast: Cast) -> None:
    """The text of one field goes to and fro; the last word is the first one, for a reason of two words."""
    record = Record.objects.get(number=DRAFT)
    with suppress(Refused):  # which is what is planted: a reason that says nothing
        cast.act(WRITER, "document.edit", record.id, fields={"audience": f"{READERS} at work"}, reason=". ")
    for at in range(OFTEN):
        words, reason = (f"{READERS}, group {at + 1}", "") if at < OFTEN - 1 else (READERS, "Audience again")
        cast.now += APART
        acts.run(cast.people[WRITER], "document.edit", record.id, fields={"audience": words}, reason=reason)


def _mistype(cast: Cast) -> None:
    """Somebody types a wrong password into the dialog of a signature."""
    with suppress(Refused):
        signatures.present(HttpRequest(), cast.people[SIGNS], act="document.approve", number=TO_SIGN, user_id=SIGNS, statement="",
                           password="seven cold bags")  # fmt: skip  # noqa: S106 - a wrong one


def _follow(cast: Cast) -> None:
    while reactions.run_pending():
        cast.tick()
