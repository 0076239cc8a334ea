"""Second factors at sign-in: one-time codes and recovery codes, once each; asked for by role; lost ones are removed by an administrator."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.test import Client

from indelible.infra import clock
from indelible.kernel import acts, config
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Event, Record
from indelible.practice import accounts, factors
from indelible.practice.models import Factor
from tests.faces import browsing
from tests.homes import PASSWORD, TestHome

REASON = "The telephone was lost on the train"


def code(secret: str, steps: int = 0) -> str:
    """Give the code that a program shows now, or so many steps later."""
    return pyotp.TOTP(secret).at(clock.real(), counter_offset=steps)


def with_codes(home: TestHome, user: str = "ann") -> str:
    """Add a program for one-time codes to a person and give its secret; its code of the step before is used up."""
    secret = factors.begin_codes()
    factors.add_codes(home.people[user], secret, code(secret, -1))
    return secret


def password_given(user: str = "ann", back: str = "") -> Client:
    """Give a browser in which a person with a factor has given the password."""
    client = browsing.nobody()
    answer = client.post("/login", {"login": user, "password": PASSWORD, "next": back})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/factor")
    return client


def test_the_password_alone_opens_nothing_once_there_is_a_factor(home: TestHome) -> None:
    with_codes(home)
    client = password_given()

    assert client.get("/").headers["Location"].startswith("/login")
    assert client.get("/records/document").headers["Location"].startswith("/login")
    assert client.get("/login/factor").status_code == 200


def test_a_code_signs_in_and_leads_to_the_page_that_was_asked_for(home: TestHome) -> None:
    secret = with_codes(home)
    client = password_given(back="/records/document")

    answer = client.post("/login/factor", {"code": f" {code(secret)[:3]} {code(secret)[3:]} "})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/records/document")
    assert client.get("/").status_code == 200
    assert Factor.objects.get(kind="codes").used_at is not None


@pytest.fixture
def policies(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a way to run under other policies."""
    present = config.current()

    def change(**values: Any) -> None:
        changed = present.model_copy(update={"policies": present.policies.model_copy(update=values)})
        monkeypatch.setattr(config, "current", lambda: changed)
        monkeypatch.setattr(config, "at", lambda _baseline: changed)

    return change


@pytest.mark.parametrize("given", ["", "000000", "12345", "abcdef", "٣٣٣٣٣٣", "x" * 5000, "1" * 40])
def test_another_code_signs_nobody_in(home: TestHome, given: str) -> None:
    with_codes(home)
    client = password_given()

    answer = client.post("/login/factor", {"code": given})

    assert answer.status_code == 422
    assert client.get("/").status_code == 302


def test_a_code_opens_once_and_an_older_one_not_after_a_newer_one(home: TestHome) -> None:
    secret = with_codes(home)
    assert password_given().post("/login/factor", {"code": code(secret)}).status_code == 302

    assert password_given().post("/login/factor", {"code": code(secret)}).status_code == 422
    assert password_given().post("/login/factor", {"code": code(secret, -1)}).status_code == 422
    assert password_given().post("/login/factor", {"code": code(secret, 1)}).status_code == 302


def test_a_code_of_yesterday_and_one_of_somebody_else_sign_nobody_in(home: TestHome) -> None:
    secret, other = with_codes(home), with_codes(home, "bea")

    old = pyotp.TOTP(secret).at(clock.real() - timedelta(days=1))
    assert password_given().post("/login/factor", {"code": old}).status_code == 422
    assert password_given().post("/login/factor", {"code": code(other)}).status_code == 422


def test_guesses_at_the_factor_count_as_failures_and_lock_it(home: TestHome) -> None:
    secret = with_codes(home)
    begun = password_given()
    for last in range(20):
        password_given().post("/login/factor", {"code": "000000"}, REMOTE_ADDR=f"10.0.0.{last}")

    assert browsing.nobody().post("/login", {"login": "ann", "password": PASSWORD}).status_code == 429
    answer = begun.post("/login/factor", {"code": code(secret)})
    assert (answer.status_code, begun.get("/").status_code) == (429, 302)
    assert "Try again in" in browsing.text(answer)


def test_the_second_page_opens_nothing_without_the_first_and_not_for_long(home: TestHome, later: Any) -> None:
    secret = with_codes(home)
    assert browsing.nobody().post("/login/factor", {"code": code(secret)}).headers["Location"] == "/login"
    client = password_given()
    later(minutes=6)

    assert client.post("/login/factor", {"code": code(secret)}).headers["Location"] == "/login"
    assert client.get("/").status_code == 302


def test_who_was_disabled_meanwhile_is_not_signed_in(home: TestHome) -> None:
    secret = with_codes(home)
    client = password_given()
    number = home.act(
        "adm", "person.edit", _number(home, "ann"), fields={"job_title": "Retired"}, reason="Left us today"
    ).number
    accounts.deactivate(home.people["adm"], number, seen=None, reason="Left the company")

    assert client.post("/login/factor", {"code": code(secret)}).headers["Location"] == "/login"


