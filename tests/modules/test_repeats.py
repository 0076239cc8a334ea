"""Three of a kind in 90 days: said on the record, given to Quality as work, decided before any of them is closed, and counted for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import records
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.practice import panels, queries
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.modules.events import (
    WHY,
    capa,
    in_review,
    investigated,
    judged,
    refused,
)
from tests.modules.supplies import settle

Later = Callable[[timedelta], None]
DAY = timedelta(days=1)
RULE = "trends_are_decided"
NONE = {"capa_needed": False, "reason": "Three tanks of three makers; no cause in common"}


def classified(home: TestHome, **fields: Any) -> str:
    number = investigated(home, **fields)
    settle()
    return number


def trends(number: str = "") -> list[Record]:
    """Give the trends of which a record is part, or all of them."""
    return [one for one in Record.objects.filter(type="trend").order_by("number") if not number or number in members(one)]


def members(trend: Record) -> list[str]:
    return [item["number"] for item in records.values(trend)["members"]]


def ready(home: TestHome, **fields: Any) -> str:
    number = in_review(home, **fields)
    settle()
    return number


def closing(home: TestHome, number: str) -> set[str | None]:
    return refused(home, "qua", "deviation.close", number)


def repeats(home: TestHome, title: str = "Deviations that repeat", who: str = "qua") -> dict[str, int]:
    _, _, sheet = panels.sheet(home.view(who), "quality")
    return {row[0].text: int(row[1].text) for table in sheet.tables if table.title == title for row in table.rows}


# --- what is a repeat -----------------------------------------------------------------------------------------------------


def test_the_third_of_a_category_says_so_and_is_work_of_quality(home: TestHome) -> None:
    first, second = classified(home), classified(home)
    assert trends() == []
    third = classified(home)

    (trend,) = trends()
    assert (members(trend), trend.state) == ([first, second, third], "to_decide")
    assert records.values(trend)["counted"] == f"Number 3 of category “equipment” within 90 days ({first}, {second})."
    assert (trend.number, "decide") in {(record.number, task.move) for task, record in queries.list_work(home.view("qua"))}
    page = text(sign_in("rob").get(f"/r/{third}"))
    assert "Number 3 of category “equipment” within 90 days" in page
    assert f'href="/r/{first}"' in page
    assert "within 90 days" not in text(sign_in("rob").get(f"/r/{second}"))


def test_two_are_no_trend_and_close_without_a_decision(home: TestHome) -> None:
    ready(home)
    assert home.sign("qua", "deviation.close", ready(home)).state == "closed"


def test_another_category_does_not_count(home: TestHome) -> None:
    ready(home)
    ready(home, category="documentation")
    third = ready(home)

    assert trends() == []
    assert home.sign("qua", "deviation.close", third).state == "closed"


def test_where_both_name_records_only_the_same_ones_count(home: TestHome) -> None:
    one, other = (home.departments[name] for name in ("Quality Control", "Operations"))
    first = classified(home, affected_records=[one])
    apart = classified(home, affected_records=[other])
    second = classified(home, affected_records=[one])
    assert trends() == []
    third = classified(home, affected_records=[one])
    assert members(trends()[0]) == [first, second, third]
    classified(home)
    assert apart in members(trends()[0]), "one that names nothing is compared by its category alone"


def test_what_is_older_than_the_days_of_the_declaration_does_not_count(home: TestHome, later: Later) -> None:
    classified(home)
    later(46 * DAY)
    classified(home)
    later(45 * DAY)
    classified(home)
    assert trends() == []
    later(40 * DAY)
    fourth = classified(home)
    assert members(trends()[0])[-1] == fourth
    assert len(members(trends()[0])) == 3


def test_void_ones_and_those_that_are_not_classified_do_not_count(home: TestHome) -> None:
    home.sign("qua", "deviation.void", classified(home), WHY)
    judged(home)
    classified(home)
    classified(home)
    assert trends() == []
    assert repeats(home) == {"Equipment": 2}


def test_one_that_is_classified_late_makes_a_trend_of_those_that_came_after_it(home: TestHome) -> None:
    late = judged(home)
    second, third, fourth = classified(home), classified(home, category="other"), classified(home)
    assert trends() == []
    home.sign("rob", "deviation.investigate", late)
    settle()

    assert [members(one) for one in trends()] == [[late, second, fourth]]
    assert third not in members(trends()[0])


def test_it_is_begun_once_however_often_the_class_is_changed(home: TestHome) -> None:
    classified(home)
    classified(home)
    third = classified(home)
    home.act("rob", "deviation.reclassify", third, reason=WHY)
    home.sign("rob", "deviation.investigate", third)
    settle()

    assert len(trends()) == 1


def test_a_fourth_joins_what_is_not_decided_yet_and_begins_anew_what_is(home: TestHome) -> None:
    for _ in range(3):
        classified(home)
    fourth = classified(home)
    (trend,) = trends()
    assert members(trend)[-1] == fourth
    decided(home, trend)
    fifth = classified(home)

    assert [one.state for one in trends()] == ["decided", "to_decide"]
    assert members(trends()[1])[-1] == fifth


# --- what is held back ----------------------------------------------------------------------------------------------------


def decided(home: TestHome, trend: Record, **fields: Any) -> None:
    home.act("rob", "trend.edit", trend.number, fields=NONE | fields)
    home.sign("qua", "trend.decide", trend.number)


def test_none_of_them_is_closed_before_it_is_decided(home: TestHome) -> None:
    numbers = [ready(home) for _ in range(3)]
    apart = ready(home, category="other")
    for number in numbers:
        assert closing(home, number) == {RULE}
    assert home.sign("qua", "deviation.close", apart).state == "closed"
    decided(home, trends()[0])

    for number in numbers:
        assert home.sign("qua", "deviation.close", number).state == "closed"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [({}, "required_fields"), ({"capa_needed": False}, "required_fields"), ({"reason": NONE["reason"]}, "required_fields"),
     ({**NONE, "reason": "n/a"}, "trend_is_answered"), ({**NONE, "reason": "no"}, "trend_is_answered"),
     ({**NONE, "capa_needed": True}, "trend_is_answered")],
)  # fmt: skip
def test_nothing_is_decided_without_a_capa_or_a_reason_that_says_something(
    home: TestHome, fields: dict[str, Any], rule: str
) -> None:
    for _ in range(3):
        classified(home)
    (trend,) = trends()
    if fields:
        home.act("rob", "trend.edit", trend.number, fields=fields)

    assert rule in refused(home, "qua", "trend.decide", trend.number)


def test_a_capa_answers_it_that_was_begun_from_it_and_is_not_void(home: TestHome) -> None:
    numbers = [classified(home) for _ in range(3)]
    (trend,) = trends()
    home.act("rob", "trend.edit", trend.number, fields=NONE | {"capa_needed": True})
    capa(home, numbers[0])
    assert "trend_is_answered" in refused(home, "qua", "trend.decide", trend.number), "that of one deviation alone"
    home.sign("qua", "capa.void", capa(home, trend.number), WHY)
    assert "trend_is_answered" in refused(home, "qua", "trend.decide", trend.number)
    capa(home, trend.number)

    assert home.sign("qua", "trend.decide", trend.number).state == "decided"


@pytest.mark.parametrize("who", ["rob", "ann", "hed", "exe", "sys"])
def test_only_quality_decides(home: TestHome, who: str) -> None:
    for _ in range(3):
        classified(home)
    (trend,) = trends()
    home.act("rob", "trend.edit", trend.number, fields=NONE)

    assert refused(home, who, "trend.decide", trend.number) & {"signer_authority", "declared_act"}


def test_what_is_no_trend_is_void_with_a_reason_and_holds_nothing_back(home: TestHome) -> None:
    third = [ready(home) for _ in range(3)][-1]
    (trend,) = trends()
    home.sign("qua", "trend.void", trend.number, WHY)

    assert home.sign("qua", "deviation.close", third).state == "closed"


def test_quality_begins_one_for_what_it_sees_elsewhere(home: TestHome) -> None:
    number = ready(home)
    with pytest.raises(Refused):
        home.act("ann", "trend.create", fields={"title": "Alarms", "members": [number]})
    home.act("rob", "trend.create", fields={"title": "Alarms at night", "members": [number]})

    assert closing(home, number) == {RULE}


# --- what is counted ------------------------------------------------------------------------------------------------------


def test_the_page_of_figures_counts_what_came_twice_and_leads_to_it(home: TestHome, later: Later) -> None:
    classified(home)
    classified(home, category="documentation")
    assert repeats(home) == {}
    classified(home)
    assert repeats(home) == {"Equipment": 2}
    assert repeats(home, who="gue") == {}

    page = text(sign_in("qua").get("/panels/quality"))
    (url,) = set(re.findall(r'<a href="([^"]*category=equipment[^"]*)" aria-label', page))
    rows = set(re.findall(r'href="/r/(DEV-\d+)"', text(sign_in("qua").get(url.replace("&amp;", "&")))))
    assert len(rows) == 2
    later(91 * DAY)
    assert repeats(home) == {}


def test_incidents_and_complaints_have_their_trend_as_well(home: TestHome) -> None:
    types = home.view("qua").configuration.types
    declared = {name: (one.trend.of, one.trend.days, one.trend.count) for name, one in types.items() if one.trend}

    assert declared == {"deviation": ("category", 90, 3), "incident": ("kind", 90, 3), "complaint": ("category", 90, 3)}
    for name in declared:
        closings = [
            move for state in types[name].lifecycle.values() for verb, move in state.moves.items() if verb == "close"
        ]
        assert closings
        assert all(RULE in move.requires for move in closings)
