"""What a provider may say and still prove nobody: each check of a token, with a provider that lies in one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey

from indelible.infra import clock, oidc
from indelible.infra.oidc import Away, Provider, Untrusted
from tests.provider import lying
from tests.provider.lying import Liar
from tests.provider.people import CLIENT, SECRET

pytestmark = pytest.mark.engine_free
BACK = "https://quality.example/login/sso/back"
NOW = clock.real().timestamp()


@pytest.fixture(scope="module")
def one() -> Iterator[Liar]:
    """Run the liar once for this file."""
    with lying.lying() as liar:
        yield liar


@pytest.fixture
def liar(one: Liar, monkeypatch: pytest.MonkeyPatch) -> Liar:
    """Give the liar as it is when it tells the truth, and forget what was known of it."""
    monkeypatch.setattr(oidc, "_known", {})
    honest = Liar(issuer=one.issuer)
    for name in ("claims", "left_out", "key", "algorithm", "raw", "metadata", "forms"):
        setattr(one, name, getattr(honest, name))
    return one


def proof(liar: Liar, *, nonce: str = "n", fresh: bool = True) -> oidc.Proof:
    """Exchange a code with the liar, for a nonce that was asked under."""
    provider = Provider(liar.issuer, CLIENT, SECRET)
    return oidc.proof(provider, BACK, "a-code", nonce=nonce, verifier="v" * 48, fresh=fresh)


def test_what_is_true_in_all_things_proves_its_person(liar: Liar) -> None:
    liar.claims = {"nonce": "n", "auth_time": 1796000000.5}

    found = proof(liar)

    assert (found.issuer, found.subject, found.at and found.at.timestamp()) == (liar.issuer, "ann-there", 1796000000.5)
    sent = parse_qs(liar.forms[-1])
    assert (sent["code"], sent["code_verifier"], sent["redirect_uri"]) == (["a-code"], ["v" * 48], [BACK])
    assert "client_secret" not in sent, "the secret stands in a header"


LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"claims": {"nonce": "m"}},
    "no nonce": {"left_out": ("nonce",)},
    "another issuer": {"claims": {"iss": "https://elsewhere.example"}},
    "an issuer that only begins alike": {"claims": {"iss": "http://127.0.0.1"}},
    "no issuer": {"left_out": ("iss",)},
    "for another client": {"claims": {"aud": "somebody-else"}},
    "for nobody": {"claims": {"aud": []}},
    "no audience": {"left_out": ("aud",)},
    "for us among others, given to another": {"claims": {"aud": [CLIENT, "other"], "azp": "other"}},
    "expired": {"claims": {"exp": int(NOW) - 3600}},
    "no expiry": {"left_out": ("exp",)},
    "from tomorrow": {"claims": {"iat": int(NOW) + 86400}},
    "not valid yet": {"claims": {"nbf": int(NOW) + 86400}},
    "no subject": {"left_out": ("sub",)},
    "an empty subject": {"claims": {"sub": ""}},
    "no time of sign-in": {"left_out": ("auth_time",)},
    "a time of sign-in in words": {"claims": {"auth_time": "just now"}},
    "a time of sign-in that does not exist": {"claims": {"auth_time": 1e300}},
    "signed by another key of the same name": {"key": lying.OTHER},
    "signed with the secret between us": {
        "key": OctKey.import_key(SECRET + "-padded-to-be-long-enough"),
        "algorithm": "HS256",
    },
    "not signed": {"algorithm": "none"},
    "no token": {"raw": b'{"access_token": "opaque", "token_type": "Bearer"}'},
    "a token of rubbish": {"raw": b'{"access_token": "o", "token_type": "Bearer", "id_token": "a.b.c"}'},
    "a token that is a number": {"raw": b'{"access_token": "o", "token_type": "Bearer", "id_token": 7}'},
    "an error": {"raw": b'{"error": "invalid_grant"}'},
    "a list": {"raw": b"[]"},
    "no json": {"raw": b"<html>"},
    "nothing": {"raw": b""},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_untrue_in_one_thing_proves_nobody(liar: Liar, lie: str) -> None:
    liar.claims = {"nonce": "n"}
    told = LIES[lie]
    liar.claims |= told.get("claims", {})
    for name in told.keys() - {"claims"}:
        setattr(liar, name, told[name])

    with pytest.raises(Untrusted) as problem:
        proof(liar)

    assert "ann-there" not in str(problem.value)
    assert SECRET not in str(problem.value)


def test_without_a_time_of_sign_in_somebody_is_proven_to_sign_in_and_not_to_sign(liar: Liar) -> None:
    liar.claims, liar.left_out = {"nonce": "n"}, ("auth_time",)

    assert proof(liar, fresh=False).at is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_calls_itself_otherwise_or_has_no_door_is_away(liar: Liar, metadata: dict[str, Any]) -> None:
    liar.metadata = metadata

    with pytest.raises(Away):
        oidc.ask(Provider(liar.issuer, CLIENT, SECRET), BACK)


def test_what_is_asked_bears_state_nonce_and_challenge_each_time_anew(liar: Liar) -> None:
    provider = Provider(liar.issuer, CLIENT, SECRET)

    first, second = oidc.ask(provider, BACK), oidc.ask(provider, BACK, about="f" * 64, fresh=True)

    plain, fresh = (parse_qs(urlsplit(one.url).query) for one in (first, second))
    assert (plain["response_type"], plain["scope"], plain["code_challenge_method"]) == (["code"], ["openid"], ["S256"])
    assert plain["redirect_uri"] == [BACK]
    assert ("prompt" in plain, "max_age" in plain) == (False, False)
    assert (fresh["prompt"], fresh["max_age"]) == (["login"], ["1"])
    assert second.nonce.endswith("." + "f" * 64)
    assert len({first.state, second.state, first.nonce, second.nonce, first.verifier, second.verifier}) == 6
    assert first.verifier not in first.url
    assert SECRET not in first.url + second.url


def test_a_provider_whose_key_has_changed_is_asked_for_the_new_one(liar: Liar) -> None:
    liar.claims = {"nonce": "n"}
    assert proof(liar).subject == "ann-there"
    known = next(iter(oidc._known.values()))[1]
    known.server_metadata["jwks"] = {"keys": [{**lying.OTHER.as_dict(private=False), "kid": "an older one"}]}

    assert proof(liar).subject == "ann-there"


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9", "http://127.0.0.1:1/realm"])
def test_a_provider_that_does_not_answer_is_away(issuer: str) -> None:
    with pytest.raises(Away, match="does not answer"):
        oidc.ask(Provider(issuer, CLIENT, SECRET), BACK)


def test_a_provider_without_the_way_of_proving_ourselves_by_header_gets_the_secret_in_the_form(liar: Liar) -> None:
    liar.claims = {"nonce": "n"}
    liar.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    proof(liar)

    assert parse_qs(liar.forms[-1])["client_secret"] == [SECRET]


def test_without_name_or_issuer_there_is_no_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INDELIBLE_OIDC_CLIENT", raising=False)
    assert oidc.provider("https://login.example") is None
    monkeypatch.setenv("INDELIBLE_OIDC_CLIENT", CLIENT)
    assert oidc.provider("") is None
    assert oidc.provider("https://login.example") == Provider("https://login.example", CLIENT, "")
