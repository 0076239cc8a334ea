"""What the tests of mail have around them: a real server that takes it, and the address of the product."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from tests.practice.posting import ADDRESS, Post, posting


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    with posting() as post:
        monkeypatch.setenv("INDELIBLE_MAIL", post.address)
        monkeypatch.setenv("INDELIBLE_MAIL_FROM", "quality@quality.example")
        monkeypatch.setattr(settings, "PUBLIC_URL", ADDRESS)
        yield post
