"""Short ways for tests to sign people in at the identity provider, and to look at what is kept of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from indelible.infra import canonical, clock
from indelible.infra.oidc import Proof
from indelible.kernel.models import Refusal
from indelible.practice import sso
from tests.faces import browsing
from tests.homes import TestHome
from tests.provider.running import Visitor


def known(home: TestHome, user: str, issuer: str) -> None:
    """Link a person with the account of the same name at the provider."""
    proof = Proof(issuer, f"{user}-there", clock.real())
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
