"""A sign-in at the real provider that is made for one statement signs it, beside the user id, once; nothing else from there does."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from indelible.infra import canonical, clock
from indelible.infra.oidc import Proof
from indelible.kernel.context import Context
from indelible.kernel.errors import Refused
from indelible.kernel.models import Event, Record, Signature
from indelible.practice import evidence, sso
from indelible.practice.models import Identity
from tests.faces import browsing
from tests.faces.providing import came, known, last_refusal, lines, signed_in
from tests.homes import TestHome
from tests.provider.running import Visitor


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
    home: TestHome, trusting: Any, provider: str
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


def test_a_session_from_the_provider_alone_is_no_component(home: TestHome, trusting: Any, provider: str) -> None:
    known(home, "ann", provider)
    client, _ = signed_in("ann")
    number = home.draft()
    shown = browsing.asked(browsing.text(client.get(f"/r/{number}/sign/submit")))
    for given in ({}, {"oidc": "proven"}, {"oidc": "proven", "password": ""}, {"proven": shown["statement"]}):
        answer = client.post(f"/r/{number}/sign/submit", {**shown, "user_id": "ann", **given})
        assert answer.status_code == 422
        assert last_refusal()["rule"] == "signature_components"
    assert not Signature.objects.filter(record_id=Record.objects.get(number=number).pk).exists()


def test_a_sign_in_that_is_older_than_the_signature_signs_nothing(home: TestHome, trusting: Any, provider: str) -> None:
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
    home: TestHome, trusting: Any, provider: str
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
    home: TestHome, trusting: Any, provider: str
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
    count, told = Signature.objects.count(), len(lines())
    assert came(first.client, url).status_code == 403
    assert [one["reason"] for one in lines()[told:]] == ["nothing was asked under this state"], (
        "the provider is not asked again"
    )
    assert Signature.objects.count() == count


@pytest.mark.parametrize("user_id", ["bea", "", "nobody", "x" * 5000, "ann\u0131"])
def test_another_user_id_does_not_even_get_to_the_provider(
    home: TestHome, trusting: Any, provider: str, user_id: str
) -> None:
    known(home, "ann", provider)

    signing = Signing(home, user_id=user_id)

    assert (signing.answer.status_code, last_refusal()["rule"]) == (422, "fresh_sign_in")
    assert "not the user id of the person of this session" in browsing.text(signing.answer)
    assert signing.signed == []


def test_it_signs_nothing_where_the_company_does_not_say_so_or_nobody_is_linked(
    home: TestHome, trusting: Any, provider: str
) -> None:
    unlinked = Signing(home)
    assert (unlinked.answer.status_code, last_refusal()["rule"]) == (422, "fresh_sign_in")
    known(home, "ann", provider)
    signing = Signing(home)
    url = signing.there()
    trusting(sso_signs=False)
    assert "Sign in again" not in browsing.text(signing.client.get(f"/r/{signing.number}/sign/submit"))

    page = came(signing.client, url)

    assert (page.status_code, last_refusal()["rule"], signing.signed) == (422, "fresh_sign_in", [])


def test_a_provider_that_goes_away_meanwhile_signs_nothing_and_leaves_the_other_ways(
    home: TestHome, trusting: Any, provider: str
) -> None:
    known(home, "ann", provider)
    signing = Signing(home)
    state = parse_qs(urlsplit(signing.url).query)["state"][0]
    Identity.objects.update(issuer="http://127.0.0.1:9")
    trusting(sso_issuer="http://127.0.0.1:9")

    page = signing.client.get("/sign/back", {"code": "1", "state": state})
    assert (page.status_code, "cannot be asked at this moment" in browsing.text(page), signing.signed) == (422, True, [])
    again = Signing(home, client=signing.client, number=signing.number)
    assert "Sign with your password or a passkey" in browsing.text(again.answer)

    answer = browsing.signed(signing.client, f"/r/{signing.number}/sign/submit", "ann")
    assert (answer.status_code, signing.signed) == (200, ["Ann Author"])


def test_no_context_but_a_session_can_be_proven_for_a_signature(home: TestHome, trusting: Any, provider: str) -> None:
    known(home, "ann", provider)
    proof = Proof(provider, "ann-there", clock.real())
    other = Context(home.person("bea"), "session", session="s")
    with pytest.raises(Refused, match="not the person of this session"):
        sso.check_fresh(other, "document.submit", "SOP-001.01", proof, clock.parse("2020-01-01T00:00:00.000000Z"))
