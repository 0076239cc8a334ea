"""The only place that makes and changes credentials: accounts, one-time links, API tokens.

Who a person is and may do stands in the ledger; here are secrets only, and only as hashes. Every change of a
credential is also an event on the person's record (11.300), so the trail says when and by whom.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db.models import Q

from indelible.infra import clock, ids
from indelible.kernel import acts, config
from indelible.kernel.acts import Outcome
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.errors import Invalid, Missing, NotFound, Refused
from indelible.kernel.models import AccessGrant, Account, Record
from indelible.kernel.reasons import is_filler
from indelible.practice import factors
from indelible.practice import identity as checks
from indelible.practice.models import Token

log = logging.getLogger("indelible.accounts")
PREFIX = "ind_"
LONGEST_PASSWORD = 1024
CONTROL = re.compile("[\x00-\x1f\x7f]")
PERSON, ADMINISTRATOR = "person", "sysadmin"
FEED = "feed:calendar"  # the scope of the one secret that opens the calendar and nothing else; no type can have this name


# Acts that hand out or take away a secret, which no face does by the act alone; where each is done instead.
WITH_A_SECRET = {
    "renew_link": "on the page Accounts, or by `indelible user link`", "set_password": "on the page Me",
    "issue_token": "on the page Me", "revoke_token": "on the page Me", "add_factor": "on the page Me",
    "link_sso": "on the page Me, or by a one-time link", "unlink_sso": "on the page Me, or as an administrator on the page Accounts",
    "remove_factor": "on the page Me, or as an administrator on the page Accounts",
    "accept_statement": "on the page Me, under Signing",
}  # fmt: skip


def not_alone(kind: str, verb: str) -> None:
    """Raise Refused for an act that would only say that a link, password or token changed, and change none."""
    if kind == PERSON and verb in WITH_A_SECRET:
        raise Refused(rule="secret_goes_with_it", text="Not done: the act alone would hand out nothing.",
                      do=f"Do it {WITH_A_SECRET[verb]}.")  # fmt: skip


def normal(user_id: str) -> str:
    """Give a user id in the one form in which it is stored and compared."""
    return user_id.strip().casefold()


def invite(ctx: Context, fields: dict[str, Any], *, key: str | None = None,
           identity: Mapping[str, str] | None = None) -> tuple[Outcome, str]:  # fmt: skip
    """Create a person and an account without a password; gives the outcome and, with a check of identity, the link's secret.

    `identity` is what whoever invites has seen (`practice.identity`). Without it there is no link yet, and the secret is
    empty: somebody records the check, then a link is issued. Of the first person of a home nobody could have checked it.
    """
    fields = {**fields, "user_id": normal(str(fields.get("user_id", "")))}
    if identity is not None:
        checks.read(identity, clock.now(), config.current().company.zone)  # before anything is made
    first = not Record.objects.filter(type=PERSON).exists()
    outcome = acts.run(ctx, "person.create", key=key, fields=fields)
    account, _ = Account.objects.get_or_create(user_id=fields["user_id"], person_id=outcome.record)
    account.set_unusable_password()
    account.save()
    if identity is not None and checks.IDENTITY not in Record.objects.get(pk=outcome.record).marks:
        checks.verify(ctx, outcome.record, identity)
    return outcome, renew_link(ctx, outcome.number) if first or identity is not None else ""


def fresh_link(account: Account) -> str:
    """Give a new one-time link for an account; an older one stops working."""
    secret = ids.secret()
    account.link_sha256 = _hash(secret)
    account.link_until = clock.now() + timedelta(hours=config.current().policies.invitation_hours)
    account.save(update_fields=["link_sha256", "link_until"])
    return secret


def renew_link(ctx: Context, number: str) -> str:
    """Give a person a new one-time link, by an administrator, as an event of the person; gives the secret, shown once."""
    person = Record.objects.filter(number=number, type=PERSON).first()
    account = Account.objects.filter(person_id=person.pk).first() if person else None
    if person is None or account is None:
        raise NotFound(number)
    acts.run(ctx, f"{PERSON}.renew_link", person.pk)
    return fresh_link(account)


def recover(number: str, reason: str) -> str:
    """Give an administrator a new one-time link from the server's console, as an event of the system with its reason; gives the secret.

    Second factors that are lost go with it. Raises Refused for anybody who is no administrator: theirs is an administrator's to give; and
    without a reason of its own.
    """
    person = Record.objects.filter(number=number, type=PERSON).first()
    account = Account.objects.filter(person_id=person.pk).first() if person else None
    if person is None or account is None:
        raise NotFound(number)
    now = Q(until_at=None) | Q(until_at__gt=clock.now())
    if not AccessGrant.objects.filter(now, person_id=person.pk, role=ADMINISTRATOR).exists():
        raise Refused(rule="console_recovers_administrators", text=f"{person.title} is no administrator: nothing was done.",
                      do="An administrator gives the link: page Accounts, or `indelible user link`.")  # fmt: skip
    least, why = config.current().policies.reason_length, reason.strip()
    if len(why) < least or is_filler(why):  # by itself: the words that are put before it are no reason
        raise Refused(rule="reason_given", text=f"Coming back from the console needs a reason that says why, in at least {least} characters.",
                      missing=(Missing("A reason that another person understands later.", field="reason"),),
                      do="Write what was lost, and who asked for this.")  # fmt: skip
    acts.run(SYSTEM, f"{PERSON}.renew_link", person.pk, reason=f"From the console of the server: {reason}")
    if factors.kinds(person.pk):
        factors.reset(SYSTEM, number, seen=None, reason=f"From the console of the server: {reason}")
    return fresh_link(account)


def deactivate(ctx: Context, number: str, *, seen: int | None, reason: str, key: str | None = None) -> Outcome:
    """Disable a person by an administrator: the roles end in the same act, sessions, tokens and links right after it."""
    invited = Record.objects.filter(number=number, type=PERSON, standing="in_work").exists()
    act = "cancel" if invited else "deactivate"
    outcome = acts.run(ctx, f"{PERSON}.{act}", number, seen=seen, reason=reason, key=key)
    end_sessions(outcome.record)
    return outcome


def by_link(secret: str) -> Account:
    """Find the account that a one-time link belongs to; raises NotFound for a used, expired or unknown one."""
    return by_link_hash(_hash(secret))


def by_link_hash(sha256: bytes) -> Account:
    """Find the account of a one-time link by the hash of it, which may be kept while its person is elsewhere; raises NotFound."""
    account = Account.objects.filter(link_sha256=sha256, link_until__gt=clock.now()).first()
    if account is None:
        raise NotFound("link")
    return account


def enrol(secret: str, password: str) -> Account:
    """Set the first password by a one-time link and activate the person; raises NotFound or Invalid."""
    account = by_link(secret)
    _set(account, password)
    if Record.objects.filter(pk=account.person_id, standing="in_work").exists():
        acts.run(SYSTEM, "person.activate", account.person_id)
    else:
        acts.run(SYSTEM, "person.set_password", account.person_id)
    return account


def use_up(account: Account) -> None:
    """Let the one-time link of an account end without a password, because its person signs in elsewhere."""
    account.link_sha256, account.link_until, account.is_active = None, None, True
    account.save(update_fields=["link_sha256", "link_until", "is_active"])


def signs_in_elsewhere(person: UUID) -> bool:
    """Say whether a role of a person is one whose holders sign in at the identity provider alone."""
    policies, now = config.current().policies, clock.now()
    held = AccessGrant.objects.filter(Q(until_at=None) | Q(until_at__gt=now), person_id=person, from_at__lte=now)
    return bool(policies.sso_issuer and policies.sso_only_roles) and held.filter(role__in=policies.sso_only_roles).exists()


def change_password(ctx: Context, account: Account, old: str, new: str) -> None:
    """Let a person set a new password with the old one; raises Refused or Invalid."""
    if account.person_id != ctx.person_id or not account.check_password(old):
        raise Refused(rule="own_password", text="Not changed: the present password does not match.",
                      missing=(Missing("Your present password.", field="old"),))  # fmt: skip
    _set(account, new)
    acts.run(ctx, "person.set_password", account.person_id)


def end_sessions(person: UUID) -> int:
    """End every session of a person and revoke the tokens; gives how many sessions there were."""
    ended = end_running(person)
    Token.objects.filter(person_id=person, revoked_at=None).update(revoked_at=clock.now())
    Account.objects.filter(person_id=person).update(is_active=False, link_sha256=None, link_until=None)
    return ended


def end_running(person: UUID, *, but: str = "") -> int:
    """End the running sessions of a person, `but` one of them by its key; gives how many there were."""
    mine = [s.pk for s in Session.objects.iterator() if s.pk != but and _account_of(s) in _accounts(person)]
    return int(Session.objects.filter(pk__in=mine).delete()[0])


def end_session(key: str) -> None:
    """End one session by its key."""
    Session.objects.filter(pk=key).delete()


def issue_token(ctx: Context, *, label: str, scopes: list[str], days: int, sources: Sequence[str] = ()) -> tuple[Token, str]:
    """Issue an API token for oneself; gives it with its secret, which is shown once and kept as a hash only.

    `label` says what it is for, `sources` are the networks from which it works; without any it works from everywhere.
    """
    most = config.current().policies.token_days
    if not 1 <= days <= most or not 3 <= len(label.strip()) <= 80:
        raise Invalid(rule="input", text=f"A token has a label of 3 to 80 characters and lives 1 to {most} days.",
                      missing=(Missing(f"1 to {most} days.", field="days"),))  # fmt: skip
    known = {"*", "read", *config.current().types}
    if not scopes or any(scope.split(".")[0] not in known for scope in scopes):
        raise Invalid(rule="input", text="Name at least one scope: `read`, a type, `type.act` or `*`.",
                      missing=(Missing("A known scope.", field="scopes"),))  # fmt: skip
    networks = [_network(one) for one in sources]
    where = f" from {', '.join(networks)}" if networks else ""
    return _issue(
        ctx, f"API token {label.strip()} for {', '.join(scopes)}, {days} days{where}", label.strip(), scopes, days, networks
    )


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise Invalid(rule="input", text="A source is an address or a network, such as 10.2.0.0/16.",
                      missing=(Missing(f"{text[:60]!r} is neither an address nor a network.", field="sources"),)) from None  # fmt: skip


def issue_feed(ctx: Context) -> tuple[Token, str]:
    """Make the secret of one's own calendar feed, in place of an older one; gives it with its secret, shown once."""
    withdraw_feed(ctx)
    days = config.current().policies.token_days
    return _issue(ctx, f"Address of the calendar feed, {days} days", "Calendar feed", [FEED], days)


