"""Quality at a glance: every figure is the number of rows of the list to which it leads, for whoever looks, and costs no more with more."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.template import Template
from django.test import utils
from django.test.utils import CaptureQueriesContext

from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Record
from indelible.practice import panels, queries
from indelible.practice.panels import Cell, Table
from tests.faces.browsing import context, export_of, sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules.events import WHY, ago, capa, change, day, in_review, investigated, monitored, reported
from tests.modules.trained import curriculum, in_force, only, read, settle

pytestmark = pytest.mark.usefixtures("drawn")
Later = Callable[[timedelta], None]
DAY = timedelta(days=1)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers carry what they were drawn from."""
    monkeypatch.setattr(Template, "_render", utils.instrumented_test_render)  # type: ignore[attr-defined]


def tables(home: TestHome, who: str = "qua") -> dict[str, Table]:
    _, _, sheet = panels.sheet(home.view(who), "quality")
    return {table.title: table for table in sheet.tables}


def figures(home: TestHome, who: str = "qua") -> Iterator[tuple[str, str, str, Cell]]:
    """Give every figure: the table, the row, the column, the cell."""
    for title, table in tables(home, who).items():
        for row in table.rows:
            for column, cell in list(zip(table.columns, row, strict=True))[1:]:
                yield title, row[0].text, column, cell


def figure(home: TestHome, title: str, row: str, column: str, who: str = "qua") -> int:
    return next((int(cell.text) for *place, cell in figures(home, who) if place == [title, row, column]), 0)


def counted(home: TestHome, of: str, who: str = "qua", **filters: str) -> int:
    return queries.list_records(home.view(who), of, filters=filters).count


def month(days: int = 0) -> str:
    return day(days)[:7]


def sample(home: TestHome, **fields: Any) -> str:
    given = {"name": "Water", "taken_at": None, "analyst": "ann", "kind": "routine"}
    return home.act("ann", "sample.create", fields={name: value for name, value in (given | fields).items() if value}).number


def busy(home: TestHome, later: Later) -> None:
    """Let half a year go by in which something of each kind happens."""
    known = in_force(home)
    curriculum(home, known[:-3], everybody=False, people=["ann", "rea", "bea"])
    read(home, "ann", only(home, "ann"))
    monitored(home)
    change(home)
    later(40 * DAY)
    settle()
    home.sign("qua", "deviation.close", in_review(home))
    investigated(home)
    sample(home)
    home.draft(title="Only hers", user="bea")
    later(35 * DAY)
    settle()
    reported(home)
    capa(home)


def test_every_figure_is_the_number_of_rows_of_its_list_for_whoever_looks(home: TestHome, later: Later) -> None:
    busy(home, later)
    counts = {}
    for who in ("qua", "ann", "hed", "adm", "gue"):
        found = list(figures(home, who))
        wrong = [
            (who, *place, cell.text, listed)
            for *place, cell in found
            if cell.listed and (listed := counted(home, cell.listed.type, who, **cell.listed.filters)) != int(cell.text)
        ]
        assert not wrong
        counts[who] = sum(int(cell.text) for *_, cell in found)
        assert all(cell.listed for *_, cell in found)

    assert counts["qua"] > counts["hed"] > 0  # a draft of Bea's is nothing to them
    assert counts["gue"] < counts["qua"]
    assert sum(cell.text != "0" for *_, cell in figures(home)) > 15


def test_the_bars_of_the_page_lead_to_lists_with_just_so_many_rows(home: TestHome, later: Later) -> None:
    busy(home, later)
    browser = sign_in("qua")
    page = text(browser.get("/panels/quality"))

    found = re.findall(r'<a href="([^"]+)" aria-label="([^"]+): (\d+)">', page)
    assert len(found) > 15
    for url, said, number in found:
        listed = context(browser.get(html.unescape(url)))
        assert listed["filters"]["note"].split(" ")[0] == number, (said, url)
        assert len(listed["filters"]["active"]) >= 1


def test_the_page_is_for_those_who_hold_a_role(home: TestHome) -> None:
    assert "Quality at a glance" in text(sign_in("qua").get("/"))
    reader = sign_in("rea")
    assert "Quality at a glance" not in text(reader.get("/"))
    assert reader.get("/panels/quality").status_code == reader.get("/panels/quality/csv").status_code == 404
    api = caller(home, "rea")
    assert api.get("/panels/quality").status_code == 404
    assert "quality" not in {one["name"] for one in api.get("/panels").json()}
    with pytest.raises(NotFound):
        panels.sheet(home.view("rea"), "quality")


def test_what_is_open_is_counted_by_the_days_since_it_was_begun(home: TestHome, later: Later) -> None:
    home.draft()
    for days, column in ((30, "0 to 30 days"), (1, "31 to 60"), (29, "31 to 60"), (1, "61 to 90"), (30, "over 90")):
        later(days * DAY)
        assert [cell.text for cell in tables(home, "ann")["Open by age"].rows[0][1:]].count("1") == 1
        assert figure(home, "Open by age", "Documents", column, "ann") == 1


def test_a_companys_own_type_is_counted_by_itself(home: TestHome, later: Later) -> None:
    number = sample(home)

    assert figure(home, "Open by age", "Samples", "0 to 30 days") == 1
    assert figure(home, "Overdue", "Samples", "Overdue") == 0
    assert figure(home, "Samples by month", month(), "Opened") == 1
    home.act("ann", "sample.edit", number, fields={"taken_at": ago(hours=1)})
    home.act("ann", "sample.test", number)
    later(10 * DAY)
    assert figure(home, "Overdue", "Samples", "Overdue") == 1


