"""The only place that speaks OpenID Connect to an identity provider: where to send a browser, and what came back, checked.

The protocol and every check of a token are the library's (authlib, joserfc): code with PKCE, state and nonce, signature by the
provider's keys, issuer, audience, expiry. Here stands what is asked of it, and in which words it fails.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.base_client.sync_app import OAuth2Base, OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError

from indelible.infra import environment, ids

PATIENCE = 5  # seconds for a provider that does not answer
KNOWN_FOR = 3600.0  # seconds for which what a provider says of itself is remembered
LEEWAY = 30  # seconds by which two clocks may differ
# Signatures by a key that only the provider has; one made with our own secret, or none at all, proves nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
FRESH = {"prompt": "login", "max_age": 1}  # ask for all it asks at a sign-in; 0 lets some providers ask for ever


class Away(Exception):
    """The provider does not answer, or not as one; in words."""


class Untrusted(Exception):
    """What came back proves nobody; in words, without what it said."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider and the name and secret by which it knows this installation."""

    issuer: str
    client: str
    secret: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a browser goes, and what has to be kept until it comes back; none of it may leave the session."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Who signed in at the provider, by its own name for them, and when they last proved it (None where it does not say)."""

    issuer: str
    subject: str
    at: datetime | None


class _Client(OAuth2Mixin, OpenIDMixin, OAuth2Base):  # type: ignore[misc]
    client_cls = OAuth2Session


_known: dict[tuple[Provider, str], tuple[float, _Client]] = {}


def provider(issuer: str) -> Provider | None:
    """Give the provider with the credentials of the environment, None where it has none or there is no issuer."""
    client = environment.text("INDELIBLE_OIDC_CLIENT")
    return Provider(issuer, client, environment.text("INDELIBLE_OIDC_SECRET")) if issuer and client else None


def ask(of: Provider, back: str, *, about: str = "", fresh: bool = False) -> Asked:
    """Begin: say where a browser goes, and come `back` from; raises Away.

    `about` becomes the end of the nonce, which the provider repeats in what it signs: the hash of a statement makes the answer
    good for that statement alone. `fresh` asks for a new proof even of somebody who is signed in there.
    """
    nonce = f"{ids.secret()}.{about}" if about else ids.secret()
    with _reached():
        made = _client(of, back).create_authorization_url(back, nonce=nonce, **(FRESH if fresh else {}))
    return Asked(made["url"], made["state"], made["nonce"], made["code_verifier"])


def proof(of: Provider, back: str, code: str, *, nonce: str, verifier: str, fresh: bool = False) -> Proof:
    """Exchange a code for who signed in; raises Away, or Untrusted for a token that any check refuses."""
    with _reached():
        client = _client(of, back)
        try:
            token = client.fetch_access_token(back, code=code, code_verifier=verifier, grant_type="authorization_code")
            claims = client.parse_id_token(token, nonce=nonce, claims_options=_claims(of, fresh=fresh), leeway=LEEWAY)
        except OAuthError as problem:
            raise Untrusted(f"the provider does not take the code ({problem.error})") from None
        except (AuthlibBaseError, JoseError) as problem:
            raise Untrusted(f"the token is refused ({problem.error})") from None
        except (ValueError, KeyError, TypeError) as problem:
            if isinstance(problem, requests.RequestException):
                raise
            raise Untrusted(f"the token cannot be read ({type(problem).__name__})") from None
    if claims is None:
        raise Untrusted("the provider sent no identity token")
    return Proof(str(claims["iss"]), str(claims["sub"]), _moment(claims.get("auth_time")))


def _claims(of: Provider, *, fresh: bool) -> dict[str, Any]:
    asked: dict[str, Any] = {"iss": {"essential": True, "value": of.issuer}, "aud": {"essential": True, "value": of.client},
                             "sub": {"essential": True}, "exp": {"essential": True}}  # fmt: skip
    return asked | ({"auth_time": {"essential": True}} if fresh else {})


def _moment(seconds: Any) -> datetime | None:
    if seconds is None or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        raise Untrusted("the token says no time that exists (auth_time)") from None


def _client(of: Provider, back: str) -> _Client:
    """Give the client of a provider, which has read what the provider says of itself; raises Away."""
    at, known = _known.get((of, back), (0.0, None))
    if known is not None and time.monotonic() - at < KNOWN_FOR:
        return known
    made = _Client(
        None, "provider", client_id=of.client, client_secret=of.secret, user_agent="Indelible",
        server_metadata_url=f"{of.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )  # fmt: skip
    told = made.load_server_metadata()
    if told.get("issuer") != of.issuer:
        raise Away(f"it calls itself {str(told.get('issuer'))[:200]!r}, and not {of.issuer!r}")
    told["id_token_signing_alg_values_supported"] = _algorithms(told)
    if "client_secret_basic" not in told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        made.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105 - a way, no secret
    _known[of, back] = (time.monotonic(), made)
    return made


def _algorithms(told: dict[str, Any]) -> list[str]:
    return [one for one in told.get("id_token_signing_alg_values_supported") or ["RS256"] if one in ALGORITHMS]


@contextmanager
def _reached() -> Iterator[None]:
    """Turn every way in which a provider cannot be reached, or is none, into Away."""
    try:
        yield
    except requests.RequestException as problem:
        raise Away(f"it does not answer as an identity provider ({type(problem).__name__})") from None
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as problem:
        raise Away(f"what it says of itself cannot be read ({type(problem).__name__})") from None
