"""Incidents that the product opens itself: of real faults, one for each cause while one is open, and never hidden by people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from indelible.assurance import alarms, backup, continuity, levels, watching
from indelible.assurance.alarms import Alarm
from indelible.assurance.examination import host
from indelible.assurance.verify import verify
from indelible.infra import clock
from indelible.infra.storage import Store
from indelible.kernel import acts, hooks, reactions, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.hooks import Reply
from indelible.kernel.models import Event, Outbox, Record, Task
from indelible.practice import uploads
from indelible.project import background
from tests.assurance.damaging import damage, in_json
from tests.homes import TestHome

WHY = "It was looked at, and this is known"
ONE = Alarm("one", "One thing", "It happened", "Look at it", "availability")


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test as a process that has seen nothing yet."""
    monkeypatch.setattr(alarms, "_refused", {})
    monkeypatch.setattr(watching, "_nights", [])


def incidents() -> list[Record]:
    return list(Record.objects.filter(type="incident").order_by("number"))


def told(number: str) -> dict[str, Any]:
    return records.values(Record.objects.get(number=number))


def void(home: TestHome, number: str) -> None:
    """Let Quality end an incident."""
    home.sign("qua", "incident.void", number, reason=WHY)


# --- the way of every alarm ----------------------------------------------------------------------------------------------


def test_an_alarm_is_an_incident_of_the_system_with_work_for_somebody(home: TestHome) -> None:
    (number,) = alarms.raised([ONE])
    head, values = Record.objects.get(number=number), told(number)

    assert (head.state, head.author_id) == ("reported", None)
    assert (values["source"], values["kind"], values["reporter"]) == ("automatic", "availability", None)
    assert values["what"] == "It happened\n\nWhat to do: Look at it"
    assert Task.objects.filter(record_id=head.pk).exists()
    assert '"via":"system"' in Event.objects.get(record_id=head.pk, position=1).payload


def test_one_cause_opens_one_incident_while_it_is_open_and_another_cause_its_own(home: TestHome) -> None:
    assert len(alarms.raised([ONE, ONE])) == 1
    assert alarms.raised([ONE]) == []
    assert len(alarms.raised([ONE, Alarm("two", "Two", "It happened", "Look", "time")])) == 1
    assert len(incidents()) == 2


def test_a_cause_that_is_there_again_after_the_incident_ended_opens_the_next_one(home: TestHome) -> None:
    (number,) = alarms.raised([ONE])
    void(home, number)

    assert len(alarms.raised([ONE])) == 1
    assert alarms.raised([ONE]) == []


def test_nobody_hides_a_cause_by_reporting_it_first(home: TestHome) -> None:
    fields = {"title": ONE.title, "what": "Nothing to see", "occurred_at": clock.iso(clock.now()), "detected_at": clock.iso(clock.now()),
              "kind": "availability", "system": "this one", "source": "automatic", "signal": ONE.signal}  # fmt: skip
    home.act("rea", "incident.create", fields=fields)

    assert len(alarms.raised([ONE])) == 1


def test_what_is_critical_is_looked_at_within_hours(home: TestHome) -> None:
    (number,) = alarms.raised([Alarm("tamper", "Tampered", "A row", "Look", "integrity or tamper", critical=True)])
    due = Record.objects.get(number=number).due_at

    assert due is not None
    assert due - clock.now() < timedelta(hours=4, minutes=1)


def test_an_incident_that_is_refused_is_told_once_an_hour_and_stops_nothing(home: TestHome) -> None:
    wrong = Alarm("wrong", "Wrong", "It happened", "Look", "no such kind")

    assert len(alarms.raised([wrong, ONE])) == 1
    assert alarms.raised([wrong]) == []
    assert "wrong" in alarms._refused


# --- what re-reading finds -----------------------------------------------------------------------------------------------


@pytest.mark.damaged(reason="a row is changed behind the product's back")
def test_changed_rows_are_an_incident_once_for_the_same_damage_and_again_for_more(home: TestHome) -> None:
    numbers = [home.draft(title=f"Draft {n}") for n in range(2)]
    damage(f"UPDATE record SET {in_json('content', '1', 'Forged')} WHERE number = %s", numbers[0])
    (number,) = alarms.raised(watching.verified(verify()))

    assert told(number)["kind"] == "integrity or tamper"
    assert numbers[0] in told(number)["what"]
    assert "security contact" in told(number)["what"]
    void(home, number)
    assert alarms.raised(watching.verified(verify())) == []
    damage(f"UPDATE record SET {in_json('content', '1', 'Forged')} WHERE number = %s", numbers[1])
    assert len(alarms.raised(watching.verified(verify()))) == 1


def test_a_whole_ledger_is_no_incident(home: TestHome) -> None:
    home.draft()

    assert list(watching.verified(verify())) == []
    assert watching.look() == []
    assert incidents() == []


@pytest.mark.damaged(reason="a file is taken out of the store")
def test_a_missing_file_is_an_incident_that_names_its_record(home: TestHome) -> None:
    sha256 = uploads.receive(home.people["ann"], "plan.csv", [b"the plan"]).sha256
    number = home.draft(file=[sha256])
    path = Store(home_files(home)).path(sha256)
    path.chmod(0o600)
    path.unlink()
    (opened,) = alarms.raised(watching.verified(verify()))

    assert told(opened)["title"] == "Files of records are missing or changed"
    assert number in told(opened)["what"]
    assert sha256[:12] in told(opened)["what"]


def home_files(home: TestHome) -> Any:
    return home.path / "files"


