"""What the pages over many records show: work, lists, trail, finding; the same rows and counts as the kernel gives."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indelible.infra import clock
from indelible.kernel.models import Task
from indelible.practice import queries
from tests.faces import browsing
from tests.faces.browsing import context, effective, rows_of, text
from tests.homes import TestHome

pytestmark = pytest.mark.usefixtures("drawn")


@pytest.mark.damaged(reason="makes a task late by hand")
def test_my_work_is_the_kernels_list_late_first(home: TestHome) -> None:
    for _ in range(3):
        home.until(home.draft(), "in_review")
    first = queries.list_work(home.view("rob"))[0][1]
    Task.objects.filter(record_id=first.pk).update(due_at=clock.parse("2020-01-01T12:00:00+00:00"))

    page = browsing.sign_in("rob").get("/")
    groups = context(page)["work"]["groups"]
    shown = [item["number"] for group in groups for item in group["items"]]

    assert shown[0] == first.number
    assert sorted(shown) == sorted(record.number for _, record in queries.list_work(home.view("rob")))
    assert groups[0]["label"] == "Late"
    assert re.fullmatch(r"\d+ d late", groups[0]["items"][0]["due"])
    assert all(item["why"] and item["age"] for group in groups for item in group["items"])


def test_the_navigation_counts_the_same_work(home: TestHome) -> None:
    home.until(home.draft(), "in_review")
    page = browsing.sign_in("rob").get("/about")

    items = {item["label"]: item for group in context(page)["shell"]["groups"] for item in group["items"]}

    assert items["My work"]["count"] == len(queries.list_work(home.view("rob"))) == items["Documents"]["count"] == 1


def test_an_empty_inbox_names_the_next_date(home: TestHome) -> None:
    number = home.draft(effective_on="2098-06-01")
    home.until(number, "approved")

    page = browsing.sign_in("rea").get("/")

    assert "Nothing waits for you" in page.content.decode()
    assert "The next date is 2098-06-01" in context(page)["work"]["empty"]["text"]


@pytest.mark.usefixtures("home")
def test_every_page_names_environment_state_and_time_with_zone() -> None:
    client = browsing.sign_in("ann")
    for path in ("/", "/records/document", "/trail", "/find", "/about", "/me", "/r/NONE", "/find?q=%00"):
        page = client.get(path).content.decode()
        strip = page.partition('<header class="i-strip"')[2].partition("</header>")[0]

        assert ">DEMO<" in strip
        assert "Released" in strip
        assert re.search(r"\d{4}-\d\d-\d\d </span>\d\d:\d\d −0[45]:00", strip)


@pytest.mark.usefixtures("home")
def test_the_time_in_the_strip_is_the_companys() -> None:
    before = clock.in_zone(clock.now(), "America/New_York")[:16]
    page = browsing.sign_in("ann").get("/me").content.decode()
    after = clock.in_zone(clock.now(), "America/New_York")[:16]

    shown = re.search(r"(\d{4}-\d\d-\d\d) </span>(\d\d:\d\d)", page)

    assert shown is not None
    assert f"{shown[1]} {shown[2]}" in (before, after)


def test_a_list_pages_by_number_forward_and_back_and_its_csv_has_the_same_rows(home: TestHome) -> None:
    browsing.many(home, 2 * queries.PAGE + 3)
    client = browsing.sign_in("ann")

    pages: list[list[str]] = []
    page: dict[str, Any] = {}
    url = "/records/document"
    while url:
        page = context(client.get(url))
        pages.append([row["cells"][0]["value"] for row in page["table"]["rows"]])
        url = page["pager"]["older_url"]
    back = context(client.get(page["pager"]["newer_url"]))
    export = rows_of(client.get("/records/document/csv"))

    assert [len(one) for one in pages] == [queries.PAGE, queries.PAGE, 3]
    assert [row["cells"][0]["value"] for row in back["table"]["rows"]] == pages[1]
    assert [row[0] for row in export] == [number for one in pages for number in one]
    assert page["filters"]["note"] == f"{len(export)} records"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("?state=draft", 2),
        ("?state=draft&state=effective", 3),
        ("?q=other", 1),
        ("?class=policy", 1),
        ("?late=1", 0),
        ("?state=withdrawn", 1),
    ],
)
def test_filters_stand_in_the_address_and_the_csv_has_exactly_the_listed_rows(
    home: TestHome, query: str, count: int
) -> None:
    home.draft(title="The other one")
    home.draft(**{"class": "policy"})
    effective(home)
    home.sign("ann", "document.withdraw", home.draft(), reason="Not needed any longer")
    client = browsing.sign_in("ann")

    page = context(client.get(f"/records/document{query}"))
    csv_url = page["page"]["acts"][0]["url"]

    assert len(page["table"]["rows"]) == count
    assert page["filters"]["note"].startswith(f"{count} record")
    assert len(rows_of(client.get(csv_url))) == count


def test_a_filter_by_person_and_by_link_finds_the_same_as_the_kernel(home: TestHome) -> None:
    home.draft(owner="bea")
    home.draft()
    client, bea = browsing.sign_in("ann"), home.people["bea"].person_id

    assert len(context(client.get(f"/records/document?owner={bea}"))["table"]["rows"]) == 1
    assert (
        len(context(client.get(f"/records/document?department={home.departments['Quality Control']}"))["table"]["rows"]) == 2
    )
    assert context(client.get(f"/records/document?owner={bea}"))["filters"]["active"][0]["label"] == "Owner: Bea Author"


def test_no_cell_of_a_csv_is_a_formula(home: TestHome) -> None:
    for title in ('=HYPERLINK("http://example.org","x")', "+1", "-2", "@SUM(A1)", "  =1+1", "plain, with comma"):
        home.draft(title=title)

    cells = [cell for row in rows_of(browsing.sign_in("ann").get("/records/document/csv")) for cell in row]

    assert "plain, with comma" in cells
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_a_list_shows_nothing_that_its_reader_may_not_see(home: TestHome) -> None:
    draft, seen = home.draft(), effective(home)
    client = browsing.sign_in("rea")

    for path in (
        "/records/document",
        "/records/document/csv",
        "/trail",
        "/trail/csv",
        "/palette?q=SOP",
        "/find?q=SOP",
        "/find/numbers?x=SOP",
    ):
        words = text(client.get(path))

        assert seen in words
        assert draft not in words


@pytest.mark.usefixtures("home")
def test_the_button_for_a_new_record_says_why_not() -> None:
    page = browsing.sign_in("rea").get("/records/document").content.decode()

    assert "You may not create a document." in page
    assert "Ann Author" in page
    assert "/records/document/new" not in page


def test_the_palette_finds_the_exact_number_first(home: TestHome) -> None:
    browsing.many(home, 12)
    home.draft(title="About SOP-003.01 and others")

    page = context(browsing.sign_in("ann").get("/palette?q=sop-003.01"))

    assert page["groups"][0]["items"][0]["number"] == "SOP-003.01"
    assert len(page["groups"][0]["items"]) == 2


@pytest.mark.usefixtures("home")
def test_the_palette_offers_only_what_may_be_begun() -> None:
    offered = {}
    for user in ("ann", "rea", "adm"):
        groups = {group["label"]: group["items"] for group in context(browsing.sign_in(user).get("/palette?q="))["groups"]}
        offered[user] = {item["label"] for item in groups.get("Begin", ())}
        assert "Audit trail" in {item["label"] for item in groups["Go to"]}
        assert ("Accounts" in {item["label"] for item in groups["Go to"]}) is (user == "adm")

    assert "New document" in offered["ann"]
    assert offered["rea"] == {
        "New deviation",
        "New incident",
        "New item of a personnel file",
        "New absence",
        "New complaint",
    }  # what everybody may report, and nothing else (D28)
    assert "New person" in offered["adm"]


def test_a_half_typed_number_is_completed_with_records_of_the_right_type(home: TestHome) -> None:
    effective(home)
    client = browsing.sign_in("ann")

    found = client.get("/find/numbers?type=department&owner=DEP-0").content.decode()

    assert re.findall(r'value="([^"]+)"', found) == ["DEP-01", "DEP-02"]
    assert client.get("/find/numbers?type=department&owner=SOP").content.decode().strip() == ""


@pytest.mark.usefixtures("home")
def test_about_says_build_baseline_engine_and_licences() -> None:
    page = browsing.sign_in("rea").get("/about").content.decode()

    for words in (
        "Released",
        "SQLite" if "SQLite" in page else "PostgreSQL",
        "Django",
        "BSD-3-Clause",
        "Baseline",
        "capable of",
    ):
        assert words in page


def test_markup_in_a_title_stays_text(home: TestHome) -> None:
    home.draft(title="<script>alert(1)</script><img src=x onerror=alert(2)>")
    client = browsing.sign_in("ann")

    for path in ("/", "/records/document", "/trail", "/find?q=script", "/palette?q=script", "/find/numbers?x=SOP"):
        page = text(client.get(path))

        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_list_costs_no_more_queries_for_many_rows_than_for_few(home: TestHome) -> None:
    browsing.many(home, 5)
    client = browsing.sign_in("ann")
    with CaptureQueriesContext(connection) as few:
        client.get("/records/document?state=draft&department=DEP-01")
    browsing.many(home, 40)
    with CaptureQueriesContext(connection) as more:
        answer = client.get("/records/document?state=draft&department=DEP-01")

    work = len(queries.list_work(home.view("ann")))
    assert len(context(answer)["table"]["rows"]) == 45
    assert len(more) - len(few) <= work - 5
