"""What a commitment must satisfy: its day, what keeps it, and with whose word its day moves."""

from __future__ import annotations

from datetime import date
from typing import Any

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.practice import extensions

AGREED = "agreed"  # the mark on the head: hashes of the letters by which its day has moved already


@rule("day_follows_the_promise")
def day_follows_the_promise(case: Case) -> str | None:
    """What is promised is due after the day of the letter."""
    return "It is due on a later day than that of the letter." if case.value("due_on") <= case.value("promised_on") else None


@rule("day_is_a_business_day")
def day_is_a_business_day(case: Case) -> str | None:
    """A promise is due on a business day: on a weekend or holiday nobody receives what was promised."""
    return _no_business_day(case, case.value("due_on"))


@rule("later_day_is_a_business_day")
def later_day_is_a_business_day(case: Case) -> str | None:
    """The later day is a business day as well."""
    return _no_business_day(case, case.value(extensions.ASKED))


@rule("what_keeps_it_has_ended", alone=True)
def what_keeps_it_has_ended(case: Case) -> str | None:
    """The records by which a promise is kept have come to a good end: what was cancelled keeps nothing."""
    open_ones = [one for one in _keeping(case) if records.state_of(one).look != "done"]
    if not open_ones:
        return None
    words = ", ".join(f"{one.number} ({_state(one)})" for one in open_ones)
    return f"{words} has not come to a good end: a promise is kept by what is done."


@rule("commitment_has_its_evidence")
def commitment_has_its_evidence(case: Case) -> str | None:
    """A promise that was kept has evidence: a file, or the records that kept it."""
    return (
        None
        if case.value("evidence") or case.value("done_by")
        else "There is no evidence: add a file, or name what kept it."
    )


@rule("their_agreement_is_filed")
def their_agreement_is_filed(case: Case) -> str | None:
    """The day moves, and a promise ends, only with a letter of theirs: its date and the letter, and one for each time."""
    if not case.value("agreed_on") or not case.value("agreement"):
        return "Their agreement is not filed: add their letter and its date. Nobody here moves it alone."
    if case.value("agreed_on") < case.value("promised_on"):
        return "Their letter is older than the promise: file the one that agrees to this."
    used = set(case.head.marks.get(AGREED, []))
    return "That letter moved the day already: file the one that agrees to this." if hashes(case) <= used else None


@rule("owner_does_not_decide_on_it")
def owner_does_not_decide_on_it(case: Case) -> str | None:
    """Who sees to a promise neither moves its day nor ends it."""
    mine = {str(case.head.owner_id), *case.head.marks.get("before", [])}
    return (
        "You own this commitment; somebody else of Quality decides." if case.person and str(case.person.id) in mine else None
    )


def hashes(case: Case) -> set[str]:
    """Give the hashes of the letters that agree to something."""
    files: list[dict[str, Any]] = case.value("agreement") or []
    return {one["sha256"] for one in files}


def _no_business_day(case: Case, day: str | None) -> str | None:
    if not day:
        return None
    holiday = day in case.configuration.policies.holidays
    if date.fromisoformat(day).weekday() < 5 and not holiday:
        return None
    what = "a holiday of the company" if holiday else "on a weekend"
    return f"{day} is {what}: name the business day before."


def _keeping(case: Case) -> list[Record]:
    numbers = [one["number"] for one in case.value("done_by") or []]
    return list(Record.objects.filter(number__in=numbers).order_by("number"))


def _state(record: Record) -> str:
    return (records.state_of(record).label or record.state).lower()
