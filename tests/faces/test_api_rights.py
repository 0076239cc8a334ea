"""Who may call what: every operation without credentials, as every role, and by the session of somebody in a browser.

The expected answers are written down here by hand. Nothing of the product's own authority is asked for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from indelible.faces.api.declaring import ACT, SHOWS
from indelible.kernel import config
from indelible.kernel.models import Event, Record
from indelible.kernel.types import GENERIC
from tests.faces.calling import V1, Caller, caller, fresh, stranger
from tests.homes import PASSWORD, STAFF, TestHome

EVERYBODY = set(STAFF)
# A draft by Ann in Quality Control, reviewed by Rob: who may know of it.
SEE = {"ann", "rob", "hed", "qua", "quy", "doc", "exe"}
RECORD = "/records/{type}/{number}"
# For each operation: what it answers to those who may, who they are, what others who see the record get, and the rest.
EXPECTED: dict[tuple[str, str], tuple[int, set[str], int, int]] = {
    ("get", "/records/{type}"): (200, EVERYBODY, 0, 0),
    ("post", "/records/{type}"): (201, {"ann", "bea", "doc"}, 403, 403),
    ("get", RECORD): (200, SEE, 0, 404),
    ("patch", RECORD): (200, {"ann"}, 403, 404),
    ("get", f"{RECORD}/history"): (200, SEE, 0, 404),
    ("get", f"{RECORD}/acts"): (200, SEE, 0, 404),
    ("post", f"{RECORD}/acts/{{act}}"): (200, SEE, 0, 404),
    ("get", f"{RECORD}/signatures"): (200, SEE, 0, 404),
    ("get", f"{RECORD}/thread"): (200, SEE, 0, 404),
    ("get", f"{RECORD}/pdf"): (200, SEE, 0, 404),
    ("get", f"{RECORD}/files/{{sha256}}"): (200, SEE, 0, 404),
    ("post", "/files"): (201, EVERYBODY, 0, 0),
    ("get", "/events"): (200, EVERYBODY, 0, 0),
    ("get", "/search"): (200, EVERYBODY, 0, 0),
    ("get", "/people/{person}/open-work"): (200, EVERYBODY, 0, 0),
    ("get", "/people/{person}/due"): (200, {"rob", "hed", "qua", "quy"}, 404, 404),
    ("get", "/panels"): (200, EVERYBODY, 0, 0),
    ("get", "/panels/{name}"): (200, EVERYBODY, 0, 0),
    ("get", "/validation"): (200, EVERYBODY, 0, 0),
    ("get", "/me"): (200, EVERYBODY, 0, 0),
}
# Acts on that draft that need no signature: who may, beside the signing ones, which no token may.
ACTS = {"edit": {"ann"}, "comment": SEE, "link": {"ann", "rob", "qua", "quy", "doc"}, "extend": {"rob"},
        "reassign": {"doc", "rob", "hed"}}  # fmt: skip
SIGNED = ("submit", "withdraw", "void")
BODIES: dict[str, dict[str, Any]] = {
    "edit": {"fields": {"title": "Another title"}}, "comment": {"text": "Hm"}, "reassign": {"to": "bea"},
    "link": {"to": ""}, "extend": {"days": 3},
}  # fmt: skip


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Read every operation out of the OpenAPI document."""
    document = stranger().get("/openapi.json").json()
    return {
        (method, path.removeprefix(V1)): operation
        for path, found in document["paths"].items()
        for method, operation in found.items()
    }


@pytest.fixture
def draft(home: TestHome) -> tuple[str, str]:
    """Give the draft's number and the hash of the file that it names."""
    ann = caller(home, "ann")
    file = ann.post("/files?name=plan.txt", b"The plan of the laboratory.", Content_Type="application/octet-stream").json()
    return home.draft(file=[file["sha256"]]), file["sha256"]


def call(who: Caller, operation: tuple[str, str], number: str, sha256: str, seen: str) -> int:
    """Call an operation in the way that it asks for."""
    method, path = operation
    path = path.format(type="document", number=number, act="comment", sha256=sha256, person="ann", name="training-matrix")
    headers = {"Idempotency_Key": fresh(), "If_Match": seen}
    if path == "/files":
        answer = who.post("/files?name=a.txt", b"Some text.", Content_Type="application/octet-stream", **headers)
    elif method == "get":
        answer = who.get(f"{path}?q=sop" if path == "/search" else path)
    elif method == "patch":
        answer = who.patch(path, {"fields": {"title": "Another title"}}, **headers)
    else:
        body = {"text": "Hm"} if path.endswith("comment") else {"fields": {"title": "T", "class": "procedure"}}
        answer = who.post(path, body, **headers)
    if answer.streaming:
        b"".join(answer.streaming_content)
        answer.close()
    return int(answer.status_code)


@pytest.mark.usefixtures("home")
def test_the_table_knows_every_operation() -> None:
    assert set(operations()) == set(EXPECTED)


@pytest.mark.usefixtures("home")
def test_every_operation_declares_its_act_or_what_it_shows() -> None:
    verbs = GENERIC | {v for t in config.current().types.values() for s in t.lifecycle.values() for v in s.moves}
    for (method, path), operation in operations().items():
        act, shows = operation.get(ACT), operation.get(SHOWS)
        assert (act is None) != (shows is None), f"{method} {path} declares neither an act nor what it shows"
        assert (method == "get") == (shows is not None), f"{method} {path}: reading shows, writing acts"
        assert shows or act in verbs | {"{act}", "upload"}, f"{method} {path} names the act {act}, which nobody declares"


