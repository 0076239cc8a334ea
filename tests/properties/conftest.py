"""Fixtures of the properties: the reading of the template's configuration, and the people who take part."""

from __future__ import annotations

import pytest

from tests.homes import TestHome
from tests.properties import cast as casting
from tests.properties.cast import Cast
from tests.reading import Reading


@pytest.fixture(scope="session")
def reading(template: TestHome) -> Reading:
    """Read what the template home was made of."""
    return Reading(template.path / "configuration")


@pytest.fixture
def cast(home: TestHome, reading: Reading) -> Cast:
    """Give the people who take part, somebody's deputy among them, in a home of this test's own."""
    found = casting.gather(home, reading)
    casting.add_deputy(found)
    return found
