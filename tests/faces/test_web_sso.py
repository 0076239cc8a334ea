"""Single sign-on against a real provider: linked people get in, nobody else does; a sign-in for one statement signs it, once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from indelible.infra import canonical, clock
from indelible.infra.oidc import Proof
from indelible.kernel import config
from indelible.kernel.context import Context
from indelible.kernel.errors import Refused
from indelible.kernel.models import Account, Event, Record, Refusal, Signature
from indelible.practice import accounts, evidence, sso
from indelible.practice.models import Identity
from tests.faces import browsing
from tests.homes import PASSWORD, TestHome
from tests.provider.people import CLIENT, SECRET
from tests.provider.running import Visitor, running

BACK = "http://testserver/login/sso/back"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Run the real provider once for this file."""
    with running(BACK) as issuer:
        yield issuer


@pytest.fixture
def policies(monkeypatch: pytest.MonkeyPatch, provider: str) -> Any:
    """Trust the provider, and give a way to run under other policies."""
    monkeypatch.setenv("INDELIBLE_OIDC_CLIENT", CLIENT)
    monkeypatch.setenv("INDELIBLE_OIDC_SECRET", SECRET)
    present = config.current()

    def change(**values: Any) -> None:
        given = {"sso_issuer": provider, "sso_signs": True} | values
        changed = present.model_copy(update={"policies": present.policies.model_copy(update=given)})
        monkeypatch.setattr(config, "current", lambda: changed)
        monkeypatch.setattr(config, "at", lambda _baseline: changed)

    change()
    return change


def subject_of(issuer: str, who: str) -> str:
    """Give the name by which the provider knows somebody; canaille uses the user name."""
    assert issuer
    return who


def known(home: TestHome, user: str, issuer: str) -> None:
    """Link a person with the account of the same name at the provider."""
    proof = Proof(issuer, subject_of(issuer, f"{user}-there"), clock.real())
    sso.link(home.people[user], proof)


def came(client: Client, url: str) -> Any:
    """Follow the provider's way back into the product, with the redirects behind it."""
    parts = urlsplit(url)
    return client.get(f"{parts.path}?{parts.query}", follow=True)


def signed_in(user: str, visitor: Visitor | None = None, back: str = "") -> tuple[Client, Any]:
    """Sign in at the provider as the account of the same name; gives the browser and the last page."""
    client = browsing.nobody()
    there = client.get("/login/sso", {"next": back} if back else {})
    assert there.status_code == 302, browsing.text(there)
    return client, came(client, (visitor or Visitor()).go(there["Location"], f"{user}-there"))


def lines() -> list[dict[str, Any]]:
    """Give what the security log of this home says."""
    place = settings.HOME.path / "logs" / "security.jsonl"
    return [json.loads(one) for one in place.read_text("utf-8").splitlines()] if place.exists() else []


def last_refusal() -> dict[str, Any]:
    return dict(canonical.decode(Refusal.objects.latest("id").payload))


# ---- Signing in


def test_a_linked_person_signs_in_at_the_provider_and_gets_the_page_that_was_asked_for(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)

    client, page = signed_in("ann", back="/records/document")

    assert page.request["PATH_INFO"] == "/records/document"
    assert client.session.session_key
    assert lines()[-1] | {"at": "", "session": "", "request": ""} == {
        "at": "", "event": "sign_in", "outcome": "ok", "person": str(home.person("ann")), "method": "oidc", "session": "",
        "address": "127.0.0.1", "request": "",
    }  # fmt: skip
    assert (
        len(re.findall(r"<tr><td", re.split("id=.sessions.", browsing.text(client.get("/me")))[1].split("</section")[0]))
        == 1
    )


