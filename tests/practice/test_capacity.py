"""Whoever plans the work of others sees how much waits for whom, when they are away, and each figure as its list."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from indelible.infra import clock
from indelible.kernel import timers
from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Record
from indelible.practice import agenda, capacity, choosing, notices, panels, workload
from indelible.practice.panels import Cell
from indelible.practice.workload import Span
from tests.faces.browsing import sign_in
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules.events import action, capa, day, head
from tests.modules.leave import away, trained
from tests.modules.trained import settle
from tests.practice.posting import Post

Later = Callable[[timedelta], None]


@pytest.fixture
def later() -> Any:
    yield lambda span: clock.simulate(lambda real: real + span)
    clock.simulate(None)


def number(home: TestHome, who: str) -> str:
    return Record.objects.get(pk=str(home.person(who))).number


def rows(home: TestHome, viewer: str) -> dict[str, tuple[Cell, ...]]:
    """Give the lines of the page by the person's name."""
    _, _, sheet = panels.sheet(home.view(viewer), capacity.NAME)
    return {row[0].text: row for row in sheet.tables[0].rows}


def at(home: TestHome, viewer: str, who: str, on: str) -> Cell:
    """Give the figure of a person for the week in which a day lies."""
    spans = workload.weeks()
    index = next(i for i, one in enumerate(spans) if one.first and one.last and str(one.first) <= on <= str(one.last))
    return rows(home, viewer)[who][index + 2]


def asked(cell: Cell) -> str:
    assert cell.owed is not None
    span = cell.owed.span
    given = {"late": "1"} if span.late else {"first": str(span.first), "last": str(span.last)}
    return urlencode(given)


# The page of figures


def test_every_figure_is_the_number_of_rows_of_the_list_to_which_it_leads(home: TestHome, later: Later) -> None:
    parent = capa(home)
    for days in (0, 3, 12, 12, 40):
        action(home, parent, due_on=day(days))
    trained(home, due_in=9)
    later(timedelta(days=2))
    client, api, counted = sign_in("hed"), caller(home, "hed"), 0

    for row in rows(home, "hed").values():
        for cell in row[1:-1]:
            assert cell.owed is not None
            page = client.get(f"/people/{cell.owed.person}/due?{asked(cell)}").content.decode()
            listed = api.get(f"/people/{cell.owed.person}/due?{asked(cell).replace('late=1', 'late=true')}").json()
            assert int(cell.text) == len(listed) == page.count("<tr>") - page.count("<thead>"), (row[0].text, cell)
            counted += int(cell.text)

    assert counted >= 6
    assert [cell.text for cell in rows(home, "hed")["Bea Author"]][1] == "1"


def test_what_falls_due_while_somebody_is_away_is_said_beside_the_figure(home: TestHome) -> None:
    parent = capa(home)
    action(home, parent, due_on=day(3))
    action(home, parent, due_on=day(40))
    away(home, begins=day(2), back_on=day(5))

    assert at(home, "hed", "Bea Author", day(3)).note == "while away"
    assert at(home, "hed", "Bea Author", day(40)).note == ""
    gone = [str(date.fromisoformat(day(n))) for n in (2, 3, 4)]
    assert rows(home, "hed")["Bea Author"][-1].text == str(sum(date.fromisoformat(one).weekday() < 5 for one in gone))


def test_work_of_a_role_is_counted_for_none_of_its_holders(home: TestHome) -> None:
    number_ = home.draft()
    home.until(number_, "in_approval")  # the head and Quality are asked by their roles

    assert {cell.text for name in ("Hed Head", "Qua Quality") for cell in rows(home, "qua")[name][1:-1]} == {"0"}


def test_each_act_on_a_record_is_counted_once_and_what_was_done_no_more(home: TestHome) -> None:
    task = action(home, capa(home), due_on=day(9))
    assert at(home, "hed", "Bea Author", day(9)).text == "1"

    home.act("bea", "action.edit", task, fields={"done_on": day(0), "evidence": "Test call"})
    home.act("bea", "action.done", task)

    assert at(home, "hed", "Bea Author", day(9)).text == "0"


@pytest.mark.parametrize("who", ["ann", "bea", "sys", "adm", "exe", "doc", "rea", "gue"])
def test_who_plans_nobodys_work_has_no_such_page(home: TestHome, who: str) -> None:
    client = sign_in(who)

    assert client.get("/panels/capacity").status_code == 404
    assert client.get(f"/people/{number(home, 'bea')}/due").status_code == 404
    assert caller(home, who).get(f"/people/{number(home, 'bea')}/due").status_code == 404
    assert "Capacity" not in client.get("/").content.decode()


def test_a_head_sees_the_own_department_and_quality_everybody(home: TestHome) -> None:
    assert rows(home, "tek") == {}
    assert set(rows(home, "hed")) == set(rows(home, "qua")) == set(rows(home, "rob"))
    with pytest.raises(NotFound):
        workload.of(home.view("tek"), number(home, "bea"), Span())


def test_what_the_viewer_may_not_see_is_not_counted(home: TestHome) -> None:
    shown = action(home, capa(home), due_on=day(9))
    hidden = capa(home, owner="bea", department=home.departments["Operations"])

    seen = {
        who: {one.record.number for one in workload.of(home.view(who), number(home, "bea"), Span())[1]}
        for who in ("hed", "qua")
    }

    assert shown in seen["hed"] & seen["qua"]
    assert hidden in seen["qua"] - seen["hed"]


@pytest.mark.parametrize("query", ["first=soon", "last=2026-13-01", "first=2026-02-30"])
def test_a_day_that_is_none_is_refused_in_words(home: TestHome, query: str) -> None:
    name, _, value = query.partition("=")
    with pytest.raises(Invalid):
        workload.span(**{name: value})
    assert sign_in("hed").get(f"/people/{number(home, 'bea')}/due?{query}").status_code == 422


