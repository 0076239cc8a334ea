"""Fixtures of the faces' tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.template import Template
from django.test import utils

from indelible.faces.api import limits
from indelible.infra import clock


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
