"""Signing in, staying, being signed out: what a session is worth and when it ends."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.sessions.models import Session
from django.test import Client

from indelible.faces.web import guessing
from indelible.infra import clock
from indelible.kernel.models import Account, Record
from indelible.practice import accounts, drafts
from indelible.practice.models import Draft
from tests.faces import browsing
from tests.homes import PASSWORD, SEEN, TestHome

NEW = "seventeen quiet harbours"


def try_login(client: Client, user: str, password: str) -> tuple[int, str]:
    """Try to sign in; give status and page without what differs at each request and without the name that was typed."""
    answer = client.post("/login", {"login": user, "password": password})
    main = answer.content.decode().partition('id="main"')[2]
    main = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|<time[^>]*>[^<]*</time>|\d\d:\d\d', "", main)
    return answer.status_code, main.replace(f'value="{user}"', "").replace(" autofocus", "")


@pytest.mark.usefixtures("home")
def test_unknown_wrong_closed_and_locked_get_the_same_answer() -> None:
    Account.objects.filter(user_id="bea").update(is_active=False)
    answers = [
        try_login(browsing.nobody(), *pair) for pair in (("nobody", PASSWORD), ("ann", "wrong"), ("bea", PASSWORD), ("", ""))
    ]
    locked = browsing.nobody()
    for _ in range(9):
        try_login(locked, "rob", "wrong")
    answers += [try_login(locked, "rob", PASSWORD), try_login(locked, "rob", "wrong")]

    assert {status for status, _ in answers} == {422}
    assert len({page for _, page in answers}) == 1


@pytest.mark.usefixtures("home")
def test_the_right_password_is_refused_while_locked_and_other_people_are_not() -> None:
    client = browsing.nobody()
    for _ in range(8):
        try_login(client, "rob", "wrong")

    assert try_login(client, "rob", PASSWORD)[0] == 422
    assert client.post("/login", {"login": "ann", "password": PASSWORD}).status_code == 302
    assert AccessAttempt.objects.get(username="rob").failures_since_start >= 8


@pytest.mark.usefixtures("home")
def test_signing_in_starts_a_new_session() -> None:
    client = browsing.nobody()
    client.get("/login")
    client.cookies["indelible_session"] = "chosen-by-somebody-else"
    client.post("/login", {"login": "ann", "password": PASSWORD})

    cookie = client.cookies["indelible_session"]
    assert cookie.value != "chosen-by-somebody-else"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.usefixtures("home")
def test_the_user_id_is_taken_whatever_its_capitals() -> None:
    assert browsing.sign_in(" ANN ").get("/me").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)", "http:///x", "x"]
)
@pytest.mark.usefixtures("home")
def test_signing_in_never_leads_elsewhere(elsewhere: str) -> None:
    answer = browsing.nobody().post("/login", {"login": "ann", "password": PASSWORD, "next": elsewhere})

    assert answer["Location"] == "/"


def test_a_deep_link_survives_signing_in(home: TestHome) -> None:
    number = home.draft()
    client = browsing.nobody()

    asked = client.get(f"/r/{number}?a=1")
    page = client.get(asked["Location"])
    done = client.post("/login", {"login": "ann", "password": PASSWORD, "next": f"/r/{number}?a=1"})

    assert f"After this you go to <b>{number}</b>" in page.content.decode()
    assert done["Location"] == f"/r/{number}?a=1"


def test_an_idle_session_ends_and_what_was_typed_is_kept(home: TestHome, later: Any) -> None:
    client, number = browsing.sign_in("ann"), home.draft()
    later(minutes=16)

    answer = client.post(
        f"/r/{number}/edit", {"key": "k1", "seen": "1", "title": "Typed for a quarter of an hour", "password": "secret"}
    )
    page = client.get(answer["Location"])

    assert answer["Location"] == f"/login?next=/r/{number}/edit".replace("/r/", "%2Fr%2F").replace(
        "/edit", "%2Fedit"
    ).replace("=/", "=%2F")
    assert "The session was idle for too long" in page.content.decode()
    assert Record.objects.get(number=number).title == "Handling of samples"
    kept = drafts.find(home.people["ann"], f"/r/{number}/edit")
    assert kept is not None
    assert kept.data == {"title": ["Typed for a quarter of an hour"]}
    client.post("/login", {"login": "ann", "password": PASSWORD})
    assert "Typed for a quarter of an hour" in client.get(f"/r/{number}/edit").content.decode()


@pytest.mark.usefixtures("home")
def test_acts_of_a_person_keep_the_session_and_the_background_does_not(later: Any) -> None:
    client = browsing.sign_in("ann")
    for _ in range(3):
        later(minutes=10)
        assert client.get("/me").status_code == 200
    for way in ({"path": "/palette?q=a&background=1"}, {"path": "/palette?q=a", "headers": {"X-Background": "1"}}):
        later(minutes=5)
        assert client.get(**way).status_code == 200
    later(minutes=6)

    assert client.get("/me").status_code == 302


@pytest.mark.usefixtures("home")
def test_staying_is_an_act_and_nobody_stays_for_ever(later: Any) -> None:
    client = browsing.sign_in("ann")
    for _ in range(51):
        later(minutes=14)
        assert client.post("/session").status_code == 204
    later(minutes=14)

    answer = client.post("/session")

    assert answer.status_code == 302
    assert "has reached its longest time" in client.get("/login").content.decode()


@pytest.mark.usefixtures("home")
def test_a_script_is_told_in_words_that_the_session_is_over() -> None:
    answer = browsing.nobody().post("/drafts?form=/x", headers={"Sec-Fetch-Dest": "empty"})
    fragment = browsing.nobody().get("/find", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/me"})

    assert (answer.status_code, answer["Content-Type"]) == (401, "text/plain; charset=utf-8")
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/login?next=%2Fme")


@pytest.mark.usefixtures("home")
def test_the_locked_page_signs_out_only_a_session_that_is_about_to_end(later: Any) -> None:
    client = browsing.sign_in("ann")

    early = client.get("/login?locked=1&next=/me")
    later(minutes=14)
    late = client.get("/login?locked=1&next=/me")

    assert (early.status_code, early["Location"]) == (302, "/me")
    assert late.status_code == 200
    assert client.get("/me").status_code == 302


@pytest.mark.usefixtures("home")
def test_signing_out_ends_the_session() -> None:
    client = browsing.sign_in("ann")

    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/me").status_code == 302
    assert Session.objects.count() == 0


def test_somebody_who_is_no_longer_active_is_signed_out_with_words(home: TestHome) -> None:
    client = browsing.sign_in("bea")
    person = browsing.person(home, "bea")
    home.act("adm", "person.deactivate", person.number, reason="Has left the company")

    answer = client.get("/me")

    assert answer["Location"] == "/login?next=%2Fme"
    assert "does not belong to an active person" in client.get("/login").content.decode()


def test_a_one_time_link_sets_the_first_password_and_works_once(home: TestHome) -> None:
    fields = {
        "printed_name": "New Comer",
        "job_title": "Scientist",
        "user_id": "new",
        "department": home.departments["Quality Control"],
    }
    _, secret = accounts.invite(home.people["adm"], fields, identity=SEEN)
    client = browsing.nobody()

    page = client.get(f"/link/{secret}")
    short = client.post(f"/link/{secret}", {"password": "short", "again": "short"})
    differs = client.post(f"/link/{secret}", {"password": NEW, "again": "something else entirely"})
    done = client.post(f"/link/{secret}", {"password": NEW, "again": NEW})

    assert "New Comer" in page.content.decode()
    assert (short.status_code, differs.status_code, done.status_code) == (422, 422, 302)
    assert "at least 15 are needed" in short.content.decode()
    assert client.get(f"/link/{secret}").status_code == 404
    assert browsing.sign_in("new", NEW).get("/").status_code == 200


@pytest.mark.usefixtures("home")
def test_a_draft_belongs_to_its_owner_alone() -> None:
    ann, bea = browsing.sign_in("ann"), browsing.sign_in("bea")
    form = "/records/document/new"

    kept = ann.post(f"/drafts?form={form}", {"title": "Half a thought", "csrfmiddlewaretoken": "x", "password": "secret"})

    assert re.fullmatch(r"\d\d:\d\d:\d\d", kept.json()["at"])
    assert ann.get(f"/drafts?form={form}").json()["data"] == {"title": ["Half a thought"]}
    assert bea.get(f"/drafts?form={form}").status_code == 404
    assert "Half a thought" in ann.get(form).content.decode()
    assert "New document" in ann.get("/").content.decode()
    assert bea.delete(f"/drafts?form={form}").status_code == 204
    assert Draft.objects.count() == 1
    assert ann.post(f"/drafts?form={form}&drop=1")["Location"] == form
    assert Draft.objects.count() == 0


@pytest.mark.parametrize("form", ["", "https://example.org/", "//example.org", "/" + "x" * 300])
@pytest.mark.usefixtures("home")
def test_a_draft_needs_the_address_of_a_form_of_ours(form: str) -> None:
    answer = browsing.sign_in("ann").post(f"/drafts?form={form}", {"title": "x"})

    assert answer.status_code == 422
    assert "Not kept" in answer.json()["say"]


@pytest.mark.usefixtures("home")
def test_many_user_ids_from_one_address_wait_and_a_known_device_does_not() -> None:
    known, elsewhere, attacker = browsing.sign_in("ann"), browsing.nobody(), browsing.nobody()
    elsewhere.defaults["REMOTE_ADDR"] = "192.0.2.7"
    tried = [try_login(attacker, f"guess{n}", "wrong")[0] for n in range(guessing.FROM_ONE_ADDRESS + 1)]
    answer = attacker.post("/login", {"login": "ann", "password": PASSWORD})

    assert tried == [422] * guessing.FROM_ONE_ADDRESS + [429]
    assert (answer.status_code, 0 < int(answer["Retry-After"]) <= 901) == (429, True)
    assert b"Try again in 15 min" in answer.content
    known.post("/logout")
    assert known.post("/login", {"login": "ann", "password": PASSWORD}).status_code == 302
    assert elsewhere.post("/login", {"login": "bea", "password": PASSWORD}).status_code == 302


@pytest.mark.usefixtures("home")
def test_one_user_id_from_many_addresses_waits_and_its_persons_device_does_not() -> None:
    known, attacker = browsing.sign_in("ann"), browsing.nobody()
    for user in ("ann", "nobody-at-all"):
        tried = []
        for n in range(guessing.FOR_ONE_USER_ID + 1):
            attacker.defaults["REMOTE_ADDR"] = f"192.0.2.{n + 1}"
            tried.append(try_login(attacker, user, "wrong")[0])
        assert tried == [422] * guessing.FOR_ONE_USER_ID + [429]
    known.post("/logout")

    assert known.post("/login", {"login": "ann", "password": "wrong"}).status_code == 422
    assert known.post("/login", {"login": "ann", "password": PASSWORD}).status_code == 302
    browsing.sign_in("bea")


@pytest.mark.usefixtures("home")
def test_after_a_while_whoever_waited_may_try_again() -> None:
    attacker = browsing.nobody()
    for n in range(guessing.FROM_ONE_ADDRESS):
        try_login(attacker, f"guess{n}", "wrong")
    assert try_login(attacker, "ann", PASSWORD)[0] == 429
    AccessFailureLog.objects.update(attempt_time=clock.real() - guessing.WITHIN)

    assert try_login(attacker, "ann", PASSWORD)[0] == 302
