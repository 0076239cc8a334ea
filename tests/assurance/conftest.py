"""A home whose state was approved a moment ago."""

from __future__ import annotations

import shutil

import pytest

from indelible.assurance import alarms
from indelible.assurance.drift import approved
from indelible.infra import running
from tests.homes import TestHome


@pytest.fixture
def approved_home(home: TestHome, template: TestHome, monkeypatch: pytest.MonkeyPatch) -> TestHome:
    """Give a home with its configuration folder, whose state was sealed as approved; no process saw anything of it yet."""
    monkeypatch.setattr(alarms, "_refused", {})
    running._last.clear()
    shutil.copytree(template.path / "configuration", home.path / "configuration")
    approved.seal("The test begins")
    return home
