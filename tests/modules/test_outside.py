"""Somebody of another company sees one request that was made for them, answers there, and knows of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import acts, authority, sequencer, timers
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Hidden, Invalid, NotFound, Refused
from indelible.kernel.models import AccessGrant, Record, Task
from indelible.modules.training import asking
from indelible.practice import indexing, lookup, queries, searching, threads
from tests.homes import TestHome
from tests.modules.events import WHY, action, day, head, judged, refused, reported
from tests.modules.outside import contribution, grant, granted, outsider, shared

ANSWER = {
    "answer": "The valve was closed from 2 to 5",
    "answered_by": "Out Sider, engineer on duty",
    "their_number": "NC-77",
}


def seen(home: TestHome, user: str = "out") -> set[str]:
    return set(Record.objects.filter(queries.visible(home.view(user))).values_list("number", flat=True))


def mine(home: TestHome, user: str = "out") -> str:
    return Record.objects.get(pk=home.person(user)).number


# --- what they see --------------------------------------------------------------------------------------------------------


def test_they_see_their_one_request_and_their_own_entry_and_nothing_else(home: TestHome) -> None:
    home.until(home.draft(), "effective")
    number = shared(home)
    contribution(home)

    assert seen(home) == {number, mine(home)}
    assert [one.number for one in queries.list_records(home.view("out"), "contribution").records] == [number]
    for kind in home.view("out").configuration.types:
        if kind not in ("contribution", "person"):
            assert queries.list_records(home.view("out"), kind).records == []


def test_before_the_first_access_and_after_the_last_they_see_nothing_not_even_what_every_reader_sees(home: TestHome) -> None:
    document = home.until(home.draft(), "effective")
    outsider(home)
    assert seen(home) == {mine(home)}
    number = shared(home)
    home.act("ann", "contribution.take_back", number, reason=WHY)

    assert seen(home) == {mine(home)}
    for hidden in (document, number, head(document).series or ""):
        with pytest.raises(NotFound):
            queries.get_record(home.view("out"), hidden)


def test_a_draft_is_not_shown_although_access_is_granted(home: TestHome) -> None:
    outsider(home)
    number = contribution(home)
    granted(home, number)
    with pytest.raises(NotFound):
        queries.get_record(home.view("out"), number)
    home.sign("ann", "contribution.share", number)
    assert queries.get_record(home.view("out"), number).number == number


def test_two_of_them_do_not_see_each_others_requests(home: TestHome) -> None:
    outsider(home, "two", "Two Sider")
    one, two = shared(home), shared(home, user="two")

    assert (seen(home) - {mine(home)}, seen(home, "two") - {mine(home, "two")}) == ({one}, {two})
    with pytest.raises(NotFound):
        queries.get_record(home.view("out"), two)
    with pytest.raises(Hidden):
        home.act("out", "contribution.comment", two, text="Hello")


def test_of_what_it_belongs_to_they_see_the_number_and_no_word(home: TestHome) -> None:
    parent = reported(home)
    number = shared(home, parent)
    view = home.view("out")

    assert queries.peek(view, parent) is None
    assert lookup.titles(view, [parent]) == {}
    assert lookup.list_links(view, head(number)) == []
    assert str(parent) not in str(threads.follow(view, head(number)))
    with pytest.raises(Hidden):
        home.act("out", "deviation.comment", parent, text="What is this?")


def test_who_is_named_elsewhere_learns_nothing_by_it(home: TestHome) -> None:
    number = shared(home)
    parent = judged(home)
    task = action(home, parent, assignee="out")
    dev = reported(home, who="ann", reporter="out")

    assert Task.objects.filter(person_id=home.person("out")).exists()
    assert {record.number for _, record in queries.list_work(home.view("out"))} == {number}
    for hidden in (task, dev):
        with pytest.raises(NotFound):
            queries.get_record(home.view("out"), hidden)
    with pytest.raises(Hidden):
        home.act("out", "action.done", task)


# --- what they do ---------------------------------------------------------------------------------------------------------


def test_they_answer_and_comment_and_it_is_theirs_in_the_trail(home: TestHome) -> None:
    number = shared(home)
    home.act("out", "contribution.edit", number, fields=ANSWER)
    home.act("out", "contribution.comment", number, text="More follows tomorrow")
    assert home.act("out", "contribution.answer", number).state == "answered"
    with pytest.raises(Refused):
        home.act("out", "contribution.edit", number, fields={"answer": "Otherwise"})
    home.act("ann", "contribution.take_over", number)
    home.act("ann", "contribution.edit", number, fields={"judgement": "The log shows it"})

    assert home.sign("ann", "contribution.close", number).state == "closed"
    assert seen(home) == {mine(home)}


@pytest.mark.parametrize("field", ["title", "asked", "company", "until", "belongs_to", "judgement"])
def test_they_fill_in_the_answer_and_no_other_field(home: TestHome, field: str) -> None:
    number = shared(home)
    value = {"until": day(60), "belongs_to": []}.get(field, "Something else")
    with pytest.raises((Refused, Invalid)):
        home.act("out", "contribution.edit", number, fields={field: value})


def test_nobody_of_the_company_writes_or_mends_what_they_answer(home: TestHome) -> None:
    outsider(home)
    with pytest.raises(Refused) as before:
        contribution(home, answer="It was closed", answered_by="Somebody there")
    number = shared(home)
    home.act("out", "contribution.edit", number, fields=ANSWER)
    with pytest.raises(Refused):
        home.act("ann", "contribution.edit", number, fields={"answer": "It was open"})
    home.act("out", "contribution.answer", number)
    home.act("ann", "contribution.take_over", number)
    with pytest.raises(Refused) as after:
        home.act("ann", "contribution.edit", number, fields={"answer": "It was open"})
    assert (before.value.rule, after.value.rule) == ("answer_is_theirs", "answer_is_theirs")


@pytest.mark.parametrize(
    "act", ["share", "take_back", "take_over", "cancel", "close", "ask_again", "restrict", "reassign", "link"]
)
def test_no_move_but_the_answer_is_theirs(home: TestHome, act: str) -> None:
    number = shared(home)
    with pytest.raises((Refused, NotFound)):
        home.act("out", f"contribution.{act}", number, reason=WHY, **({"to": "bea"} if act in ("reassign", "link") else {}))
    assert head(number).state == "with_them"


def test_they_create_nothing_not_even_what_everybody_may_report(home: TestHome) -> None:
    shared(home)
    assert queries.list_creatable(home.view("out")) == []
    for kind, fields in (
        ("deviation", {"title": "One", "reporter": "out"}),
        ("incident", {"title": "One"}),
        ("contribution", {"title": "One"}),
    ):
        with pytest.raises(Refused) as caught:
            home.act("out", f"{kind}.create", fields=fields)
        assert caught.value.rule == "authority"


def test_they_sign_nothing_and_get_no_token_and_no_training(home: TestHome) -> None:
    number = shared(home)
    view = home.view("out")
    case = queries.case_of(view, head(number))

    assert not any(authority.may_sign(case, meaning) and one.signs for meaning in view.configuration.meanings
                   for one in queries.list_acts(view, head(number)) if one.allowed)  # fmt: skip
    with pytest.raises(Refused) as caught:
        home.act("out", "person.issue_token", mine(home), reason=WHY)
    assert caught.value.rule == "tokens_are_for_own_people"
    assert home.person("out") not in {one.pk for one in asking.active()}


# --- how access begins ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": None},
        {"identity": "n/a"},
        {"record": []},
        {"sponsor": "bea"},
        {"until": None},
        {"until": "2020-01-01"},
        {"person": "rea"},
    ],
)
def test_no_access_without_record_sponsor_day_and_identity_or_for_own_people(home: TestHome, wrong: dict[str, Any]) -> None:
    outsider(home)
    made = grant(home, contribution(home), **wrong)
    with pytest.raises(Refused) as caught:
        home.sign("sys", "grant.approve", made)
    assert {one.rule for one in caught.value.missing} & {"outside_access_is_narrow", "required_fields"}
    assert not AccessGrant.objects.filter(role=authority.OUTSIDE).exists()


@pytest.mark.parametrize("role", ["author", "qa_ops", "trainer", "guest_inspector"])
def test_somebody_of_another_company_gets_no_other_role(home: TestHome, role: str) -> None:
    outsider(home)
    made = home.act("qua", "grant.create", fields={"person": "out", "role": role, "why": "Needed", "until": day(9)}).number
    assert "outside_access_is_narrow" in refused(home, "sys", "grant.approve", made)
    with pytest.raises(Refused):
        acts.run(SYSTEM, "grant.establish", made)


def test_one_signature_does_not_open_it_and_the_sponsor_alone_does_not_either(home: TestHome) -> None:
    outsider(home)
    number = contribution(home)
    made = grant(home, number)
    assert "signer_authority" in refused(home, "ann", "grant.approve", made)
    home.sign("sys", "grant.approve", made)
    home.sign("ann", "contribution.share", number)
    assert seen(home) == {mine(home)}


@pytest.mark.parametrize("until", [-1, 91])
def test_no_request_is_open_longer_than_ninety_days_or_until_yesterday(home: TestHome, until: int) -> None:
    with pytest.raises(Refused) as caught:
        contribution(home, until=day(until))
    assert caught.value.rule == "contribution_is_short"


def test_nobody_is_asked_on_what_has_ended(home: TestHome) -> None:
    parent = reported(home)
    home.sign("qua", "deviation.void", parent, reason=WHY)
    with pytest.raises(Refused) as caught:
        contribution(home, parent)
    assert caught.value.rule == "its_parent_goes_on"


def test_who_is_outside_stays_outside_and_nobody_becomes_it(home: TestHome) -> None:
    outsider(home)
    for user, said in (("out", None), ("out", "Another one"), ("rea", "Northwind")):
        with pytest.raises(Refused) as caught:
            home.act("adm", "person.edit", Record.objects.get(pk=home.person(user)).number, fields={"outside": said})
        assert caught.value.rule == "outside_stays_outside"


# --- how access ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["take_back", "cancel", "take_over"])
def test_access_ends_in_the_same_act_as_the_request_is_taken_from_them(home: TestHome, verb: str) -> None:
    number = shared(home)
    if verb == "take_over":
        home.act("out", "contribution.edit", number, fields=ANSWER)
        home.act("out", "contribution.answer", number)
    home.act("ann", f"contribution.{verb}", number, reason=WHY)

    assert {one.state for one in Record.objects.filter(type="grant") if one.title == "guest_contributor"} == {"ended"}
    assert seen(home) == {mine(home)}
    with pytest.raises(Hidden):
        home.act("out", "contribution.comment", number, text="Still here?")


def test_access_ends_by_itself_after_its_day(home: TestHome, later: Callable[[timedelta], None]) -> None:
    number = shared(home)
    later(timedelta(days=29))
    assert number in seen(home)
    later(timedelta(days=2, hours=6))
    assert seen(home) == {mine(home)}
    timers.run_due()
    assert {one.state for one in Record.objects.filter(type="grant") if one.title == "guest_contributor"} == {"ended"}


def test_the_sponsor_sees_the_end_of_it_among_the_own_work_and_they_theirs(home: TestHome) -> None:
    number = shared(home)
    for user in ("ann", "out"):
        (found,) = [(task, record) for task, record in queries.list_work(home.view(user)) if record.number == number]
        assert found[0].due_at is not None
        assert found[0].due_at == head(number).due_at
    assert not [one for one in queries.list_work(home.view("bea")) if one[1].number == number]


def test_searching_finds_their_request_alone(home: TestHome) -> None:
    number = shared(home, reported(home, title="Northwind tank ran empty"))
    sequencer.drain()
    indexing.follow()

    found = {user: searching.titled(home.view(user), "tank") for user in ("out", "qua")}
    assert [one.number for one in found["out"]] == [number]
    assert len(found["qua"]) > 1
