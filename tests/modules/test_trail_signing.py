"""Audit-trail reviews: when one is signed and closed, opens by itself, and what its page shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from indelible.kernel import records
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Record
from indelible.modules.trail_reviews import panels, schedules
from indelible.practice import queries, scheduled
from indelible.practice.scheduled import Due
from tests.homes import TestHome, hire
from tests.modules.events import head, refused
from tests.modules.trails import (
    Days,
    answered,
    begun,
    concluded,
    decide,
    decided,
    followed,
    in_approval,
    lines,
    row,
    weak,
    with_auditor,
)


@pytest.fixture
def days(home: TestHome) -> Iterator[Days]:
    """Give a working day, on which an internal auditor is there as well."""
    with with_auditor(home) as days:
        yield days


# --- signing ------------------------------------------------------------------------------------------------------------


def test_a_review_is_reviewed_and_closed_by_two_people(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)

    in_approval(home, number)

    assert home.sign("qua", "trail_review.close", number).state == "closed"


def test_a_line_that_is_not_decided_keeps_it_open(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    weak(home, "bea")
    number = begun(home, days)
    concluded(home, number)
    decide(home, "rob", number, row(lines(number, "weak reason")[0]))

    assert "every_line_is_decided" in refused(home, "rob", "trail_review.submit", number)


@pytest.mark.parametrize("name", ["sample_found", "conclusion"])
def test_without_a_word_on_the_sample_or_a_conclusion_it_is_not_signed(home: TestHome, days: Days, name: str) -> None:
    number = decided(home, begun(home, days))
    concluded(home, number, **{name: None})

    assert "required_fields" in refused(home, "rob", "trail_review.submit", number)


def test_it_is_not_signed_before_the_lines_are_collected(home: TestHome, days: Days) -> None:
    days.at(10, day=1)
    given = {"title": "One day", "period_from": days.day(), "period_until": days.day()}
    number = home.act("rob", "trail_review.create", fields=given).number
    concluded(home, number)

    assert "lines_are_collected" in refused(home, "rob", "trail_review.submit", number)
    followed()
    assert "lines_are_collected" not in refused(home, "rob", "trail_review.submit", number) if lines(number) else True


def test_it_is_not_signed_with_an_open_query(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    decide(home, "rob", number, row(lines(number, "weak reason")[0], "query"))
    concluded(home, decided(home, number, "weak reason"))

    assert "queries_are_answered" in refused(home, "rob", "trail_review.submit", number)
    home.act("rob", "trail_review.edit", number, fields={"open_queries_reason": "n/a"})
    assert "queries_are_answered" in refused(home, "rob", "trail_review.submit", number)


def test_a_reason_lets_it_be_signed_with_an_open_query(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    decide(home, "rob", number, row(lines(number, "weak reason")[0], "query"))
    concluded(home, decided(home, number, "weak reason"), open_queries_reason="Ann is on leave until the end of the month")

    home.sign("rob", "trail_review.submit", number)

    assert home.sign("qua", "trail_review.close", number).state == "closed"


def test_a_query_that_is_settled_holds_nothing_up(home: TestHome, days: Days) -> None:
    weak(home, "ann")
    number = begun(home, days)
    home.act("rob", "trail_query.settle", answered(home, number))
    concluded(home, decided(home, number, "weak reason"))

    assert home.sign("rob", "trail_review.submit", number).state == "in_approval"


def test_who_reviewed_does_not_close(home: TestHome, days: Days) -> None:
    hire(home, "two", "Two Roles", ["qa_ops", "qa_approver"])
    days.at(12)
    number = begun(home, days)
    concluded(home, decided(home, number))
    home.sign("two", "trail_review.submit", number)

    assert "reviewer_does_not_close" in refused(home, "two", "trail_review.close", number)
    assert home.sign("qua", "trail_review.close", number).state == "closed"


def test_who_decided_on_a_line_does_not_close(home: TestHome, days: Days) -> None:
    hire(home, "two", "Two Roles", ["qa_ops", "qa_approver"])
    weak(home, "ann")
    number = begun(home, days)
    decide(home, "two", number, row(lines(number, "weak reason")[0]))
    in_approval(home, number)

    assert "approver_is_not_author" in refused(home, "two", "trail_review.close", number)


def test_what_was_sent_for_approval_is_not_changed(home: TestHome, days: Days) -> None:
    number = in_approval(home, begun(home, days))

    for who in ("rob", "sys", "aud"):
        with pytest.raises(Refused):
            home.act(who, "trail_review.edit", number, fields={"conclusion": "All was well, it seems to me"})
    assert home.sign("qua", "trail_review.return", number, reason="The conclusion says too little").state == "reviewing"


# --- by itself, and on its page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "first", "last"), [
    (date(2026, 11, 1), "2026-10-01", "2026-10-31"), (date(2026, 11, 30), "2026-10-01", "2026-10-31"),
    (date(2028, 3, 1), "2028-02-01", "2028-02-29"), (date(2027, 1, 5), "2026-12-01", "2026-12-31"),
])  # fmt: skip
def test_the_month_before_is_due_from_its_first_day_on(
    home: TestHome, monkeypatch: pytest.MonkeyPatch, day: date, first: str, last: str
) -> None:
    monkeypatch.setattr(schedules, "_began", lambda: date(2026, 9, 1))

    (found,) = schedules.month_before(day)

    assert found == Due(
        "trail_review", first[:7], {"title": f"Audit trail of {first[:7]}", "period_from": first, "period_until": last}
    )


def test_nothing_is_due_for_a_month_in_which_nothing_was_recorded(home: TestHome) -> None:
    began = schedules._began()
    assert began is not None

    assert [*schedules.month_before(began)] == []


def test_what_is_due_opens_with_its_lines(home: TestHome, days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled, "_schedules", {"one": schedules.month_before})
    days.at(10, day=31)

    (number,) = scheduled.open_due()
    followed()

    assert head(number).author_id is None
    assert records.values(head(number))["seed"] == bytes(Event.objects.get(record_id=head(number).pk, position=1).leaf).hex()
    assert lines(number, "grant outside a request")
    assert scheduled.open_due() == []


def test_its_page_begins_with_the_most_serious_line_and_says_what_nobody_looked_at(home: TestHome, days: Days) -> None:
    hire(home, "ned", "Ned New", ["author"])
    weak(home, "ann")
    number = begun(home, days)
    view = home.view("rob")

    whole = panels.whole(view, queries.get_record(view, number), days.moment)

    first, figures = whole.tables[0], whole.tables[2]
    assert [row[1].text for row in first.rows][:2] == ["high: grant outside a request", "medium: weak reason"]
    assert first.rows[1][2].number.startswith("DEV-")
    total = {cell.text for cell in figures.rows[0]}
    assert records.values(head(number))["events"] not in ("", "0")
    assert total - {"All"}
    assert figures.note.endswith("looked at by nobody.")


def test_its_page_leads_to_no_record_that_may_not_be_seen(home: TestHome, days: Days) -> None:
    home.draft()
    home.act("ann", "document.edit", records.find(Record.objects.get(type="document").number).number, fields={"audience": "All"},
             reason="Better wording")  # fmt: skip
    number = begun(home, days)
    closed = home.sign("qua", "trail_review.close", in_approval(home, number))
    view = home.view("gue")

    sheet = panels.lines(view, queries.get_record(view, closed.number), days.moment)

    assert [row[2].number for row in sheet.tables[0].rows if "weak" in row[1].text] == [""]
