"""For whom a record waits: said row by row, shown beside the own age, narrowed in lists; no date moves by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import records
from indelible.kernel.errors import Refused
from indelible.practice import queries, waiting
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.modules.events import WHY, day, due, head, investigated, reported
from tests.modules.reports import triaged

ZONE = "America/New_York"


def row(whom: str = "Northwind", since: int = 0, **more: Any) -> dict[str, Any]:
    return {"whom": whom, "since": day(since)} | more


def wait(home: TestHome, number: str, *rows: dict[str, Any], who: str = "ann") -> None:
    home.act(who, f"{head(number).type}.edit", number, fields={"waits": list(rows)})


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_our_age_and_due_date_go_on_while_it_waits(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = investigated(home)
    before = due(number)
    later(timedelta(days=20))
    wait(home, number, row(expected=day(10)))
    later(timedelta(days=14))
    found = waiting.of(head(number), ZONE)

    assert found is not None
    assert (found.open_days, found.waited_days, found.whom) == (34, 14, "Northwind")
    assert due(number) == before
    page = words(text(sign_in("ann").get(f"/r/{number}")))
    assert "34 d, of which 14 waiting for Northwind" in page
    assert "Waits for Northwind since" in page
    assert re.search(r"[34] d late", page)


def test_days_of_two_waits_at_once_are_counted_once_and_a_wait_that_ended_stays_counted(
    home: TestHome, later: Callable[[timedelta], None]
) -> None:
    number = investigated(home)
    later(timedelta(days=30))
    wait(home, number, row(since=-20, ended=day(-10)), row("Lab", since=-15, ended=day(-5)))
    found = waiting.of(head(number), ZONE)

    assert found is not None
    assert (found.waited_days, found.whom, found.since) == (15, "", None)
    assert "waits for" not in words(text(sign_in("ann").get("/records/deviation")))


def test_a_wait_before_the_record_was_begun_makes_it_no_older(home: TestHome) -> None:
    number = investigated(home)
    wait(home, number, row(since=-40))
    found = waiting.of(head(number), ZONE)
    assert found is not None
    assert (found.open_days, found.waited_days) == (0, 0)


@pytest.mark.parametrize(
    "rows",
    [
        lambda: [row(whom="")], lambda: [{"whom": "Northwind"}], lambda: [row(since=1)], lambda: [row(ended=day(1))],
        lambda: [row(since=-2, ended=day(-3))], lambda: [row(), row(whom="")],
    ],
)  # fmt: skip
def test_a_wait_for_nobody_from_tomorrow_or_that_ends_before_it_began_is_refused(
    home: TestHome, rows: Callable[[], Any]
) -> None:
    number = investigated(home)
    with pytest.raises(Refused) as caught:
        wait(home, number, *rows())
    assert caught.value.rule == "waits_say_for_whom"
    assert not records.values(head(number)).get("waits")


@pytest.mark.parametrize("who", ["rea", "bea", "rob", "qua"])
def test_who_does_not_own_it_says_nothing_of_its_waits(home: TestHome, who: str) -> None:
    number = investigated(home)
    with pytest.raises(Refused):
        wait(home, number, row(), who=who)


def test_the_list_marks_what_waits_and_is_narrowed_to_it(home: TestHome) -> None:
    number, other, over = investigated(home), investigated(home), investigated(home)
    reported(home)
    wait(home, number, row())
    wait(home, over, row(since=-1, ended=day(0)))
    listed = queries.list_records(home.view("rob"), "deviation", filters={"among": "waiting-deviation"})
    page = text(sign_in("rob").get("/records/deviation"))

    assert [one.number for one in listed.records] == [number]
    assert "Investigating, waits for Northwind" in words(page)
    assert words(page).count("waits for") == 1
    assert "among=waiting-deviation" in page
    narrowed = text(sign_in("rob").get("/records/deviation?among=waiting-deviation"))
    assert f'href="/r/{number}"' in narrowed
    assert f'href="/r/{other}"' not in narrowed


def test_what_has_ended_waits_no_more(home: TestHome) -> None:
    number = investigated(home)
    wait(home, number, row())
    home.sign("qua", "deviation.void", number, reason=WHY)
    assert waiting.of(head(number), ZONE) is None
    assert queries.list_records(home.view("rob"), "deviation", filters={"among": "waiting-deviation"}).records == []


def test_a_complaint_waits_as_well_and_has_their_number_beside_ours(home: TestHome) -> None:
    number = triaged(home, their_number="CMP-2026-17")
    wait(home, number, row("the site"))
    page = words(text(sign_in("rob").get(f"/r/{number}")))

    assert "CMP-2026-17" in page
    assert "Waits for the site since" in page
    listed = queries.list_records(home.view("rob"), "complaint", filters={"among": "waiting-complaint"})
    assert [one.number for one in listed.records] == [number]
    assert queries.list_records(home.view("rob"), "deviation", filters={"among": "waiting-deviation"}).records == []
