"""What the tests of several modules need around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from indelible.infra import clock


@pytest.fixture
def later() -> Iterator[Callable[[timedelta], None]]:
    """Let time go by for the product; spans add up."""
    gone = [timedelta()]

    def let(span: timedelta) -> None:
        gone[0] += span
        clock.simulate(lambda real: real + gone[0])

    yield let
    clock.simulate(None)
