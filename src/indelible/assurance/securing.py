"""The only place that follows the ledger for security: accounts, grants and refusals go to the security log, misuse to its contact.

Whatever face, command or job did it, it is told from here. Credentials of one person that were given in the session of another are
told by mail and as an incident within a minute (11.300(d)); mail that was not taken is tried again until it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from indelible.assurance import alarms
from indelible.assurance.alarms import Alarm
from indelible.infra import canonical, clock, logs, mail, security
from indelible.kernel import config
from indelible.kernel.models import Event, LogPosition, Record, Refusal
from indelible.practice import accounts
from indelible.practice.evidence import OF_ACCOUNTS
from indelible.practice.models import Follower

LINES, MISUSE = "security log", "security mail"
BATCH = 500
GRANT = "grant"
OF_TOKENS = frozenset({"token_issued", "token_revoked"})
OF_SIGNING = frozenset({"signature_components", "fresh_sign_in", "presence", "human_signature_required"})
WRONG_OWNER = "wrong_owner"
KIND = "wrong-owner signing"
AGAIN = timedelta(seconds=20)  # after so long a mail that was not taken is sent again
RECENT = timedelta(hours=24)  # what is older was told before, by the installation that this one was restored from

_again = [datetime.min.replace(tzinfo=UTC)]


def step() -> int | None:
    """Write to the security log what the ledger says next, one batch; gives how many lines that were, None where nothing is new.

    The batch is read before the lock is taken: on SQLite everybody who signs in waits for whoever holds it.
    """
    reached = _reached(LINES)
    if not (found := _after(reached)):
        return None
    lines = _lines(found)
    with transaction.atomic():
        row = Follower.objects.select_for_update().get_or_create(name=LINES)[0]
        if row.seq != reached:
            return 0  # somebody else wrote these meanwhile
        for line in lines:
            security.told(line.pop("event"), logged_at=clock.iso(clock.real()), **line)
        Follower.objects.filter(pk=row.pk).update(seq=found[-1][0])
    return len(lines)


def tell() -> int:
    """Open an incident for each new misuse of credentials and tell the security contact; gives how many were told."""
    told, reached = 0, _reached(MISUSE)
    if clock.real() < _again[0]:
        return 0
    last = LogPosition.objects.aggregate(last=Max("seq"))["last"]
    refused = LogPosition.objects.filter(seq__gt=reached, seq__lte=last or 0, kind="r").order_by("seq")
    for seq, ref in refused.values_list("seq", "ref"):  # a large import is passed over at once: nobody waits behind it
        refusal = Refusal.objects.get(pk=ref)
        if _is_misuse(refusal):
            alarms.raised([_alarm(refusal)])
            if not _mailed(refusal):
                _again[0] = clock.real() + AGAIN
                break  # tried again; what comes after it waits
            told += 1
        reached = seq
    else:
        reached = reached if last is None else max(reached, last)
    if reached != _reached(MISUSE):
        Follower.objects.update_or_create(name=MISUSE, defaults={"seq": reached})
    return told


def _reached(name: str) -> int:
    reached = Follower.objects.filter(name=name).values_list("seq", flat=True).first()
    return -1 if reached is None else reached


def _after(seq: int) -> list[tuple[int, str, int]]:
    rows = LogPosition.objects.filter(seq__gt=seq).order_by("seq").values_list("seq", "kind", "ref")
    return list(rows[:BATCH])


def _lines(found: list[tuple[int, str, int]]) -> list[dict[str, Any]]:
    events = Event.objects.in_bulk([ref for _, kind, ref in found if kind == "e"])
    refusals = Refusal.objects.in_bulk([ref for _, kind, ref in found if kind == "r"])
    said = (
        _of_refusal(canonical.decode(refusals[ref].payload)) if kind == "r" else _of_event(events[ref])
        for _, kind, ref in found
    )
    return [line for line in said if line]


def _of_event(event: Event) -> dict[str, Any] | None:
    said = canonical.decode(event.payload)
    of, _, past = str(said["event"]).partition(".")
    if of == accounts.PERSON and past in OF_ACCOUNTS | OF_TOKENS:
        return {"event": f"account_{past}", "at": said["at"], "person": str(event.record_id), "by": _by(event),
                "request": said.get("request")}  # fmt: skip
    if of == GRANT:
        number = Record.objects.filter(pk=event.record_id).values_list("number", flat=True).first()
        return {
            "event": f"grant_{past}",
            "at": said["at"],
            "subject": number,
            "by": _by(event),
            "request": said.get("request"),
        }
    return None


def _of_refusal(said: dict[str, Any]) -> dict[str, Any]:
    event = (
        WRONG_OWNER if said["rule"] == WRONG_OWNER else "signing_refused" if said["rule"] in OF_SIGNING else "act_refused"
    )
    return {
        "event": event,
        "outcome": "refused",
        **{name: said.get(name) for name in ("at", "person", "act", "subject", "rule", "request")},
    }


def _by(event: Event) -> str:
    return str(event.person_id) if event.person_id else "system"


def _is_misuse(refusal: Refusal) -> bool:
    return refusal.at > clock.now() - RECENT and canonical.decode(refusal.payload)["rule"] == WRONG_OWNER


def _alarm(refusal: Refusal) -> Alarm:
    said = canonical.decode(refusal.payload)
    return Alarm(
        f"wrong owner {refusal.pk}", "Credentials of somebody else were given in a session",
        f"In the session of {_name(refusal.person_id)}, at {said['at']}, the right credentials of another person were given to sign "
        f"{said['subject']} ({said['act']}). Nothing was signed. Request {said['request']}.",
        "Speak with both. Let the person whose credentials they are set new ones; disable the account of whoever took them, if it was no "
        "mistake. The security log names the request, its address and session.",
        KIND, lasting=True,
    )  # fmt: skip


def _name(person: UUID | None) -> str:
    row = Record.objects.filter(pk=person).first() if person else None
    return f"{row.title} ({row.number})" if row else "nobody known"


def _mailed(refusal: Refusal) -> bool:
    """Tell the security contact; says whether it is done, or nobody is to be told."""
    to, said = config.current().policies.security_contact, canonical.decode(refusal.payload)
    if not to or mail.server() is None:
        logs.warn("wrong owner", told="nobody", problem="no security_contact, or no mail server", request=said["request"])
        return True
    where = f"\n\n{settings.PUBLIC_URL}/trail/refusals" if settings.PUBLIC_URL else ""
    text = (
        f"At {said['at']} somebody gave the credentials of another person in a session here, to sign {said['subject']}. Nothing was "
        f"signed.\nAn incident says in whose session. Request {said['request']}.{where}\n"
    )
    try:
        mail.send(to, "Credentials of somebody else were given in a session", text)
    except mail.NotSent as problem:
        logs.warn("mail", to="security contact", problem=str(problem))
        return problem.final
    return True
