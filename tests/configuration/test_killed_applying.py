"""SIGKILL at each step of an apply, before and after each statement: the old configuration or the new one, never between."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from indelible.assurance.configuration import applying, proposals
from indelible.assurance.verify import verify
from indelible.kernel import config, reactions
from indelible.kernel.models import Event, Outbox, Record
from tests.configuration.changing import applied, approved, folder_of, numbers
from tests.configuration.configurations import MANY
from tests.homes import TestHome

STRIDE = 1 if MANY else 3  # odd, so that it stops before statements and after them; a campaign stops at each


def test_an_apply_that_is_killed_has_happened_or_has_not(home: TestHome) -> None:
    folder_of(home)
    number = approved(home)
    applying.plan_of(Record.objects.get(number=number))  # read once, so that each child need not
    step = 0
    while died(lambda at=step: applied_and_killed(home, number, at)):  # type: ignore[misc]
        whole(number)
        step += STRIDE

    assert step > 10
    assert numbers() == [1, 2]
    whole(number)
    assert verify().ok
    step = 0
    while died(lambda at=step: written_and_killed(at)):  # type: ignore[misc]
        assert Outbox.objects.filter(done_at=None).exists()
        step += 1
    assert step >= 1
    assert proposals.of_folder(settings.HOME.configuration).configuration.sha256 == config.current().sha256


def whole(number: str) -> None:
    """Baseline, the change's event and the installation's event are there together, or none of them is."""
    acts = [f'"act":"{act}"' for act in ("change.apply", "installation.apply_baseline")]
    events = [Event.objects.filter(payload__contains=act).count() for act in acts]
    assert (len(numbers()), *events) in ((1, 0, 0), (2, 1, 1)), (number, numbers(), events)
    assert config.current().policies.idle_minutes == (20 if len(numbers()) == 2 else 15)


def died(work: Callable[[], Any]) -> bool:
    """Do something in a process of its own; says whether it was killed, and lets nothing else pass."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a child of a test ends here, and its parent says so
            traceback.print_exc()
            os._exit(9)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def applied_and_killed(home: TestHome, number: str, step: int) -> None:
    seen = 0

    def killing(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal seen
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
        given = execute(sql, params, many, context)
        if seen + 1 == step:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 2
        return given

    record = Record.objects.get(number=number)
    with connection.execute_wrapper(killing):
        applied(home, record.number)


def written_and_killed(step: int) -> None:
    seen, real = 0, Path.replace

    def replace(self: Path, target: Any) -> Any:
        nonlocal seen
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1
        return real(self, target)

    Path.replace = replace  # type: ignore[method-assign]  # in a process that ends here
    reactions.run_pending()
