"""What may be read about people beside their records: names, roles held with their grants, tokens, accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from indelible.infra import clock
from indelible.kernel import authority, records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import AccessGrant, Account, Record
from indelible.practice import accounts, asleep, factors, identity, queries, sso
from indelible.practice.models import Token
from indelible.practice.queries import Viewer, may_create

VERIFIED = "identity verified"


@dataclass(frozen=True, slots=True)
class Holding:
    """One role that a person holds, and the grant that says so; `scope` is a department's number."""

    role: str
    label: str
    help: str
    scope: str | None
    since: datetime | None
    until: datetime | None
    by: str
    grant: str | None
    reason: str
    asleep: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One person with the account: record's state, second factors, last sign-in, how long a one-time link is open, single sign-on."""

    number: str
    name: str
    title: str
    user_id: str
    state: str
    standing: str | None
    roles: tuple[str, ...]
    factors: tuple[str, ...]
    last_sign_in: datetime | None
    link_until: datetime | None
    linked: bool = False
    identity: str = ""


def names(people: Iterable[UUID | None]) -> dict[UUID, str]:
    """Give the printed names of people by id."""
    return dict(Record.objects.filter(pk__in={p for p in people if p}, type=accounts.PERSON).values_list("pk", "title"))


def list_everybody(view: Viewer) -> list[tuple[str, str]]:
    """List everybody whose record this person may see, whether active or gone: (id, printed name), by name."""
    declared = view.configuration.type(accounts.PERSON)
    rows = Record.objects.filter(queries.visible_of(view, declared))
    return [(str(pk), name) for pk, name in rows.order_by("title").values_list("pk", "title")]


def list_holdings(view: Viewer) -> list[Holding]:
    """List the roles that the viewer holds now: granted ones with their grant, those that sleep, and those that everybody has."""
    roles, ids = view.configuration.roles, [UUID(held.grant) for held in view.held]
    grants = {g.record_id: g for g in AccessGrant.objects.filter(record_id__in=ids).order_by("from_at")}
    numbers = dict(Record.objects.filter(pk__in=ids).values_list("pk", "number"))
    known = names(g.granted_by for g in grants.values())
    found = []
    for held in view.held:
        grant, declared = grants.get(UUID(held.grant)), roles.get(held.role)
        if grant is not None:
            by = known.get(grant.granted_by, "System") if grant.granted_by else "System"
            found.append(Holding(held.role, declared.label if declared else held.role, declared.help if declared else "", held.scope,
                                 grant.from_at, grant.until_at, by, numbers.get(grant.record_id), grant.reason))  # fmt: skip
    shared = [Holding(name, r.label, r.help, None, None, None, "", None, "") for name, r in roles.items() if r.everybody]
    return found + _sleeping(view) + (shared if authority.outside(view.held) is None else [])


def _sleeping(view: Viewer) -> list[Holding]:
    """Give the roles of the viewer that give nothing now, each since it sleeps."""
    mine = asleep.list_asleep([view.ctx.person_id]) if view.ctx.person_id else []
    return [
        Holding(one.role, view.configuration.roles[one.role].label, "", one.scope, clock.parse(one.grant.marks["asleep_since"]),
                None, "", one.grant.number, "", asleep=True)
        for one in mine if one.role in view.configuration.roles
    ]  # fmt: skip


def list_tokens(view: Viewer) -> list[Token]:
    """List the viewer's own API tokens, newest first, with those that have ended; the secret of the calendar is none."""
    if view.ctx.person_id is None:
        return []
    rows = Token.objects.filter(person_id=view.ctx.person_id).order_by("-created_at")
    return [row for row in rows if accounts.FEED not in row.scopes]


def list_accounts(view: Viewer) -> list[Entry]:
    """List all people with their accounts, for those who administer them; raises Refused for anybody else."""
    if refusal := may_create(view, accounts.PERSON):
        raise refusal
    people = list(Record.objects.filter(type=accounts.PERSON).order_by("title"))
    known = {a.person_id: a for a in Account.objects.filter(person_id__in=[p.pk for p in people])}
    held: dict[UUID, list[str]] = {}
    now = clock.now()
    for grant in AccessGrant.objects.filter(from_at__lte=now).order_by("role"):
        if grant.until_at is None or grant.until_at > now:
            role = view.configuration.roles.get(grant.role)
            held.setdefault(grant.person_id, []).append(role.label if role else grant.role)
    for one in asleep.list_asleep():
        role = view.configuration.roles.get(one.role)
        held.setdefault(one.person, []).append(f"{role.label if role else one.role} (asleep)")
    given, linked = factors.by_person(), sso.linked()
    return [
        replace(_entry(person, known.get(person.pk), tuple(held.get(person.pk, ())), tuple(given.get(person.pk, ())), now),
                linked=person.pk in linked)
        for person in people
    ]  # fmt: skip


def _entry(person: Record, account: Account | None, roles: tuple[str, ...], given: tuple[str, ...],
           now: datetime) -> Entry:  # fmt: skip
    values = records.values(person)
    until = account.link_until if account and account.link_until and account.link_until > now else None
    return Entry(
        number=person.number, name=person.title, title=str(values.get("job_title") or ""), state=person.state,
        user_id=str(values.get("user_id") or ""), standing=person.standing, roles=roles,
        factors=given, identity=_identity(person), last_sign_in=account.last_login if account else None, link_until=until,
    )  # fmt: skip


def _identity(person: Record) -> str:
    if identity.SUSPENDED in person.marks:
        return "signing suspended"
    return VERIFIED if identity.IDENTITY in person.marks else "identity not verified"


def holders(roles: Iterable[str], at: datetime) -> list[tuple[UUID, str]]:
    """Give who holds one of these roles at a moment, by id and printed name, in the order of names."""
    now = Q(from_at__lte=at) & (Q(until_at=None) | Q(until_at__gt=at))
    people = AccessGrant.objects.filter(now, role__in=list(roles)).values("person_id")
    return list(Record.objects.filter(pk__in=people, standing="in_force").order_by("title").values_list("pk", "title"))


def number_of(user_id: str) -> str:
    """Give the number of the person who has a user id; raises NotFound."""
    account = Account.objects.filter(user_id=accounts.normal(user_id)).first()
    if account is None:
        raise NotFound(user_id)
    return Record.objects.values_list("number", flat=True).get(pk=account.person_id)
