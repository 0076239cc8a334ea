"""Until when records are kept: the class, what starts the clock, the longest rule, and how it is read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from indelible.assurance.verify import verify
from indelible.kernel import work
from indelible.kernel.models import Record
from indelible.modules.retention import keeping
from indelible.practice import panels
from tests.faces.browsing import sign_in
from tests.homes import TestHome
from tests.modules.events import WHY, day, head, reported
from tests.modules.retaining import (
    YEARS,
    Later,
    carried_out,
    closed,
    held,
    lot,
    ruled,
    said,
    texts,
)

pytestmark = pytest.mark.both


def test_without_years_everything_is_kept_and_shown_as_a_gap(home: TestHome) -> None:
    kept = said(closed(home))

    assert kept.gap
    assert kept.ends is None
    assert "no years" in kept.because
    assert not keeping.is_switched_on()
    assert keeping.list_due(keeping.look()) == []


def test_the_clock_begins_with_the_event(home: TestHome) -> None:
    ruled()
    open_, done = reported(home), closed(home)

    assert said(open_).ends is None
    assert "has not happened" in said(open_).because
    assert not said(open_).gap
    began = date.fromisoformat(day(0))
    assert (said(done).began, said(done).ends) == (began, began.replace(year=began.year + 2))


@pytest.mark.parametrize("starts", ["never", "the end of the world", "shipped"])
def test_a_start_that_nobody_knows_ends_nothing(home: TestHome, later: Later, starts: str) -> None:
    ruled(quality_event={"label": "Q", "starts": starts, "years": 1})
    number = closed(home)
    later(YEARS)

    assert said(number).gap
    assert said(number).ends is None
    assert keeping.list_due(keeping.look()) == []


def test_what_was_opened_again_begins_anew(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    assert said(number).is_over(keeping.look().today)
    home.sign("qua", "deviation.reopen", number, reason=WHY)

    assert said(number).ends is None
    assert not said(number).ended


def test_the_longest_of_the_linked_lots_rules(home: TestHome) -> None:
    ruled()
    number = closed(home)
    far, near = lot(home, day(4000), "L-far"), lot(home, day(10), "L-near")
    for one in (far, near):
        home.act("rob", "deviation.link", number, to=one)

    assert said(number).by == far
    assert said(number).ends == work.later(date.fromisoformat(day(4000)), 12)


def test_a_linked_product_without_a_rule_keeps_what_names_it(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    product = home.act("rob", "product.create", fields={"name": "Cells"}).number
    home.act("rob", "deviation.link", number, to=product)
    later(YEARS)

    assert said(number).gap
    assert product in said(number).because
    assert not said(number).is_over(keeping.look().today)


def test_people_access_and_system_are_kept_as_long_as_anything_rests_on_them(home: TestHome, later: Later) -> None:
    ruled(
        identity={"label": "People", "starts": "disabled or ended", "years": 1},
        system={"label": "S", "starts": "closed", "years": 1},
    )
    person = home.person("bea")
    home.act("adm", "person.deactivate", Record.objects.get(pk=person).number, reason=WHY)
    later(YEARS)

    assert "supports" in said(Record.objects.get(pk=person).number).because
    assert keeping.list_due(keeping.look()) == []


def test_a_day_too_early_is_too_early(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    last = said(number).ends
    assert last is not None
    later(timedelta(days=(last - keeping.look().today).days))
    assert not said(number).is_over(keeping.look().today)
    later(timedelta(days=1))
    assert said(number).is_over(keeping.look().today)


def test_the_panel_lists_what_is_due_held_and_without_a_rule(home: TestHome, later: Later) -> None:
    ruled()
    due, other = closed(home), closed(home)
    later(YEARS)
    hold = held(home, other)

    _, _, sheet = panels.sheet(home.view("qua"), "retention")
    shown = {table.title: [row[0].text for row in table.rows] for table in sheet.tables}
    assert shown["Due for disposal"] == [due]
    assert shown["Legal holds in force"] == [hold]
    assert "Product" in shown["Without a rule"]
    assert "Deviation" not in shown["Without a rule"]
    assert shown["Disposed of"] == []


def test_who_may_not_see_a_record_does_not_find_it_on_the_panel(home: TestHome, later: Later) -> None:
    ruled()
    due = closed(home)
    later(YEARS)
    hold = held(home, closed(home))

    _, _, sheet = panels.sheet(home.view("adm"), "retention")
    assert not {due, hold} & {cell.text for table in sheet.tables for row in table.rows for cell in row}


def test_a_records_page_says_until_when_and_what_remains(home: TestHome, later: Later) -> None:
    ruled()
    number, hold = closed(home), ""
    hold = held(home, number)
    _, _, sheet = panels.sheet(home.view("qua"), "retention-of", of=number)
    [row] = sheet.tables[0].rows
    assert [row[0].text, row[2].text, row[3].text] == ["Quality event", str(said(number).ends), hold]
    home.sign("quy", "legal_hold.lift", hold, reason=WHY)
    later(YEARS)
    disposal = carried_out(home, number)

    _, _, sheet = panels.sheet(home.view("qua"), "retention-of", of=number)
    words = {one[0].text: one[1].text for one in sheet.tables[0].rows}
    assert disposal in words["Disposed of"]
    assert words["Authorised by"] == "Qua Quality and Exe Cutive"


@pytest.mark.parametrize("where", ["", "/timeline", "/as-signed/1", "/pdf", "/links", "/panels/signatures"])
def test_pages_of_what_was_disposed_of_say_nothing_of_its_content(home: TestHome, later: Later, where: str) -> None:
    ruled()
    number = closed(home)
    secret = "LN2 tank 2"
    assert any(secret in one for one in texts(number))
    later(YEARS)
    carried_out(home, number)
    client = sign_in("qua")

    answer = client.get(f"/r/{number}{where}")
    assert answer.status_code in (200, 404)
    assert secret not in answer.content.decode("utf-8", "replace")
    assert where or "What remains of it" in answer.content.decode()
    assert client.get("/l/deviation").status_code in (200, 404)
    assert client.get("/panels/retention").status_code == 200


def test_what_was_disposed_of_is_counted_as_withheld_and_nothing_is_missing(home: TestHome, later: Later) -> None:
    ruled()
    number = closed(home)
    later(YEARS)
    carried_out(home, number)

    report = verify()
    assert not report.findings
    assert report.counts["restricted"] == head(number).version
