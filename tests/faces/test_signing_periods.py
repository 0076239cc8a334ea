"""A continuous period of signing: all components at its first signature, the secret one at later ones, all of them after any break (11.200(a)(1))."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from indelible.infra import canonical, clock
from indelible.kernel.models import AccessGrant, Record, Refusal, Signature
from indelible.practice import factors, periods
from tests import homes
from tests.faces.browsing import asked, sign_in, text
from tests.faces.test_web_factors import code
from tests.homes import PASSWORD, TestHome
from tests.properties.cast import give_role

NEW = "seventeen quiet harbours"


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Let time go by for the product; spans add up."""
    gone = [timedelta()]

    def let(span: timedelta) -> None:
        gone[0] += span
        clock.simulate(lambda real: real + gone[0])

    yield let
    clock.simulate(None)


def dialog(client: Client, number: str) -> str:
    """Give the words of the dialog for submitting a draft."""
    answer = client.get(f"/r/{number}/sign/submit")
    assert answer.status_code == 200, text(answer)
    return text(answer)


def give(client: Client, number: str, *, user_id: str = "", password: str = PASSWORD) -> int:
    """Open the dialog and sign what it shows; without a user id nothing but the secret is given."""
    page = dialog(client, number)
    return int(
        client.post(f"/r/{number}/sign/submit", {**asked(page), "user_id": user_id, "password": password}).status_code
    )


def asks_for_all(client: Client, number: str) -> bool:
    """Say whether the dialog asks for the user id, and see that the server asks for what the dialog does."""
    shown = 'name="user_id"' in dialog(client, number)
    assert (give(client, number) == 422) is shown
    return shown


def begun(home: TestHome, user: str = "ann") -> Client:
    """Give a browser in which a person has given a first signature with all components."""
    client = sign_in(user)
    assert give(client, home.draft(user), user_id=user) == 200
    return client


def newest() -> dict[str, Any]:
    return dict(canonical.decode(Signature.objects.latest("id").manifest))


def test_the_first_signature_asks_for_all_later_ones_for_the_secret_alone(home: TestHome) -> None:
    client, first, second = sign_in("ann"), home.draft(), home.draft()
    assert asks_for_all(client, first)
    assert give(client, first, user_id="ann") == 200
    assert newest()["components"] == ["user_id", "password"]

    page = dialog(client, second)
    assert 'name="user_id"' not in page
    assert "user ID <span" in page
    assert give(client, second, password="not the password at all") == 422
    assert give(client, home.draft(), user_id="ann") == 200
    assert give(client, second) == 200
    assert (newest()["components"], newest()["method"]) == (["password"], "password, in a continuous period")


def test_a_user_id_is_never_filled_in(home: TestHome) -> None:
    client, number = sign_in("ann"), home.draft()
    page = dialog(client, number)

    again = client.post(f"/r/{number}/sign/submit", {**asked(page), "user_id": "ann", "password": "wrong password here"})

    for shown in (page, text(again)):
        field = shown.partition('name="user_id"')[2].partition(">")[0]
        assert "value" not in field
        assert 'autocomplete="off"' in field


def test_a_first_signature_without_the_user_id_is_refused_and_noted(home: TestHome) -> None:
    client, number = sign_in("ann"), home.draft()

    assert give(client, number) == 422

    assert not Signature.objects.filter(record_id=Record.objects.get(number=number).pk).exists()
    assert canonical.decode(Refusal.objects.latest("id").payload)["rule"] == "signature_components"


# Every kind of break. Each takes a browser in a period and gives the one in which its person goes on.


def signed_out(_home: TestHome, client: Client, _later: Any) -> Client:
    client.post("/logout")
    client.post("/login", {"login": "ann", "password": PASSWORD})
    return client


def switched(_home: TestHome, client: Client, _later: Any) -> Client:
    client.post("/login", {"login": "bea", "password": PASSWORD})
    client.post("/logout")
    client.post("/login", {"login": "bea", "password": PASSWORD})
    client.post("/logout")
    client.post("/login", {"login": "ann", "password": PASSWORD})
    return client


def idle(_home: TestHome, client: Client, later: Any) -> Client:
    later(timedelta(minutes=16))
    assert client.get("/").status_code == 302
    client.post("/login", {"login": "ann", "password": PASSWORD})
    return client


def at_its_last_hour(_home: TestHome, client: Client, later: Any) -> Client:
    later(timedelta(hours=12, minutes=1))
    assert client.get("/").status_code == 302
    client.post("/login", {"login": "ann", "password": PASSWORD})
    return client


def over(_home: TestHome, client: Client, later: Any) -> Client:
    for _ in range(3):
        later(timedelta(minutes=10, seconds=5))
        assert client.get("/").status_code == 200  # somebody is there all the time
    return client


def password_changed(_home: TestHome, client: Client, _later: Any) -> Client:
    for old, new in ((PASSWORD, NEW), (NEW, PASSWORD)):  # the same words in the end, and another hash
        assert client.post("/me/password", {"old": old, "password": new, "again": new}).status_code == 302
    assert client.get("/").status_code == 200  # the own session goes on
    return client


def role_came(home: TestHome, client: Client, _later: Any) -> Client:
    give_role(home, "ann", "executive")
    return client


def role_went(home: TestHome, client: Client, _later: Any) -> Client:
    grant = AccessGrant.objects.get(person_id=home.person("ann"), role="author", until_at=None)
    give_role(home, "ann", "author")
    home.act("adm", "grant.end", Record.objects.get(pk=grant.record_id).number, reason="Replaced by another grant")
    return client


def factor_came(home: TestHome, client: Client, _later: Any) -> Client:
    secret = factors.begin_codes()
    factors.add_codes(home.people["ann"], secret, code(secret))
    return client


def revoked(_home: TestHome, client: Client, _later: Any) -> Client:
    Session.objects.filter(pk=client.session.session_key).delete()
    assert client.get("/").status_code == 302
    client.post("/login", {"login": "ann", "password": PASSWORD})
    return client


def restarted(_home: TestHome, client: Client, _later: Any) -> Client:
    os.environ[periods.RUN] = "another run of the server"
    return client


def elsewhere(_home: TestHome, _client: Client, _later: Any) -> Client:
    return sign_in("ann")


def failed(home: TestHome, client: Client, _later: Any) -> Client:
    assert give(client, home.draft(), password="not the password at all") == 422
    return client


BREAKS = (
    signed_out, switched, idle, at_its_last_hour, over, password_changed, role_came, role_went, factor_came, revoked, restarted,
    elsewhere, failed,
)  # fmt: skip


@pytest.mark.parametrize("happens", BREAKS, ids=[one.__name__ for one in BREAKS])
def test_after_a_break_all_components_are_asked_for_again(
    home: TestHome,
    happens: Callable[[TestHome, Client, Any], Client],
    later: Callable[[timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(periods.RUN, "this run of the server")
    client = begun(home)
    waiting = home.draft()
    assert 'name="user_id"' not in dialog(client, waiting)

    client = happens(home, client, later)

    assert asks_for_all(client, waiting)
    assert give(client, waiting, user_id="ann") == 200


def test_a_company_may_ask_for_all_components_each_time(home: TestHome) -> None:
    homes.under(signing_period_minutes=0)
    client = begun(home)

    assert asks_for_all(client, home.draft())


def test_a_stolen_mark_of_a_period_is_good_in_no_other_session(home: TestHome) -> None:
    mark = begun(home).session[periods.KEPT]
    thief = sign_in("ann")
    session = thief.session
    session[periods.KEPT] = mark
    session.save()

    assert asks_for_all(thief, home.draft())
