"""The only place that says which roles are to sleep and which to wake: what should be, against what is (211.25(a)).

It makes the difference, as acts, and so can be asked twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import config, records
from indelible.kernel.hooks import Reply
from indelible.kernel.models import Record
from indelible.modules.people import delegating, personnel

COMPLETE = "The personnel file holds all that the role asks for"


def settle(people: Iterable[UUID]) -> Iterator[Reply]:
    """Give the acts by which the roles of these people sleep or wake as their files say."""
    if not personnel.enforced():
        return
    now = clock.now()
    for person in people:
        yield from put_to_sleep(person, now, "The personnel file lacks what the role asks for")
        for grant in personnel.grants(person, personnel.ACTIVE):
            if _gives_nothing(grant, now) and not personnel.lacking(person, _role(grant)):
                # It was granted before the file was there, and the file came before anybody had looked.
                yield Reply("grant.sleep", grant.pk, reason="The role was granted before the file was complete")
                yield Reply("grant.wake", grant.pk, reason=COMPLETE)
        for grant in personnel.grants(person, personnel.ASLEEP):
            if not personnel.lacking(person, _role(grant)):
                yield Reply("grant.wake", grant.pk, reason=COMPLETE)


def put_to_sleep(person: UUID, at: datetime, why: str, *, without: UUID | None = None) -> Iterator[Reply]:
    """Put to sleep what asks for something that lacks, and end what was delegated with it."""
    sleeping = set()
    for grant in personnel.grants(person, personnel.ACTIVE):
        if lacks := personnel.lacking(person, _role(grant), without=without):
            sleeping.add(_role(grant))
            yield Reply("grant.sleep", grant.pk, reason=f"{why} ({', '.join(map(personnel.label, lacks))})")
    for given in delegating.given_to_or_by(person, at).filter(role__in=sleeping):
        yield Reply("delegation.lapse", given.record_id, reason="The role that it rests on sleeps")


def supersede(item: Record) -> Iterator[Reply]:
    """Give the acts by which an item in force takes the place of older ones, where only one of its kind is in force."""
    kind = personnel.kind_of(item)
    if kind not in personnel.ALONE_OF_THEIR_KIND:
        return
    for older in personnel.items(whose(item)):
        if older.state == personnel.IN_FORCE and older.pk != item.pk and personnel.kind_of(older) == kind:
            yield Reply("personnel_item.supersede", older.pk, reason=f"{item.number} has taken its place")


def _gives_nothing(grant: Record, now: datetime) -> bool:
    until = records.values(grant)["until"]
    today = now.astimezone(ZoneInfo(config.current().company.zone)).date()
    return personnel.span(grant.pk, now) is None and not personnel.over(until, today)


def _role(grant: Record) -> str:
    return str(records.values(grant)["role"])


def whose(record: Record) -> UUID:
    """Give whose grant or item a record is."""
    return UUID(records.values(record)["person"]["person"])