def withdraw_feed(ctx: Context) -> None:
    """Let the secret of one's own calendar feed end at once; without one nothing happens."""
    if (row := own_feed(ctx)) is not None:
        revoke_token(ctx, row.pk)


def own_feed(ctx: Context) -> Token | None:
    """Give the secret of one's own calendar feed that works now, None without one; what it was nobody can say."""
    rows = Token.objects.filter(person_id=ctx.person_id or NOBODY, revoked_at=None, until__gt=clock.now())
    return next((row for row in rows if FEED in row.scopes), None)


def _issue(
    ctx: Context, told: str, label: str, scopes: list[str], days: int, sources: Sequence[str] = ()
) -> tuple[Token, str]:
    acts.run(ctx, "person.issue_token", ctx.person_id, reason=told)
    secret, now = PREFIX + ids.secret(), clock.now()
    token = Token.objects.create(
        id=ids.new(), person_id=ctx.person_id or NOBODY, label=label, sha256=_hash(secret), scopes=scopes, sources=list(sources),
        created_at=now, until=now + timedelta(days=days),
    )  # fmt: skip
    return token, secret


def revoke_token(ctx: Context, token: UUID) -> None:
    """Revoke a token of one's own; an administrator may revoke anybody's."""
    row = Token.objects.filter(pk=token, revoked_at=None).first()
    if row is None:
        raise NotFound(str(token))
    acts.run(ctx, "person.revoke_token", row.person_id, reason=f"API token {row.label} revoked")
    Token.objects.filter(pk=token).update(revoked_at=clock.now())


