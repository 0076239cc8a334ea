"""Before the first signature: who is kept from signing, for what, and what each of it takes."""

from __future__ import annotations

from tests.homes import TestHome


def test_x(home: TestHome) -> None:
    n = home.until(home.draft(), "effective")
    assert n
