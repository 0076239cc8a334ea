"""Locked accounts and addresses that try many open one incident for each and day, by themselves, and whoever tries notices nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.test import Client

from indelible.assurance import alarms, lockouts
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.models import Event, Party, Record
from indelible.practice import accounts
from indelible.project import background
from tests.faces import browsing
from tests.homes import PASSWORD, TestHome

HERE, THERE = "192.0.2.7", "198.51.100.9"
TYPED = "my-password-by-mistake-4711"
WHY = "It was looked at, and this is known"


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test as a process that has seen nothing yet."""
    monkeypatch.setattr(alarms, "_refused", {})
    for name, empty in (("_seen", {}), ("_told", {}), ("_summed", set())):
        monkeypatch.setattr(lockouts, name, empty)


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what this process has seen, as one does that begins anew."""
    for name, empty in (("_seen", {}), ("_told", {}), ("_summed", set())):
        monkeypatch.setattr(lockouts, name, empty)


def fail(user: str, times: int, address: str = HERE, client: Client | None = None) -> list[int]:
    """Try to sign in with a wrong password; gives what was answered each time."""
    browser = client or browsing.nobody()
    browser.defaults["REMOTE_ADDR"] = address
    return [browser.post("/login", {"login": user, "password": "not it"}).status_code for _ in range(times)]


def failed(user: str, times: int, address: str) -> None:
    """Enter failures as the list of them has them, for attacks that would take too long to make."""
    rows = [AccessFailureLog(username=user, ip_address=address, user_agent="", http_accept="", path_info="/login")] * times
    for row in rows:
        row.pk = None
        row.save(force_insert=True)


def opened() -> list[Record]:
    rows = Record.objects.filter(type="incident", author_id=None).order_by("number")
    return [one for one in rows if str(records.values(one).get("signal")).startswith(lockouts.SIGNAL)]


def remarks(head: Record) -> list[str]:
    return [
        one.payload
        for one in Event.objects.filter(record_id=head.pk).order_by("position")
        if '"incident.commented"' in one.payload
    ]


def test_two_hundred_failed_sign_ins_are_one_incident_that_says_what_is_known(home: TestHome) -> None:
    statuses = fail("rob", 200)
    numbers = lockouts.step()
    (head,) = opened()
    values = records.values(head)

    assert statuses == [422] * lockouts.FOR_ONE_USER_ID + [429] * (200 - lockouts.FOR_ONE_USER_ID)
    assert numbers == [head.number]
    assert (values["kind"], values["source"], values["critical_at_once"]) == ("access", "automatic", False)
    assert [one["person"] for one in values["people_concerned"]] == [str(home.person("rob"))]
    assert "20 attempts" in values["what"]
    assert HERE in values["what"]
    assert "User ids of accounts: rob." in values["what"]
    assert head.due_at is not None
    assert Party.objects.filter(record_id=head.pk, person_id=home.person("rob")).exists()
    fail("rob", 3)
    assert lockouts.step() == []
    assert len(opened()) == 1


def test_seven_failures_are_none_and_eight_at_signing_count_as_at_signing_in(home: TestHome) -> None:
    fail("rob", 7)
    assert lockouts.step() == []
    client = browsing.sign_in("bea")
    number = home.draft("bea")
    for _ in range(8):
        browsing.signed(client, f"/r/{number}/sign/submit", "bea", password="not the password")

    (found,) = lockouts.step()
    assert "User ids of accounts: bea." in records.values(Record.objects.get(number=found))["what"]


def test_a_success_in_between_begins_the_count_anew(home: TestHome) -> None:
    for _ in range(2):
        client = browsing.nobody()
        fail("rob", 5, client=client)
        assert client.post("/login", {"login": "rob", "password": PASSWORD}).status_code == 302

    assert lockouts.step() == []


@pytest.mark.usefixtures("home")
def test_a_user_id_that_nobody_has_is_counted_and_never_told() -> None:
    fail(TYPED, 9)
    lockouts.step()
    (head,) = opened()
    values = records.values(head)

    assert head.title == f"Attempts from {HERE} were locked"
    assert "User ids of accounts: none. User ids that nobody has: 1." in values["what"]
    assert values["critical_at_once"] is False
    assert not any(TYPED in payload for payload in Event.objects.values_list("payload", flat=True))


@pytest.mark.usefixtures("home")
def test_many_user_ids_from_one_address_are_the_shape_of_an_attack_and_nine_are_not() -> None:
    for n in range(lockouts.NAMES - 1):
        fail(f"guess{n}", 1)
    assert lockouts.step() == []
    fail("ann", 1)
    lockouts.step()
    (head,) = opened()

    assert records.values(head)["critical_at_once"] is True
    assert not records.values(head)["people_concerned"]
    assert head.due_at is not None
    assert head.due_at - clock.now() <= timedelta(hours=4)


def test_one_account_from_many_addresses_is_critical(home: TestHome) -> None:
    for n in range(lockouts.FOR_ONE_USER_ID):
        fail("ann", 1, f"192.0.2.{n + 1}")
    lockouts.step()
    (head,) = opened()

    assert head.title.startswith("The account of ")
    assert records.values(head)["critical_at_once"] is True
    assert "and 15 more" in records.values(head)["what"]


@pytest.mark.usefixtures("home")
def test_a_device_that_is_known_gets_in_and_the_answers_are_those_of_before() -> None:
    known = browsing.sign_in("ann")
    fail("ann", 9)

    def answers() -> list[tuple[int, bytes]]:
        tried = [("ann", PASSWORD), ("ann", "wrong"), ("nobody", "wrong")]
        told = []
        for user, password in tried:
            attacker = browsing.nobody()
            attacker.defaults["REMOTE_ADDR"] = HERE
            answer = attacker.post("/login", {"login": user, "password": password})
            told.append((answer.status_code, answer.content[:200]))
        return told

    before = answers()
    lockouts.step()
    assert len(opened()) == 1
    assert answers() == before
    assert {status for status, _ in before} == {422}
    known.post("/logout")
    assert known.post("/login", {"login": "ann", "password": PASSWORD}).status_code == 302


def test_what_doubles_is_said_in_the_same_incident_and_the_whole_once_the_day_is_over(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail("rob", 8)
    lockouts.step()
    (head,) = opened()
    failed("rob", 7, THERE)
    fail("rob", 1, "192.0.2.99")
    lockouts.step()
    assert len(opened()) == 1
    assert len(remarks(head)) == 1
    assert "16 attempts" in remarks(head)[0]
    lockouts.step()
    assert len(remarks(head)) == 1

    real = clock.real
    monkeypatch.setattr(clock, "real", lambda: real() + timedelta(days=1))
    lockouts.step()
    another_process(monkeypatch)
    lockouts.step()
    assert [("The day is over. " in one, "16 attempts" in one) for one in remarks(head)] == [(False, True), (True, True)]
    assert len(opened()) == 1


def test_a_process_that_begins_anew_finds_what_was_locked_before_and_opens_nothing_twice(
    home: TestHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail("rob", 8)
    AccessFailureLog.objects.update(attempt_time=clock.real() - timedelta(seconds=30))
    assert len(lockouts.step()) == 1
    another_process(monkeypatch)
    assert lockouts.step() == []
    home.sign("qua", "incident.void", opened()[0].number, reason=WHY)
    another_process(monkeypatch)

    assert lockouts.step() == []
    assert len(opened()) == 1


@pytest.mark.usefixtures("home")
def test_who_tries_from_everywhere_makes_no_flood_of_records() -> None:
    for n in range(lockouts.MOST + 15):
        failed(f"guess{n}", lockouts.FROM_ONE_ADDRESS, f"203.0.113.{n + 1}")
        lockouts.step()
    found = opened()

    assert len(found) == lockouts.MOST + 1
    assert found[-1].title == "Many accounts or addresses were locked"
    assert records.values(found[-1])["critical_at_once"] is True


def test_whoever_left_is_attacked_as_well(home: TestHome) -> None:
    number = Record.objects.get(pk=home.person("bea")).number
    accounts.deactivate(home.people["adm"], number, seen=None, reason=WHY)
    failed("bea", lockouts.FOR_ONE_USER_ID, HERE)

    assert len(lockouts.step()) == 1


@pytest.mark.usefixtures("home")
def test_the_process_beside_the_web_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    class Once:
        asked = 0

        def is_set(self) -> bool:
            self.asked += 1
            return self.asked > 2

        def wait(self, _seconds: float) -> bool:
            return True

    fail("rob", 8)
    background.keep_secure(Once())  # type: ignore[arg-type]

    assert len(opened()) == 1
