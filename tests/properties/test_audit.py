"""What the state machine checks of each record, where the YAML alone does not say it."""

from __future__ import annotations

import pytest

from indelible.assurance.qualification.reading import Reading
from indelible.kernel.models import Record
from tests.homes import TestHome
from tests.modules.test_emergency import asked
from tests.properties import audit

pytestmark = pytest.mark.campaign


def test_an_emergency_has_its_end_although_no_day_is_named(home: TestHome, reading: Reading) -> None:
    number = asked(home)
    home.sign("exe", "grant.open_in_emergency", number)

    assert audit.faults_of(reading, Record.objects.get(number=number).pk) == []
