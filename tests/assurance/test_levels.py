"""Service targets: what is measured is what was, a missed one is one incident for each occurrence, and nothing is claimed unseen."""

from __future__ import annotations

import math
import shutil
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest

from indelible.assurance import alarms, backup, levels, watching
from indelible.assurance.configuration.service_targets import SERVICE_TARGETS
from indelible.assurance.examination import ready
from indelible.faces.api.figures import Figures
from indelible.infra import clock, measures, running
from indelible.kernel import config, reactions, records
from indelible.kernel.models import Event, Outbox, Record
from indelible.practice import notices, probing
from indelible.practice.models import Notice
from indelible.practice.probing import NOT_SHOWN, OPEN, SHOWN
from tests.homes import TestHome

WHY = "It was looked at, and this is known"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin each test as a process that has counted nothing, in a home in which nobody looked."""
    monkeypatch.setattr(alarms, "_refused", {})
    monkeypatch.setattr(levels, "_counts", deque(maxlen=15))
    yield
    for name in (running.READY, running.LEVELS):
        (settings.HOME.path / running.FOLDER / name).unlink(missing_ok=True)


def looked(*samples: tuple[float, bool]) -> None:
    """Leave in the home what looks of some minutes ago have seen."""
    (settings.HOME.path / running.FOLDER).mkdir(exist_ok=True)
    lines = [f"{(clock.real() - ago * MINUTE).isoformat()} {int(held)}\n" for ago, held in samples]
    (settings.HOME.path / running.FOLDER / running.READY).write_text("".join(lines), "utf-8")


def every_five(begin: int, end: int, held: bool = True) -> list[tuple[float, bool]]:
    """Give looks every five minutes from so many minutes ago until so many minutes ago."""
    return [(float(ago), held) for ago in range(begin, end - 1, -5)]


def level(name: str) -> levels.Level:
    return levels._measured(name, config.current().policies.service_targets[name])


def opened() -> list[str]:
    """Look, and give the titles of the incidents that were opened."""
    return [Record.objects.get(number=number).title for number in alarms.raised(levels.look())]


@pytest.mark.usefixtures("home")
def test_each_target_that_can_be_set_is_measured_and_the_shipped_ones_are_allowed() -> None:
    assert {*levels._MEASURES} == {*SERVICE_TARGETS}
    shipped = config.current().policies.service_targets
    assert {*shipped} == {*SERVICE_TARGETS}
    assert all(value in SERVICE_TARGETS[name].allowed for name, value in shipped.items())


@pytest.mark.usefixtures("home")
def test_where_everything_is_kept_nothing_is_opened() -> None:
    looked(*every_five(600, 0))

    assert opened() == []
    assert {one.name for one in levels.list_levels()} == {*SERVICE_TARGETS}
    assert not any(one.missed for one in levels.list_levels())


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("samples", "minutes"),
    [
        ([], 0),
        ([(5.0, False)], 0),  # one look says nothing of how long
        ([*every_five(120, 60), *every_five(55, 0)], 0),
        ([*every_five(120, 65), *every_five(60, 35, held=False), *every_five(30, 0)], 30),
        ([*every_five(120, 100), *every_five(40, 0)], 60),  # nobody looked: it did not run
        ([(3000.0, False), *every_five(60, 0)], 24 * 60 - 60),  # only the last day counts
        ([*every_five(20, 0), (-600.0, True)], 600),
    ],
    ids=["never", "once", "always", "not ready", "not running", "for days", "a look of the future"],
)
def test_time_without_service_is_counted_from_look_to_look(samples: list[tuple[float, bool]], minutes: float) -> None:
    looked(*samples)

    assert level("unready_minutes").value == pytest.approx(minutes, abs=0.2)


@pytest.mark.usefixtures("home")
def test_lines_that_nobody_wrote_so_stop_nothing() -> None:
    looked(*every_five(20, 0))
    with (settings.HOME.path / running.FOLDER / running.READY).open("a", encoding="utf-8") as place:
        place.write("nonsense\n2026-01-01 1\n\n")

    assert level("unready_minutes").value == 0
    running.note_ready(settings.HOME.path, False)
    assert len(running.list_ready(settings.HOME.path)) == 6


def test_an_outage_is_one_incident_also_when_it_is_closed_and_the_next_outage_is_another(home: TestHome) -> None:
    looked(*every_five(300, 200), *every_five(100, 0))
    assert opened() == ["Service target missed: time without service"]
    assert opened() == []
    (head,) = Record.objects.filter(type="incident", author_id=None)
    values = records.values(head)
    assert (values["kind"], values["source"], values["critical_at_once"]) == ("availability", "automatic", False)
    assert "100 minutes" in values["what"]
    assert head.due_at is not None
    home.sign("qua", "incident.void", head.number, reason=WHY)
    assert opened() == []

    looked(*every_five(300, 200), *every_five(100, 0), (-40, True))
    assert opened() == ["Service target missed: time without service"]


def test_what_is_still_missed_after_its_incident_was_ended_opens_the_next(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1000, free=49, used=951))
    assert opened() == ["Service target missed: free disk"]
    assert opened() == []
    home.sign("qua", "incident.void", Record.objects.get(type="incident", author_id=None).number, reason=WHY)
    assert opened() == ["Service target missed: free disk"]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1000, free=50, used=950))
    assert level("disk_percent").missed is False


def counted(*answers: tuple[float, int]) -> dict[float, float]:
    """Give how many requests were answered within each bound, from how many took how long."""
    return {bound: float(sum(n for took, n in answers if took <= bound)) for bound in (*measures.BUCKETS, math.inf)}


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("answers", "value", "missed"),
    [
        ([(0.02, 95), (9, 5)], 0.03, False),
        ([(0.02, 94), (9, 6)], 10, True),
        ([(2, 100)], 3, False),
        ([(60, 20)], math.inf, True),
        ([(60, 19)], None, False),
    ],
)
def test_answers_are_judged_by_nineteen_of_twenty_and_never_by_a_handful(
    answers: list[tuple[float, int]], value: float | None, missed: bool
) -> None:
    now = clock.real()
    levels._counts.extend([(now - 200 * MINUTE, counted((60, 5000))), (now - 60 * MINUTE, counted((60, 7000))),
                           (now, counted((60, 7000), *answers))])  # fmt: skip
    found = level("answer_seconds")

    assert (found.value, found.missed) == (value, missed)


@pytest.mark.usefixtures("home")
def test_before_anything_was_counted_no_answer_is_late() -> None:
    assert level("answer_seconds").value is None
    measures.REQUEST_SECONDS.labels("readyz", "GET", "200").observe(99)
    before = measures.answered(levels.PROBES)
    measures.REQUEST_SECONDS.labels("readyz", "GET", "200").observe(99)
    assert measures.answered(levels.PROBES) == before
    measures.REQUEST_SECONDS.labels("record", "GET", "200").observe(2)
    after = measures.answered(levels.PROBES)
    assert {bound: after[bound] - before[bound] for bound in (1, 3, math.inf)} == {1: 0, 3: 1, math.inf: 1}


def test_what_should_follow_and_waits_is_missed_and_what_was_given_up_is_told_elsewhere(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    Outbox.objects.all().delete()
    event = Event.objects.filter(record_id=Record.objects.get(number=home.draft()).pk).latest("position")
    row = Outbox.objects.create(record_id=event.record_id, position=event.position, reaction="tests.late")
    assert level("follow_up_minutes").missed is False
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + 31 * MINUTE)
    assert level("follow_up_minutes").missed is True
    Outbox.objects.filter(pk=row.pk).update(attempts=reactions.ATTEMPTS)
    assert level("follow_up_minutes").value == 0


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("state", "tried", "tries", "hours", "value"),
    [
        (notices.WAITING, True, 3, 5, 5.0),
        (notices.WAITING, True, 3, 3, 3.0),
        (notices.WAITING, False, 0, 50, 0.0),  # nobody has tried yet
        (notices.SENT, True, 1, 50, 0.0),
        (notices.FAILED, True, 1, 5, 0.0),  # one address that is wrong is no outage
        (notices.FAILED, True, notices.TRIES, 6, 6.0),
        (notices.FAILED, True, notices.TRIES, 30, 0.0),
    ],
)
def test_mail_that_is_not_taken_counts_and_what_waits_for_its_time_does_not(
    monkeypatch: pytest.MonkeyPatch, state: str, tried: bool, tries: int, hours: int, value: float
) -> None:
    Notice.objects.create(
        person_id=uuid4(), task_id=uuid4(), stage="opened", at=clock.now() - timedelta(hours=hours), state=state,
        tried_at=clock.real() if tried else None, tries=tries,
    )  # fmt: skip
    assert level("mail_hours").value is None, "without a server nobody is told by mail"
    monkeypatch.setenv("INDELIBLE_MAIL", "smtp://127.0.0.1:9")

    assert level("mail_hours").value == pytest.approx(value, abs=0.01)
    assert level("mail_hours").missed is (value > 4)


@pytest.mark.usefixtures("home")
def test_a_target_that_is_left_out_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    looked(*every_five(300, 200), *every_five(100, 0))
    present = config.current()
    bare = present.model_copy(
        update={"policies": present.policies.model_copy(update={"service_targets": {"mail_hours": 4}})}
    )
    monkeypatch.setattr(config, "current", lambda: bare)

    assert opened() == []
    assert [one.name for one in levels.list_levels()] == ["mail_hours"]


@pytest.mark.usefixtures("home")
def test_the_watch_measures_and_a_simulated_home_keeps_no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    backup.noted(backup.NOTED, "Made by a test")
    looked(*every_five(300, 200), *every_five(100, 0))
    monkeypatch.setattr(watching, "is_wanted", lambda: False)
    monkeypatch.setattr(watching, "_has_to_lose", lambda: False)
    assert watching.look() == []
    monkeypatch.setattr(watching, "_has_to_lose", lambda: True)
    assert len(watching.look()) == 1


@pytest.mark.usefixtures("home")
def test_the_figures_say_what_was_measured_and_are_silent_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    looked(*every_five(300, 200), *every_five(100, 0))
    list(levels.look())

    def figures() -> str:
        registry = CollectorRegistry()
        registry.register(Figures())
        return generate_latest(registry).decode()

    assert 'indelible_service_target_missed{target="unready_minutes"} 1.0' in figures()
    assert 'indelible_service_target_missed{target="disk_percent"} 0.0' in figures()
    assert 'indelible_service_measured{target="mail_hours"}' not in figures(), "nothing was measured"
    real = clock.real
    monkeypatch.setattr(clock, "real", lambda: real() + timedelta(hours=1))
    assert "indelible_service_target_missed{" not in figures()


def test_the_board_shows_what_is_kept_and_names_what_is_missed(home: TestHome) -> None:
    def said() -> Any:
        return probing.ask(home.view("qua"), "service_targets")

    assert said().state == OPEN
    looked(*every_five(600, 0))
    list(levels.look())
    assert (said().state, "100.00 %" in said().says) == (SHOWN, True)
    looked(*every_five(600, 300), *every_five(200, 0))
    list(levels.look())
    assert said().state == NOT_SHOWN
    assert "100 minutes" in said().says


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "text", ["", "[]", '{"at": "never"}', '{"at": "2026-01-01T00:00:00Z", "levels": 5}', '{"levels": []}']
)
def test_a_file_that_somebody_spoiled_measures_nothing(text: str) -> None:
    (settings.HOME.path / running.FOLDER).mkdir(exist_ok=True)
    (settings.HOME.path / running.FOLDER / running.LEVELS).write_text(text, "utf-8")

    assert levels.list_levels() == []


@pytest.mark.usefixtures("home")
def test_a_look_notes_what_readyz_would_say(monkeypatch: pytest.MonkeyPatch) -> None:
    levels.sample(measures.answered(levels.PROBES))
    monkeypatch.setitem(ready.CHECKS, "disk", lambda: False)
    levels.sample(measures.answered(levels.PROBES))

    assert [held for _, held in running.list_ready(settings.HOME.path)] == [True, False]
    assert len(levels._counts) == 2


def last(moment: datetime) -> float:
    return (clock.real() - moment) / MINUTE


@pytest.mark.usefixtures("home")
def test_what_is_older_than_a_month_is_let_go() -> None:
    looked((60 * 24 * 32.0, False), (60 * 24 * 30.5, True))
    running.note_ready(settings.HOME.path, True)
    kept = running.list_ready(settings.HOME.path)

    assert [round(last(at) / 60 / 24, 1) for at, _ in kept] == [30.5, 0]
