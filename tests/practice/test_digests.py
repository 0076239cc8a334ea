"""Work told of in one message a day or a week, over a real SMTP server: when it goes, what is in it, what waits for none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.errors import Invalid
from indelible.kernel.models import Record, Task
from indelible.practice import notices, rhythms
from indelible.practice.models import MailRhythm, Notice
from indelible.practice.rhythms import AT_ONCE, DAILY, MONDAY
from tests.faces.browsing import sign_in
from tests.homes import TestHome
from tests.practice.posting import ADDRESS, Post

ROB = "rob@quality.example"
Until = Callable[[int, time], None]


@pytest.fixture
def until() -> Iterator[Until]:
    """Let time go on to the next such weekday (0 is Monday) and hour at the company."""
    gone = [timedelta()]

    def go_on(weekday: int, at: time) -> None:
        zone, now = ZoneInfo(config.current().company.zone), clock.now()
        local = now.astimezone(zone)
        there = datetime.combine(local.date() + timedelta(days=(weekday - local.weekday()) % 7), at, zone)
        there = there if there > now else datetime.combine(there.date() + timedelta(days=7), at, zone)
        gone[0] += there - now
        clock.simulate(lambda real: real + gone[0])

    yield go_on
    clock.simulate(None)


def go() -> None:
    """Gather and deliver once, as the background process does."""
    notices.gather()
    notices.deliver()


def to_rob(post: Post) -> list[str]:
    """Give the subjects of what has reached Rob since this was last asked."""
    return [subject for to, subject in post.told() if to == ROB]


def in_review(home: TestHome, days: int = 30, **fields: str) -> str:
    """Give Rob a document to review that is due so many days later than usual."""
    number = home.until(home.draft(**fields), "in_review")
    home.act("rob", "document.extend", number, days=days, reason="The reviewer is away for the first weeks")
    return number


def begin(home: TestHome, post: Post, until: Until, rhythm: str) -> None:
    """Begin on a Tuesday at noon, with nothing left to be told, and a choice of Rob's."""
    until(1, time(12))
    go()
    post.told()
    rhythms.choose(home.people["rob"], rhythm)


def test_without_a_choice_each_notice_goes_at_once(home: TestHome, post: Post, until: Until) -> None:
    begin(home, post, until, AT_ONCE)
    number = in_review(home)
    go()

    assert [subject.partition(":")[0] for subject in to_rob(post)] == [number]
    assert rhythms.chosen(home.people["ann"]) == AT_ONCE


@pytest.mark.parametrize(("rhythm", "silent", "told"), [(DAILY, [(1, 23), (2, 6), (2, 7)], (2, 8)),
                                                        (MONDAY, [(2, 8), (4, 12), (6, 23), (0, 7)], (0, 8))])  # fmt: skip
def test_a_digest_goes_at_its_hour_and_once(
    home: TestHome, post: Post, until: Until, rhythm: str, silent: list[tuple[int, int]], told: tuple[int, int]
) -> None:
    begin(home, post, until, rhythm)
    numbers = [in_review(home) for _ in range(3)]
    go()
    assert to_rob(post) == []
    for weekday, hour in silent:
        until(weekday, time(hour, 30))
        go()
        assert to_rob(post) == [], (weekday, hour)

    until(told[0], time(told[1], 30))
    go()
    (message,) = [one for one in post.arrived if one["To"] == ROB]
    body = message.get_content()

    assert message["Subject"] == "Your work: 3 due later"
    assert [body.splitlines().count(f"{ADDRESS}/r/{number}") for number in numbers] == [1, 1, 1]
    post.told()
    go()
    go()
    assert to_rob(post) == []


def test_who_has_chosen_nothing_is_told_meanwhile(home: TestHome, post: Post, until: Until) -> None:
    begin(home, post, until, MONDAY)
    number = in_review(home)
    home.sign("rob", "document.agree", number)
    go()

    assert {to for to, _ in post.told()} == {"hed@quality.example", "qua@quality.example", "quy@quality.example"}


def test_a_digest_lists_all_open_work_by_lateness_and_nothing_of_its_content(
    home: TestHome, post: Post, until: Until
) -> None:
    begin(home, post, until, AT_ONCE)
    late = home.until(home.draft(title="Secret recipe"), "in_review")
    soon = in_review(home, 10, title="Secret recipe")
    go()
    post.told()
    rhythms.choose(home.people["rob"], MONDAY)
    until(6, time(12))
    until(6, time(12))
    go()
    post.told()
    later = in_review(home, 40, title="Secret recipe")

    until(0, time(8, 30))
    go()
    (message,) = [one for one in post.arrived if one["To"] == ROB]
    body, sections = message.get_content(), ("Late: 1", "Due within a week: 1", "Due later: 1")

    assert message["Subject"] == "Your work: 1 late, 1 due within a week, 1 due later"
    assert [body.index(part) for part in sections] == sorted(body.index(part) for part in sections)
    assert body.index(late) < body.index(soon) < body.index(later)
    assert "Secret" not in f"{message}"
    assert "Samples" not in body


