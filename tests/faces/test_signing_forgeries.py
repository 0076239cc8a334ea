"""A stolen cookie, a replayed request, a statement that was changed on its way: no signature. See docs/explanation/security-checks.md."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from indelible.infra import canonical
from indelible.kernel import signatures
from indelible.kernel.models import Event, Record, Refusal, Signature, Version
from indelible.practice import queries
from tests.faces import browsing
from tests.faces.browsing import asked, sign_in, signed, text
from tests.faces.calling import V1, fresh
from tests.homes import PASSWORD, TestHome

STEPS = [("draft", "ann", "submit"), ("in_review", "rob", "agree"), ("in_review", "rob", "return"),
         ("in_approval", "qua", "approve"), ("in_approval", "hed", "approve"), ("in_approval", "qua", "return")]  # fmt: skip


def at(home: TestHome, state: str) -> str:
    """Give a document in a state."""
    return home.draft() if state == "draft" else home.until(home.draft(), state)


def stolen(client: Client) -> Client:
    """Give another browser with nothing but the cookies of this one."""
    thief = browsing.nobody()
    thief.cookies.load({name: one.value for name, one in client.cookies.items()})
    return thief


def truth() -> tuple[int, ...]:
    """Give how much evidence there is: events, versions, signatures."""
    return Event.objects.count(), Version.objects.count(), Signature.objects.count()


GUESSES: list[dict[str, str]] = [
    {}, {"user_id": "{user}"}, {"user_id": "{user}", "password": ""}, {"user_id": "{user}", "password": "guessed at once"},
    {"user_id": "{user}", "passkey": "{}"}, {"user_id": "{user}", "passkey": "00ff"}, {"user_id": "{user}", "by": "sso"},
    {"password": PASSWORD}, {"user_id": "{user}", "oidc": "ann", "components": "user_id", "method": "simulated"},
]  # fmt: skip


# A cookie that was stolen is a session, and a session is no component (11.200(a), check 16)


@pytest.mark.parametrize(("state", "user", "verb"), STEPS)
def test_a_stolen_cookie_alone_signs_nothing(home: TestHome, state: str, user: str, verb: str) -> None:
    number = at(home, state)
    thief, before = stolen(sign_in(user)), truth()
    path = f"/r/{number}/sign/{verb}"

    for given in GUESSES:
        sent = asked(text(thief.get(path))) | {name: value.replace("{user}", user) for name, value in given.items()}
        answer = thief.post(path, sent | {"reason": "Taken from a browser that stood open"})
        assert answer.status_code in (403, 422), given

    assert (truth(), Record.objects.get(number=number).state) == (before, state)


def test_a_stolen_cookie_signs_nothing_by_any_other_route(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    thief = stolen(sign_in("qua"))
    record, before = Record.objects.get(number=number), truth()
    shown = asked(text(thief.get(f"/r/{number}/sign/approve")))
    sent = shown | {"user_id": "qua", "reason": "Taken from a browser", "seen": str(record.position)}
    token = thief.cookies["indelible_csrf"].value if "indelible_csrf" in thief.cookies else "x"
    headers = {"Idempotency-Key": fresh(), "If-Match": f'"{record.position}"', "X-CSRFToken": token}

    answers = [
        thief.post(f"/r/{number}/act/approve", sent),
        thief.post("/sign/back", sent),
        thief.get("/sign/back?state=x&code=y"),
        thief.post(
            f"/r/{number}/certify", sent | {"signer": "qua", "meaning": "quality_approved", "signed_on": "2020-01-01"}
        ),
        thief.post("/me/statement", sent),
        thief.post(f"{V1}/records/document/{number}/acts/approve", "{}", "application/json", headers=headers),
    ]

    assert {answer.status_code for answer in answers} <= {302, 403, 405, 409, 422}
    assert (truth(), Record.objects.get(number=number).state) == (before, "in_approval")


def test_a_cookie_that_is_stolen_in_a_continuous_period_still_lacks_the_secret(home: TestHome) -> None:
    client, first, second = sign_in("ann"), home.draft(), home.draft()
    assert signed(client, f"/r/{first}/sign/submit", "ann").status_code == 200
    thief, before = stolen(client), truth()

    answers = [
        thief.post(f"/r/{second}/sign/submit", asked(text(thief.get(f"/r/{second}/sign/submit"))) | more)
        for more in ({}, {"password": ""}, {"password": "guessed at once"}, {"user_id": "ann"})
    ]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert truth() == before


# A request that was captured and is sent again (check 16)


def captured(home: TestHome) -> tuple[Client, str, dict[str, str]]:
    """Let Ann sign, and give her browser, the record and every byte that her form had sent."""
    client, number = sign_in("ann"), home.draft()
    sent = asked(text(client.get(f"/r/{number}/sign/submit"))) | {"user_id": "ann", "password": PASSWORD}
    assert client.post(f"/r/{number}/sign/submit", sent).status_code == 200
    return client, number, sent


@pytest.mark.parametrize("more", [{}, {"key": "another-key-0001"}, {"key": ""}, {"seen": "2"}, {"seen": ""}])
def test_a_signing_request_that_is_sent_again_signs_nothing_more(home: TestHome, more: dict[str, str]) -> None:
    client, number, sent = captured(home)
    before = truth()

    answer = client.post(f"/r/{number}/sign/submit", sent | more)

    assert answer.status_code in (200, 403, 409)  # 200 is the receipt of the signature that was given
    assert truth() == before


def test_a_signing_request_that_is_sent_again_after_the_record_came_back_signs_nothing(home: TestHome) -> None:
    client, number, sent = captured(home)
    home.sign("rob", "document.return", number, reason="The purpose is missing")
    assert Record.objects.get(number=number).state == "draft"
    before = truth()

    answers = [client.post(f"/r/{number}/sign/submit", sent | more) for more in ({}, {"key": "another-key-0002"})]

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (truth(), Record.objects.get(number=number).state) == (before, "draft")


def test_a_captured_request_signs_in_no_other_session_and_on_no_other_record(home: TestHome) -> None:
    client, number, sent = captured(home)
    other = home.draft()
    before = truth()
    client.post("/logout")

    gone = client.post(f"/r/{number}/sign/submit", sent | {"key": fresh()})
    elsewhere = sign_in("bea").post(f"/r/{other}/sign/submit", sent | {"key": fresh()})
    same = sign_in("ann").post(f"/r/{other}/sign/submit", sent | {"key": fresh()})

    assert (gone.status_code, gone["Location"].startswith("/login")) == (302, True)
    assert elsewhere.status_code in (403, 404, 422)
    assert same.status_code == 409
    assert truth() == before


# What is signed was changed on its way: record, content, meaning, hash, name or time (11.50, 11.70)


FORGED: list[dict[str, Any]] = [
    {"record": "SOP-999.01"}, {"id": "01a20420-5858-7651-ba3e-e1f37eac088e"}, {"title": "Another title"},
    {"version_sha256": "f" * 64}, {"version": 2}, {"baseline": "0" * 64}, {"position": 0}, {"round": 2}, {"act": "document.edit"},
    {"from": "in_review"}, {"to": "effective"}, {"meaning": "quality_approved"}, {"meaning_label": "Quality approved"},
    {"meaning_text": "I have seen nothing."}, {"signer": "01a20420-5858-7651-ba3e-e1f37eac088e"}, {"user_id": "bea"},
    {"printed_name": "Bea Author"}, {"title_of_signer": "Head of everything"}, {"at": "2020-01-01T00:00:00.000000Z"},
    {"acting_for": "Bea Author"},
]  # fmt: skip


def test_a_statement_that_was_changed_in_one_thing_is_not_signed(home: TestHome) -> None:
    number, client, view = home.draft(), sign_in("ann"), home.view("ann")
    shown, before = queries.to_sign(view, queries.get_record(view, number), "submit"), truth()
    assert asked(text(client.get(f"/r/{number}/sign/submit")))["statement"] == shown.sha256

    for changed in FORGED:
        forged = signatures.statement_hash({**shown.statement, **changed})
        assert signed(client, f"/r/{number}/sign/submit", "ann", statement=forged).status_code == 409, changed
        assert canonical.decode(Refusal.objects.latest("id").payload)["rule"] == "look_again", changed
    assert truth() == before


def test_a_hash_that_differs_in_one_digit_is_not_signed(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")
    good, before = asked(text(client.get(f"/r/{number}/sign/submit")))["statement"], truth()

    for place in range(0, 64, 9):
        bad = good[:place] + ("0" if good[place] != "0" else "1") + good[place + 1 :]
        assert signed(client, f"/r/{number}/sign/submit", "ann", statement=bad).status_code == 409
    assert truth() == before


def test_the_statement_of_one_step_signs_no_other_step(home: TestHome) -> None:
    number, client = home.until(home.draft(), "in_approval"), sign_in("qua")
    approving = asked(text(client.get(f"/r/{number}/sign/approve")))["statement"]
    returning = asked(text(client.get(f"/r/{number}/sign/return")))["statement"]
    before = truth()

    answers = [
        signed(client, f"/r/{number}/sign/return", "qua", statement=approving, reason="The purpose is missing"),
        signed(client, f"/r/{number}/sign/approve", "qua", statement=returning),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert truth() == before


def test_name_time_and_meaning_that_a_form_brings_along_are_not_what_is_signed(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")
    forged = {"printed_name": "Bea Author", "signer": "bea", "person": "bea", "meaning": "quality_approved", "local_time": "2020-01-01",
              "at": "2020-01-01T00:00:00Z", "zone": "Asia/Tokyo", "title": "Another", "version_sha256": "f" * 64}  # fmt: skip

    assert signed(client, f"/r/{number}/sign/submit", "ann", **forged).status_code == 200

    manifest = canonical.decode(Signature.objects.latest("id").manifest)
    statement = manifest["statement"]
    assert (statement["printed_name"], statement["meaning"]) == ("Ann Author", "authored")
    assert (statement["title"], manifest["zone"]) == ("Handling of samples", home.view("ann").configuration.company.zone)
    assert not manifest["at"].startswith("2020")
    assert "2020-01-01" not in manifest["local_time"]
