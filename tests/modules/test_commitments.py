"""What was promised outside: entered as the letter says, kept with proof, closed by Quality, and moved only with their word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from indelible.assurance.reviewing import figures, periods
from indelible.infra import clock
from indelible.kernel import timers
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Signature, Task
from indelible.practice import glance, panels, queries, raising, uploads
from tests.homes import TestHome, expect_whole
from tests.modules.events import WHY, action, capa, day, due, head, planned, refused, reported, verified

Later = Callable[[timedelta], None]


def workday(days: int) -> str:
    """Give a day from Monday to Friday, so many days from now or up to two later."""
    found = date.fromisoformat(day(days))
    while found.weekday() > 4:
        found += timedelta(days=1)
    return found.isoformat()


def weekend() -> str:
    found = date.fromisoformat(day(20))
    while found.weekday() != 5:
        found += timedelta(days=1)
    return found.isoformat()


def letter(home: TestHome, who: str = "ann", words: str = "") -> list[str]:
    return [uploads.receive(home.people[who], "letter.csv", [f"{words}{clock.now()}".encode()]).sha256]


def drafted(home: TestHome, who: str = "ann", **fields: Any) -> str:
    given = {"promise": "A stability protocol is sent", "to_kind": "authority", "to_name": "The agency", "promised_on": day(-3),
             "due_on": workday(30), "owner": "ann", "department": home.departments["Quality Control"]}  # fmt: skip
    return home.act(who, "commitment.create", fields=given | {"letter": letter(home, who)} | fields).number


def entered(home: TestHome, **fields: Any) -> str:
    number = drafted(home, **fields)
    home.sign("rob", "commitment.enter", number)
    return number


def kept(home: TestHome, number: str, who: str = "ann", **fields: Any) -> str:
    given = {"done": "The protocol was sent", "evidence": letter(home, who), "told_on": day(0)}
    home.act(who, "commitment.edit", number, fields=given | fields)
    home.sign(who, "commitment.fulfil", number)
    return number


def asks(home: TestHome, number: str, days: int = 60, /, **fields: Any) -> str:
    """Fill in what moving the day takes."""
    given = {
        "extend_to": workday(days),
        "interim_state": "Half of the data is there",
        "agreed_on": day(0),
        "agreement": letter(home),
    }
    home.act("ann", "commitment.edit", number, fields=given | fields)
    return number


def overdue(home: TestHome, later: Later, **fields: Any) -> str:
    number = entered(home, **fields)
    later(timedelta(days=34))
    timers.run_due()
    return number


def test_a_promise_is_entered_kept_and_closed_by_quality(home: TestHome) -> None:
    number = entered(home)
    assert (head(number).state, due(number)) == ("open", workday(30))
    assert Task.objects.get(record_id=head(number).pk, move="fulfil").person_id == home.person("ann")

    kept(home, number)
    home.sign("qua", "commitment.close", number)

    assert head(number).state == "closed"
    told = [
        (one.meaning, one.printed_name) for one in Signature.objects.filter(record_id=head(number).pk).order_by("position")
    ]
    assert told == [("verified", "Rob Reviewer"), ("performed", "Ann Author"), ("quality_approved", "Qua Quality")]
    expect_whole()


# What it takes to be entered


@pytest.mark.parametrize("name", ["promise", "to_kind", "to_name", "promised_on", "due_on", "owner", "department"])
def test_a_promise_is_not_begun_without_what_it_is(home: TestHome, name: str) -> None:
    lacking: dict[str, Any] = {name: None}
    with pytest.raises(Invalid):
        drafted(home, **lacking)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"letter": None}, "required_fields"),
        ({"due_on": "weekend"}, "day_is_a_business_day"),
        ({"due_on": -3}, "day_follows_the_promise"),
        ({"due_on": -40, "promised_on": -30}, "day_follows_the_promise"),
    ],
)
def test_what_is_not_as_a_letter_says_is_not_entered(home: TestHome, fields: dict[str, Any], rule: str) -> None:
    given = {n: weekend() if v == "weekend" else day(v) if isinstance(v, int) else v for n, v in fields.items()}
    number = drafted(home, **given)

    assert rule in refused(home, "rob", "commitment.enter", number)
    assert head(number).state == "draft"


def test_a_letter_of_tomorrow_promises_nothing(home: TestHome) -> None:
    with pytest.raises(Invalid):
        drafted(home, promised_on=day(2))


@pytest.mark.parametrize("who", ["ann", "bea", "hed", "exe", "sys", "doc", "rea", "gue", "adm"])
def test_nobody_but_quality_compares_it_with_the_letter(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "commitment.enter", drafted(home))


def test_who_wrote_it_does_not_compare_it(home: TestHome) -> None:
    number = drafted(home, "rob")

    assert "approver_is_not_author" in refused(home, "rob", "commitment.enter", number)
    home.sign("qua", "commitment.enter", number)


@pytest.mark.parametrize(
    "fields", [{"promise": "Less"}, {"due_on": "2099-01-05"}, {"to_name": "Somebody"}, {"letter": None}]
)
@pytest.mark.parametrize("who", ["ann", "rob"])
def test_once_entered_the_promise_and_its_day_stay(home: TestHome, who: str, fields: dict[str, Any]) -> None:
    number = entered(home)

    with pytest.raises(Refused) as refusal:
        home.act(who, "commitment.edit", number, fields=fields)

    assert refusal.value.rule == "fields_frozen"
    with pytest.raises(Refused):
        home.act(who, "commitment.amend", number, fields=fields, reason=WHY)


# What it takes to be kept


@pytest.mark.parametrize(("lacking", "rule"), [("done", "required_fields"), ("evidence", "commitment_has_its_evidence")])
def test_nothing_is_kept_without_words_and_evidence(home: TestHome, lacking: str, rule: str) -> None:
    number = entered(home)
    given = {"done": "It was sent", "evidence": letter(home)} | {lacking: None}
    home.act("ann", "commitment.edit", number, fields=given)

    assert rule in refused(home, "ann", "commitment.fulfil", number)


def test_what_keeps_it_comes_to_its_end_first(home: TestHome) -> None:
    parent, task = planned(home)
    number = entered(home)
    home.act("ann", "commitment.edit", number, fields={"done_by": [task], "done": "Two people are called"})
    assert "what_keeps_it_has_ended" in refused(home, "ann", "commitment.fulfil", number)

    verified(home, task)
    home.sign("ann", "commitment.fulfil", number)

    assert parent
    assert head(number).state == "to_close"


def test_what_was_cancelled_keeps_nothing(home: TestHome) -> None:
    task = action(home, capa(home), blocks_closing=False)
    home.act("ann", "action.cancel", task, reason=WHY)
    number = entered(home)
    home.act(
        "ann", "commitment.edit", number, fields={"done_by": [task], "done": "Nothing was done", "evidence": letter(home)}
    )

    assert "what_keeps_it_has_ended" in refused(home, "ann", "commitment.fulfil", number)


@pytest.mark.parametrize("who", ["bea", "rob", "qua", "hed", "exe"])
def test_only_the_owner_says_that_it_is_kept(home: TestHome, who: str) -> None:
    number = entered(home)
    home.act("ann", "commitment.edit", number, fields={"done": "It was sent", "evidence": letter(home)})

    assert "signer_authority" in refused(home, who, "commitment.fulfil", number)


# Who closes


def test_the_owner_does_not_close_it(home: TestHome) -> None:
    number = kept(home, entered(home, owner="qua"), "qua")

    assert "closer_is_not_reporter_owner_or_assignee" in refused(home, "qua", "commitment.close", number)
    home.sign("quy", "commitment.close", number)


def test_who_kept_it_and_handed_it_on_does_not_close_it(home: TestHome) -> None:
    number = kept(home, entered(home, owner="qua"), "qua")
    home.act("rob", "commitment.reassign", number, to="ann", reason=WHY)

    assert refused(home, "qua", "commitment.close", number) & {
        "verifier_is_not_doer",
        "closer_is_not_reporter_owner_or_assignee",
    }


@pytest.mark.parametrize("who", ["ann", "rob", "hed", "exe", "sys", "doc", "rea", "adm"])
def test_nobody_but_a_quality_approver_closes_it(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "commitment.close", kept(home, entered(home)))


def test_what_is_not_enough_goes_back_with_a_reason(home: TestHome) -> None:
    number = kept(home, entered(home))

    home.sign("qua", "commitment.return", number, WHY)

    assert (head(number).state, due(number)) == ("open", workday(30))


# Another day


def test_the_day_moves_with_their_letter_and_the_first_one_stays(home: TestHome) -> None:
    number = asks(home, entered(home))

    home.sign("qua", "commitment.move_day", number, WHY)

    assert due(number) == workday(60)
    assert head(number).marks["extended"]["first_due"][:10] in (
        workday(30),
        (date.fromisoformat(workday(30)) + timedelta(days=1)).isoformat(),
    )
    assert queries.get_record(home.view("ann"), number).state == "open"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"agreement": None}, "their_agreement_is_filed"),
        ({"agreed_on": None}, "their_agreement_is_filed"),
        ({"agreed_on": -10}, "their_agreement_is_filed"),
        ({"extend_to": None}, "extension_is_asked"),
        ({"interim_state": None}, "extension_is_asked"),
        ({"extend_to": 10}, "extension_is_asked"),
        ({"extend_to": "weekend"}, "extension_is_asked|later_day_is_a_business_day"),
    ],
)
def test_nobody_moves_the_day_alone(home: TestHome, fields: dict[str, Any], rule: str) -> None:
    ways = {"extend_to": workday, "agreed_on": day}
    given: dict[str, Any] = {
        n: weekend() if v == "weekend" else ways[n](v) if isinstance(v, int) else v for n, v in fields.items()
    }
    number = asks(home, entered(home), **given)

    assert refused(home, "qua", "commitment.move_day", number) & set(rule.split("|"))
    assert due(number) == workday(30)


def test_a_letter_moves_the_day_once(home: TestHome) -> None:
    number = asks(home, entered(home))
    home.sign("qua", "commitment.move_day", number, WHY)

    home.act("ann", "commitment.edit", number, fields={"extend_to": workday(90)})
    assert "their_agreement_is_filed" in refused(home, "qua", "commitment.move_day", number)

    home.act("ann", "commitment.edit", number, fields={"agreement": letter(home)})
    home.sign("qua", "commitment.move_day", number, WHY)
    assert (due(number), head(number).marks["extended"]["count"]) == (workday(90), 2)


def test_after_the_day_no_letter_moves_it(home: TestHome, later: Later) -> None:
    number = entered(home)
    later(timedelta(days=34))  # late, and the clock has not made its move yet
    asks(home, number, 90)

    assert "extension_is_asked" in refused(home, "qua", "commitment.move_day", number)
    timers.run_due()
    assert "declared_move" in refused(home, "qua", "commitment.move_day", number)


@pytest.mark.parametrize("who", ["ann", "rob", "hed", "exe", "rea", "adm"])
def test_nobody_but_a_quality_approver_moves_it(home: TestHome, who: str) -> None:
    assert "signer_authority" in refused(home, who, "commitment.move_day", asks(home, entered(home)))


def test_the_owner_neither_moves_nor_ends_it(home: TestHome) -> None:
    number = entered(home, owner="qua")
    given = {"extend_to": workday(60), "interim_state": "Half", "agreed_on": day(0), "agreement": letter(home, "qua")}
    home.act("qua", "commitment.edit", number, fields=given)

    for act in ("move_day", "cancel", "void"):
        assert "owner_does_not_decide_on_it" in refused(home, "qua", f"commitment.{act}", number)


def test_without_their_word_nobody_ends_it(home: TestHome) -> None:
    number = entered(home)
    assert "their_agreement_is_filed" in refused(home, "qua", "commitment.cancel", number)

    home.act("ann", "commitment.edit", number, fields={"agreed_on": day(0), "agreement": letter(home)})
    home.sign("qua", "commitment.cancel", number, WHY)

    assert head(number).state == "cancelled"


# Overdue


def test_an_overdue_one_is_work_of_quality_and_of_management_at_once(home: TestHome, later: Later) -> None:
    number = overdue(home, later)

    assert head(number).state == "overdue"
    asked = {(task.capacity, task.move) for task in Task.objects.filter(record_id=head(number).pk)}
    assert asked == {("owner", "explain"), ("qa_approver", "explain"), ("executive", "explain")}
    for who in ("ann", "qua", "exe"):
        assert number in [record.number for _, record in queries.list_work(home.view(who))]


def test_saying_what_is_done_does_not_take_it_away(home: TestHome, later: Later) -> None:
    number = overdue(home, later)
    with pytest.raises(Refused):
        home.act("exe", "commitment.explain", number)

    home.act("exe", "commitment.explain", number, reason="The agency was called; the protocol goes out on Friday")

    assert head(number).state == "overdue"
    assert number in [record.number for _, record in queries.list_work(home.view("qua"))]
    kept(home, number)
    home.sign("qua", "commitment.close", number)
    assert head(number).state == "closed"


def test_one_that_is_sent_back_after_its_day_is_overdue_again(home: TestHome, later: Later) -> None:
    number = kept(home, entered(home))
    later(timedelta(days=40))
    home.sign("qua", "commitment.return", number, WHY)
    timers.run_due()

    assert head(number).state == "overdue"


def test_figures_and_the_review_pack_show_it(home: TestHome, later: Later) -> None:
    number, other = overdue(home, later), entered(home, to_kind="partner", due_on=workday(30))

    _, _, sheet = panels.sheet(home.view("qua"), glance.NAME)
    (table,) = [one for one in sheet.tables if one.title == "Commitments"]
    assert [[cell.text for cell in row] for row in table.rows] == [["Authority", "0", "1", "0"], ["Partner", "1", "0", "0"]]
    for row in table.rows:
        for cell in row[1:]:
            assert cell.listed is not None
            page = queries.list_records(home.view("qua"), cell.listed.type, filters=dict(cell.listed.filters))
            assert page.count == int(cell.text)
    today = date.fromisoformat(day(0))
    zone = home.view("qua").configuration.company.zone
    period = periods.chosen(zone, first=(today - timedelta(days=60)).isoformat(), last=today.isoformat())
    listed = {cell.text for one in figures.pack(home.view("qua"), period).lists for row in one.rows for cell in row}
    assert {number, other} <= listed


# Where it comes from, and who sees it


def test_it_is_begun_from_what_it_came_from(home: TestHome) -> None:
    deviation = reported(home)

    taken = raising.taken_over(home.view("qua"), "commitment", deviation)

    assert taken["sources"] == [{"number": deviation}]
    assert "commitment" in [one.type for one in raising.list_beginnings(home.view("qua"), head(deviation))]


@pytest.mark.parametrize("who", ["rea", "adm", "gue"])
def test_who_holds_no_role_for_it_enters_none(home: TestHome, who: str) -> None:
    with pytest.raises(Refused):
        home.act(who, "commitment.create", fields={"promise": "A report", "to_kind": "partner", "to_name": "They", "promised_on": day(-1),
                 "due_on": workday(9), "owner": "ann", "department": home.departments["Quality Control"]})  # fmt: skip


def test_a_head_promises_for_the_own_department_only(home: TestHome) -> None:
    with pytest.raises((Refused, NotFound)):
        drafted(home, "tek")
    assert drafted(home, "tek", department=home.departments["Operations"])