def test_nobody_gets_in_whom_the_provider_knows_and_this_company_has_not_linked(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    # The provider's bea has the address of mail that a person of this company has: it links nobody.
    Record.objects.get(pk=home.person("bea"))

    client, page = signed_in("bea")

    assert page.status_code == 403
    assert "Nobody was signed in" in browsing.text(page)
    assert client.get("/").status_code == 302
    assert (lines()[-1]["event"], lines()[-1]["person"]) == ("sign_in_failed", "unknown")
    assert "bea" not in json.dumps(lines()[-1])


def test_who_is_disabled_or_was_unlinked_gets_the_same_answer_as_a_stranger(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    stranger = browsing.text(signed_in("bea")[1])
    running_session, _ = signed_in("ann")
    number = Record.objects.get(pk=home.person("ann")).number
    admin = browsing.sign_in("adm")
    assert admin.post(f"/accounts/{number}/sso", {"reason": ""}).status_code == 422
    assert running_session.get("/").status_code == 200

    assert admin.post(f"/accounts/{number}/sso", {"reason": "The telephone was stolen today"}).status_code == 302
    assert running_session.get("/").status_code == 302, "the sessions end with the link"
    assert plain(browsing.text(signed_in("ann")[1])) == plain(stranger)

    known(home, "ann", provider)
    signed_in("ann")
    accounts.deactivate(home.people["adm"], number, seen=None, reason="Left the company")
    client, page = signed_in("ann")
    assert (page.status_code, plain(browsing.text(page)), client.get("/").status_code) == (403, plain(stranger), 302)


def plain(page: str) -> str:
    """Give a page without what differs from one request to the next."""
    return re.sub(r"request [0-9a-f]+|\d\d:\d\d(:\d\d)?|datetime=\"[^\"]+\"", "", page)


def test_a_way_back_opens_once_in_the_browser_that_went_and_not_with_another_state_or_code(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    client, visitor = browsing.nobody(), Visitor()
    url = visitor.go(client.get("/login/sso")["Location"], "ann-there")

    assert came(browsing.nobody(), url).status_code == 403, "a browser that never went there"
    assert came(client, url.replace("state=", "state=x")).status_code == 403
    assert lines()[-1]["event"] == "sso_refused"
    assert came(client, url).status_code == 200
    used = browsing.nobody()
    assert came(used, url).status_code == 403
    assert came(client, url).status_code == 403, "the same answer again"

    # A code of another way: the verifier of this browser does not fit it.
    first, second = browsing.nobody(), browsing.nobody()
    stolen = parse_qs(urlsplit(visitor.go(first.get("/login/sso")["Location"], "ann-there")).query)["code"][0]
    mine = urlsplit(second.get("/login/sso")["Location"])
    state = parse_qs(mine.query)["state"][0]
    assert second.get("/login/sso/back", {"code": stolen, "state": state}).status_code == 403
    assert "code" in lines()[-1]["reason"]
    assert second.get("/").status_code == 302


def test_what_the_provider_refuses_signs_nobody_in(home: TestHome, policies: Any) -> None:
    client = browsing.nobody()
    state = parse_qs(urlsplit(client.get("/login/sso")["Location"]).query)["state"][0]

    answer = client.get("/login/sso/back", {"error": "access_denied", "state": state})

    assert answer.status_code == 403
    assert "access_denied" in lines()[-1]["reason"]


def test_a_provider_that_is_away_keeps_nobody_from_signing_in_with_a_password(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    policies(sso_issuer="http://127.0.0.1:9")
    client = browsing.nobody()

    page = client.get("/login/sso", follow=True)

    assert page.request["PATH_INFO"] == "/login"
    assert "127.0.0.1:9 cannot be asked at this moment" in browsing.text(page)
    assert lines()[-1]["event"] == "sso_away"
    assert client.post("/login", {"login": "ann", "password": PASSWORD}).status_code == 302


def test_without_a_provider_nothing_is_offered_and_nobody_comes_in_by_it(home: TestHome, policies: Any) -> None:
    policies(sso_issuer="")
    assert "/login/sso" not in browsing.text(browsing.nobody().get("/login"))
    assert 'id="sso"' not in browsing.text(browsing.sign_in("ann").get("/me"))
    assert browsing.nobody().get("/login/sso").headers["Location"] == "/login"
    assert browsing.nobody().get("/login/sso/back?code=1&state=2").status_code == 403


def test_a_role_that_signs_in_at_the_provider_alone_opens_nothing_with_a_password_and_sets_none(
    home: TestHome, policies: Any, provider: str
) -> None:
    policies(sso_only_roles=["qa_approver"])
    known(home, "qua", provider)
    answer = browsing.nobody().post("/login", {"login": "qua", "password": PASSWORD})
    assert (answer.status_code, "signs in at" in browsing.text(answer)) == (422, True)
    assert "signs in at" not in browsing.text(
        browsing.nobody().post("/login", {"login": "qua", "password": "wrong one, this"})
    )
    client, _ = signed_in("qua")
    number = Record.objects.get(pk=home.person("qua")).number
    new = {"old": PASSWORD, "password": "another long password", "again": "another long password"}
    assert client.post("/me/password", new).status_code == 422

    link = accounts.renew_link(home.people["adm"], number)
    page = browsing.text(browsing.nobody().get(f"/link/{link}"))
    assert ('name="password"' in page, f"/link/{link}/sso" in page) == (False, True)
    assert browsing.nobody().post(f"/link/{link}", new).status_code == 422
    assert client.post("/me/sso/unlink").status_code == 403, "it is the only way in"
    assert browsing.sign_in("ann").get("/").status_code == 200


# ---- Links


def test_a_person_links_with_the_password_here_and_a_new_sign_in_there_and_it_is_an_event(
    home: TestHome, policies: Any, provider: str
) -> None:
    client, visitor = browsing.sign_in("ann"), Visitor()
    visitor.go(browsing.nobody().get("/login/sso")["Location"], "ann-there")
    assert client.post("/me/sso", {"password": "not the password"}).status_code == 422
    asked_before = visitor.asked

    page = browsing.text(client.post("/me/sso", {"password": PASSWORD}))
    url = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page)
    assert url
    done = came(client, visitor.go(url[1].replace("&amp;", "&"), "ann-there"))

    assert "You are linked" in browsing.text(done)
    assert visitor.asked > asked_before, "somebody else's open session at the provider links nobody"
    row = Identity.objects.get()
    assert (row.person_id, row.issuer, row.subject) == (home.person("ann"), provider, "ann-there")
    event = canonical.decode(Event.objects.filter(record_id=home.person("ann")).order_by("-position")[0].payload)
    assert (event["event"], event["by"]["name"]) == ("person.sso_linked", "Ann Author")
    assert provider in event["reason"]

    assert client.post("/me/sso/unlink").status_code == 302
    assert not Identity.objects.exists()
    assert "person.sso_unlinked" in Event.objects.filter(record_id=home.person("ann")).order_by("-position")[0].payload


def test_two_people_are_never_linked_with_one_account_nor_one_with_two(home: TestHome, policies: Any, provider: str) -> None:
    known(home, "ann", provider)
    for user, subject in (("bea", "ann-there"), ("ann", "bea-there")):
        with pytest.raises(Refused, match="has a link already"):
            sso.link(home.people[user], Proof(provider, subject, clock.real()))

    assert Identity.objects.count() == 1
    with pytest.raises(Refused):
        accounts.not_alone("person", "link_sso")


def test_an_invitation_is_accepted_at_the_provider_and_works_once(home: TestHome, policies: Any, provider: str) -> None:
    fields = {
        "printed_name": "New Comer",
        "job_title": "Scientist",
        "user_id": "new",
        "department": home.departments["Quality Control"],
    }
    outcome, link = accounts.invite(home.people["adm"], fields)
    client = browsing.nobody()
    page = came(client, Visitor().go(client.get(f"/link/{link}/sso")["Location"], "stranger"))

    assert "You are linked" in browsing.text(page)
    assert Record.objects.get(pk=outcome.record).state == "active"
    assert client.get(f"/link/{link}/sso").status_code == 404
    assert client.get(f"/link/{link}").status_code == 404
    account = Account.objects.get(person_id=outcome.record)
    assert not account.has_usable_password()
    client = browsing.nobody()
    assert came(client, Visitor().go(client.get("/login/sso")["Location"], "stranger")).request["PATH_INFO"] == "/"
    assert browsing.nobody().get("/link/unknown/sso").status_code == 404


# ---- Signing


class Signing:
    """One signature by Ann on a draft of hers, in the session of a browser, as far as the way to the provider."""

    def __init__(self, home: TestHome, *, user_id: str = "ann", client: Client | None = None, number: str = "") -> None:
        self.home, self.number = home, number or home.draft()
        self.client = client or browsing.sign_in("ann")
        self.visitor = Visitor()
        page = browsing.text(self.client.get(f"/r/{self.number}/sign/submit"))
        self.shown = browsing.asked(page)
        self.answer = self.client.post(
            f"/r/{self.number}/sign/submit", {**self.shown, "user_id": user_id, "by": "oidc", "reason": "My own remark"}
        )

    @property
    def url(self) -> str:
        """Give where the page leads."""
        found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', browsing.text(self.answer))
        assert found, browsing.text(self.answer)
        return found[1].replace("&amp;", "&")

    def there(self, who: str = "ann-there") -> str:
        """Sign in at the provider, and give the way back."""
        return self.visitor.go(self.url, who)

    @property
    def signed(self) -> list[str]:
        """Give who has signed."""
        pk = Record.objects.get(number=self.number).pk
        return list(Signature.objects.filter(record_id=pk).values_list("printed_name", flat=True))


def test_a_sign_in_that_is_made_for_a_statement_signs_it_beside_the_user_id_and_the_evidence_says_so(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    client, _ = signed_in("ann", visitor := Visitor())
    signing = Signing(home, client=client)
    signing.visitor = visitor
    asked = parse_qs(urlsplit(signing.url).query)
    assert (asked["prompt"], asked["max_age"], asked["code_challenge_method"]) == (["login"], ["1"], ["S256"])
    assert asked["nonce"][0].endswith(signing.shown["statement"])
    before = visitor.asked

    page = came(client, signing.there())

    assert "Signed <time" in browsing.text(page)
    assert visitor.asked > before
    manifest = canonical.decode(Signature.objects.latest("id").manifest)
    assert (manifest["method"], manifest["components"]) == ("user id and fresh sign-in", ["user_id", "oidc"])
    assert manifest["statement_sha256"] == signing.shown["statement"]
    assert (
        "My own remark"
        in Event.objects.filter(record_id=Record.objects.get(number=signing.number).pk).latest("position").payload
    )
    stood = evidence.of_record(Record.objects.get(number=signing.number))[0]
    assert (stood.manifest["method"], stood.faults, stood.account[-1].what) == (
        "user id and fresh sign-in",
        (),
        "sso linked",
    )
    assert f"Single sign-on at {provider} linked" in stood.account[-1].reason


def test_a_session_from_the_provider_alone_is_no_component(home: TestHome, policies: Any, provider: str) -> None:
    known(home, "ann", provider)
    client, _ = signed_in("ann")
    number = home.draft()
    shown = browsing.asked(browsing.text(client.get(f"/r/{number}/sign/submit")))
    for given in ({}, {"oidc": "proven"}, {"oidc": "proven", "password": ""}, {"proven": shown["statement"]}):
        answer = client.post(f"/r/{number}/sign/submit", {**shown, "user_id": "ann", **given})
        assert answer.status_code == 422
        assert last_refusal()["rule"] == "signature_components"
    assert not Signature.objects.filter(record_id=Record.objects.get(number=number).pk).exists()


def test_a_sign_in_that_is_older_than_the_signature_signs_nothing(home: TestHome, policies: Any, provider: str) -> None:
    known(home, "ann", provider)
    signing, visitor = Signing(home), Visitor()
    # Signed in there before; what asks for a new sign-in is taken out of the address.
    other = browsing.nobody()
    visitor.go(other.get("/login/sso")["Location"], "ann-there")
    silent = Signing(home, client=signing.client, number=signing.number)
    before = visitor.asked
    url = visitor.go(re.sub(r"&(prompt=login|max_age=1)", "", silent.url), "ann-there")
    assert visitor.asked == before, "the provider asked for nothing"

    page = came(signing.client, url)

    assert page.status_code == 422
    assert "before this signature was asked for" in browsing.text(page)
    assert (last_refusal()["rule"], last_refusal()["act"], last_refusal()["subject"]) == (
        "fresh_sign_in", "document.submit", signing.number,
    )  # fmt: skip
    assert signing.signed == []
    assert "My own remark" in browsing.text(page), "what was typed is not lost"


def test_somebody_else_at_the_provider_signs_nothing_and_their_credentials_are_known_as_given_away(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    known(home, "bea", provider)
    signing = Signing(home)
    page = came(signing.client, signing.there("bea-there"))
    assert (page.status_code, last_refusal()["rule"], signing.signed) == (422, "wrong_owner", [])
    assert "not the person of this session" in browsing.text(page)

    stranger = Signing(home, client=signing.client, number=signing.number)
    page = came(signing.client, stranger.there("stranger"))
    assert (page.status_code, last_refusal()["rule"], signing.signed) == (422, "fresh_sign_in", [])


def test_an_answer_signs_once_and_only_the_statement_and_session_for_which_it_was_asked(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    first = Signing(home)
    url = first.there()
    assert came(browsing.sign_in("ann"), url).status_code == 403, "another session of the same person"
    query = urlsplit(url).query
    assert browsing.nobody().get(f"/sign/back?{query}").headers["Location"].startswith("/login")

    second = Signing(home, client=first.client)
    code = parse_qs(query)["code"][0]
    state = parse_qs(urlsplit(second.url).query)["state"][0]
    page = first.client.get("/sign/back", {"code": code, "state": state})
    assert (page.status_code, last_refusal()["rule"], second.signed) == (422, "fresh_sign_in", [])

    # The record moves on between the statement and the sign-in: what comes back is not for what is there now.
    third = Signing(home, client=first.client)
    home.act("ann", "document.edit", third.number, fields={"title": "Another title"}, reason="Better words for it")
    page = came(first.client, third.there())
    assert (page.status_code, third.signed) == (409, [])

    fourth = Signing(home, client=first.client)
    url = fourth.there()
    assert "Signed <time" in browsing.text(came(first.client, url))
    count = Signature.objects.count()
    assert came(first.client, url).status_code == 403
    assert Signature.objects.count() == count


@pytest.mark.parametrize("user_id", ["bea", "", "nobody", "x" * 5000, "ann\u0131"])
def test_another_user_id_does_not_even_get_to_the_provider(
    home: TestHome, policies: Any, provider: str, user_id: str
) -> None:
    known(home, "ann", provider)

    signing = Signing(home, user_id=user_id)

    assert (signing.answer.status_code, last_refusal()["rule"]) == (422, "fresh_sign_in")
    assert "not the user id of the person of this session" in browsing.text(signing.answer)
    assert signing.signed == []


def test_it_signs_nothing_where_the_company_does_not_say_so_or_nobody_is_linked(
    home: TestHome, policies: Any, provider: str
) -> None:
    unlinked = Signing(home)
    assert (unlinked.answer.status_code, last_refusal()["rule"]) == (422, "fresh_sign_in")
    known(home, "ann", provider)
    signing = Signing(home)
    url = signing.there()
    policies(sso_signs=False)
    assert "Sign in at" not in browsing.text(signing.client.get(f"/r/{signing.number}/sign/submit"))

    page = came(signing.client, url)

    assert (page.status_code, last_refusal()["rule"], signing.signed) == (422, "fresh_sign_in", [])


def test_a_provider_that_goes_away_meanwhile_signs_nothing_and_leaves_the_other_ways(
    home: TestHome, policies: Any, provider: str
) -> None:
    known(home, "ann", provider)
    signing = Signing(home)
    state = parse_qs(urlsplit(signing.url).query)["state"][0]
    Identity.objects.update(issuer="http://127.0.0.1:9")
    policies(sso_issuer="http://127.0.0.1:9")

    page = signing.client.get("/sign/back", {"code": "1", "state": state})
    assert (page.status_code, "cannot be asked at this moment" in browsing.text(page), signing.signed) == (422, True, [])
    again = Signing(home, client=signing.client, number=signing.number)
    assert "Sign with your password or a passkey" in browsing.text(again.answer)

    answer = browsing.signed(signing.client, f"/r/{signing.number}/sign/submit", "ann")
    assert (answer.status_code, signing.signed) == (200, ["Ann Author"])


def test_no_context_but_a_session_can_be_proven_for_a_signature(home: TestHome, policies: Any, provider: str) -> None:
    known(home, "ann", provider)
    proof = Proof(provider, "ann-there", clock.real())
    other = Context(home.person("bea"), "session", session="s")
    with pytest.raises(Refused, match="not the person of this session"):
        sso.check_fresh(other, "document.submit", "SOP-001.01", proof, clock.parse("2020-01-01T00:00:00.000000Z"))