def test_nobody_gets_nothing_from_any_operation(draft: tuple[str, str]) -> None:
    credentials: tuple[dict[str, str], ...] = (
        {},
        {"Authorization": "Bearer ind_nonsense"},
        {"Authorization": "Basic YW5uOng="},
        {"Authorization": "Bearer"},
    )
    for operation in EXPECTED:
        for headers in credentials:
            assert call(Caller(headers), operation, *draft, seen='"1"') == 401, (operation, headers)
    answer = stranger().get("/me")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert "Ann" not in answer.content.decode()


@pytest.mark.parametrize("user", STAFF)
def test_every_operation_answers_every_role_as_the_table_says(home: TestHome, draft: tuple[str, str], user: str) -> None:
    number, sha256 = draft
    who, wrong = caller(home, user), {}
    for operation, (good, allowed, seeing, other) in EXPECTED.items():
        expected = good if user in allowed else seeing if user in SEE else other
        seen = f'"{Record.objects.get(number=number).position}"'
        found = call(who, operation, number, sha256, seen)
        if found != expected:
            wrong[operation] = (found, expected)
    assert not wrong


@pytest.mark.parametrize("user", STAFF)
def test_every_act_on_a_draft_answers_every_role_as_the_table_says(
    home: TestHome, draft: tuple[str, str], user: str
) -> None:
    number, _ = draft
    target = home.until(home.draft(title="The other one"), "effective")
    who, wrong = caller(home, user), {}
    for verb in (*ACTS, *SIGNED):
        body = BODIES.get(verb, {}) | ({"to": target} if verb == "link" else {}) | {"reason": "Needed for the work now"}
        seen = f'"{Record.objects.get(number=number).position}"'
        answer = who.post(f"/records/document/{number}/acts/{verb}", body, If_Match=seen, Idempotency_Key=fresh())
        good = 409 if verb == "extend" else 200  # a draft has no due date that could be extended
        expected = 404 if user not in SEE else good if user in ACTS.get(verb, set()) else 403
        if answer.status_code != expected:
            wrong[verb] = (answer.status_code, expected, answer.content)
    assert not wrong


def test_a_guest_writes_nothing(home: TestHome) -> None:
    number, gue = home.until(home.draft(), "effective"), caller(home, "gue")

    assert gue.get(f"/records/document/{number}").status_code == 200
    for verb in ("revise", "link", "extend", "reassign", "retire"):
        answer = gue.act(f"/records/document/{number}", verb, reason="Because I would like to")
        assert answer.status_code == 403, (verb, answer.content)


Enter = Callable[[str], Client]


@pytest.fixture
def enter() -> Enter:
    """Give a way to sign in through the page, with CSRF checked as in a browser."""

    def sign_in(user: str) -> Client:
        client = Client(enforce_csrf_checks=True)
        page = client.get("/login").content.decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found is not None
        given = {"login": user, "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
        assert client.post("/login", given).status_code == 302
        return client

    return sign_in


@pytest.mark.usefixtures("home")
def test_a_session_reads_with_its_cookie_and_writes_with_its_csrf_token_only(enter: Enter) -> None:
    browser = enter("ann")
    assert browser.get(f"{V1}/me").json()["via"] == "session"

    body = '{"fields": {"title": "T", "class": "procedure"}}'
    headers = {"Idempotency-Key": fresh()}
    refused = browser.post(f"{V1}/records/document", body, "application/json", headers=headers)
    assert (refused.status_code, refused.json()["rule"]) == (403, "csrf")

    headers["X-CSRFToken"] = browser.cookies["indelible_csrf"].value
    made = browser.post(f"{V1}/records/document", body, "application/json", headers=headers)
    assert made.status_code == 201
    path = f"{V1}/records/document/{made.json()['number']}/acts/submit"
    signed = browser.post(path, "{}", "application/json", headers=headers | {"If-Match": '"1"', "Idempotency-Key": fresh()})
    assert (signed.status_code, Record.objects.get(number=made.json()["number"]).state) == (409, "draft")


@pytest.mark.usefixtures("home")
def test_a_token_that_is_not_good_is_not_replaced_by_the_session_beside_it(enter: Enter) -> None:
    browser = enter("ann")

    assert browser.get(f"{V1}/me", headers={"Authorization": "Bearer ind_nonsense"}).status_code == 401


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("clock_of_the_session", ["acted", "begun"])
def test_a_session_that_ran_out_on_the_pages_ran_out_here(enter: Enter, clock_of_the_session: str) -> None:
    browser = enter("ann")
    session = browser.session
    session[clock_of_the_session] = "2020-01-01T00:00:00.000000Z"
    session.save()

    assert browser.get(f"{V1}/me").status_code == 401


def test_no_act_alone_says_that_a_secret_was_handed_out(home: TestHome) -> None:
    number = Record.objects.get(pk=str(home.people["ann"].person_id)).number
    programs = [caller(home, user) for user in ("ann", "adm")]
    before = Event.objects.count()

    for program in programs:
        for verb in ("renew_link", "set_password", "issue_token", "revoke_token"):
            answer = program.act(f"/records/person/{number}", verb, reason="Asked for by the person")
            assert (answer.status_code, answer.json()["rule"]) == (409, "secret_goes_with_it")
            assert "on the page" in answer.json()["do"]
    assert Event.objects.count() == before