def test_a_draft_is_counted_for_its_author_alone(home: TestHome) -> None:
    home.draft("bea")

    assert figure(home, "Open by age", "Documents", "0 to 30 days", "bea") == 1
    assert {
        who: figure(home, "Open by age", "Documents", "0 to 30 days", who) for who in ("gue", "adm", "tek")
    } == dict.fromkeys(("gue", "adm", "tek"), 0)


def test_closed_is_the_event_whatever_happens_afterwards(home: TestHome, later: Later) -> None:
    number = in_review(home)
    home.sign("qua", "deviation.close", number)
    first = month()
    home.act("rob", "deviation.comment", number, text="Looked at again")
    assert figure(home, "Deviations by month", first, "Closed") == 1

    later(35 * DAY)
    home.act("rob", "deviation.comment", number, text="Looked at once more")
    assert figure(home, "Deviations by month", month(), "Closed") == 0
    home.sign("qua", "deviation.reopen", number, reason=WHY)
    assert figure(home, "Deviations by month", first, "Closed") == 1
    assert figure(home, "Deviations by month", month(), "Closed") == 0
    assert counted(home, "deviation", ended_from=f"{first}-01", ended_until=day(0)) == 1
    assert counted(home, "deviation", ended_from=day(-1)) == 0
    assert counted(home, "deviation", ended_until=day(-36)) == 0


def test_training_counts_as_current_until_its_revision_is_superseded(home: TestHome, later: Later) -> None:
    known = in_force(home)
    curriculum(home, known[:-3], everybody=False, people=["ann", "rea"])
    read(home, "ann", only(home, "ann"))
    row = ("Training by department", "Quality Control")

    assert [figure(home, *row, column) for column in ("Current", "Due", "Overdue")] == [1, 1, 0]
    later(60 * DAY)
    assert [figure(home, *row, column) for column in ("Current", "Due", "Overdue")] == [1, 0, 1]
    second = home.until(home.revise("ann", known, training="read", effective_on=day(14)), "approved")
    settle()
    for who in ("ann", "rea"):
        read(home, who, only(home, who, of=second))
    home.act("doc", "document.take_effect", second)
    settle()
    assert [figure(home, *row, column) for column in ("Current", "Due", "Overdue")] == [2, 0, 0]


def test_the_page_costs_as_many_statements_with_many_records_as_with_few(home: TestHome, later: Later) -> None:
    busy(home, later)
    browser = sign_in("qua")

    def cost() -> int:
        browser.get("/panels/quality")
        with CaptureQueriesContext(connection) as seen:
            assert browser.get("/panels/quality").status_code == 200
        return len(seen.captured_queries)

    few = cost()
    for _ in range(12):
        reported(home)
        home.draft()
        sample(home)
    assert cost() == few
    assert few < 30


def test_the_same_figures_come_as_csv_and_from_the_api(home: TestHome, later: Later) -> None:
    busy(home, later)
    shown = [(title, row, column, cell.text) for title, row, column, cell in figures(home)]

    lines = export_of(sign_in("qua").get("/panels/quality/csv"))
    assert [(one["Table"], one["Row"], one["Column"], one["Value"]) for one in lines] == shown
    api = caller(home, "qua")
    sheet = api.get("/panels/quality").json()
    told = [
        (table["title"], row[0]["text"], column, cell)
        for table in sheet["tables"]
        for row in table["rows"]
        for column, cell in list(zip(table["columns"], row, strict=True))[1:]
    ]
    assert [(*place, cell["text"]) for *place, cell in told] == [(t, r, c, v) for t, r, c, v in shown]
    for *place, cell in told:
        query = "&".join(f"{name}={value}" for name, value in cell["list"]["filters"].items())
        assert api.get(f"/records/{cell['list']['type']}?{query}").json()["count"] == int(cell["text"]), place


def test_figures_of_now_are_not_asked_for_as_of_another_day(home: TestHome) -> None:
    with pytest.raises(Invalid):
        panels.sheet(home.view("qua"), "quality", as_of=day(-1))
    assert 'name="as_of"' not in text(sign_in("qua").get("/panels/quality"))


@pytest.mark.parametrize(
    "query", ["late=2", "begun_from=yesterday", "ended_until=2026-13-01", "among=training-flown", "among=quality"]
)
def test_a_filter_that_means_nothing_is_refused_by_the_api_and_left_out_by_the_page(home: TestHome, query: str) -> None:
    assert caller(home, "qua").get(f"/records/training?{query}").status_code == 422
    assert context(sign_in("qua").get(f"/records/training?{query}"))["filters"]["active"] == []


def test_a_part_of_one_type_is_none_of_another(home: TestHome) -> None:
    with pytest.raises(Invalid):
        counted(home, "document", among="training-current")


def test_a_list_says_by_what_it_is_narrowed_and_keeps_it(home: TestHome) -> None:
    query = f"late=0&begun_from={day(-3)}&ended_until={day(0)}&among=training-current"
    page = context(sign_in("qua").get(f"/records/training?{query}"))

    said = [one["label"] for one in page["filters"]["active"]]
    assert said == ["Not late", f"Begun from {day(-3)}", f"Ended until {day(0)}",
                    "Current: done or waived, of what is not superseded"]  # fmt: skip
    assert {one["name"] for one in page["filters"]["hidden"]} == {"late", "begun_from", "ended_until", "among"}
    assert Record.objects.filter(type="training").count() == 0
    assert urlsplit(page["filters"]["active"][0]["remove_url"]).query.count("=") == 3
