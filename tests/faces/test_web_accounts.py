"""People, passwords, tokens and files in the browser: secrets shown once, changes through the door."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from indelible.faces.web import work
from indelible.kernel.errors import Unavailable
from indelible.kernel.models import Account, Event, Record
from indelible.practice import accounts
from indelible.practice.models import Token, Upload
from tests import homes
from tests.faces import browsing
from tests.faces.browsing import text
from tests.homes import PASSWORD, SEEN, TestHome

NEW = "seventeen quiet harbours"


def newcomer(home: TestHome, **more: str) -> dict[str, str]:
    given = {"key": "k-1", "printed_name": "New Comer", "job_title": "Scientist", "user_id": "newcomer"}
    return given | {"department": home.departments["Quality Control"], "email": "new@example.org"} | SEEN | more


def link_in(answer: Any) -> str:
    found = re.search(r"http://testserver(/link/[\w-]+)", answer.content.decode())
    assert found is not None, answer.content.decode()
    return found[1]


def test_an_administrator_invites_and_the_link_is_shown_once(home: TestHome) -> None:
    client = browsing.sign_in("adm")

    link = link_in(client.post("/accounts/invite", newcomer(home)))
    again = client.get("/accounts").content.decode()
    done = browsing.nobody().post(link, {"password": NEW, "again": NEW})

    assert "/link/" not in again.replace('/link"', "")
    assert "New Comer" in again
    assert done.status_code == 302
    assert browsing.sign_in("newcomer", NEW).get("/").status_code == 200


def test_without_a_check_of_the_identity_there_is_no_link_until_somebody_records_one(home: TestHome) -> None:
    adm, doc = browsing.sign_in("adm"), browsing.sign_in("doc")
    answer = adm.post("/accounts/invite", newcomer(home, document="", way=""), follow=True)
    number = Record.objects.get(title="New Comer").number
    assert "There is no link yet" in text(answer)
    assert "identity not verified" in text(adm.get("/accounts"))
    assert adm.post(f"/accounts/{number}/link").status_code == 403

    unseen = doc.post(f"/people/{number}/identity", {"document": "passport", "way": "", "seen_on": "2999-01-01"})
    assert unseen.status_code == 422
    assert "not one to come" in text(unseen)
    assert doc.post(f"/people/{number}/identity", SEEN).status_code == 302
    assert browsing.nobody().get(link_in(adm.post(f"/accounts/{number}/link"))).status_code == 200


def test_a_half_said_check_of_the_identity_makes_nobody(home: TestHome) -> None:
    answer = browsing.sign_in("adm").post("/accounts/invite", newcomer(home, way=""))

    assert answer.status_code == 422
    assert not Account.objects.filter(user_id="newcomer").exists()


def test_a_person_reads_what_lacks_and_accepts_the_statement_with_all_components(home: TestHome) -> None:
    homes.under(signing_statement="I answer for everything that is signed in my name, and for nothing else.")
    home.draft()  # the first act under these words
    client = browsing.sign_in("ann")
    assert "Its words have changed since you accepted it" in text(client.get("/me"))
    page = client.get("/me/statement")
    assert "and for nothing else" in text(page)

    for wrong in (
        {"user_id": "", "password": PASSWORD},
        {"user_id": "ann", "password": ""},
        {"user_id": "bea", "password": PASSWORD},
    ):
        assert client.post("/me/statement", browsing.asked(text(page)) | wrong).status_code == 422
    assert "Its words have changed" in text(client.get("/me"))
    done = client.post("/me/statement", browsing.asked(text(page)) | {"user_id": "ann", "password": PASSWORD})

    assert (done.status_code, done.headers["Location"]) == (302, "/me#signing")
    assert "Nothing of yours is missing" in text(client.get("/me"))


def test_an_invitation_that_does_not_fit_keeps_what_was_typed(home: TestHome) -> None:
    answer = browsing.sign_in("adm").post("/accounts/invite", newcomer(home, printed_name=""))

    assert answer.status_code == 422
    assert "newcomer" in answer.content.decode()
    assert not Account.objects.filter(user_id="newcomer").exists()


def test_nobody_else_invites_renews_or_disables(home: TestHome) -> None:
    number = browsing.person(home, "bea").number
    for user in ("ann", "qua", "sys", "gue"):
        client = browsing.sign_in(user)
        for path in ("/accounts/invite", f"/accounts/{number}/link", f"/accounts/{number}/deactivate"):
            answer = client.post(path, newcomer(home) | {"reason": "Has left the company"})

            assert answer.status_code == 403
            assert "Refused, nothing was changed" in answer.content.decode()
            assert "Adm Inistrator" in answer.content.decode()
    assert Record.objects.get(number=number).state == "active"
    assert Account.objects.get(user_id="bea").link_sha256 is None


def test_a_new_link_replaces_the_older_one_and_stands_in_the_trail(home: TestHome) -> None:
    client, number = browsing.sign_in("adm"), browsing.person(home, "bea").number

    first, second = (link_in(client.post(f"/accounts/{number}/link")) for _ in range(2))

    assert browsing.nobody().get(first).status_code == 404
    assert browsing.nobody().post(second, {"password": NEW, "again": NEW}).status_code == 302
    assert browsing.sign_in("bea", NEW).get("/").status_code == 200
    acts = [e.payload for e in Event.objects.filter(record_id=browsing.person(home, "bea").pk).order_by("position")]
    assert [('"act":"person.renew_link"' in p, '"act":"person.set_password"' in p) for p in acts[-3:]] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def offered(client: Client, number: str) -> list[str]:
    """Give the addresses of the acts that a record's page offers."""
    main = client.get(f"/r/{number}").content.decode().partition("<main")[2]
    return re.findall(r'href="([^"]+)"', main)


