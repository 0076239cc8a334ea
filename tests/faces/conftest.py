"""Fixtures of the faces' tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.template import Template
from django.test import utils

from indelible.faces.api import limits
from indelible.infra import clock
from indelible.kernel import config
from tests.provider.people import CLIENT, SECRET
from tests.provider.running import running


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one caller send as many requests as a test needs."""
    monkeypatch.setattr(limits.BUCKET, "at_once", 1e9)
    monkeypatch.setattr(limits.BUCKET, "per_second", 1e9)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers say what they were drawn from."""
    monkeypatch.setattr(Template, "_render", utils.instrumented_test_render)  # type: ignore[attr-defined]


@pytest.fixture
def later() -> Any:
    """Give a way to let time pass."""
    passed = timedelta()
    real = clock.now

    def wait(**span: int) -> None:
        nonlocal passed
        passed += timedelta(**span)

    def told(at: datetime) -> datetime:
        return at + passed

    assert real() is not None
    clock.simulate(told)
    yield wait
    clock.simulate(None)


@pytest.fixture(scope="session")
def provider() -> Iterator[str]:
    """Run the real identity provider once for a worker; gives how it calls itself."""
    with running("http://testserver/login/sso/back") as issuer:
        yield issuer


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch, provider: str) -> Any:
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
