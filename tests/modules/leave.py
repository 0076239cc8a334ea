"""Absences and the training of whoever is away, as the tests of both enter them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from indelible.kernel import acts, config, timers, work
from indelible.kernel.context import SYSTEM
from tests.homes import TestHome
from tests.modules.events import day
from tests.modules.trained import settle

Later = Callable[[timedelta], None]


def away(home: TestHome, who: str = "bea", by: str = "", **fields: Any) -> str:
    """Enter an absence from tomorrow for ten days, by the person."""
    given = {"person": who, "begins": day(1), "back_on": day(11), "kind": "leave",
             "department": home.departments["Quality Control"]}  # fmt: skip
    return home.act(by or who, "absence.create", fields=given | fields).number


def trained(home: TestHome, who: str = "bea", due_in: int = 5, **fields: Any) -> str:
    given = {"what": "Pipetting", "trainee": who, "kind": "practical", "because": "other", "due_on": day(due_in)}
    return home.act("qua", "training.create", fields=given | fields).number


def gating() -> str:
    """Assign a training without which no change is begun, due in five days."""
    given = {
        "what": "Samples",
        "trainee": "bea",
        "kind": "practical",
        "because": "other",
        "due_on": day(5),
        "acts": "change",
    }
    return acts.run(SYSTEM, "training.create", fields=given).number


def goes_by(later: Later, days: float) -> None:
    later(timedelta(days=days))
    timers.run_due()
    settle()


def tenth_day_at_work(last_away: str) -> str:
    """Give the tenth business day after the day of the return from a leave."""
    holidays = frozenset(config.current().policies.holidays)
    return work.business_day(date.fromisoformat(last_away), 11, holidays).isoformat()
