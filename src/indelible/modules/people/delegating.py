"""What a delegation must satisfy, and what it brings about: a deputy holds a role for somebody, for some days (11.10(g)).

That the deputy is kept from what the absent person would be kept from is decided where every move is (`lifecycles`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from indelible.infra import clock
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.gather import DELEGATION
from indelible.kernel.hooks import Reply, completes, follows
from indelible.kernel.models import AccessGrant, Record
from indelible.kernel.rules import rule

LONGEST = timedelta(days=30)
ACTIVE = "active"


@rule("own_role_is_delegated", alone=True)
def own_role_is_delegated(case: Case) -> str | None:
    """One delegates what one holds oneself: not for somebody else, and nothing that one holds by delegation."""
    role = case.configuration.roles.get(str(case.value("role")))
    if role is None or not role.scoped:
        return "Only a role that is held for one department is delegated: others hold the same one for the whole company."
    if _one(case, "person") != case.head.author_id:
        return (
            "Everybody delegates the own role: whoever is away begins the delegation. For an illness a grant is asked for."
        )
    held = own_grants(case.at).filter(person_id=case.head.author_id, role=case.value("role"))
    if held.filter(Q(scope=_department(case)) | Q(scope=None)).exists():
        return None
    return f"Who is away does not hold the role {role.label} for {_department(case)}, or only by delegation."


@rule("deputy_holds_the_role", alone=True)
def deputy_holds_the_role(case: Case) -> str | None:
    """A deputy is another active person who holds the same role by a grant of the own, for another department."""
    deputy = _one(case, "deputy")
    if deputy == _one(case, "person"):
        return "Nobody is the own deputy."
    if not Record.objects.filter(pk=deputy, standing="in_force").exists():
        return "The deputy is not active in this system."
    held = set(own_grants(case.at).filter(person_id=deputy, role=case.value("role")).values_list("scope", flat=True))
    if not held:
        return "The deputy holds this role for no department: name somebody who was chosen and trained for it."
    return "The deputy holds this role there already." if held & {None, _department(case)} else None


@rule("delegation_is_short")
def delegation_is_short(case: Case) -> str | None:
    """A delegation ends on a day to come, at most 30 days after it begins."""
    begins, until = (date.fromisoformat(case.value(name)) for name in ("begins", "until"))
    if not begins <= until <= begins + LONGEST:
        return f"It lasts from its first day until at most {LONGEST.days} days later."
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    return None if until >= today else "Its last day is over."


@completes("delegation.accept")
def deputy_acts(case: Case, decision: Decision) -> None:
    """From the first day until the end of the last one the deputy holds the role, by delegation."""
    zone = ZoneInfo(case.configuration.company.zone)
    begins, until = (_midnight(case.value(name), zone) for name in ("begins", "until"))
    ends = clock.iso(until + timedelta(days=1))
    decision.effects.timers["expire"] = ends  # the day that is named is the last one
    decision.effects.grant = {
        "person": str(_one(case, "deputy")), "role": case.value("role"), "scope": _department(case),
        "from": clock.iso(max(begins, case.at)), "until": ends, "granted_by": str(_one(case, "person")),
        "reason": f"Delegated by {case.head.number}: {case.value('why')}",
    }  # fmt: skip


@completes("delegation.end")
@completes("delegation.lapse")
@completes("delegation.expire")
def deputy_no_longer_acts(case: Case, decision: Decision) -> None:
    """From this moment on the deputy acts for nobody; one that was only offered gave nothing."""
    if case.head.state == ACTIVE:
        let_go(case, decision)


def let_go(case: Case, decision: Decision) -> None:
    """End the span in which a record gives its role, where one is running or to come."""
    rows = AccessGrant.objects.filter(Q(until_at=None) | Q(until_at__gt=case.at), record_id=case.head.id)
    for since in rows.order_by("-from_at").values_list("from_at", flat=True)[:1]:
        decision.effects.ungrant = {"from": clock.iso(since), "until": clock.iso(case.at)}


@follows("grant.end")
@follows("grant.expire")
def delegations_end_with_their_grant(case: Case, _decision: Decision) -> Iterator[Reply]:
    """Whose own role ends delegates it no longer, and is nobody's deputy in it without another grant of it."""
    if case.ctx.via == "system" and case.ctx.cause:
        return  # it ends with its person, and so do the delegations: see people.reactions
    person, role = _one(case, "person"), case.value("role")
    others = own_grants(case.at).filter(person_id=person, role=role).exclude(record_id=case.head.id)
    left = set(others.values_list("scope", flat=True))
    for given in given_to_or_by(person, case.at).filter(role=role):
        theirs = given.granted_by == person
        if (theirs and not left & {None, given.scope}) or (not theirs and not left):
            yield Reply("delegation.lapse", given.record_id, reason=f"{case.head.number} has ended")


def given_to_or_by(person: UUID, at: datetime) -> QuerySet[AccessGrant]:
    """Give the delegations, running or to come, in which somebody is deputy or away."""
    running = Q(record_id__in=_delegations()) & (Q(until_at=None) | Q(until_at__gt=at))
    return AccessGrant.objects.filter(running, Q(person_id=person) | Q(granted_by=person)).order_by("record_id")


def own_grants(at: datetime) -> QuerySet[AccessGrant]:
    """Give what people hold at a moment by grants of their own."""
    now = Q(from_at__lte=at) & (Q(until_at=None) | Q(until_at__gt=at))
    return AccessGrant.objects.filter(now).exclude(record_id__in=_delegations())


def _delegations() -> QuerySet[Record, Any]:
    return Record.objects.filter(type=DELEGATION).values("pk")


def _one(case: Case, name: str) -> UUID:
    return UUID(case.named_people(name)[0])


def _department(case: Case) -> str:
    return str(case.value("department")[0]["number"])


def _midnight(day: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), zone)
