"""What a browser, a form from elsewhere and a guess at an account come to: nothing. See docs/explanation/security-checks.md."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from indelible.infra import canonical
from indelible.kernel.models import Account, Event, Record, Signature, Version
from indelible.practice.models import Factor
from tests.faces import browsing
from tests.faces.browsing import asked, effective, sign_in, text
from tests.faces.calling import caller, fresh
from tests.faces.test_web_factors import with_codes
from tests.faces.test_web_routes import ONLY_POST, SEEN, address
from tests.homes import PASSWORD, TestHome

NEW = "seventeen quiet harbours"


def truth() -> tuple[int, ...]:
    """Give how much evidence there is: events, versions, signatures."""
    return Event.objects.count(), Version.objects.count(), Signature.objects.count()


def everything() -> str:
    """Give one hash of the truth and of what it is read from."""
    rows = [list(model.objects.order_by("pk").values_list()) for model in (Event, Version, Signature, Record, Account)]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


# Forms from elsewhere (check 31), links that change something (32), fields nobody may set (22)


TAKES_ROWS = frozenset(name for name, (path, _) in SEEN.items() if path.endswith("/csv"))  # many of them are noted


@pytest.mark.parametrize("given", ["no token", "a wrong token", "another origin", "another person's token"])
def test_no_unsafe_route_is_reached_from_elsewhere(home: TestHome, given: str) -> None:
    draft, record = home.draft(), effective(home)
    client, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    for browser, user in ((client, "adm"), (other, "ann")):
        browser.force_login(Account.objects.get(user_id=user))
        browser.get("/me")
    own, theirs = client.cookies["indelible_csrf"].value, other.cookies["indelible_csrf"].value
    token = {"no token": "", "a wrong token": "x" * 64, "another origin": own, "another person's token": theirs}[given]
    headers = {"Origin": "https://evil.example"} if given == "another origin" else {}
    before = everything()

    got = {}
    for name in [*SEEN, *ONLY_POST, "login"]:
        path = SEEN[name][0].format(draft=draft, record=record) if name in SEEN else address(name)
        sent = {"csrfmiddlewaretoken": token, "key": "1", "seen": "1", "reason": "From elsewhere"}
        got[name] = client.post(path, sent, headers=headers).status_code

    assert set(got.values()) == {403}, {name: status for name, status in got.items() if status != 403}
    assert everything() == before


@pytest.mark.parametrize("user", ["adm", "qua", "gue"])
def test_reading_every_page_changes_nothing(home: TestHome, user: str) -> None:
    draft, record = home.draft(), effective(home)
    client = sign_in(user)
    before = everything()

    for name, (path, _) in SEEN.items():
        for method in (client.head,) if name in TAKES_ROWS else (client.get, client.head):
            answer = method(path.format(draft=draft, record=record))
            answer.close()

    assert everything() == before


@pytest.mark.parametrize("name", sorted(TAKES_ROWS))
def test_an_export_leaves_the_note_of_who_took_it_and_nothing_else(home: TestHome, name: str) -> None:
    client, last = sign_in("qua"), Event.objects.latest("pk").pk

    client.get(SEEN[name][0]).close()

    left = [canonical.decode(one.payload) for one in Event.objects.filter(pk__gt=last)]
    assert {(one["act"], one["record"]) for one in left} <= {("person.note_export", str(home.person("qua")))}
    assert len(left) <= 1


NOT_OURS = ("state", "status", "owner_id", "author_id", "created_at", "at", "number", "version", "position", "version_sha256",
            "signatures", "is_superuser", "is_staff", "role", "roles", "grant", "person_id", "restricted", "late", "marks")  # fmt: skip


@pytest.mark.usefixtures("unhurried")
def test_what_no_form_may_set_is_refused_over_the_api(home: TestHome) -> None:
    program, number = caller(home, "ann"), home.draft()
    path = f"/records/document/{number}"
    before = truth()

    for name in NOT_OURS:
        seen = program.get(path)["ETag"]
        changed = program.patch(path, {"fields": {name: "effective"}}, If_Match=seen, Idempotency_Key=fresh())
        beside = program.patch(path, {"fields": {}, name: "effective"}, If_Match=seen, Idempotency_Key=fresh())
        made = program.create("document", title="T", **{"class": "procedure", name: "effective"})
        assert {changed.status_code, beside.status_code, made.status_code} == {422}, name
    assert (truth(), Record.objects.get(number=number).state) == (before, "draft")


@pytest.mark.parametrize("path", ["/r/{}", "/r/{}/edit", "/api/v1/records/document/{}", "/login"])
def test_no_other_method_does_anything(home: TestHome, path: str) -> None:
    number, client = home.draft(), sign_in("ann")
    before = everything()

    for method in ("TRACE", "PUT", "DELETE", "PROPFIND", "CONNECT"):
        plain = client.generic(method, path.format(number), "title=x")
        assert plain.status_code in (403, 404, 405), method
        assert b"indelible_session" not in plain.content, "a request is not read back"
    overridden = client.get(
        path.format(number), headers={"X-HTTP-Method-Override": "POST"}, query_params={"_method": "POST"}
    )

    assert overridden.status_code in (200, 302)
    assert everything() == before


# What a browser is told (checks 17, 35, 36, 37)


@pytest.mark.parametrize("path", ["/", "/me", "/r/NONE", "/login", "/api/v1/me", "/nowhere", "/records/document/csv"])
@pytest.mark.usefixtures("home")
def test_every_answer_tells_the_browser_what_it_may_not_do(path: str) -> None:
    for client in (sign_in("ann"), browsing.nobody()):
        answer = client.get(path, headers={"Origin": "https://evil.example"})
        answer.close()

        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["X-Frame-Options"] == "DENY"
        assert not [name for name in answer.headers if name.casefold().startswith("access-control-")]


@pytest.mark.usefixtures("home")
def test_after_signing_out_nothing_is_left_to_go_back_to() -> None:
    client = sign_in("ann")
    shown = client.get("/me")

    out = client.post("/logout")
    again = client.get("/me")

    assert "no-store" in shown["Cache-Control"]
    assert out["Clear-Site-Data"] == '"cache"'
    assert (again.status_code, again["Location"].startswith("/login")) == (302, True)


ELSEWHERE = [
    scheme + rest
    for scheme in ("https:", "http:", "", "\\", "/", "//", "///", "\t/", " /", "/\t", "https:/", "javascript:", "data:text/html,", "%2F")
    for rest in ("//evil.example", "/\\evil.example/", "\\\\evil.example")
] + ["evil.example", "@evil.example", "//evil.example@testserver/", "https://testserver.evil.example/", "/\r\n//evil.example"]  # fmt: skip


@pytest.mark.usefixtures("home")
def test_no_address_after_signing_in_leads_to_another_host() -> None:
    assert len(ELSEWHERE) > 40

    for there in ELSEWHERE:
        answer = browsing.nobody().post("/login", {"login": "ann", "password": PASSWORD, "next": there})
        led = answer.get("Location", "/")
        assert answer.status_code in (302, 400), there
        assert led.startswith("/"), (there, led)
        assert led[1:2] not in ("/", "\\"), (there, led)


# Accounts (checks 1, 4, 5, 12, 14)


def test_each_reason_for_not_signing_in_costs_the_same_hashing(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time cannot be measured on a machine that does other things too; the work that takes it can be counted."""
    real, done = Argon2PasswordHasher.encode, []

    def counted(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        done.append("encode")
        return str(real(self, password, salt))

    verify = Argon2PasswordHasher.verify

    def compared(self: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        done.append("verify")
        return bool(verify(self, password, encoded))

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", compared)
    Account.objects.filter(user_id="bea").update(is_active=False)

    work = []
    for user, password in (("nobody", PASSWORD), ("ann", "wrong password"), ("bea", PASSWORD), ("bea", "wrong password")):
        done.clear()
        assert browsing.nobody().post("/login", {"login": user, "password": password}).status_code == 422
        work.append(len(done))

    assert set(work) == {1}, work


@pytest.mark.parametrize(
    ("password", "good"),
    [("x7" * 64, True), ("a" * 15 + "bcde fgh", True), ("pässwörter über alles 漢字", True), ("all lower case letters", True),
     ("short", False), ("x" * 14, False), ("password", False), ("ann and her fifteen friends", False), ("y3" * 5000, False),
     ("seventeen quiet\0harbours", False), ("seventeen quiet\x07harbours", False)],
    ids=lambda value: str(value)[:12].encode("ascii", "replace").decode().replace("\0", "0") if isinstance(value, str) else "",
)  # fmt: skip
@pytest.mark.usefixtures("home")
def test_a_password_is_long_and_otherwise_free_and_signs_in_afterwards(password: str, good: bool) -> None:
    client = sign_in("ann")

    answer = client.post("/me/password", {"old": PASSWORD, "password": password, "again": password})

    assert (answer.status_code == 302) is good
    assert sign_in("ann", password if good else PASSWORD).get("/me").status_code == 200


@pytest.mark.usefixtures("home")
def test_passwords_are_kept_by_argon2_and_never_given_out() -> None:
    kept = dict(Account.objects.values_list("user_id", "password"))
    client = sign_in("adm")

    assert all(one.startswith("argon2$argon2id$") for one in kept.values())
    for path in ("/me", "/accounts", "/about", "/configuration", "/api/v1/me", "/r/PER-001", "/trail/csv"):
        answer = client.get(path)
        assert "argon2" not in text(answer).replace("argon2-cffi", ""), path


@pytest.mark.usefixtures("home")
def test_a_session_has_a_key_that_nobody_guesses() -> None:
    keys = {sign_in("ann").cookies["indelible_session"].value for _ in range(20)}

    assert len(keys) == 20
    assert {len(key) for key in keys} == {32}  # of 36 signs each: 165 bits


def by_password(home: TestHome) -> None:
    account = Account.objects.get(user_id="ann")
    sign_in("ann").post("/me/password", {"old": PASSWORD, "password": NEW, "again": NEW})
    assert Account.objects.get(user_id="ann").password != account.password


def by_leaving(home: TestHome) -> None:
    number = Record.objects.get(pk=str(home.people["ann"].person_id)).number
    assert (
        sign_in("adm").post(f"/accounts/{number}/deactivate", {"reason": "Left the company", "key": "k"}).status_code < 400
    )


@pytest.mark.parametrize("ends", [by_password, by_leaving])
def test_a_session_ends_with_what_it_rests_on_at_the_next_request(home: TestHome, ends: Callable[[TestHome], None]) -> None:
    client, number = sign_in("ann"), home.draft()
    sent = asked(text(client.get(f"/r/{number}/sign/submit"))) | {"user_id": "ann", "password": PASSWORD}
    ends(home)

    answers = [client.get("/me"), client.post(f"/r/{number}/sign/submit", sent), client.get("/api/v1/me")]

    assert [answer.status_code for answer in answers] == [302, 302, 401]
    assert not Signature.objects.filter(record_id=Record.objects.get(number=number).pk).exists()


def test_the_secret_of_a_factor_stands_in_no_table_as_it_is(home: TestHome) -> None:
    secret = with_codes(home)

    kept = repr([list(Factor.objects.values_list()), list(Event.objects.values_list("payload"))])

    assert Factor.objects.exists()
    assert secret not in kept
    assert secret.encode().hex() not in kept
