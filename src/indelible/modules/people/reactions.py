"""What a granted role, an item of a personnel file and a leaving person bring about.

What ends an item puts roles to sleep in the same transaction: nobody acts a moment longer. Everything else looks once more
at what should be: see `sleeping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows, follows_later
from indelible.modules.people import absences, delegating, personnel, sleeping
from indelible.modules.people.rules import EMERGENCY
from indelible.practice import accounts

HOURS_END = "hours_end"  # the mark on an emergency: when it ends, however often its role sleeps and wakes


@completes("grant.approve")
@completes("grant.open_in_emergency")
@completes("grant.establish")
@completes("grant.wake")
def role_is_held(case: Case, decision: Decision) -> None:
    """From the last signature on, the person holds the role; not before the personnel file is there (211.25(a))."""
    end = _end(case, decision)
    person, role, linked = (
        case.named_people("person")[0],
        str(case.value("role")),
        case.value("record") or case.value("department"),
    )
    by = str(case.person.id) if case.person else None
    if case.head.state == personnel.ASLEEP:
        by = case.head.marks.get("granted_by")  # nobody grants by waking
    decision.effects.head["marks"] = {**case.head.marks, "granted_by": by} | (
        {HOURS_END: clock.iso(end)} if end and _hours(case) else {}
    )
    if personnel.enforced(case.validated) and personnel.lacking(UUID(person), role):
        return  # it is put to sleep at once: see sleeping
    decision.effects.grant = {
        "person": person, "role": role,
        "scope": linked[0]["number"] if linked else None, "from": clock.iso(case.at),
        "until": clock.iso(end) if end else None, "granted_by": by,
        "reason": case.value("why"),
    }  # fmt: skip


@completes("grant.end")
@completes("grant.expire")
def role_ends(case: Case, decision: Decision) -> None:
    """From this moment on the person no longer holds the role."""
    delegating.let_go(case, decision)


@completes("grant.sleep")
def role_sleeps(case: Case, decision: Decision) -> None:
    """While it sleeps the role gives no right; it ends on the same day as it would awake."""
    _end(case, decision)
    delegating.let_go(case, decision)
    decision.effects.head["marks"] = {**case.head.marks, "asleep_since": clock.iso(case.at)}


@completes("personnel_item.agree")
@completes("personnel_item.declare")
@completes("personnel_item.see_original")
def item_is_good_until_its_last_day(case: Case, decision: Decision) -> None:
    """The day that is named is the last one; what does not expire asks nobody for anything."""
    effects, until = decision.effects, case.value("valid_until")
    if until:
        zone = ZoneInfo(case.configuration.company.zone)
        effects.timers["expire"] = clock.iso(datetime.combine(date.fromisoformat(until) + timedelta(days=1), time(), zone))
    else:
        effects.head["due_at"], effects.open_tasks = None, []


@follows("personnel_item.expire")
@follows("personnel_item.void")
def roles_sleep_without_the_item(case: Case, _decision: Decision) -> Iterator[Reply]:
    """What asks for an item that is gone sleeps in the same act."""
    if not personnel.enforced(case.validated):
        return
    person = UUID(case.named_people("person")[0])
    why = f"{case.head.number} is no longer in force: {personnel.label(str(case.value('kind')))}"
    yield from sleeping.put_to_sleep(person, case.at, why, without=case.head.id)


@follows_later("personnel_item.agree")
@follows_later("personnel_item.declare")
@follows_later("personnel_item.see_original")
@follows_later("personnel_item.expire")
@follows_later("personnel_item.void")
@follows_later("personnel_item.certify")
def roles_follow_the_file(event: dict[str, Any]) -> Iterator[Reply]:
    """A newer job description or CV takes the place of the older one; roles wake when the file is complete."""
    item = records.find(event["number"])
    if item.state == personnel.IN_FORCE:
        yield from sleeping.supersede(item)
    yield from sleeping.settle([sleeping.whose(item)])


@follows_later("grant.approve")
@follows_later("grant.open_in_emergency")
@follows_later("grant.establish")
def role_waits_for_the_file(event: dict[str, Any]) -> Iterator[Reply]:
    """A role that is granted before the file is there sleeps from the beginning."""
    if event["state"] == personnel.ACTIVE:
        yield from sleeping.settle([sleeping.whose(records.find(event["number"]))])


@follows_later("installation.release")
@follows_later("installation.simulate_release")
@follows_later("installation.apply_baseline")
def everybody_is_asked_for_the_file(_event: dict[str, Any]) -> Iterator[Reply]:
    """From the release on, and when the roles come to ask for something else, everybody's file is looked at."""
    yield from sleeping.settle(personnel.people_with_roles())


@follows("person.deactivate")
@follows("person.leave")
def grants_end_with_the_person(case: Case, _decision: Decision) -> Iterator[Reply]:
    """A disabled person's roles end in the same act, awake or asleep, so that no list ever shows a leaver as holder."""
    why = f"{case.head.number} was disabled: {case.reason or 'left'}"
    for grant in personnel.grants(case.head.id, personnel.ACTIVE, personnel.ASLEEP):
        yield Reply("grant.end", grant.pk, reason=why)
    for record in delegating.given_to_or_by(case.head.id, case.at).values_list("record_id", flat=True):
        yield Reply("delegation.lapse", record, reason=why)


@follows_later("person.deactivate")
@follows_later("person.leave")
def account_closes_with_the_person(event: dict[str, Any]) -> Iterator[Reply]:
    """Sessions, tokens and links end, and nobody signs in, by whatever way somebody was disabled (11.300(c)); nobody acts meanwhile."""
    person = records.find(event["number"])
    if person.standing == "past":
        accounts.end_sessions(person.pk)
    yield from ()


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


@follows("person.deactivate")
@follows("person.leave")
def file_is_closed_with_the_person(case: Case, _decision: Decision) -> Iterator[Reply]:
    """Who is gone has no job description any more, and nobody signs what was begun."""
    why = f"{case.head.number} was disabled: {case.reason or 'left'}"
    for item in personnel.items(case.head.id):
        if item.state == personnel.IN_FORCE:
            yield Reply("personnel_item.end", item.pk, reason=why)
        elif item.state == personnel.DRAFT:
            yield Reply("personnel_item.withdraw", item.pk, reason=why)


def _end(case: Case, decision: Decision) -> datetime | None:
    """Give the moment at which a grant ends by its own word, and let it end by itself then."""
    until = case.value("until")
    if not until and not _hours(case):
        return None
    zone = ZoneInfo(case.configuration.company.zone)
    if not until:  # an emergency is counted once, from its authorisation: sleeping and waking give no hour more
        kept = case.head.marks.get(HOURS_END)
        end = clock.parse(kept) if kept else case.at + timedelta(hours=float(_hours(case)))
    else:
        end = datetime.combine(datetime.fromisoformat(until).date() + timedelta(days=1), time(), zone)
    decision.effects.timers["expire"] = clock.iso(end)  # the day that is named is the last one
    return end


def _hours(case: Case) -> str:
    """Give for how many hours an emergency is; nothing for any other grant."""
    return str(case.value("hours") or "") if case.value("urgency") == EMERGENCY else ""
