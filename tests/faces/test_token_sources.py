"""Where a token works from: a service identity has a purpose, an owner, a source and an end (11.10(h))."""

from __future__ import annotations

import pytest
from django.test import Client

from indelible.infra import canonical
from indelible.kernel.errors import Invalid
from indelible.kernel.models import Event
from indelible.practice import accounts
from tests.faces import browsing
from tests.homes import TestHome


def asked_from(secret: str, address: str) -> int:
    answer = Client(REMOTE_ADDR=address).get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    return int(answer.status_code)


@pytest.mark.parametrize(
    ("sources", "address", "status"),
    [
        ([], "203.0.113.9", 200),
        (["10.2.0.0/16"], "10.2.3.4", 200),
        (["10.2.0.0/16"], "10.3.3.4", 401),
        (["10.2.3.4"], "10.2.3.4", 200),
        (["10.2.3.4"], "10.2.3.5", 401),
        (["10.2.0.0/16", "2001:db8::/32"], "2001:db8::7", 200),
        (["10.2.0.0/16"], "2001:db8::7", 401),
    ],
)
def test_a_token_works_from_its_sources_alone(home: TestHome, sources: list[str], address: str, status: int) -> None:
    _, secret = accounts.issue_token(home.people["ann"], label="Exports readings", scopes=["read"], days=1, sources=sources)

    assert asked_from(secret, address) == status


@pytest.mark.parametrize("source", ["everywhere", "10.2.0.0/99", "10.2", "", "a" * 5000, "10.2.3.4;10.2.3.5"])
def test_what_is_no_network_is_no_source(home: TestHome, source: str) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.issue_token(home.people["ann"], label="Exports readings", scopes=["read"], days=1, sources=[source])

    assert [one.field for one in caught.value.missing] == ["sources"]


def test_the_sources_stand_on_the_page_and_in_the_trail(home: TestHome) -> None:
    client = browsing.sign_in("ann")
    given = {"label": "Exports readings", "scopes": "read", "days": "1", "sources": "10.2.0.0/16, 192.0.2.1"}

    assert "Token “Exports readings”" in client.post("/me/tokens", given).content.decode()
    assert "from 10.2.0.0/16 192.0.2.1/32" in client.get("/me").content.decode()
    told = canonical.decode(Event.objects.filter(record_id=home.person("ann")).latest("position").payload)
    assert told["reason"].endswith("1 days from 10.2.0.0/16, 192.0.2.1/32")
    assert "neither an address nor a network" in client.post("/me/tokens", given | {"sources": "here"}).content.decode()
