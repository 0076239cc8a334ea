"""Which numbers were never given: counted once and remembered, and never said of a home in which it is not so."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indelible.kernel import acts
from indelible.practice import lookup
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome


def brought(home: TestHome, number: str) -> None:
    """Bring a procedure under a number that the company uses already."""
    given = {"title": f"Brought as {number}", "class": "procedure"}
    acts.run(home.people["ann"], "document.create", number=number, fields=given)


def missing(home: TestHome) -> list[str]:
    return lookup.account_of_numbers(home.view("ann"), "document")["SOP"]


def counted(home: TestHome) -> list[str]:
    """Give the statements that count numbers when the account is asked for."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        missing(home)
    # What PostgreSQL planned once comes without its text, and none of that is a count of numbers.
    texts = [one["sql"] or "" for one in asked.captured_queries]
    return [text for text in texts if "count(" in text.lower()]


def test_what_was_counted_once_is_not_counted_again(home: TestHome) -> None:
    home.draft()
    home.draft()
    assert missing(home) == []
    again = counted(home)

    assert len(again) == 1
    assert "SOP-002" in again[0], "all numbers were counted, and not those from the last one on"


def test_numbers_given_since_are_accounted_for(home: TestHome) -> None:
    home.draft()
    assert missing(home) == []
    home.draft()
    home.draft()

    assert missing(home) == []


def test_a_gap_that_comes_later_is_told(home: TestHome) -> None:
    home.draft()
    assert missing(home) == []
    brought(home, "SOP-004")

    assert missing(home) == ["SOP-002", "SOP-003"]
    assert missing(home) == ["SOP-002", "SOP-003"], "what was remembered is not what was told"


def test_a_gap_that_is_filled_is_told_no_longer(home: TestHome) -> None:
    brought(home, "SOP-004")
    assert missing(home) == ["SOP-001", "SOP-002", "SOP-003"]
    brought(home, "SOP-002")

    assert missing(home) == ["SOP-001", "SOP-003"]


def test_a_second_revision_fills_no_gap(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")
    assert missing(home) == []
    home.revise("ann", number)
    brought(home, "SOP-003")

    assert missing(home) == ["SOP-002"]


def test_a_memory_of_another_home_is_not_believed(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    home.draft()
    brought(home, "SOP-003")
    assert missing(home) == ["SOP-002"]
    # As after a database of the same name was made anew: as many numbers, of other records.
    elsewhere = {place: lookup._Account(3, home.person("ann"), []) for place in lookup._ACCOUNTS}
    monkeypatch.setattr(lookup, "_ACCOUNTS", elsewhere)

    assert missing(home) == ["SOP-002"]


def test_many_gaps_are_counted_each_time(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MOST_GAPS", 1)
    brought(home, "SOP-004")
    assert missing(home) == ["SOP-001", "SOP-002", "SOP-003"]
    brought(home, "SOP-002")

    assert missing(home) == ["SOP-001", "SOP-003"]


def test_the_list_says_which_numbers_were_never_given(home: TestHome) -> None:
    home.draft()
    page = sign_in("ann")
    assert "none is missing" in text(page.get("/records/document"))
    brought(home, "SOP-003")

    assert "Numbers never given: SOP-002." in text(page.get("/records/document"))
