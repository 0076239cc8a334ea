"""Mail about work, over a real SMTP server: who is told, of what, how often, and what becomes of it when mail fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from indelible.infra import clock, mail
from indelible.infra.mail import NotSent
from indelible.kernel.models import Record, Task
from indelible.practice import notices
from indelible.practice.models import Notice
from tests import homes
from tests.homes import TestHome
from tests.practice.posting import ADDRESS, Post


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    yield lambda span: clock.simulate(lambda real: real + span)
    clock.simulate(None)


def go() -> int:
    """Gather and deliver once, as the background process does; gives how many messages left."""
    notices.gather()
    return notices.deliver()


def number_of(home: TestHome, user: str) -> str:
    """Give the number of a person's record."""
    return Record.objects.get(pk=str(home.people[user].person_id)).number


def quiet(post: Post) -> None:
    """Let everything go out that waits from before."""
    go()
    post.told()


def test_who_is_asked_is_told_number_act_and_address_and_nothing_of_the_content(home: TestHome, post: Post) -> None:
    quiet(post)
    number = home.until(home.draft(title="Secret recipe"), "in_review")

    assert go() == 1

    (message,) = post.arrived
    body = message.get_content()
    assert (message["To"], message["From"]) == ("rob@quality.example", "quality@quality.example")
    assert str(message["Subject"]).startswith(f"{number}: ")
    assert f"{ADDRESS}/r/{number}" in body.splitlines()
    assert "Secret" not in f"{message}"
    assert "Samples" not in body


def test_work_of_a_role_is_told_to_whoever_may_do_it_and_to_nobody_else(home: TestHome, post: Post) -> None:
    quiet(post)
    home.people["two"] = homes.hire(home, "two", "Two Roles", ["author", "qa_approver"])
    number = home.draft("two")
    home.sign("two", "document.submit", number)
    home.sign("rob", "document.agree", number)
    post.told()

    go()
    told = dict(post.told())

    assert told.keys() == {"hed@quality.example", "qua@quality.example", "quy@quality.example"}
    assert all(subject.startswith(f"{number}: ") for subject in told.values())
    assert "two@quality.example" not in told, "who wrote it holds the role and does not approve it"


def test_nobody_is_told_twice_however_often_it_is_asked(home: TestHome, post: Post) -> None:
    quiet(post)
    home.until(home.draft(), "in_review")

    assert [go(), go(), go()] == [1, 0, 0]
    assert len(post.told()) == 1


def test_several_pieces_of_work_come_in_one_message(home: TestHome, post: Post) -> None:
    quiet(post)
    numbers = [home.until(home.draft(title=f"Title {index}"), "in_review") for index in range(3)]

    assert go() == 1

    assert post.arrived[0]["Subject"] == "3 pieces of work wait for you"
    assert all(number in post.arrived[0].get_content() for number in numbers)


def test_work_that_was_done_meanwhile_is_not_told(home: TestHome, post: Post) -> None:
    quiet(post)
    number = home.until(home.draft(), "in_review")
    notices.gather()
    home.sign("rob", "document.agree", number)

    assert notices.deliver() == 0
    assert Notice.objects.filter(state=notices.WAITING).count() == 0


def test_who_has_left_or_has_no_address_is_not_told(home: TestHome, post: Post) -> None:
    home.act("adm", "person.edit", number_of(home, "qua"), fields={"email": ""})
    quiet(post)
    number = home.draft(reviewers=["rob"])
    home.until(number, "in_review")
    notices.gather()
    home.act("adm", "person.deactivate", number_of(home, "rob"), reason="Left the company")

    assert notices.deliver() == 0
    assert [notice.note for notice in Notice.objects.filter(note__gt="")] == ["not active"]
    assert post.told() == []