def by_token(secret: str, *, address: str = "", request_id: str = "") -> Context | None:
    """Give the context of a token that is known, not expired, not revoked and used from where it may be; None otherwise."""
    row = _used(secret, address)
    if row is None or FEED in row.scopes:
        return None
    return Context(row.person_id, "token", session=str(row.pk), scopes=tuple(row.scopes), request_id=request_id)


def by_feed(secret: str, *, request_id: str = "") -> Context | None:
    """Give whose calendar a feed's secret opens; None for one that is unknown, ended, or opens something else."""
    row = _used(secret)
    if row is None or FEED not in row.scopes:
        return None
    return Context(row.person_id, "token", session=str(row.pk), request_id=request_id)


def _used(secret: str, address: str = "") -> Token | None:
    now = clock.now()
    row = Token.objects.filter(sha256=_hash(secret), revoked_at=None, until__gt=now).first()
    if row is None or not Account.objects.filter(person_id=row.person_id, is_active=True).exists():
        return None
    if row.sources and not _is_from(address, row.sources):
        log.warning(
            "token %s of person %s was used from %s, where it may not be", row.label, row.person_id, address or "nowhere"
        )
        return None
    if row.used_at is None or now - row.used_at > timedelta(minutes=1):
        Token.objects.filter(pk=row.pk).update(used_at=now)
    return row


