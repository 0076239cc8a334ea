"""Fixtures of the faces' tests."""

from __future__ import annotations

import pytest
from django.template import Template
from django.test import utils

from indelible.faces.api import limits


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one caller send as many requests as a test needs."""
    monkeypatch.setattr(limits.BUCKET, "at_once", 1e9)
    monkeypatch.setattr(limits.BUCKET, "per_second", 1e9)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers say what they were drawn from."""
    monkeypatch.setattr(Template, "_render", utils.instrumented_test_render)  # type: ignore[attr-defined]
