"""The only place that follows the ledger for what people must hear of at once: emergency access, an account in two places, one that nobody uses.

The person and the security contact are told by mail, of an emergency management too; an emergency is an incident besides, so that it is
reviewed afterwards (11.10(d), 11.300(d)). A mail that was not taken is sent again until it is; what comes after it waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max, Q

from indelible.assurance import alarms
from indelible.assurance.alarms import Alarm
from indelible.infra import canonical, clock, logs, mail
from indelible.kernel import config, records
from indelible.kernel.models import AccessGrant, Event, LogPosition, Record
from indelible.practice.models import Follower

TOLD = "letters on access"
EMERGENCY, TWO_PLACES, UNUSED = "grant.opened_in_emergency", "person.used_from_two_places", "person.warned_unused"
KIND = "access"  # of the incident
MANAGEMENT = "executive"
AGAIN = timedelta(minutes=1)  # after so long a mail that was not taken is sent again
RECENT = timedelta(hours=24)  # what is older was told before, by the installation that this one was restored from

_again = [datetime.min.replace(tzinfo=UTC)]
_sent: set[tuple[int, str]] = set()  # of the event at which mail stopped: who has been told of it already


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to tell: to whom besides the security contact, under which subject, in which words, of which record."""

    people: tuple[UUID, ...]
    subject: str
    text: str
    number: str


def step() -> int:
    """Tell of what the ledger says next; gives of how many events people were told. Without a mail server incidents are opened all the same."""
    if clock.real() < _again[0]:
        return 0
    reached, told = Follower.objects.filter(name=TOLD).values_list("seq", flat=True).first(), 0
    reached = -1 if reached is None else reached
    last = LogPosition.objects.aggregate(last=Max("seq"))["last"]
    if last is None or last <= reached:
        return 0
    done = last
    for seq, event in _new(reached, last):
        letter = _letter(event)
        if letter is None:
            continue
        if not _all_told(event, letter):
            _again[0], done = clock.real() + AGAIN, seq - 1
            break
        _sent.clear()
        told += 1
    if done > reached:
        Follower.objects.update_or_create(name=TOLD, defaults={"seq": done})
    return told


def _new(reached: int, last: int) -> Iterator[tuple[int, Event]]:
    places = LogPosition.objects.filter(seq__gt=reached, seq__lte=last, kind="e")
    named = Q()
    for name in (EMERGENCY, TWO_PLACES, UNUSED):
        named |= Q(payload__contains=f'"event":"{name}"')
    young = Event.objects.filter(named, pk__in=places.values("ref"), at__gt=clock.now() - RECENT)
    found = {event.pk: event for event in young}
    for seq, ref in places.filter(ref__in=found).order_by("seq").values_list("seq", "ref"):
        yield seq, found[ref]


def _letter(event: Event) -> Letter | None:
    said, record = canonical.decode(event.payload), Record.objects.get(pk=event.record_id)
    if said["event"] == EMERGENCY:
        return _of_emergency(record, said)
    if said["event"] == TWO_PLACES:
        text = f"{said['reason']}.\n\nIf it was not you both times: end the other session on the page Me, set a new password, and say so."
        return Letter((record.pk,), "An account was used from two places at once", text, record.number)
    if said["event"] == UNUSED:
        text = f"{said['reason']}.\n\nWho signs in keeps the account."
        return Letter((record.pk,), "An account that nobody uses will be disabled", text, record.number)
    return None  # the words stand in a text, and are no event


def _of_emergency(grant: Record, said: dict[str, Any]) -> Letter:
    values = records.values(grant)
    person = Record.objects.get(pk=UUID(str(values["person"]["person"])))
    role = records.configuration_of(grant).roles[str(values["role"])].label
    alarms.raised([Alarm(
        f"emergency access {grant.number}", f"{role} was given in an emergency: {grant.number}",
        f"{person.title} ({person.number}) holds {role} since {said['at']} for {values['hours']} h by {grant.number}. Why: {values['why']} "
        f"Tried before: {values['tried']}",
        "After it has ended look at everything that was done with it, in the trail by person and day, and say whether it was right.",
        KIND, lasting=True,
    )])  # fmt: skip
    now = Q(until_at=None) | Q(until_at__gt=clock.now())
    management = AccessGrant.objects.filter(now, role=MANAGEMENT).values_list("person_id", flat=True)
    text = f"{role} was given in an emergency, for {values['hours']} h since {said['at']}. It ends by itself; an incident asks for its review."
    return Letter((person.pk, *sorted(set(management), key=str)), "Access was given in an emergency", text, grant.number)


def _all_told(event: Event, letter: Letter) -> bool:
    """Tell everybody of one event who was not told yet; says whether nobody is left to be told."""
    contact = config.current().policies.security_contact
    addresses = [str(records.values(one).get("email") or "") for one in Record.objects.filter(pk__in=letter.people)]
    to = [one for one in dict.fromkeys([contact, *addresses]) if one]
    if not to or mail.server() is None:
        logs.warn(
            "letter on access", told="nobody", record=letter.number, problem="nobody with an address, or no mail server"
        )
        return True
    where = f"\n\n{settings.PUBLIC_URL}/r/{letter.number}" if settings.PUBLIC_URL else ""
    for address in to:
        if (event.pk, address) in _sent:
            continue
        try:
            mail.send(address, f"{letter.subject}: {letter.number}", f"{letter.text}{where}\n")
        except mail.NotSent as problem:
            logs.warn("mail", record=letter.number, problem=str(problem))
            if not problem.final:
                return False
        _sent.add((event.pk, address))
    return True
