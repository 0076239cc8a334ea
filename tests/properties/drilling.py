"""Restore drills and continuity exercises to try things on: the system makes them, with what it filed and counted."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
FIGURES = {"outcome": "identical", "differences": "0", "backup": "a" * 64, "position": "41", "seconds": "12"}
ENTERED = {"performed_by": "bea", "copy_from": "Another machine", "looked_at": "SOP-001, as printed"}
HELD = {
    "owner": "bea", "people": ["ann"], "scenario": "The host is away", "began_at": "2020-01-02T08:00:00Z", "set_used": "Of the night before",
    "ended_at": "2020-01-02T10:00:00Z", "on_paper": "0", "late_entries": "0", "found": "All went well", "conclusion": "work can go on",
}  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "restore_drill": {"title": "One", "because": "run by hand"}, "continuity_exercise": {"title": "One"},
}  # fmt: skip
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "restore_drill": {"title": lambda n: f"Drill {n}", "remarks": lambda n: [f"Quiet, {n}", None][n % 2]},
    "continuity_exercise": {"title": lambda n: f"Exercise {n}", "found": lambda n: f"All went well, {n}"},
}


def drill(**more: Any) -> Maker:
    """Make a drill whose figures were filed; `more` stands over it."""

    def make(_: Cast) -> UUID:
        fields = {"title": f"Drill {next(SERIAL)}", "because": "half-yearly", **FIGURES, **ENTERED, **more}
        return acts.run(SYSTEM, "restore_drill.create", fields=fields).record

    return make


def different(cast: Cast) -> UUID:
    """Make a drill that found a difference, with its incident."""
    now = clock.iso(clock.now())
    incident = acts.run(SYSTEM, "incident.create", fields={
        "title": "It differs", "what": "The backup holds more", "occurred_at": now, "detected_at": now, "kind": "integrity or tamper",
        "system": "This one", "source": "automatic"})  # fmt: skip
    return drill(outcome="differences", differences="1", incident=[Record.objects.get(pk=incident.record).number])(cast)


def exercise(**more: Any) -> Maker:
    """Make an exercise that was held and counted."""

    def make(_: Cast) -> UUID:
        return acts.run(
            SYSTEM, "continuity_exercise.create", fields={"title": f"Exercise {next(SERIAL)}", **HELD, **more}
        ).record

    return make


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "restore_drill": {
        "plain": (drill(), ("due", "performed", "closed", "void")),
        "unfiled": (drill(**dict.fromkeys(FIGURES)), ("due",)),
        "different": (different, ("performed", "failed")),
        "by Quality": (drill(performed_by="mul"), ("performed",)),
    },
    "continuity_exercise": {
        "plain": (exercise(), None),
        "by Quality": (exercise(owner="mul"), ("performed",)),
        "not as on paper": (exercise(on_paper="3"), ("performed",)),
        "with gaps": (exercise(conclusion="with gaps"), ("performed",)),
    },
}
NEVER_BEGUN = {  # a drill without an incident does not fail, one with a difference does not pass
    ("restore_drill", "different"): {"close"}, ("restore_drill", "plain"): {"fail"}, ("restore_drill", "by Quality"): {"fail"},
    ("continuity_exercise", "not as on paper"): {"close"}, ("continuity_exercise", "with gaps"): {"close"},
}  # fmt: skip
