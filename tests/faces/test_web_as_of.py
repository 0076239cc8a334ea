"""What was in force on a day: the list, its export, a series' address, the palette; and nothing that may not be seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from indelible.infra import clock
from indelible.kernel import config
from tests.faces import browsing
from tests.faces.browsing import rows_of, text
from tests.homes import TestHome

MONTH = timedelta(days=30)


@pytest.fixture
def revisions(home: TestHome) -> Iterator[tuple[str, str, date]]:
    """Bring a document into force, and a month later its revision; gives both numbers and the first one's day."""
    first, day = home.until(home.draft(), "effective"), _today()
    clock.simulate(lambda real: real + MONTH)
    yield first, home.until(home.revise("ann", first), "effective"), day
    clock.simulate(None)


@pytest.fixture
def reader() -> Client:
    return browsing.sign_in("rea")


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(config.current().company.zone)).date()


def test_the_list_and_its_export_hold_what_was_in_force_when_the_day_ended(revisions: tuple[str, str, date]) -> None:
    first, second, day = revisions
    reader = browsing.sign_in("rea")  # sessions end by the clock that was moved
    for asked, expected in ((day, [first]), (day + MONTH, [second]), (day - timedelta(days=1), [])):
        page = text(reader.get(f"/records/document?as_of={asked}"))
        assert [number for number in (first, second) if f'href="/r/{number}"' in page] == expected
        assert [
            row[0] for row in rows_of(reader.get(f"/records/document/csv?as_of={asked}")) if row[0] in (first, second)
        ] == expected


def test_the_address_of_a_series_leads_to_the_revision_of_that_day(revisions: tuple[str, str, date]) -> None:
    first, second, day = revisions
    reader = browsing.sign_in("rea")

    assert reader.get(f"/r/{first[:-3]}?as_of={day}")["Location"] == f"/r/{first}"
    assert reader.get(f"/r/{first[:-3]}?as_of={day + MONTH}")["Location"] == f"/r/{second}"
    assert reader.get(f"/r/{first[:-3]}?as_of={day - timedelta(days=1)}").status_code == 404


def test_the_palette_understands_a_number_with_a_day(revisions: tuple[str, str, date]) -> None:
    first, second, day = revisions
    found = text(browsing.sign_in("rea").get("/palette", {"q": f"{first[:-3].lower()} {day}"}))

    assert f"/r/{first}" in found
    assert f"/r/{second}" not in found


@pytest.mark.parametrize("as_of", ["yesterday", "2026-02-30", "9999-12-31", "0000-00-00", "2026-1-1", "%00", "'; --"])
def test_what_is_no_day_gets_a_sentence(home: TestHome, reader: Client, as_of: str) -> None:
    number = home.until(home.draft(), "effective")

    for path in ("/records/document", f"/r/{number}", "/records/document/csv"):
        answer = reader.get(path, {"as_of": as_of})
        assert answer.status_code in (200, 404, 422), (path, as_of)
        assert "Traceback" not in text(answer)


def test_a_draft_answers_like_a_document_that_does_not_exist(home: TestHome, reader: Client) -> None:
    draft, day = home.draft(), _today()

    answers = [reader.get(f"/r/{number}?as_of={day}") for number in (draft, draft[:-3], "SOP-999", "SOP-999.01")]
    assert {answer.status_code for answer in answers} == {404}
    assert "/r/" not in text(reader.get("/palette", {"q": f"{draft[:-3]} {day}"}))
