"""The only place that puts the life of the demo documents in order of time: which step, at which moment, by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.project.demo import timeline
from indelible.project.demo.timeline import Document, Revision, Story

# Days before its effect on which a revision is written, sent for review, agreed to, and approved.
BEFORE_EFFECT = {"create": timeline.WRITING, "submit": 30, "agree": 26, "approve_function": 22, "approve_quality": 20}
ADMINISTRATIVE = {"create": 12, "submit_administrative": 10, "approve_function": 6, "approve_quality": 5}
SATURDAY = 5
WORKING_DAY = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a document's life, at its time."""

    at: datetime
    order: int
    what: str
    document: Document
    revision: int
    who: str
    given: Any = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days counted from the day of loading, in the zone in which the company works."""

    today: date
    zone: ZoneInfo
    holidays: frozenset[str] = frozenset()

    def day(self, offset: int) -> date:
        """Give a day."""
        return self.today + timedelta(days=offset)

    def works(self, day: date) -> bool:
        """Say whether somebody works on a day: none of a weekend, and no holiday."""
        return day.weekday() < SATURDAY and day.isoformat() not in self.holidays

    def at(self, offset: int, order: int) -> datetime:
        """Give a moment of work; on a day off nobody works, so it was done on the working day before, after what that day has.

        Whatever day the story is loaded on, a later day of the story comes later: days told as one share its hours.
        """
        day, off = self.day(offset), 0
        while not self.works(day - timedelta(days=off)):
            off += 1
        day -= timedelta(days=off)
        told = off + 1
        while not self.works(day + timedelta(days=told)):
            told += 1
        return datetime.combine(day, time(9), self.zone) + (timedelta(minutes=31 * order) + WORKING_DAY * off) / told


def steps(story: Story, calendar: Calendar) -> list[Step]:
    """Give every step of every document's life, in order of time."""
    found = [step for document in story.documents for step in _life(document, calendar)]
    return sorted(found, key=lambda step: (step.at, step.document.number, step.revision, step.order))


def _life(document: Document, calendar: Calendar) -> Iterator[Step]:
    for number, revision in enumerate(document.revisions, 1):
        for order, (offset, what, who, given) in enumerate(_steps(document, number, revision)):
            yield Step(calendar.at(offset, order), order, what, document, number, who, given)
    newest = len(document.revisions)
    for review in document.reviews:
        yield from _both(document, "reaffirm", review, review.by, calendar)
    for remark in document.remarks:
        yield Step(calendar.at(remark.day, 11), 11, "comment", document, newest, remark.by, remark)
    for copy in document.copies:
        yield Step(calendar.at(copy.day, 12), 12, "issue", document, _in_force(document, copy.day), "", copy)
        if copy.returned is not None:
            yield Step(calendar.at(copy.returned, 13), 13, "account_for", document, newest, document.people.quality, copy)
    if document.retired is not None:
        yield from _both(document, "retire", document.retired, document.retired.by, calendar)


def _steps(document: Document, number: int, revision: Revision) -> Iterator[tuple[int, str, str, Any]]:
    author, people = document.author_of(number), document.people
    who = {"approve_function": people.function, "approve_quality": people.quality}
    if revision.effective is None:
        yield from _in_work(document, revision, author)
        return
    # What takes effect after the day of loading was approved before it, with time left for training.
    end = min(revision.effective, BEFORE_EFFECT["approve_quality"] - 3)
    for what, days in (ADMINISTRATIVE if revision.kind == "administrative" else BEFORE_EFFECT).items():
        if what == "agree" and revision.returned_by:
            yield end - days - 2, "return", revision.returned_by, None
            yield end - days - 1, "submit", author, None
        for one in people.reviewers if what == "agree" else [who.get(what, author)]:
            yield end - days, what, one, None
        if what == "create" and revision.edited_by:
            yield end - days + 3, "edit", revision.edited_by, None


def _in_work(document: Document, revision: Revision, author: str) -> Iterator[tuple[int, str, str, Any]]:
    begun = timeline.first_day(revision) or 0
    yield begun, "create", author, None
    if revision.edited_by:
        yield begun + 3, "edit", revision.edited_by, None
    if revision.submitted is None:
        return
    yield revision.submitted, "submit", author, None
    for reviewer in document.people.reviewers:
        yield revision.submitted + 3, "agree", reviewer, None
    for person in revision.signed:
        what = "approve_function" if person == document.people.function else "approve_quality"
        yield -2, what, person, None


def _both(document: Document, what: str, given: Any, by: list[str], calendar: Calendar) -> Iterator[Step]:
    for order, person in enumerate(by):
        yield Step(calendar.at(given.day, order), order, what, document, _in_force(document, given.day), person, given)


def _in_force(document: Document, day: int) -> int:
    begun = [
        n
        for n, revision in enumerate(document.revisions, 1)
        if (revision.effective or 0) <= day and revision.effective is not None
    ]
    return begun[-1]
