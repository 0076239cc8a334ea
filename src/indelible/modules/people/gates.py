"""The only place that tells people why a role of theirs gives them nothing: it sleeps, since when, and what lacks.

Nothing is allowed or refused here that the rights do not allow or refuse already: a sleeping role is none of them. Who would
be refused for want of a right that a sleeping role gives is told so, instead of being sent to ask for a role.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import canonical, clock
from indelible.kernel import authority, config, gather, lifecycles, records
from indelible.kernel.case import Case
from indelible.kernel.context import Held
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.gates import gate
from indelible.modules.people import personnel
from indelible.practice.asleep import ASLEEP, GRANT

SLEEPING = "sleeping role"
gather.BESIDE[
    SLEEPING
] = f"""SELECT '{SLEEPING}', CAST(r.id AS text), CAST(r.content AS text), r.baseline, r.number, NULL, NULL
    FROM party p JOIN record r ON r.id = p.record_id
    WHERE p.person_id = %s AND p.capacity = 'person' AND r.type = '{GRANT}' AND r.state = '{ASLEEP}'"""


@gate
def role_is_awake(case: Case) -> None:
    """Refuse, with the reason, an act to whoever could do it if the own role did not sleep (211.25(a), Annex 11-2)."""
    rows = case.memo.get(SLEEPING)
    if case.person is None or not rows:
        return
    wanted = list(_wanted(case))
    if _can(case, wanted):
        return
    for held in (_held(row) for row in rows):
        if _can(replace(case, held=(*case.held, held)), wanted):
            raise _asleep(case, held)


def _wanted(case: Case) -> Iterator[tuple[str, tuple[str, ...], str | None]]:
    """Give in which capacities the act may be done, each with the meaning to be signed, and the person where it is one's own."""
    declared, verb = case.declaration, case.verb
    move = case.state.moves.get(verb) if case.record is not None else None
    if move is not None and move.signs:
        yield from ((need.meaning, need.capacities, need.person) for need in lifecycles.open_needs(case, verb, move))
    elif move is not None:
        yield "", tuple(move.by), None
    elif case.record is None:
        yield "", tuple(declared.create), None
    elif verb in ("edit", "amend"):
        yield "", (*case.state.edit, *(case.state.amend.by if case.state.amend else ())), None
    else:
        act = declared.revisions if verb == "revise" else getattr(declared, "link" if verb == "unlink" else verb, None)
        yield "", tuple(getattr(act, "by", ())), None


def _can(case: Case, wanted: list[tuple[str, tuple[str, ...], str | None]]) -> bool:
    me = str(case.person.id) if case.person else ""
    return any(
        (not meaning or authority.may_sign(case, meaning))
        and whose in (None, me)
        and any(authority.holds(case, c) for c in by)
        for meaning, by, whose in wanted
    )


def _held(row: list[str]) -> Held:
    grant, content, baseline, *_ = row
    values = records.named(config.at(baseline).type(GRANT), canonical.decode(content))
    scope = next((str(one["number"]) for one in values["department"] or []), None)
    return Held(str(values["role"]), scope, str(UUID(grant)))


def _asleep(case: Case, held: Held) -> Refused:
    zone, person = case.configuration.company.zone, case.person
    grant, role = records.find(UUID(held.grant)), case.configuration.roles[held.role].label
    lacks = personnel.told(person.id, personnel.lacking(person.id, held.role), zone) if person else []
    since = clock.parse(grant.marks["asleep_since"]).astimezone(ZoneInfo(zone))
    why = f"{lacks[0].text[:1].lower()}{lacks[0].text[1:]}" if lacks else "nothing lacks any more, it wakes in a moment."
    return Refused(
        rule="role_is_awake", text=f"Your role {role} sleeps since {since:%Y-%m-%d}: {why}",
        missing=tuple(Missing(lack.text, rule="role_is_awake") for lack in lacks),
        do=f"Complete your personnel file: {person.number if person else ''} shows what lacks. The role then wakes by itself.",
    )  # fmt: skip
