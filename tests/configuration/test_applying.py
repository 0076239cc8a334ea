"""A configuration comes into force by an approved change, for exactly the plan that was approved, or it does not."""

from __future__ import annotations

import pytest
from django.conf import settings

from indelible.assurance.configuration import applying, planning, proposals
from indelible.assurance.verify import verify
from indelible.kernel import acts, config, reactions
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Baseline, Event, Record
from tests.configuration.changing import IDLE, applied, approved, folder_of, numbers, proposal, raised
from tests.homes import TestHome
from tests.modules.events import refused


def test_what_was_approved_comes_into_force_with_its_events_and_its_files(home: TestHome) -> None:
    folder_of(home)
    before, number = config.current(), approved(home)

    applied(home, number)

    assert (config.current().policies.idle_minutes, numbers()) == (20, [1, 2])
    assert planning.plan(proposals.of_files(proposals.written(config.current()))).changes == ()
    told = applying.applied_by(2)
    assert told is not None
    assert (told["change"], told["before"], told["baseline"]) == (number, before.sha256, config.current().sha256)
    last = Event.objects.filter(record_id=Record.objects.get(number=number).pk).order_by("-position").first()
    assert last is not None
    assert last.person_id == home.person("adm")
    reactions.run_pending()
    assert proposals.of_folder(settings.HOME.configuration).configuration.sha256 == config.current().sha256
    assert verify().ok
