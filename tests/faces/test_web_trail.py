"""What the trail's two pages show, events and refused attempts, and what their exports and those of lists carry."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from indelible.faces.web import exports
from indelible.infra import clock
from indelible.kernel import sequencer
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Record
from indelible.practice import history
from tests.faces import browsing
from tests.faces.browsing import context, effective, rows_of
from tests.homes import TestHome

pytestmark = pytest.mark.usefixtures("drawn")


def test_the_trail_shows_what_the_kernel_says_and_pages_through_all_of_it(home: TestHome) -> None:
    effective(home)
    browsing.many(home, history.PAGE)
    sequencer.drain()
    client = browsing.sign_in("qua")

    page: dict[str, Any] = {}
    pages, url = [], "/trail"
    while url:
        page = context(client.get(url))
        pages.append([(row["record"]["number"], row["act"], row["seq"]) for row in page["trail"]["rows"]])
        url = page["pager"]["older_url"]
    back, url = [pages[-1]], page["pager"]["newer_url"]
    while url:
        page = context(client.get(url))
        back.append([(row["record"]["number"], row["act"], row["seq"]) for row in page["trail"]["rows"]])
        url = page["pager"]["newer_url"]
    shown = [row for one in pages for row in one]
    known: list[Any] = []
    before: int | None = None
    while True:
        found = history.of_system(home.view("qua"), before=before)
        known += [(one.number, one.event, str(one.seq)) for one in found.rows]
        before = found.older
        if before is None:
            break

    assert shown == known
    assert len(pages) > 2
    assert back == pages[::-1]
    assert len(shown) > history.PAGE
    assert all(seq.isdigit() for _, _, seq in shown)


@pytest.mark.parametrize(("query", "fits"), [
    ("record={number}", lambda row, number: row[6] == number),
    ("act=document.approve", lambda row, _: row[5] in ("document.signed", "document.approved")),
    ("at_from=2099-01-01", lambda *_: False),
    ("at_until=2000-01-01", lambda *_: False),
])  # fmt: skip
def test_the_trail_is_filtered_in_the_address_and_its_csv_alike(home: TestHome, query: str, fits: Any) -> None:
    number = effective(home)
    home.draft()
    sequencer.drain()
    client = browsing.sign_in("qua")
    chosen = query.format(number=number)

    page = context(client.get(f"/trail?{chosen}"))
    lines = rows_of(client.get(page["page"]["acts"][0]["url"]))

    every = rows_of(client.get("/trail/csv"))
    assert lines == [row for row in every if fits(row, number)]
    assert {row[0] for row in lines} == {row["seq"] for row in page["trail"]["rows"]}


def test_the_trail_of_one_person_names_nobody_else(home: TestHome) -> None:
    effective(home)
    rob = home.people["rob"].person_id

    rows = context(browsing.sign_in("qua").get(f"/trail?person={rob}"))["trail"]["rows"]

    assert {row["who"] for row in rows} == {"Rob Reviewer"}


def test_refused_attempts_are_seen_by_reviewers_and_by_whoever_made_them(home: TestHome) -> None:
    number = home.draft()
    with pytest.raises(Refused):
        home.act("bea", "document.create", fields={"title": ""})
    with pytest.raises(Refused):
        home.act("qua", "document.edit", number, fields={"title": "Mine"})

    everybody = context(browsing.sign_in("qua").get("/trail/refusals"))["trail"]["rows"]
    own = context(browsing.sign_in("bea").get("/trail/refusals"))["trail"]["rows"]
    lines = rows_of(browsing.sign_in("qua").get("/trail/refusals/csv"))

    assert {row["who"] for row in everybody} == {"Bea Author", "Qua Quality"}
    assert {row["who"] for row in own} == {"Bea Author"}
    assert len(lines) == len(everybody)


def refuse(home: TestHome, user: str, count: int) -> None:
    for _ in range(count):
        with pytest.raises(Refused):
            home.act(user, "document.create", fields={"title": ""})


def refused(page: Any) -> list[tuple[str, str]]:
    return [(row["who"], row["rule"]) for row in page["trail"]["rows"]]


def test_refused_attempts_are_paged_both_ways_and_all_of_them_are_exported(home: TestHome) -> None:
    refuse(home, "bea", 2 * history.PAGE + 3)
    client, page = browsing.sign_in("qua"), dict[str, Any]()
    pages, url = [], "/trail/refusals"
    while url:
        page = context(client.get(url))
        pages.append([row["at"] for row in page["trail"]["rows"]])
        url = page["pager"]["older_url"]
    back = context(client.get(page["pager"]["newer_url"]))

    assert [len(one) for one in pages] == [history.PAGE, history.PAGE, 3]
    assert [row["at"] for row in back["trail"]["rows"]] == pages[1]
    assert len(rows_of(client.get("/trail/refusals/csv"))) == 2 * history.PAGE + 3


def test_refused_attempts_are_filtered_by_person_rule_and_day_and_exported_alike(home: TestHome) -> None:
    number, bea = home.draft(), home.people["bea"].person_id
    refuse(home, "bea", 2)
    with pytest.raises(Refused):
        home.act("qua", "document.edit", number, fields={"title": "Mine"})
    client = browsing.sign_in("qua")
    for query, expected in (
        (f"person={bea}", [("Bea Author", "required_fields")] * 2),
        ("rule=authority", [("Qua Quality", "authority")]),
        (f"person={bea}&rule=authority", []),
        ("at_until=2000-01-01", []),
        ("at_from=2000-01-01", [("Qua Quality", "authority"), *[("Bea Author", "required_fields")] * 2]),
    ):
        page = context(client.get(f"/trail/refusals?{query}"))
        lines = rows_of(client.get(page["page"]["acts"][0]["url"]))

        assert refused(page) == expected, query
        assert [(row[1], row[4]) for row in lines] == expected, query
    assert refused(context(browsing.sign_in("bea").get(f"/trail/refusals?person={home.people['qua'].person_id}"))) == []


@pytest.mark.parametrize(
    ("path", "words", "count"),
    [
        ("/records/document/csv", "none", 2),
        ("/records/document/csv?state=draft&q=sample", "Number or title: sample; State: Draft", 2),
        ("/records/document/csv?state=void", "State: Void", 0),
        ("/trail/csv?act=document.create&at_from=2000-01-01", "Act: document.create; From: 2000-01-01", 2),
        ("/trail/refusals/csv?rule=required_fields", "Rule: required_fields", 1),
    ],
)
def test_each_line_of_an_export_says_where_from_by_whom_when_with_which_filter_and_of_how_many(
    home: TestHome, path: str, words: str, count: int
) -> None:
    home.draft()
    home.draft()
    refuse(home, "bea", 1)

    lines = browsing.export_of(browsing.sign_in("qua").get(path))

    assert len(lines) == max(count, 1)
    for line in lines:
        told = {name: line[name] for name in exports.ORIGIN}
        at = datetime.fromisoformat(told.pop("Exported at"))
        assert abs(clock.now() - at) < timedelta(minutes=2)
        assert told == {
            "Environment": settings.ENVIRONMENT.upper(), "Exported by": "Qua Quality (qua)", "Filter": words,
            "Rows in export": str(count),
        }  # fmt: skip
    assert count or set(list(lines[0].values())[: -len(exports.ORIGIN)]) == {""}


def test_a_refused_attempt_on_a_record_names_its_number_to_whoever_may_see_it_and_to_nobody_else(home: TestHome) -> None:
    number = home.draft()
    record = Record.objects.get(number=number)
    home.act("ann", "document.edit", number, fields={"title": "Another"}, reason="Reads better than the first one")
    with pytest.raises(Refused):
        home.act("ann", "document.edit", number, fields={"title": "A third"}, reason="no")
    with pytest.raises(NotFound):
        home.act("rea", "document.edit", number, fields={"title": "Mine"})

    def subjects(user: str) -> list[str]:
        return [row["record"]["number"] for row in context(browsing.sign_in(user).get("/trail/refusals"))["trail"]["rows"]]

    assert subjects("ann") == [number]
    assert subjects("rea") == [str(record.pk)]
