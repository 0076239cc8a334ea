"""The only place that says which sessions of a person run, and lets the person end another one.

A session is known by the hash of its key: with the key itself one could go on with it, so no page ever shows it.
Sessions that the company's policies have ended already are no longer listed, though their rows may still be there.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from indelible.infra import clock, security
from indelible.kernel import acts, config
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Account
from indelible.practice import accounts

BEGUN, ACTED, BROWSER, ADDRESS = "begun", "acted", "browser", "address"
AT_ONCE = timedelta(minutes=5)  # so lately active, a session elsewhere is one at the same time
LONGEST = 200  # characters of what a browser says of itself
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome or Chromium"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip

log = logging.getLogger("indelible.accounts")


@dataclass(frozen=True, slots=True)
class Running:
    """One session in which a person could go on; `browser` is what the browser said of itself, unproven."""

    id: str
    begun: datetime
    acted: datetime
    browser: str
    present: bool


def list_own(ctx: Context) -> list[Running]:
    """List the running sessions of whoever asks, the one last active first."""
    return sorted((one for _, one in _own(ctx)), key=lambda one: one.acted, reverse=True)


def end(ctx: Context, session: str) -> Running:
    """End another running session of one's own at once; raises NotFound for any other."""
    for key, one in _own(ctx):
        if constant_time_compare(one.id, session) and not one.present:
            accounts.end_session(key)
            log.info(
                "person %s ended a session of their own, begun %s, request %s", ctx.person_id, one.begun, ctx.request_id
            )
            security.told("session_ended", person=str(ctx.person_id), reason="ended by its person from another session",
                          session=one.id, request=ctx.request_id)  # fmt: skip
            return one
    raise NotFound("session")


def report_two_places(account: Account, key: str, address: str) -> bool:
    """Note, as an event of its person, that an account is used from another address at the same time (11.300(d)); gives whether it is.

    `key` is that of the session that has just begun, `address` where it was begun from. One account in two places can be one person with
    two devices, or two people: nothing is refused, and whoever reads the trail of the person sees both addresses.
    """
    since = clock.now() - AT_ONCE
    for session in Session.objects.filter(expire_date__gt=clock.real()).exclude(pk=key).iterator():
        data = session.get_decoded()
        other = data.get(ADDRESS, "")
        if data.get(SESSION_KEY) != str(account.pk) or other in ("", address) or clock.parse(data[ACTED]) < since:
            continue
        said = f"Signed in from {address or 'an unknown address'} while a session from {other} was active at {data[ACTED]}"
        acts.run(SYSTEM, "person.note_two_places", account.person_id, reason=said)
        log.warning("person %s: %s", account.person_id, said)
        return True
    return False


def told(agent: str) -> str:
    """Put what a browser says of itself into a few words; unknown ones keep theirs."""
    browser = next((name for mark, name in BROWSERS if f"{mark}/" in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " on ".join(part for part in (browser, system) if part) or re.sub(r"\s+", " ", agent).strip() or "not told"


def _own(ctx: Context) -> Iterator[tuple[str, Running]]:
    account = Account.objects.filter(person_id=ctx.person_id or NOBODY).first()
    if account is None:
        return
    policies, now = config.current().policies, clock.now()
    idle, longest = timedelta(minutes=policies.idle_minutes), timedelta(hours=policies.absolute_hours)
    for session in Session.objects.filter(expire_date__gt=clock.real()).iterator():
        data = session.get_decoded()
        if data.get(SESSION_KEY) != str(account.pk) or not {BEGUN, ACTED} <= data.keys():
            continue
        # A changed password leaves the rows of the other sessions behind; their hash no longer fits.
        if not constant_time_compare(data.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash()):
            continue
        begun, acted = clock.parse(data[BEGUN]), clock.parse(data[ACTED])
        if now - acted <= idle and now - begun < longest:
            key = session.session_key
            yield key, Running(_hash(key), begun, acted, told(data.get(BROWSER, "")), key == ctx.session)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
