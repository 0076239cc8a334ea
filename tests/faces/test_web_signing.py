"""Signing in the browser: exactly what was shown, by the person of the session, with both components, once."""

from __future__ import annotations

import re

import pytest

from indelible.infra import canonical
from indelible.kernel.models import Event, Presence, Record, Refusal, Signature
from tests.faces.browsing import asked, sign_in, signed, text
from tests.homes import PASSWORD, TestHome

HTMX = {"HX-Request": "true"}


def signatures(number: str) -> list[tuple[str, str]]:
    pk = Record.objects.get(number=number).pk
    return list(Signature.objects.filter(record_id=pk).order_by("position").values_list("printed_name", "meaning"))


def last_refusal() -> str:
    return str(canonical.decode(Refusal.objects.latest("id").payload)["rule"])


def test_what_is_signed_is_shown_in_full_before(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    record = Record.objects.get(number=number)

    page = text(sign_in("qua").get(f"/r/{number}/sign/approve"))

    for words in (
        number,
        "Handling of samples",
        "Quality approved",
        "Qua Quality",
        "Scientist",
        "set by the server when you sign",
        f"position {record.position}",
        "legally binding equivalent",
        "Other signatures of this step",
    ):
        assert words in page, words
    assert bytes(record.version_sha256).hex()[:4] in page


def test_a_signature_needs_both_components_and_gives_a_receipt(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")

    answer = signed(client, f"/r/{number}/sign/submit", "ann")
    page = text(answer)

    assert answer.status_code == 200
    assert "Signed <time" in page
    assert "In review" in page
    assert signatures(number) == [("Ann Author", "authored")]
    manifest = canonical.decode(Signature.objects.latest("id").manifest)
    assert (manifest["method"], manifest["components"]) == ("user id and password", ["user_id", "password"])
    assert not Presence.objects.exists()


@pytest.mark.parametrize(
    ("user_id", "password"),
    [
        ("ann", "wrong password here"),
        ("ann", ""),
        ("", PASSWORD),
        ("ann\0", PASSWORD),
        ("x" * 5000, "seven cold bags"),
    ],
)
def test_a_wrong_component_signs_nothing_and_is_noted(home: TestHome, user_id: str, password: str) -> None:
    number, client = home.draft(), sign_in("ann")

    answer = signed(client, f"/r/{number}/sign/submit", user_id, password=password, reason="My own remark")
    page = text(answer)

    assert answer.status_code in (400, 422)
    assert signatures(number) == []
    if answer.status_code == 422:
        assert last_refusal() == "signature_components"
        assert "Your own user id, and your password or passkey." in page
        assert "My own remark" in page
        assert 'name="password" type="password"' in page
        assert not password or password not in page, "a password is never sent back"


def test_nobody_signs_in_the_session_of_another(home: TestHome) -> None:
    number, client = home.until(home.draft(), "in_approval"), sign_in("hed")

    answer = signed(client, f"/r/{number}/sign/approve", "qua")

    assert answer.status_code == 422
    assert last_refusal() == "wrong_owner"
    assert "Your own user id, and your password or passkey." in text(answer), "nobody learns here that a password is right"
    assert signatures(number) == [("Ann Author", "authored"), ("Rob Reviewer", "reviewed")]


def test_a_stale_statement_is_not_signed_and_says_what_happened_since(home: TestHome) -> None:
    number, client = home.until(home.draft(), "in_approval"), sign_in("qua")
    shown = asked(text(client.get(f"/r/{number}/sign/approve")))
    home.sign("hed", "document.approve", number)
    home.act("ann", "document.amend", number, reason="Step 3 named the wrong buffer", fields={"text": "## 1 New"})

    answer = client.post(f"/r/{number}/sign/approve", {**shown, "user_id": "qua", "password": PASSWORD})
    page = text(answer)

    assert answer.status_code == 409
    assert "Look again: not signed" in page
    for words in ("Step 3 named the wrong buffer", "Hed Head", "You saw", "Now there", "Since position 3"):
        assert words in page, words
    assert ("Qua Quality", "quality_approved") not in signatures(number)


def test_a_statement_of_another_record_is_refused_and_noted(home: TestHome) -> None:
    number, other, client = home.draft(), home.draft(title="Another"), sign_in("ann")
    statement = asked(text(client.get(f"/r/{other}/sign/submit")))["statement"]

    answer = signed(client, f"/r/{number}/sign/submit", "ann", statement=statement)

    assert (answer.status_code, last_refusal(), signatures(number)) == (409, "look_again", [])


@pytest.mark.parametrize("statement", ["", "x", "f" * 5000, "<script>", "f" * 64])
def test_a_made_up_statement_is_refused(home: TestHome, statement: str) -> None:
    number, client = home.draft(), sign_in("ann")

    answer = signed(client, f"/r/{number}/sign/submit", "ann", statement=statement)

    assert (answer.status_code, signatures(number)) == (409, [])


def test_a_signature_sent_twice_is_one(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")
    sent = {**asked(text(client.get(f"/r/{number}/sign/submit"))), "user_id": "ann", "password": PASSWORD}

    answers = [client.post(f"/r/{number}/sign/submit", sent) for _ in range(2)]

    assert [a.status_code for a in answers] == [200, 200]
    assert signatures(number) == [("Ann Author", "authored")]
    assert Event.objects.filter(record_id=Record.objects.get(number=number).pk).count() == 2


def test_a_move_that_needs_a_reason_asks_for_it_and_keeps_the_rest(home: TestHome) -> None:
    number, client = home.until(home.draft(), "in_approval"), sign_in("qua")
    page = text(client.get(f"/r/{number}/sign/return"))

    refused = signed(client, f"/r/{number}/sign/return", "qua")
    done = signed(client, f"/r/{number}/sign/return", "qua", reason="The purpose is missing")

    assert "i-btn--danger" in page
    assert (refused.status_code, 'id="f-reason-error"' in text(refused)) == (422, True)
    assert done.status_code == 200
    assert Record.objects.get(number=number).state == "draft"


def test_who_may_not_sign_is_told_who_could(home: TestHome) -> None:
    number, client = home.until(home.draft(), "in_approval"), sign_in("rob")

    answer = client.get(f"/r/{number}/sign/approve")

    assert answer.status_code == 403
    assert "Hed Head" in text(answer)
    assert "signer_authority" in text(answer)


def test_the_last_signature_moves_the_record_and_the_receipt_says_so(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)

    page = text(signed(sign_in("qua"), f"/r/{number}/sign/approve", "qua"))

    assert Record.objects.get(number=number).state == "approved"
    assert "Approved" in page
    assert re.search(r"position \d", page)


def test_with_script_each_answer_is_a_dialog_with_the_same_status(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")
    path = f"/r/{number}/sign/submit"

    shown = client.get(path, headers=HTMX)
    wrong = client.post(path, {**asked(text(shown)), "user_id": "ann", "password": "wrong"}, headers=HTMX)
    stale = client.post(
        path, {**asked(text(shown)), "statement": "f" * 64, "user_id": "ann", "password": PASSWORD}, headers=HTMX
    )
    good = client.post(path, {**asked(text(shown)), "user_id": "ann", "password": PASSWORD}, headers=HTMX)

    assert [a.status_code for a in (shown, wrong, stale, good)] == [200, 422, 409, 200]
    for answer in (shown, wrong, stale, good):
        assert text(answer).count("<dialog") == 1
        assert "<html" not in text(answer)
        assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]


def test_an_act_without_signature_is_not_done_by_the_signing_page(home: TestHome) -> None:
    number, client = home.until(home.draft(), "approved"), sign_in("doc")

    answer = client.get(f"/r/{number}/sign/take_effect")

    assert answer.status_code == 403
    assert "asks for no signature" in text(answer)


def test_a_signing_move_cannot_be_made_without_the_signature(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")

    answer = client.post(f"/r/{number}/act/submit", {"seen": "1", "key": "k"})

    assert answer.status_code == 403
    assert (signatures(number), Record.objects.get(number=number).state) == ([], "draft")
