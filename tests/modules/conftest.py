"""What the tests of several modules need around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from indelible.infra import clock
from tests.homes import TestHome
from tests.modules import validating


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Let time go by for the product; spans add up."""
    gone = [timedelta()]

    def let(span: timedelta) -> None:
        gone[0] += span
        clock.simulate(lambda real: real + gone[0])

    yield let
    clock.simulate(None)


@pytest.fixture
def company(home: TestHome) -> TestHome:
    """Give a home in which this system is entered."""
    home.people["val"] = home.people["ann"]  # an author may enter a system, too
    validating.ours(home)
    return home