def _is_from(address: str, networks: Sequence[str]) -> bool:
    try:
        return any(ip_address(address) in ip_network(one) for one in networks)
    except ValueError:
        return False


def _set(account: Account, password: str) -> None:
    if signs_in_elsewhere(account.person_id):
        raise Invalid(rule="no_password", text="Not set: your role signs in at the identity provider alone.",
                      missing=(Missing("A sign-in at the identity provider instead.", field="password"),))  # fmt: skip
    problems = weaknesses(password, account)
    if problems:
        raise Invalid(rule="password", text=problems[0], missing=tuple(Missing(p, field="password") for p in problems),
                      do="Choose a longer phrase that only you know.")  # fmt: skip
    account.set_password(password)
    account.link_sha256, account.link_until, account.is_active = None, None, True
    account.save()


def weaknesses(password: str, account: Account) -> list[str]:
    """Give what is wrong with a password: too short or too long, well known, or the person's own words; no composition rules."""
    least = config.current().policies.password_length
    found = [] if len(password) >= least else [f"The password has {len(password)} characters; at least {least} are needed."]
    if len(password) > LONGEST_PASSWORD or CONTROL.search(password):  # the page that signs in would take it no more
        found.append(f"A password has at most {LONGEST_PASSWORD} characters, and no control characters.")
    try:
        _well_known().validate(password)
    except ValidationError:
        found.append("This password is on the list of well-known passwords.")
    if account.user_id in password.casefold():
        found.append("The password contains the user id.")
    return found


@cache
def _well_known() -> CommonPasswordValidator:
    return CommonPasswordValidator()  # reads its 20,000 words when it is made


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _accounts(person: UUID) -> set[str]:
    return {str(pk) for pk in Account.objects.filter(person_id=person).values_list("pk", flat=True)}


def _account_of(session: Session) -> str | None:
    found: str | None = session.get_decoded().get("_auth_user_id")
    return found
