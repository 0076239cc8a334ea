"""One's own sessions: all of them are listed, any other can be ended, and nobody else's can."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from indelible.infra import canonical, clock
from indelible.kernel.models import Event
from indelible.practice import sessions
from tests.homes import PASSWORD, TestHome

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"


def sign_in(user: str, agent: str) -> Client:
    client = Client(headers={"user-agent": agent}, raise_request_exception=False)
    assert client.post("/login", {"login": user, "password": PASSWORD}).status_code == 302
    return client


def to_end(client: Client) -> list[str]:
    """Give the addresses at which the sessions that my page lists are ended."""
    return re.findall(r'action="(/me/sessions/\w+/end)"', client.get("/me").content.decode())


@pytest.mark.usefixtures("home")
def test_all_my_sessions_are_listed_and_another_one_is_ended_at_once() -> None:
    phone, desk = sign_in("ann", CHROME), sign_in("ann", FIREFOX)
    sign_in("bea", "Somebody else's browser")

    page = desk.get("/me").content.decode()
    ends = to_end(desk)
    done = desk.post(ends[0])

    assert "Firefox on Windows" in page
    assert "Chrome or Chromium on Android" in page
    assert "Somebody else" not in page
    assert page.count("this one") == 1
    assert len(ends) == 1
    assert done.status_code == 302
    assert phone.get("/me").status_code == 302
    assert desk.get("/me").status_code == 200
    assert to_end(desk) == []


def reported(home: TestHome, user: str = "ann") -> list[str]:
    """Give what the trail of a person says of use from two places."""
    told = [canonical.decode(e.payload) for e in Event.objects.filter(record_id=home.person(user)).order_by("position")]
    return [event["reason"] for event in told if event["event"] == "person.used_from_two_places"]


def test_one_account_in_two_places_at_once_is_reported_with_both_addresses(home: TestHome) -> None:
    given = {"login": "ann", "password": PASSWORD}
    Client(REMOTE_ADDR="192.0.2.1").post("/login", given)
    assert Client(REMOTE_ADDR="198.51.100.7").post("/login", given).status_code == 302

    (said,) = reported(home)
    assert "198.51.100.7" in said
    assert "192.0.2.1" in said


@pytest.mark.parametrize("other", ["the same address", "somebody else", "long ago", "signed out"])
def test_what_is_not_two_places_at_once_is_reported_by_nobody(home: TestHome, other: str) -> None:
    first = Client(REMOTE_ADDR="192.0.2.1")
    first.post("/login", {"login": "bea" if other == "somebody else" else "ann", "password": PASSWORD})
    if other == "signed out":
        first.post("/logout")
    if other == "long ago":
        clock.simulate(lambda real: real + timedelta(minutes=6))
    place = "192.0.2.1" if other == "the same address" else "198.51.100.7"
    assert Client(REMOTE_ADDR=place).post("/login", {"login": "ann", "password": PASSWORD}).status_code == 302
    clock.simulate(None)

    assert reported(home) == []


@pytest.mark.usefixtures("home")
def test_no_page_shows_the_key_of_a_session_and_nobody_elses_is_ended() -> None:
    ann, other, bea = sign_in("ann", CHROME), sign_in("ann", CHROME), sign_in("bea", FIREFOX)
    page, ends = ann.get("/me").content.decode(), to_end(ann)

    assert not [key for key in Session.objects.values_list("pk", flat=True) if key in page]
    assert bea.post(ends[0]).status_code == 404
    assert ann.post(f"/me/sessions/{ann.session.session_key}/end").status_code == 404
    present = hashlib.sha256(str(ann.session.session_key).encode()).hexdigest()[:32]
    assert ann.post(f"/me/sessions/{present}/end").status_code == 404  # one leaves the present one by signing out
    assert ann.get("/me").status_code == 200
    assert other.get("/me").status_code == 200


def test_what_has_ended_by_itself_or_by_a_new_password_is_not_listed(home: TestHome) -> None:
    desk, phone, lab = (sign_in("ann", one) for one in (FIREFOX, CHROME, "curl/8"))
    store = phone.session
    store[sessions.ACTED] = clock.iso(clock.now() - timedelta(hours=1))
    store.save()

    assert len(to_end(desk)) == 1
    new = "seventeen quiet harbours"
    assert desk.post("/me/password", {"old": PASSWORD, "password": new, "again": new}).status_code == 302
    assert lab.get("/me").status_code == 302
    assert to_end(desk) == []
    assert home.person("ann") is not None


@pytest.mark.parametrize(("agent", "words"), [
    (FIREFOX, "Firefox on Windows"), (CHROME, "Chrome or Chromium on Android"), ("curl/8.5.0", "curl/8.5.0"), ("", "not told"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
])  # fmt: skip
def test_a_browser_is_told_in_a_few_words(agent: str, words: str) -> None:
    assert sessions.told(agent) == words
