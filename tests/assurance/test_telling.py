"""What people must hear of at once reaches them by mail: emergency access, an account in two places, one that nobody uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from indelible.assurance import alarms, telling
from indelible.infra import clock
from indelible.kernel import acts, config, records, sequencer
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Account, Record
from indelible.practice import dormancy
from tests.faces import browsing
from tests.homes import PASSWORD, TestHome
from tests.modules.test_emergency import asked
from tests.practice.posting import Post, posting

CONTACT = "security@quality.example"
EMERGENCY, PLACES, UNUSED = (
    "Access was given in an emergency", "An account was used from two places at once", "An account that nobody uses will be disabled",
)  # fmt: skip


@pytest.fixture
def contact(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give a way to name a security contact."""
    present = config.current()

    def name(address: str) -> None:
        given = present.model_copy(update={"policies": present.policies.model_copy(update={"security_contact": address})})
        monkeypatch.setattr(config, "current", lambda: given)

    name(CONTACT)
    return name


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, contact: Any) -> Iterator[Post]:
    """Run a mail server, and begin with nothing told."""
    monkeypatch.setattr(telling, "_again", [datetime.min.replace(tzinfo=UTC)])
    monkeypatch.setattr(telling, "_sent", set())
    monkeypatch.setattr(alarms, "_refused", {})
    with posting() as server:
        monkeypatch.setenv("INDELIBLE_MAIL", server.address)
        yield server


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Let time go by for the product; spans add up."""
    gone = [timedelta()]

    def let(span: timedelta) -> None:
        gone[0] += span
        clock.simulate(lambda real: real + gone[0])

    yield let
    clock.simulate(None)


def told() -> int:
    sequencer.drain()
    return telling.step()


def two_places() -> None:
    """Sign Ann in from two addresses."""
    for address in ("198.51.100.7", "203.0.113.9"):
        browsing.nobody().post("/login", {"login": "ann", "password": PASSWORD}, REMOTE_ADDR=address)


def number_of(home: TestHome, user: str) -> str:
    return Record.objects.get(pk=home.person(user)).number


def test_emergency_access_reaches_person_management_and_contact_and_opens_an_incident_once(
    home: TestHome, post: Post
) -> None:
    number = asked(home)
    assert told() == 0, "a request opens nothing, so nobody is told"
    home.sign("qua", "grant.open_in_emergency", number)

    assert told() == 1
    assert told() == 0

    assert [to for to, subject in post.told() if subject == f"{EMERGENCY}: {number}"] == [
        "exe@quality.example", "rea@quality.example", CONTACT,
    ]  # fmt: skip
    (incident,) = Record.objects.filter(type="incident")
    said = records.values(incident)
    assert (said["kind"], incident.author_id) == ("access", None)
    for words in (number, "Rea Der", "in hospital", "Called Adm"):
        assert words in said["what"]


def test_an_account_in_two_places_reaches_its_person_and_the_contact(home: TestHome, post: Post) -> None:
    two_places()

    assert told() == 1
    texts = [str(one.get_content()) for one in post.arrived]
    assert post.told() == [(to, f"{PLACES}: {number_of(home, 'ann')}") for to in ("ann@quality.example", CONTACT)]
    assert all("198.51.100.7" in text and "203.0.113.9" in text for text in texts)
    assert not Record.objects.filter(type="incident").exists()


def test_one_place_is_told_to_nobody(home: TestHome, post: Post) -> None:
    browsing.sign_in("ann")
    browsing.sign_in("ann")

    assert told() == 0
    assert post.told() == []


def test_an_account_that_nobody_uses_is_told_to_its_person_and_the_contact_once(
    founding: TestHome, post: Post, later: Callable[[timedelta], None]
) -> None:
    later(timedelta(days=61))
    Account.objects.exclude(user_id="bea").update(last_login=clock.now())
    assert dormancy.look() == []
    assert dormancy.look() == []

    assert told() == 1
    assert post.told() == [(to, f"{UNUSED}: {number_of(founding, 'bea')}") for to in ("bea@quality.example", CONTACT)]
    assert told() == 0


def test_who_writes_the_words_of_an_event_into_a_text_rings_nobody(home: TestHome, post: Post) -> None:
    home.draft(title='"event":"person.used_from_two_places"', text='{"event":"grant.opened_in_emergency"}')

    assert told() == 0
    assert post.told() == []


def test_a_mail_that_is_not_taken_is_sent_again_and_those_that_were_are_not(
    home: TestHome, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.refused["ann@quality.example"] = "451 later"
    two_places()
    assert told() == 0
    assert post.told() == [(CONTACT, f"{PLACES}: {number_of(home, 'ann')}")]
    post.refused.clear()
    assert told() == 0, "it is not asked again at once"

    monkeypatch.setattr(telling, "_again", [datetime.min.replace(tzinfo=UTC)])
    assert told() == 1
    assert post.told() == [("ann@quality.example", f"{PLACES}: {number_of(home, 'ann')}")]


def test_an_address_that_the_server_does_not_know_keeps_nobody_else_waiting(home: TestHome, post: Post) -> None:
    post.refused[CONTACT] = "550 no such user"
    two_places()

    assert told() == 1
    assert [to for to, _ in post.told()] == ["ann@quality.example"]


def test_without_a_contact_the_person_is_told_all_the_same(
    home: TestHome, post: Post, contact: Callable[[str], None]
) -> None:
    contact("")
    two_places()

    assert told() == 1
    assert [to for to, _ in post.told()] == ["ann@quality.example"]


def test_without_a_mail_server_the_incident_of_an_emergency_is_opened_all_the_same(
    home: TestHome, contact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INDELIBLE_MAIL", raising=False)
    monkeypatch.setattr(telling, "_again", [datetime.min.replace(tzinfo=UTC)])
    home.sign("exe", "grant.open_in_emergency", asked(home))

    assert told() == 1
    assert Record.objects.filter(type="incident").count() == 1


def test_what_is_older_than_a_day_was_told_before(home: TestHome, post: Post, later: Callable[[timedelta], None]) -> None:
    acts.run(SYSTEM, "person.note_two_places", home.person("ann"), reason="Signed in from two addresses at once")
    later(timedelta(hours=25))

    assert told() == 0
    assert post.told() == []