def test_what_is_overdue_waits_for_no_digest(home: TestHome, post: Post, until: Until) -> None:
    begin(home, post, until, MONDAY)
    number = home.until(home.draft(), "in_review")
    go()
    assert to_rob(post) == []
    due = Task.objects.get(record_id=Record.objects.get(number=number).pk).due_at
    assert due is not None

    heard: list[tuple[int, str]] = []
    for weekday in (2, 3, 4, 5, 6, 0, 1, 2, 3, 4):
        until(weekday, time(7, 30))
        go()
        heard += [(weekday, subject) for subject in to_rob(post)]

    after = due.astimezone(ZoneInfo(config.current().company.zone)).date() + timedelta(days=1)
    late = [(weekday, subject.partition(" (")[0]) for weekday, subject in heard if "late" in subject]
    assert late == [(after.weekday(), f"{number}: Agree, 1 day late")]


def test_what_was_done_before_the_digest_is_not_told(home: TestHome, post: Post, until: Until) -> None:
    begin(home, post, until, DAILY)
    number = in_review(home)
    go()
    home.sign("rob", "document.agree", number)
    until(2, time(8, 30))
    go()

    assert to_rob(post) == []
    assert not Notice.objects.filter(person_id=home.person("rob"), state__in=[notices.HELD, notices.WAITING]).exists()


def test_a_digest_that_was_missed_goes_when_the_process_is_back_and_once(home: TestHome, post: Post, until: Until) -> None:
    begin(home, post, until, MONDAY)
    in_review(home)
    go()
    until(3, time(15))
    until(3, time(15))  # nothing ran on Monday

    go()
    assert to_rob(post) == ["Your work: 1 due later"]
    go()
    assert to_rob(post) == []


def test_a_process_that_dies_over_a_digest_repeats_it_at_most_once(
    home: TestHome, post: Post, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(home, post, until, DAILY)
    in_review(home)
    go()
    until(2, time(8, 30))
    monkeypatch.setattr(notices, "AGAIN", timedelta(0))

    for _ in range(2):
        notices._taken()  # dies here, before it knows whether the message left

    notices.deliver()
    assert to_rob(post) == []
    assert set(Notice.objects.filter(person_id=home.person("rob"), note__gt="").values_list("state", flat=True)) == {
        notices.FAILED
    }


def test_a_server_that_is_away_on_monday_gets_the_digest_later(
    home: TestHome, post: Post, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(home, post, until, MONDAY)
    in_review(home)
    go()
    until(0, time(8, 30))
    post.refused["*"] = "451 4.3.0 Try again later"
    go()
    assert to_rob(post) == []

    post.refused.clear()
    monkeypatch.setattr(notices, "AGAIN", timedelta(0))
    go()
    assert to_rob(post) == ["Your work: 1 due later"]


def test_who_wants_each_notice_again_gets_what_was_held(home: TestHome, post: Post, until: Until) -> None:
    begin(home, post, until, MONDAY)
    number = in_review(home)
    go()
    assert to_rob(post) == []

    rhythms.choose(home.people["rob"], AT_ONCE)
    go()
    assert [subject.partition(":")[0] for subject in to_rob(post)] == [number]


@pytest.mark.parametrize(("now", "daily", "monday"), [
    ("2026-11-30T07:59", "2026-11-29", "2026-11-23"),  # a Monday, before eight
    ("2026-11-30T08:00", "2026-11-30", "2026-11-30"),
    ("2026-11-29T23:00", "2026-11-29", "2026-11-23"),  # a Sunday
    ("2027-01-01T00:30", "2026-12-31", "2026-12-28"),
    ("2026-03-09T08:00", "2026-03-09", "2026-03-09"),  # the day after summer time began
])  # fmt: skip
@pytest.mark.usefixtures("home")
def test_the_last_moment_of_a_digest(now: str, daily: str, monday: str) -> None:
    zone = ZoneInfo(config.current().company.zone)
    at = datetime.fromisoformat(now).replace(tzinfo=zone).astimezone(UTC)

    for rhythm, expected in ((DAILY, daily), (MONDAY, monday)):
        assert rhythms.last(rhythm, at) == datetime.combine(date.fromisoformat(expected), time(8), zone)


def test_a_person_chooses_on_the_own_page_and_only_for_oneself(home: TestHome) -> None:
    client = sign_in("rob")
    assert 'value="at_once" checked' in client.get("/me").content.decode()

    assert client.post("/me/mail", {"rhythm": "monday", "person": str(home.person("ann"))}).status_code == 302

    assert 'value="monday" checked' in client.get("/me").content.decode()
    assert [row.person_id for row in MailRhythm.objects.all()] == [home.person("rob")]
    for nonsense in ("never", "", "MONDAY"):
        assert client.post("/me/mail", {"rhythm": nonsense}).status_code == 422
    with pytest.raises(Invalid):
        rhythms.choose(home.people["rob"], "hourly")
    assert rhythms.chosen(home.people["rob"]) == MONDAY
