"""What a granted role and a leaving person bring about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows, follows_later
from indelible.modules.people import absences, delegating


@completes("grant.approve")
@completes("grant.establish")
def role_is_held(case: Case, decision: Decision) -> None:
    """From the last signature on, the person holds the role."""
    linked, until = case.value("record") or case.value("department"), case.value("until")
    zone = ZoneInfo(case.configuration.company.zone)
    end = datetime.combine(datetime.fromisoformat(until).date() + timedelta(days=1), time(), zone) if until else None
    if end is not None:
        decision.effects.timers["expire"] = clock.iso(end)  # the day that is named is the last one
    decision.effects.grant = {
        "person": case.named_people("person")[0], "role": case.value("role"),
        "scope": linked[0]["number"] if linked else None, "from": clock.iso(case.at),
        "until": clock.iso(end) if end else None, "granted_by": str(case.person.id) if case.person else None,
        "reason": case.value("why"),
    }  # fmt: skip


@completes("grant.end")
@completes("grant.expire")
def role_ends(case: Case, decision: Decision) -> None:
    """From this moment on the person no longer holds the role."""
    decision.effects.ungrant = clock.iso(case.at)


@follows("person.deactivate")
@follows("person.leave")
def grants_end_with_the_person(case: Case, _decision: Decision) -> Iterator[Reply]:
    """A disabled person's roles end in the same act, so that no list ever shows a leaver as holder."""
    why = f"{case.head.number} was disabled: {case.reason or 'left'}"
    for record in delegating.own_grants(case.at).filter(person_id=case.head.id).values_list("record_id", flat=True):
        yield Reply("grant.end", record, reason=why)
    for record in delegating.given_to_or_by(case.head.id, case.at).values_list("record_id", flat=True):
        yield Reply("delegation.lapse", record, reason=why)


@follows("person.deactivate")
@follows("person.leave")
def absences_end_with_the_person(case: Case, _decision: Decision) -> Iterator[Reply]:
    """Who has left is not away: what was announced or running ends in the same act."""
    for number in absences.running_or_to_come(case.head.id):
        yield Reply("absence.lapse", number, reason=f"{case.head.number} was disabled: {case.reason or 'left'}")


@follows_later("absence.create")
def department_of_who_is_away(event: dict[str, Any]) -> Iterator[Reply]:
    """An absence stands in the department of who is away, which nobody has to type."""
    head = records.find(event["number"])
    person = records.find(UUID(records.values(head)["person"]["person"]))
    if person.department and not head.department:
        yield Reply(
            "absence.edit", head.id, {"fields": {"department": [person.department]}}, reason=f"Department of {person.number}"
        )