def test_without_a_server_nothing_is_noted(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INDELIBLE_MAIL", raising=False)
    home.until(home.draft(), "in_review")

    assert notices.gather() == 0
    assert not Notice.objects.exists()


def test_what_a_server_does_not_take_now_it_is_handed_again_later(
    home: TestHome, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet(post)
    home.until(home.draft(), "in_review")
    post.refused["*"] = "451 4.3.0 Try again later"

    assert (go(), notices.deliver()) == (0, 0)
    notice = Notice.objects.get(state=notices.WAITING)
    assert "Try again later" in notice.note

    post.refused.clear()
    monkeypatch.setattr(notices, "AGAIN", timedelta(0))
    assert notices.deliver() == 1
    notice.refresh_from_db()
    assert (notice.state, notice.tries) == (notices.SENT, 2)


def test_an_address_that_the_server_does_not_know_is_given_up_and_said(home: TestHome, post: Post) -> None:
    quiet(post)
    home.until(home.draft(), "in_review")
    post.refused["rob@quality.example"] = "550 5.1.1 No such user"

    assert go() == 0

    assert "No such user" in Notice.objects.get(state=notices.FAILED).note


def test_a_server_that_is_not_there_stops_nothing(home: TestHome, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(post)
    home.until(home.draft(), "in_review")
    monkeypatch.setenv("INDELIBLE_MAIL", "smtp://127.0.0.1:1")

    assert go() == 0

    assert Notice.objects.get(state=notices.WAITING).note.startswith("The server did not take it")


def test_a_message_is_repeated_at_most_once_when_the_process_dies_over_it(
    home: TestHome, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet(post)
    home.until(home.draft(), "in_review")
    notices.gather()
    monkeypatch.setattr(notices, "AGAIN", timedelta(0))

    for _ in range(2):
        notices._taken()  # dies here, before it knows whether the message left

    assert notices.deliver() == 0
    assert Notice.objects.get(state=notices.FAILED).note == "whether it left is not known"


def test_a_reminder_comes_seven_days_one_day_and_on_the_day_then_weekly(
    home: TestHome, post: Post, later: Callable[[timedelta], None]
) -> None:
    number = home.until(home.draft(), "in_review")
    # Five business days may be no more than five days: so that a week before is after its beginning, on any day.
    home.act("rob", "document.extend", number, days=9, reason="The reviewer is away for the first week")
    quiet(post)
    due = Task.objects.get(record_id=Record.objects.get(number=number).pk).due_at
    assert due is not None
    to_noon = due.replace(hour=20) - clock.real()  # noon or afternoon at the company, whose days end the next day in UTC
    heard: dict[int, list[str]] = {}

    for days in range(-10, 17):
        later(to_noon + timedelta(days=days - 1))
        go()
        heard[days] = [subject for to, subject in post.told() if to == "rob@quality.example" and number in subject]

    assert [days for days, subjects in heard.items() if subjects] == [-7, -1, 0, 7, 14]
    assert all(len(subjects) == 1 for subjects in heard.values() if subjects)
    assert "7 days late" in heard[7][0]


def test_what_is_late_by_a_week_is_told_to_quality_and_by_a_month_to_management_once(
    home: TestHome, post: Post, later: Callable[[timedelta], None]
) -> None:
    number = home.until(home.draft(), "in_review")
    due = Task.objects.get(record_id=Record.objects.get(number=number).pk).due_at
    assert due is not None
    quiet(post)

    told = []
    for days in (6, 8, 9, 31, 32):
        later(due - clock.real() + timedelta(days=days))
        go()
        told.append([to.partition("@")[0] for to, _ in post.told() if not to.startswith("rob")])

    assert told == [[], ["qua", "quy"], [], ["exe"], []]


@pytest.mark.parametrize(("to", "subject"), [
    ("rob@quality.example\nBcc: eve@evil.example", "SOP-001.01: Agree"),
    ("rob@quality.example", "SOP-001.01: Agree\r\nBcc: eve@evil.example"),
])  # fmt: skip
def test_no_header_can_be_brought_in(post: Post, to: str, subject: str) -> None:
    with pytest.raises(NotSent, match="cannot stand in a header") as refused:
        mail.send(to, subject, "text")

    assert refused.value.final
    assert post.arrived == []


def test_after_a_restore_nothing_goes_out_that_may_have_gone_out_before(
    home: TestHome, post: Post, later: Callable[[timedelta], None]
) -> None:
    quiet(post)
    number = home.until(home.draft(), "in_review")
    notices.gather()
    assert Notice.objects.filter(state=notices.WAITING).exists(), "as it lies in the backup"
    home.until(home.draft(), "in_review")  # and what would be noted next

    assert notices.restored() >= 2
    assert (go(), post.arrived) == (0, [])
    assert Task.objects.filter(record_id=Record.objects.get(number=number).pk).exists(), "the work is there all the same"
    later(timedelta(hours=2))
    home.until(home.draft(), "in_review")
    assert go() == 1, "what comes after it is told"