@pytest.mark.damaged(reason="a row is changed behind the product's back")
def test_everything_is_read_again_once_in_the_night_and_the_trail_says_so(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = home.draft()
    damage(f"UPDATE record SET {in_json('content', '1', 'Forged')} WHERE number = %s", number)
    noon = datetime(2026, 12, 1, 17, tzinfo=UTC)
    monkeypatch.setattr(clock, "real", lambda: noon)
    assert [watching.is_wanted(), *found_by_verification()] == [False]
    monkeypatch.setattr(clock, "real", lambda: noon.replace(hour=8))  # three o'clock at the company
    monkeypatch.setattr(host, "database_clock", lambda: (True, "together"))

    assert len(watching.look()) == 1
    assert watching.look() == []
    assert len(found_by_verification()) == 1


def found_by_verification() -> list[str]:
    return list(Event.objects.filter(payload__contains='"installation.verified"').values_list("payload", flat=True))


# --- clocks ----------------------------------------------------------------------------------------------------------------


def test_a_clock_that_jumps_is_an_event_and_an_incident(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_started", (clock._started[0] - 90, clock._started[1]))
    background.watch_clock()
    background.watch_clock()

    assert [told(one.number)["kind"] for one in incidents()] == ["time"]
    assert "+90.0 seconds" in told(incidents()[0].number)["what"]
    assert Event.objects.filter(payload__contains='"installation.clock_stepped"').count() == 1


def test_a_clock_that_keeps_time_is_no_incident(home: TestHome) -> None:
    clock.settle()
    background.watch_clock()

    assert incidents() == []


@pytest.mark.parametrize(("apart", "expected"), [(1, 0), (3, 1), (600, 1)])
def test_clocks_of_server_and_database_that_differ_are_an_incident(
    home: TestHome, monkeypatch: pytest.MonkeyPatch, apart: int, expected: int
) -> None:
    monkeypatch.setattr(host, "_told", lambda: clock.real() + timedelta(seconds=apart))

    assert len(watching.look()) == expected


# --- reactions -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hopeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something follow each new department that no rule allows."""

    def nothing_good(_event: dict[str, Any]) -> Iterator[Reply]:
        yield Reply("department.vanish", None)

    monkeypatch.setitem(hooks._AFTER, "department.create", [nothing_good])


def give_up() -> None:
    for _ in range(reactions.ATTEMPTS):
        reactions.run_pending()


@pytest.mark.usefixtures("hopeless")
def test_a_reaction_that_is_given_up_is_an_incident_with_its_records(home: TestHome) -> None:
    number = home.act("rob", "department.create", fields={"name": "Stores"}).number
    assert watching.look() == []
    give_up()
    (opened,) = watching.look()

    assert number in told(opened)["what"]
    assert "Nothing good: given up after 5 tries" in told(opened)["what"]
    assert watching.look() == []


@pytest.mark.usefixtures("hopeless")
def test_what_was_told_and_ended_is_not_told_again_but_the_next_one_is(home: TestHome) -> None:
    home.act("rob", "department.create", fields={"name": "Stores"})
    give_up()
    (opened,) = watching.look()
    void(home, opened)
    assert watching.look() == []
    later = home.act("rob", "department.create", fields={"name": "Cellar"}).number
    give_up()
    (second,) = watching.look()

    assert later in told(second)["what"]
    assert Outbox.objects.filter(done_at=None, attempts=reactions.ATTEMPTS).count() == 2, (
        "what was given up stays as evidence"
    )


# --- backups ---------------------------------------------------------------------------------------------------------------


def real(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let the home be one that is not simulated, so many days from now."""
    values = records.values
    monkeypatch.setattr(
        records, "values", lambda one: values(one) | ({"simulated": False} if one.type == "installation" else {})
    )
    monkeypatch.delitem(levels._MEASURES, "follow_up_minutes")  # nothing runs beside these tests that would do what is due
    clock.simulate(lambda now: now + timedelta(days=days))


@pytest.fixture
def _own_clock() -> Iterator[None]:
    yield
    clock.simulate(None)


@pytest.mark.usefixtures("_own_clock")
@pytest.mark.parametrize(("days", "expected"), [(0, 0), (1, 0), (3, 1)])
def test_no_backup_for_more_than_two_days_is_an_incident(
    home: TestHome, monkeypatch: pytest.MonkeyPatch, days: int, expected: int
) -> None:
    real(monkeypatch, days)
    opened = watching.look()

    assert len(opened) == expected
    assert [told(number)["kind"] for number in opened] == ["backup"] * expected


@pytest.mark.usefixtures("_own_clock")
def test_a_backup_in_time_is_none_and_a_simulated_home_has_nothing_to_lose(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.simulate(lambda now: now + timedelta(days=9))
    assert watching.look() == []
    backup.noted(backup.NOTED, "Backup of everything")
    real(monkeypatch, 10)

    assert watching.look() == []


def test_a_continuity_set_that_cannot_be_written_is_an_incident(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        stop.set()
        raise OSError(28, "No space left on device")

    stop = Once()
    monkeypatch.setattr(continuity, "is_wanted", lambda: True)
    monkeypatch.setattr(continuity, "make", full)
    background.keep_continuity(stop)  # type: ignore[arg-type]

    assert "No space left on device" in told(incidents()[0].number)["what"]


class Once:
    """An event that is set by the first turn."""

    done = False

    def wait(self, _seconds: float) -> bool:
        return self.done

    def set(self) -> None:
        self.done = True


def test_incidents_are_opened_whatever_the_state_of_the_installation(home: TestHome) -> None:
    installation = Record.objects.get(type="installation")
    home.sign("qua", "installation.suspend", installation.number, reason=WHY)
    acts.run(SYSTEM, "installation.note_clock_step", installation.id, reason="The clock stepped by +9 seconds")

    assert len(alarms.raised([ONE])) == 1
