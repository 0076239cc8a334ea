"""What comes back by itself: opened once for its period, refused ones told and tried again, simulated homes left alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from indelible.infra import clock
from indelible.kernel.models import Event, Record, Refusal
from indelible.practice import scheduled
from indelible.practice.scheduled import Due
from indelible.project.demo import passing
from tests.homes import TestHome


def values(**more: Any) -> dict[str, Any]:
    now = clock.iso(clock.now())
    return {"title": "Late", "what": "It is late by its schedule", "occurred_at": now, "detected_at": now,
            "kind": "availability", "system": "This one", "source": "automatic", **more}  # fmt: skip


@pytest.fixture
def due(monkeypatch: pytest.MonkeyPatch) -> list[Due]:
    """Give the list of what is due in this test; what ships is not asked."""
    wanted: list[Due] = []
    monkeypatch.setattr(scheduled, "_schedules", {"one": lambda _: wanted})
    monkeypatch.setattr(scheduled, "_refused", {})
    return wanted


def test_what_is_due_is_opened_by_the_system_once_for_its_period(home: TestHome, due: list[Due]) -> None:
    due.append(Due("incident", "2026-Q4", values()))

    (number,) = scheduled.open_due()

    record = Record.objects.get(number=number)
    assert (record.author_id, record.title) == (None, "Late")
    assert '"reason":"Due for 2026-Q4"' in Event.objects.get(record_id=record.pk, position=1).payload
    assert scheduled.open_due() == []
    home.sign("qua", "incident.void", number, reason="It was opened for nothing")
    assert scheduled.open_due() == [], "whatever became of it"


def test_what_the_period_begins_with_may_change_afterwards(home: TestHome, due: list[Due]) -> None:
    due.append(Due("incident", "2026-Q4", values()))
    scheduled.open_due()

    due[:] = [Due("incident", "2026-Q4", values(title="Later"))]

    assert scheduled.open_due() == []


def test_each_period_has_its_own(home: TestHome, due: list[Due]) -> None:
    due += [Due("incident", "SYS-001 2026-Q4", values()), Due("incident", "SYS-002 2026-Q4", values())]
    assert len(scheduled.open_due()) == 2

    due.append(Due("incident", "SYS-001 2027-Q1", values()))

    assert len(scheduled.open_due()) == 1


def test_a_schedule_is_asked_for_the_companys_day(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []

    def nothing(day: date) -> list[Due]:
        asked.append(day)
        return []

    monkeypatch.setattr(scheduled, "_schedules", {"one": nothing})

    scheduled.open_due()

    assert asked == [date.fromisoformat(clock.in_zone(clock.now(), home.view("qua").configuration.company.zone)[:10])]


def test_what_the_door_refuses_is_tried_again_after_an_hour(
    home: TestHome, due: list[Due], monkeypatch: pytest.MonkeyPatch
) -> None:
    due.append(Due("document", "2026-Q4", {"title": "Nobody's", "class": "procedure"}))  # the system writes no documents
    before, now = Refusal.objects.count(), clock.real()

    assert (scheduled.open_due(), scheduled.open_due()) == ([], [])
    assert Refusal.objects.count() == before + 1, "noted once"
    monkeypatch.setattr(clock, "real", lambda: now + timedelta(hours=1, minutes=1))
    assert scheduled.open_due() == []
    assert Refusal.objects.count() == before + 2


def test_one_that_is_refused_keeps_no_other_from_being_opened(home: TestHome, due: list[Due]) -> None:
    due += [Due("document", "2026-Q4", {"title": "Nobody's"}), Due("incident", "2026-Q4", values())]

    assert len(scheduled.open_due()) == 1


def test_values_that_no_field_takes_open_nothing(home: TestHome, due: list[Due]) -> None:
    due.append(Due("incident", "2026-Q4", values(kind="earthquake")))

    assert scheduled.open_due() == []
    assert not Record.objects.filter(type="incident").exists()


def test_a_type_that_the_company_does_not_have_is_left_out(home: TestHome, due: list[Due]) -> None:
    due.append(Due("ritual", "2026-Q4"))

    assert scheduled.open_due() == []


def test_a_simulated_home_is_left_alone(home: TestHome, due: list[Due]) -> None:
    due.append(Due("incident", "2026-Q4", values()))

    assert home.simulated
    assert scheduled.look() == []
    assert not Record.objects.filter(type="incident").exists()


def test_whoever_moves_the_clock_of_a_simulated_home_opens_what_is_due_then(home: TestHome, due: list[Due]) -> None:
    due.append(Due("incident", "2026-Q4", values()))
    try:
        told = passing.advance(timedelta(hours=2))
        again = passing.advance(timedelta(hours=2))
    finally:
        clock.simulate(None)

    assert [one for one in told["done"] if "opened" in one] == ["INC-001 was opened: it is due"]
    assert not [one for one in again["done"] if "opened" in one]
