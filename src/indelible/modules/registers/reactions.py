"""What follows for equipment and its calibrations: the next day is computed, moves with what was accepted, and ends with what failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, follows, follows_later
from indelible.kernel.models import Record
from indelible.modules.registers import rules

IN_USE, WAITING, DRAFT = "calibrated", "not_calibrated", "draft"


@follows_later("calibration.create")
@follows_later("calibration.edit")
def next_day_is_computed(event: dict[str, Any]) -> Iterator[Reply]:
    """The next day follows from the day of the calibration and the interval."""
    head = records.find(event["number"])
    values = records.values(head)
    due = rules.next_due(values)
    if head.state == DRAFT and due is not None and values["next_due"] != due:
        yield Reply("calibration.edit", head.id, {"fields": {"next_due": due}}, reason="Computed from the interval")


@follows("calibration.submit")
def what_left_its_limits_leaves_use(case: Case, decision: Decision) -> Iterator[Reply]:
    """What is out of its limits as left is not in use from this moment on, and waits for no acceptance."""
    equipment = rules.of(case)
    if (
        decision.state != case.head.state
        and equipment
        and case.value("as_left") == rules.FAILED
        and equipment.state == IN_USE
    ):
        yield Reply("equipment.fail", equipment.id, reason=f"{case.head.number}: out of its limits as left")


@follows("calibration.accept")
def register_says_the_next_day(case: Case, decision: Decision) -> Iterator[Reply]:
    """The register takes over the accepted calibration in the same act."""
    equipment = rules.of(case)
    if decision.state == case.head.state or equipment is None:
        return
    taken = {"calibrated_on": case.value("performed_on"), "calibration_due": case.value("next_due"),
             "calibration": [case.head.number]}  # fmt: skip
    yield Reply("equipment.edit", equipment.id, {"fields": taken}, reason=f"{case.head.number} was accepted")


@follows_later("calibration.accept")
def equipment_is_calibrated_again(event: dict[str, Any]) -> Iterator[Reply]:
    """The time until the next calibration begins anew; what is out of use stays there."""
    head = records.find(event["number"])
    equipment = Record.objects.get(number=records.values(head)["equipment"][0]["number"])
    mine = [one["number"] for one in records.values(equipment)["calibration"] or []] == [head.number]
    if mine and equipment.state in (IN_USE, WAITING):
        yield Reply("equipment.take_over", equipment.id, reason=f"{head.number} was accepted")