def test_recovery_codes_open_once_each_and_are_kept_as_hashes(home: TestHome) -> None:
    with_codes(home)
    first, *others = factors.make_recovery(home.people["ann"])
    assert password_given().post("/login/factor", {"code": first.upper()}).status_code == 302

    assert password_given().post("/login/factor", {"code": first}).status_code == 422
    assert password_given().post("/login/factor", {"code": others[0]}).status_code == 302
    kept = [bytes(one.secret) for one in Factor.objects.filter(kind="recovery")]
    assert len(kept) == 8
    assert not any(code.replace("-", "").encode() in secret for code in others for secret in kept)


def test_new_recovery_codes_replace_the_old_ones_and_need_a_factor(home: TestHome) -> None:
    with pytest.raises(Refused, match="add one first"):
        factors.make_recovery(home.people["ann"])
    with_codes(home)
    old = factors.make_recovery(home.people["ann"])[0]
    factors.make_recovery(home.people["ann"])

    assert password_given().post("/login/factor", {"code": old}).status_code == 422


def test_a_person_adds_codes_on_a_page_that_shows_the_secret_once(home: TestHome) -> None:
    client = browsing.sign_in("ann")
    page = browsing.text(client.get("/me/codes"))
    found = re.search(r'class="i-code">([A-Z2-7 ]+)<', page)
    assert found
    secret = found[1].replace(" ", "")

    wrong = client.post("/me/codes", {"code": "000000"})
    assert (wrong.status_code, factors.kinds(home.person("ann"))) == (422, set())
    right = client.post("/me/codes", {"code": code(secret)})

    assert right.status_code == 302
    assert secret.encode() not in bytes(Factor.objects.get().secret)
    assert secret not in browsing.text(client.get("/me"))
    event = Event.objects.filter(record_id=home.person("ann")).order_by("-position")[0]
    assert "person.factor_added" in event.payload
    assert secret not in event.payload


def test_nobody_adds_codes_with_a_secret_that_was_not_confirmed(home: TestHome) -> None:
    with pytest.raises(Invalid):
        factors.add_codes(home.people["ann"], factors.begin_codes(), "123456")
    with pytest.raises(Invalid):
        factors.add_codes(home.people["ann"], "", "")
    assert browsing.sign_in("ann").post("/me/codes", {"code": "123456"}).status_code == 422
    assert not Factor.objects.exists()


def test_nobody_removes_a_factor_of_somebody_else_but_an_administrator_who_says_why(home: TestHome) -> None:
    with_codes(home)
    factor = Factor.objects.get()
    with pytest.raises(Refused):
        factors.remove(home.people["bea"], factor.pk)
    assert browsing.sign_in("bea").post(f"/me/factors/{factor.pk}/remove").status_code == 404
    assert browsing.sign_in("bea").post(f"/accounts/{_number(home, 'ann')}/factors", {"reason": REASON}).status_code == 403
    assert Factor.objects.count() == 1

    page = browsing.sign_in("adm")
    assert page.post(f"/accounts/{_number(home, 'ann')}/factors", {"reason": ""}).status_code == 422
    done = page.post(f"/accounts/{_number(home, 'ann')}/factors", {"reason": REASON})

    assert (done.status_code, Factor.objects.count()) == (302, 0)
    assert browsing.sign_in("ann").get("/").status_code == 200
    assert REASON in Event.objects.filter(record_id=home.person("ann")).order_by("-position")[0].payload


def test_recovery_codes_end_with_the_last_factor(home: TestHome) -> None:
    secret = with_codes(home)
    factors.make_recovery(home.people["ann"])
    client = password_given()
    client.post("/login/factor", {"code": code(secret)})

    assert client.post(f"/me/factors/{Factor.objects.get(kind='codes').pk}/remove").status_code == 302
    assert not Factor.objects.exists()
    with pytest.raises(NotFound):
        factors.remove(home.people["ann"], home.person("ann"))


def test_whose_role_asks_for_a_factor_reaches_nothing_but_the_page_that_adds_one(home: TestHome, policies: Any) -> None:
    policies(factor_roles=["qa_approver"])
    client, draft = browsing.sign_in("qua"), home.draft()
    for path in ("/", "/records/document", f"/r/{draft}", "/search?q=sop", "/trail", f"/r/{draft}/pdf"):
        assert client.get(path).headers["Location"] == "/me#factors", path
    for path in (f"/r/{draft}/act/comment", "/me/tokens", "/uploads", f"/r/{draft}/sign/approve"):
        refused = client.post(path, {"text": "No", "label": "A token", "scopes": "read", "days": "3"})
        assert (refused.status_code, "second factor" in browsing.text(refused)) == (403, True), path

    assert (client.get("/me").status_code, client.get("/me/codes").status_code) == (200, 200)
    assert browsing.sign_in("ann").get("/records/document").status_code == 200
    secret = with_codes(home, "qua")
    again = password_given("qua")
    again.post("/login/factor", {"code": code(secret)})
    assert again.get("/records/document").status_code == 200


def test_the_bare_act_hands_out_no_factor(home: TestHome) -> None:
    with pytest.raises(Refused, match="hand out nothing"):
        accounts.not_alone("person", "add_factor")
    with pytest.raises(Refused):
        acts.run(home.people["bea"], "person.add_factor", home.person("ann"), reason="For a colleague")


def _number(home: TestHome, user: str) -> str:
    return Record.objects.get(pk=home.person(user)).number