def test_a_persons_page_leads_to_the_link_that_is_shown_once(home: TestHome) -> None:
    adm = browsing.sign_in("adm")
    adm.post("/accounts/invite", newcomer(home))
    for person in (browsing.person(home, "bea"), Record.objects.get(title="New Comer")):
        shown, events = offered(adm, person.number), Event.objects.filter(record_id=person.pk).count()

        assert f"/accounts/{person.number}/link" in shown
        assert f"/accounts/{person.number}/deactivate" in shown
        assert not [url for url in shown if "/act/" in url and "link" in url]
        asked = adm.get(f"/accounts/{person.number}/link")
        assert "Issue and show the link" in asked.content.decode()
        assert Event.objects.filter(record_id=person.pk).count() == events
        assert browsing.nobody().get(link_in(adm.post(f"/accounts/{person.number}/link"))).status_code == 200


@pytest.mark.parametrize("verb", ["renew_link", "set_password", "issue_token", "revoke_token", "deactivate"])
def test_a_bare_act_of_a_person_leads_to_the_page_that_does_it_whole(home: TestHome, verb: str) -> None:
    user = "adm" if verb in ("renew_link", "deactivate") else "bea"
    person = browsing.person(home, "bea")
    client, events = browsing.sign_in(user), Event.objects.filter(record_id=person.pk).count()

    for answer in (
        client.get(f"/r/{person.number}/act/{verb}"),
        client.post(f"/r/{person.number}/act/{verb}", {"key": "k"}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith(("/me#", f"/accounts/{person.number}/"))
        assert client.get(answer["Location"]).status_code == 200
    assert Event.objects.filter(record_id=person.pk).count() == events
    assert not [url for url in offered(browsing.sign_in("rob"), person.number) if url.startswith("/me#")]


def test_disabling_a_person_needs_a_reason_and_ends_sessions_tokens_and_roles(home: TestHome) -> None:
    bea, adm = browsing.sign_in("bea"), browsing.sign_in("adm")
    bea.post("/me/tokens", {"label": "Reading", "scopes": "read", "days": "3"})
    number = browsing.person(home, "bea").number
    page = adm.get(f"/accounts/{number}/deactivate").content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None

    silent = adm.post(f"/accounts/{number}/deactivate", {"seen": seen[1], "reason": "", "key": "a"})
    stale = adm.post(f"/accounts/{number}/deactivate", {"seen": "1", "reason": "Has left the company", "key": "b"})
    done = adm.post(f"/accounts/{number}/deactivate", {"seen": seen[1], "reason": "Has left the company", "key": "c"})

    assert (silent.status_code, stale.status_code, done.status_code) == (422, 409, 302)
    assert Record.objects.get(number=number).state == "disabled"
    assert bea.get("/").status_code == 302
    assert not Token.objects.filter(person_id=browsing.person(home, "bea").pk, revoked_at=None).exists()
    assert browsing.nobody().post("/login", {"login": "bea", "password": PASSWORD}).status_code == 422


def test_my_page_says_which_roles_since_when_and_by_whom(home: TestHome) -> None:
    page = browsing.sign_in("hed").get("/me").content.decode()

    assert "Head of function" in page
    assert home.departments["Quality Control"] in page
    assert re.search(r"GRT-\d{4}", page)
    assert "System" in page
    assert "Reader" in page


@pytest.mark.usefixtures("home")
def test_a_password_is_changed_with_the_old_one_and_ends_the_other_sessions() -> None:
    here, elsewhere = browsing.sign_in("ann"), browsing.sign_in("ann")

    wrong = here.post("/me/password", {"old": "guess", "password": NEW, "again": NEW})
    differs = here.post("/me/password", {"old": PASSWORD, "password": NEW, "again": "another sentence"})
    weak = here.post("/me/password", {"old": PASSWORD, "password": "ann ann ann ann", "again": "ann ann ann ann"})
    done = here.post("/me/password", {"old": PASSWORD, "password": NEW, "again": NEW})

    assert [a.status_code for a in (wrong, differs, weak, done)] == [422, 422, 422, 302]
    assert "contains the user id" in weak.content.decode()
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 302
    assert browsing.sign_in("ann", NEW).get("/").status_code == 200


@pytest.mark.usefixtures("home")
def test_a_token_is_shown_once_works_and_is_revoked() -> None:
    client = browsing.sign_in("ann")

    page = client.post("/me/tokens", {"label": "Nightly copy", "scopes": "read document", "days": "7"}).content.decode()
    secret = re.search(r"ind_[\w-]+", page)
    again = client.get("/me").content.decode()
    token = Token.objects.get(label="Nightly copy")

    assert secret is not None
    assert accounts.by_token(secret[0]) is not None
    assert "Nightly copy" in again
    assert "ind_" not in again
    assert token.scopes == ["read", "document"]
    assert client.post(f"/me/tokens/{token.pk}/revoke").status_code == 302
    assert accounts.by_token(secret[0]) is None
    assert browsing.sign_in("bea").post(f"/me/tokens/{token.pk}/revoke").status_code == 404


@pytest.mark.parametrize(
    "given", [{"label": "x"}, {"scopes": "nothing"}, {"days": "0"}, {"days": "91"}, {"days": "many"}, {"scopes": ""}]
)
@pytest.mark.usefixtures("home")
def test_a_token_outside_the_rules_is_not_issued(given: dict[str, str]) -> None:
    answer = browsing.sign_in("ann").post("/me/tokens", {"label": "Nightly", "scopes": "read", "days": "7"} | given)

    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_a_file_is_uploaded_attached_and_handed_out_as_an_attachment(home: TestHome) -> None:
    content = b"Ignition at 06:40\n" * 1000
    client, digest = browsing.sign_in("ann"), hashlib.sha256(content).hexdigest()

    row = client.post("/uploads", {"name": "file", "file": SimpleUploadedFile("läuf <b>.txt", content, "text/html")})
    number = home.draft(file=[digest])
    answer = client.get(f"/r/{number}/files/{digest}")

    assert row.status_code == 200
    assert digest in row.content.decode()
    assert "<b>" not in row.content.decode()
    assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "html" not in answer["Content-Type"]
    assert browsing.sign_in("rea").get(f"/r/{number}/files/{digest}").status_code == 404
    assert client.get(f"/r/{number}/files/{'0' * 64}").status_code == 404


@pytest.mark.usefixtures("home")
def test_a_file_that_is_not_accepted_is_refused_in_a_sentence() -> None:
    client = browsing.sign_in("ann")

    answers = [
        client.post("/uploads", {"name": "f", "file": SimpleUploadedFile(name, b"MZ\0\0")}) for name in ("a.exe", "a.pdf")
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert {answer["Content-Type"] for answer in answers} == {"text/plain; charset=utf-8"}
    assert client.post("/uploads", {"name": "f"}).status_code == 422
    assert not Upload.objects.exists()


@pytest.mark.usefixtures("home")
def test_nobody_uploads_through_the_pages_that_are_open_to_all() -> None:
    answer = browsing.nobody().post("/login", {"login": "ann", "file": SimpleUploadedFile("a.txt", b"x" * 1000)})

    assert answer.status_code == 413


@pytest.mark.usefixtures("home")
def test_a_fault_shows_its_number_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the inside of the program")

    client = browsing.sign_in("ann")
    monkeypatch.setattr(work, "_drafts", broken)
    answer = client.get("/", headers={"X-Request-ID": "chosen-by-the-proxy-1"})

    page = answer.content.decode()
    assert answer.status_code == 500
    assert answer["X-Request-ID"] == "chosen-by-the-proxy-1"
    assert "request chosen-by-the-proxy-1" in page
    assert "inside of the program" not in page


@pytest.mark.usefixtures("home")
def test_an_installation_that_cannot_serve_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("The bytes are not in the file store.")

    client = browsing.sign_in("ann")
    monkeypatch.setattr(work, "_drafts", away)
    answer = client.get("/")

    assert answer.status_code == 503
    assert "This cannot be served now" in answer.content.decode()


@pytest.mark.parametrize("given", ["short", "with space and more", "<script>alert(1)</script>", "x" * 100, ""])
@pytest.mark.usefixtures("home")
def test_a_request_number_that_could_be_anything_is_replaced(given: str) -> None:
    answer = browsing.nobody().get("/login", headers={"X-Request-ID": given})

    assert re.fullmatch(r"[0-9a-f-]{36}", answer["X-Request-ID"])


@pytest.mark.usefixtures("home")
def test_a_form_from_elsewhere_changes_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(user_id="ann"))

    answer = client.post("/me/tokens", {"label": "Nightly", "scopes": "*", "days": "7"})

    assert answer.status_code == 403
    assert "Refused, nothing was changed" in answer.content.decode()
    assert not Token.objects.exists()


@pytest.mark.usefixtures("home")
def test_pages_of_somebody_signed_in_stay_in_no_cache_and_run_no_foreign_script() -> None:
    client = browsing.sign_in("ann")
    for path in ("/", "/me", "/records/document", "/records/document/csv", "/r/NONE"):
        answer = client.get(path)
        text(answer)

        assert "no-store" in answer["Cache-Control"]
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
