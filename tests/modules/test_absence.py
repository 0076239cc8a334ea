"""Somebody is away: the clocks of training stand still, nothing opens by it, and only until when is told to all."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from indelible.infra import canonical
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import AccessGrant, Record, Refusal, Task
from indelible.practice import history, queries
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome, expect_whole
from tests.modules.events import action, capa, day, due, head, refused
from tests.modules.leave import Later, away, gating, goes_by, tenth_day_at_work, trained
from tests.modules.trained import settle

WHY = "Entered for somebody else by mistake"


def refuses(home: TestHome, by: str, who: str = "bea", **fields: Any) -> str:
    with pytest.raises(Refused) as refusal:
        away(home, who, by, **fields)
    return refusal.value.rule


def test_the_clock_of_training_stands_still_for_the_days_of_the_absence(home: TestHome, later: Later) -> None:
    training, before = trained(home), day(5)
    number, moved = away(home), day(15)
    assert due(training) == before

    goes_by(later, 1)

    assert due(training) == moved
    mark = head(training).marks["away"]
    assert (mark["days"], mark["absences"], mark["running"]) == (10, [number], True)
    last = history.of_record(head(training))[-1]
    assert (last.act, last.note["absences"]) == ("training.pause", [number])
    assert {task.due_at for task in Task.objects.filter(record_id=head(training).pk)} == {head(training).due_at}

    goes_by(later, 10)

    assert head(number).state == "over"
    assert due(training) == moved
    assert head(training).marks["away"]["running"] is False
    expect_whole()


def test_what_was_left_of_the_time_is_left_after_an_early_return(home: TestHome, later: Later) -> None:
    training, number, moved = trained(home), away(home), day(9)
    goes_by(later, 1)
    goes_by(later, 4)

    home.act("bea", "absence.come_back", number)
    settle()

    assert due(training) == moved  # away for four days: the fifth is at work again
    assert head(training).marks["away"]["days"] == 4
    assert [one.act for one in history.of_record(head(training))][-2:] == ["training.pause", "training.resume"]


def test_with_an_open_end_there_is_no_date_until_the_return(home: TestHome, later: Later) -> None:
    training, number = trained(home), away(home, back_on=None, kind="illness")
    goes_by(later, 1)
    assert head(training).due_at is None
    assert Task.objects.get(record_id=head(training).pk, capacity="trainee").due_at is None

    goes_by(later, 60)
    assert head(training).state == "assigned"
    home.act("hed", "absence.come_back", number)
    settle()

    assert due(training) == tenth_day_at_work(day(-1))
    expect_whole()


def test_another_end_moves_the_date_once_more_and_not_on_top(home: TestHome, later: Later) -> None:
    training, number = trained(home), away(home)
    shorter, longer = day(8), day(17)
    goes_by(later, 1)

    home.act("bea", "absence.edit", number, fields={"back_on": day(12)})
    settle()
    assert due(training) == longer

    home.act("hed", "absence.edit", number, fields={"back_on": day(3)})
    settle()
    assert due(training) == shorter


@pytest.mark.parametrize(("back_on", "due_in", "leave"), [(12, 5, False), (17, 5, True), (17, 60, True)])
def test_after_a_leave_nothing_is_due_before_the_tenth_day_at_work(
    home: TestHome, later: Later, back_on: int, due_in: int, leave: bool
) -> None:
    """Sixteen days hold ten business days or more, eleven never do; what is due long after the leave gets its days alone."""
    training, last = trained(home, due_in=due_in), day(back_on - 1)
    away(home, back_on=day(back_on))
    given_back = day(due_in + back_on - 1)
    goes_by(later, 1)

    assert due(training) == (max(tenth_day_at_work(last), given_back) if leave else given_back)
    assert (due(training) > given_back) is (leave and due_in == 5)


def test_what_was_entered_in_error_moves_nothing_in_the_end(home: TestHome, later: Later) -> None:
    training, first = trained(home), day(5)
    number = away(home)
    goes_by(later, 1)

    home.act("hed", "absence.cancel", number, reason=WHY)
    settle()

    assert due(training) == first
    assert head(training).marks["away"]["absences"] == []


def test_an_extension_and_an_absence_add_up(home: TestHome, later: Later) -> None:
    training, number, both = trained(home), away(home), day(18)
    home.act("rob", "training.extend", training, days=3, reason=WHY)

    goes_by(later, 1)

    assert due(training) == both
    assert head(training).marks["extended"]["count"] == 1
    home.act("hed", "absence.cancel", number, reason=WHY)
    settle()
    assert due(training) == day(7)  # five and three, and a day has gone by


def test_training_that_is_assigned_while_somebody_is_away_waits_for_the_return(home: TestHome, later: Later) -> None:
    away(home)
    goes_by(later, 3)

    training = trained(home, due_in=2)

    assert due(training) == day(10)  # eight days of the absence are left: today is the first of them


def test_the_first_date_and_why_it_moved_stand_on_the_page(home: TestHome, later: Later) -> None:
    training, number = trained(home), away(home)
    goes_by(later, 1)

    page = sign_in("qua").get(f"/r/{training}").content.decode().replace("&nbsp;", " ").replace("\xa0", " ")

    assert "The clock stands still: somebody is away." in page
    words = re.sub(r"<[^>]+>", "", page)
    assert f"The date moved by 10 days, by {number}. It was first due" in words, words[-400:]
    assert "Extended 0 times" not in page


# What stays as it was


def test_what_was_overdue_before_stays_overdue(home: TestHome, later: Later) -> None:
    training = trained(home, due_in=0)
    before = due(training)
    away(home, begins=day(2), back_on=day(9))

    goes_by(later, 2)

    assert due(training) == before
    assert head(training).marks["away"]["running"]


def test_an_absence_that_is_only_announced_moves_nothing(home: TestHome) -> None:
    training, before = trained(home), day(5)
    away(home)
    settle()

    assert due(training) == before
    assert "away" not in head(training).marks


def test_one_that_is_cancelled_before_it_begins_moves_nothing(home: TestHome, later: Later) -> None:
    training, before = trained(home), day(5)
    home.act("bea", "absence.cancel", away(home), reason=WHY)

    goes_by(later, 2)

    assert due(training) == before


@pytest.mark.parametrize("due_in", [-1, 30])
def test_the_clocks_of_others_and_what_is_due_later_go_their_way(home: TestHome, later: Later, due_in: int) -> None:
    other, before = trained(home, "ann", due_in=5), day(5)
    work = action(home, capa(home), assignee="bea")
    of_the_action = due(work)
    away(home)

    goes_by(later, 1)

    assert due(other) == before
    assert due(work) == of_the_action  # work of quality has no leave: it is handed over


def test_who_is_away_untrained_may_not_do_what_the_training_gates(home: TestHome, later: Later) -> None:
    training = gating()
    away(home)
    goes_by(later, 1)
    home.act("bea", "change.create", fields={"title": "Before the first date"})
    goes_by(later, 5)
    assert head(training).due_at is not None
    assert queries.get_record(home.view("bea"), training).state == "assigned"

    with pytest.raises(Refused) as refusal:
        home.act("bea", "change.create", fields={"title": "After it"})

    assert refusal.value.rule == "training_is_done"
    assert "and you are away" in refusal.value.missing[0].text


def test_after_the_return_the_clock_runs_on_and_runs_out(home: TestHome, later: Later) -> None:
    gating()
    away(home)
    goes_by(later, 1)
    goes_by(later, 11)
    home.act("bea", "change.create", fields={"title": "Days are left"})

    goes_by(later, 5)

    with pytest.raises(Refused) as refusal:
        home.act("bea", "change.create", fields={"title": "None is left"})
    assert refusal.value.rule == "training_is_done"


# Who enters what


@pytest.mark.parametrize("by", ["bea", "hed", "rob", "qua"])
def test_the_person_the_head_of_the_department_and_quality_enter_it(home: TestHome, by: str) -> None:
    assert head(away(home, by=by)).state == "announced"


@pytest.mark.parametrize("by", ["ann", "tek", "sys", "adm", "exe", "doc", "rea", "gue"])
def test_nobody_else_enters_it(home: TestHome, by: str) -> None:
    assert refuses(home, by) == "absence_is_entered_by_who_may"
    assert not Record.objects.filter(type="absence").exists()
    assert canonical.decode(Refusal.objects.latest("at").payload)["act"] == "absence.create"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"back_on": 1}, "absence_ends_after_it_begins"),
        ({"back_on": -3}, "absence_ends_after_it_begins"),
        ({"begins": -1}, "earlier_absence_is_entered_by_another"),
        ({"begins": -30, "back_on": -20}, "earlier_absence_is_entered_by_another"),
        ({"department": "Operations"}, "absence_is_in_its_department"),
    ],
)
def test_what_does_not_fit_is_not_entered(home: TestHome, fields: dict[str, Any], rule: str) -> None:
    given = {
        name: day(value) if isinstance(value, int) else home.departments.get(value, value) for name, value in fields.items()
    }

    assert refuses(home, "bea", **given) == rule


@pytest.mark.parametrize("fields", [{"kind": "burnout"}, {"person": None}, {"begins": "tomorrow"}, {"diagnosis": "flu"}])
def test_there_is_no_room_for_anything_else(home: TestHome, fields: dict[str, Any]) -> None:
    given = {"person": "bea", "begins": day(1), "kind": "leave", "department": home.departments["Quality Control"]}

    with pytest.raises(Invalid):
        home.act("bea", "absence.create", fields=given | fields)


def test_the_department_fills_itself_in_and_is_not_taken_away(home: TestHome) -> None:
    number = away(home, by="rob", department=None)
    with pytest.raises(NotFound):
        queries.get_record(home.view("hed"), number)
    settle()

    assert queries.get_record(home.view("hed"), number).department == home.departments["Quality Control"]
    with pytest.raises(Refused) as refusal:
        home.act("bea", "absence.edit", number, fields={"department": None})
    assert refusal.value.rule == "absence_is_in_its_department"


def test_nobody_enters_the_own_absence_afterwards_to_gain_time(home: TestHome, later: Later) -> None:
    training = trained(home, "rob", due_in=1)
    before = due(training)
    later(timedelta(days=4))

    assert refuses(home, "rob", who="rob", begins=day(-4), back_on=day(3)) == "earlier_absence_is_entered_by_another"
    assert due(training) == before
    away(home, "rob", "hed", begins=day(-4), back_on=day(3), kind="illness")
    goes_by(later, 0)

    assert due(training) == day(4)


@pytest.mark.parametrize(("begins", "back"), [(1, 11), (5, 6), (-2, 2), (10, None), (0, None)])
def test_nobody_is_away_twice_on_a_day(home: TestHome, begins: int, back: int | None) -> None:
    first = away(home)

    with pytest.raises(Refused) as refusal:
        away(home, by="hed", begins=day(begins), back_on=day(back) if back is not None else None)

    assert refusal.value.rule == "absences_do_not_overlap"
    assert first in refusal.value.missing[0].text
    away(home, begins=day(11), back_on=day(12))


def test_once_it_runs_neither_person_nor_first_day_change(home: TestHome, later: Later) -> None:
    number = away(home, begins=day(1))
    with pytest.raises(Refused):
        home.act("hed", "absence.edit", number, fields={"person": "ann"})
    goes_by(later, 1)

    for fields in ({"person": "ann"}, {"begins": day(-9)}, {"begins": day(3)}):
        with pytest.raises(Refused) as refusal:
            home.act("hed", "absence.edit", number, fields=fields)
        assert refusal.value.rule == "absence_stays_as_begun"


def test_who_is_away_does_not_say_that_it_never_was(home: TestHome, later: Later) -> None:
    number, other = away(home), away(home, "rob")
    goes_by(later, 1)

    assert "authority" in refused(home, "bea", "absence.cancel", number)
    assert "absence_is_cancelled_by_another" in refused(home, "rob", "absence.cancel", other)


def test_a_deputy_is_named_and_gets_no_right_by_it(home: TestHome) -> None:
    given = {"person": "hed", "deputy": "tek", "role": "dept_approver", "department": home.departments["Quality Control"],
             "begins": day(1), "until": day(9), "why": "Away for some days"}  # fmt: skip
    delegation = home.act("hed", "delegation.create", fields=given).number

    away(home, "hed", delegation=[delegation])

    assert not AccessGrant.objects.filter(record_id=head(delegation).pk).exists()
    with pytest.raises(Refused) as refusal:
        away(home, "bea", delegation=[delegation])
    assert refusal.value.rule == "delegation_is_of_who_is_away"


def test_who_leaves_the_company_is_not_away_any_more(home: TestHome, later: Later) -> None:
    running, coming = away(home), away(home, begins=day(20), back_on=day(22))
    goes_by(later, 1)

    acts.run(SYSTEM, "person.leave", home.person("bea"), reason="Left the company")

    assert (head(running).state, head(coming).state) == ("over", "cancelled")


# Who sees what


@pytest.mark.parametrize("who", ["bea", "hed", "rob", "qua"])
def test_why_is_seen_by_those_who_plan_the_work(home: TestHome, who: str) -> None:
    assert queries.get_record(home.view(who), away(home, kind="illness")).title == "illness"


@pytest.mark.parametrize("who", ["ann", "tek", "sys", "adm", "exe", "doc", "rea", "gue"])
def test_everybody_else_sees_until_when_and_nothing_of_why(home: TestHome, who: str) -> None:
    number = away(home, kind="illness")

    with pytest.raises(NotFound):
        queries.get_record(home.view(who), number)
    assert not queries.list_records(home.view(who), "absence").records
    client = sign_in(who)
    page = client.get(f"/r/{head_of(home, 'bea')}").content.decode()
    assert day(10) in page
    for path in (f"/r/{head_of(home, 'bea')}", "/calendar?of=all", f"/search?q={number}", "/records/absence/csv", "/trail"):
        assert "illness" not in text(client.get(path)).lower(), path
    assert client.get(f"/r/{number}").status_code == 404


def head_of(home: TestHome, who: str) -> str:
    return Record.objects.get(pk=str(home.person(who))).number
