"""The only place that says which accounts nobody uses: warned of after some days without a sign-in, disabled after more (11.300(b)).

Used is an account whose person has signed in, acted, or whose token was used. A home whose genesis says SIMULATED is left alone: its
people sign in for nobody, and its clock is moved by hand. The last administrator is kept by the door, as whenever one would go.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from indelible.infra import clock
from indelible.kernel import acts, config, records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Conflict, Refused
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Account, Event, Record
from indelible.practice import accounts
from indelible.practice.models import Token

WARNED = "warned_unused"  # the mark on a person: of which last use they were warned

log = logging.getLogger("indelible.accounts")


@dataclass(frozen=True, slots=True)
class Unused:
    """An account that nobody has used for long: whose, since when, for how many days."""

    person: Record
    since: datetime
    days: int


def look() -> list[str]:
    """Warn of and disable what is due now, through the door; gives the numbers of those who were disabled."""
    installation = Record.objects.filter(type=INSTALLATION).first()
    if installation is None or records.values(installation).get("simulated"):
        return []
    warn, end = config.current().policies.dormant_days
    disabled = []
    for one in list_unused(warn):
        if one.days >= end:
            disabled += [one.person.number] if _disable(one) else []
        elif one.person.marks.get(WARNED) != clock.iso(one.since):
            reason = f"Not used for {one.days} days, since {one.since:%Y-%m-%d}; it is disabled after {end}"
            acts.run(SYSTEM, "person.warn_unused", one.person.pk, reason=reason)
            log.warning("account of %s was not used for %s days, disabled after %s", one.person.number, one.days, end)
    return disabled


def list_unused(days: int) -> list[Unused]:
    """List the accounts of active people that were not used for at least so many days, the longest unused first."""
    now = clock.now()
    active = {one.pk: one for one in Record.objects.filter(type=accounts.PERSON, standing="in_force")}
    used = _last_uses(set(active))
    found = [Unused(person, used[pk], (now - used[pk]).days) for pk, person in active.items()]
    return sorted((one for one in found if one.days >= days), key=lambda one: one.since)


def last_uses(people: set[UUID]) -> dict[UUID, datetime]:
    """Give when each account was used last; an account that nobody has ever used is left out."""
    last: dict[UUID, datetime] = {}
    signed_in = Account.objects.filter(person_id__in=people).exclude(last_login=None).values_list("person_id", "last_login")
    acted = Event.objects.filter(person_id__in=people).values_list("person_id").annotate(Max("at"))
    tokens = Token.objects.filter(person_id__in=people).exclude(used_at=None).values_list("person_id", "used_at")
    for rows in (signed_in, acted, tokens):
        _newest(last, rows)
    return last


def _last_uses(people: set[UUID]) -> dict[UUID, datetime]:
    """Give when each account was used last; an account that nobody has used yet, since its person came, or came back."""
    last: dict[UUID, datetime] = dict(Record.objects.filter(pk__in=people).values_list("pk", "created_at"))
    given = Event.objects.filter(record_id__in=people, payload__contains='"event":"person.password_set"').values_list(
        "record_id", "at"
    )
    back = Event.objects.filter(record_id__in=people, payload__contains='"event":"person.reactivated"').values_list(
        "record_id", "at"
    )
    for rows in (last_uses(people).items(), given, back):
        _newest(last, rows)
    return last


def _newest(last: dict[UUID, datetime], rows: Iterable[tuple[UUID | None, datetime | None]]) -> None:
    for person, at in rows:
        if person is not None and at is not None and (person not in last or at > last[person]):
            last[person] = at


def _disable(one: Unused) -> bool:
    reason = f"Not used for {one.days} days, since {one.since:%Y-%m-%d}"
    try:
        acts.run(SYSTEM, "person.deactivate", one.person.pk, reason=reason)
    except (Refused, Conflict) as refused:
        log.warning("account of %s was not used for %s days and stays: %s", one.person.number, one.days, refused)
        return False
    accounts.end_sessions(one.person.pk)
    log.warning("account of %s was disabled: not used for %s days", one.person.number, one.days)
    return True