# My work of the head


def test_the_head_sees_what_falls_due_meanwhile_and_where_to_hand_it_over(home: TestHome) -> None:
    parent = capa(home)
    inside, outside = action(home, parent, due_on=day(5)), action(home, parent, due_on=day(30))
    away(home)

    page = sign_in("hed").get("/").content.decode()

    assert "Bea Author is away" in page
    assert f"/people/{number(home, 'bea')}/hand-over" in page
    assert inside in page
    assert outside not in page


@pytest.mark.parametrize("who", ["qua", "rob", "tek", "ann", "bea"])
def test_nobody_else_is_told_in_my_work(home: TestHome, who: str) -> None:
    action(home, capa(home), due_on=day(5))
    away(home)

    assert "is away" not in sign_in(who).get("/").content.decode()


def test_an_absence_far_ahead_is_not_told_yet(home: TestHome) -> None:
    away(home, begins=day(40), back_on=day(50))

    assert "is away" not in sign_in("hed").get("/").content.decode()


# Choosing somebody who is away


def test_choosing_somebody_who_is_away_on_the_day_is_said_and_done(home: TestHome) -> None:
    away(home)
    task = action(home, capa(home), due_on=day(5))  # not refused

    (told,) = choosing.who_is_away(head(task))

    assert told == f"Bea Author (assignee) is away from {day(1)} until {day(10)}: this is due on {day(5)}."
    assert "Away when it is due." in sign_in("ann").get(f"/r/{task}").content.decode()
    assert caller(home, "ann").get(f"/records/action/{task}").json()["warnings"] == [told]
    form = sign_in("ann").get(f"/r/{task}/edit").content.decode()
    assert re.search(rf"Bea Author, Scientist, away {day(1)} to {day(10)}", form)


@pytest.mark.parametrize(("due_on", "who"), [(0, "bea"), (11, "bea"), (5, "ann")])
def test_who_is_there_on_the_day_is_not_warned_of(home: TestHome, due_on: int, who: str) -> None:
    away(home)

    assert choosing.who_is_away(head(action(home, capa(home), due_on=day(due_on), assignee=who))) == []


def test_a_reviewer_who_is_away_is_warned_of_before_and_while_the_review_waits(home: TestHome, later: Later) -> None:
    away(home, "rob", back_on=None)
    draft = home.draft()
    assert choosing.who_is_away(head(draft)) == []  # nothing is due, and today is no day away
    later(timedelta(days=1))
    assert "Rob Reviewer (reviewers)" in choosing.who_is_away(head(draft))[0]
    home.sign("ann", "document.submit", draft)

    assert choosing.who_is_away(head(draft))[0].startswith("Rob Reviewer (reviewers) is away")


def test_a_record_that_has_ended_warns_of_nobody(home: TestHome) -> None:
    away(home, begins=day(0), by="hed")
    task = action(home, capa(home), blocks_closing=False, due_on=day(3))
    assert choosing.who_is_away(head(task))

    home.act("ann", "action.cancel", task, reason="Not needed after all")

    assert choosing.who_is_away(head(task)) == []


def test_who_would_take_over_and_is_away_is_said_in_the_preview(home: TestHome) -> None:
    task = action(home, capa(home), due_on=day(5))
    away(home, "rob")
    client = sign_in("hed")

    answer = client.post(
        f"/people/{number(home, 'bea')}/hand-over",
        {
            "to": str(home.person("rob")),
            "reason": "Away for some days",
            "step": "preview",
            "chosen": task,
            f"seen-{task}": "1",
        },
    )

    assert f"Rob Reviewer is away from {day(1)} until {day(10)}" in answer.content.decode()
    assert head(task).marks.get("handed") is None


# The calendar


def entries(home: TestHome, who: str, *, mine: bool) -> set[str]:
    first = date.fromisoformat(day(0))
    return {
        f"{one.record.number} {one.what}"
        for one in agenda.between(home.view(who), first, first + timedelta(days=60), mine=mine).entries
        if "Away" in one.what
    }


def test_the_calendar_shows_who_of_the_department_is_away(home: TestHome) -> None:
    away(home, kind="illness")

    expected = {f"{number(home, 'bea')} Away until {day(10)}"}
    for who in ("ann", "bea", "hed", "qua"):
        assert entries(home, who, mine=True) == expected
    assert entries(home, "gue", mine=False) == expected


def test_who_is_away_already_stands_on_the_first_day_shown(home: TestHome, later: Later) -> None:
    away(home, back_on=None)
    later(timedelta(days=3))
    timers.run_due()

    assert entries(home, "ann", mine=True) == {f"{number(home, 'bea')} Away with an open end"}


def test_no_other_department_stands_in_ones_own_calendar(home: TestHome) -> None:
    home.act("adm", "person.edit", number(home, "ann"), fields={"department": home.departments["Operations"]})
    away(home)

    assert entries(home, "ann", mine=True) == set()
    assert entries(home, "ann", mine=False)


# Mail


def test_nobody_is_reminded_of_training_or_reported_for_it_while_away(home: TestHome, post: Post, later: Later) -> None:
    training, task = trained(home, due_in=0), action(home, capa(home), due_on=day(5))
    away(home, begins=day(1), back_on=day(60))
    later(timedelta(days=1))
    timers.run_due()
    settle()
    notices.gather()
    notices.deliver()
    post.told()

    later(clock.real().replace(hour=20) - clock.real() + timedelta(days=45))  # by day at the company
    notices.gather()
    notices.deliver()

    told = "".join(f"{message['Subject']} {message.get_content()}" for message in post.arrived)
    assert task in told  # other work is reported as ever
    assert training not in told
