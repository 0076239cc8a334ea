"""The one query that reads, after the lock, everything else an act is decided on: person, roles, presence, request, home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from indelible.infra import canonical, clock, database
from indelible.kernel import config, records, references
from indelible.kernel.authority import OUTSIDE
from indelible.kernel.context import NOBODY, Context, Held, Person
from indelible.kernel.errors import Refused, Unavailable
from indelible.kernel.models import Presence
from indelible.kernel.references import Asked, Named, Part, joined, prepared

ACTIVE = "in_force"
# What a gate asks about the person, in the same round trip: SQL with the person as its only parameter, whose rows begin
# with the word under which `memo` keeps them.
BESIDE: dict[str, str] = {}
# The last one in the memo: the baseline in force.
INSTALLATION, DELEGATION, BASELINE = "installation", "delegation", "baseline"


@dataclass(slots=True)
class Gathered:
    """What stands beside the record when an act is decided."""

    person: Person | None = None
    held: tuple[Held, ...] = ()
    presence: Presence | None = None
    request: tuple[UUID, int, bytes] | None = None
    baseline: str = ""
    home: dict[str, Any] = field(default_factory=dict)
    skew: timedelta = timedelta()
    named: Named = field(default_factory=Named)
    memo: dict[str, Any] = field(default_factory=dict)


def read(ctx: Context, *, presence: UUID | None, key: str | None, at: datetime, asked: Asked = frozenset()) -> Gathered:
    """Read it in one round trip; raises Refused for a person who is not active, Unavailable without a baseline."""
    found = Gathered(named=Named(asked))
    with database.planned() as cursor:
        cursor.execute(*joined([*_parts(ctx.person_id, presence, key, at), *references.parts(ctx.person_id, asked)]))
        for kind, *values in cursor.fetchall():
            if kind in _TAKE:
                _TAKE[kind](found, *values)
            elif kind in BESIDE:
                found.memo.setdefault(kind, []).append(values)
            else:
                references.TAKE[kind](found.named, *values)
    if not found.baseline:
        raise Unavailable("this home has no baseline yet: run `indelible init`")
    if ctx.person_id is not None and found.person is None:
        raise Refused(
            rule="active_person", text="This account does not belong to an active person.",
            do="Ask an administrator to look at the account.",
        )  # fmt: skip
    return found


def _parts(person: UUID | None, presence: UUID | None, key: str | None, at: datetime) -> list[Part]:
    postgres = connection.vendor == "postgresql"
    hexed = "encode({}, 'hex')" if postgres else "hex({})"
    who = prepared(person) if person else None
    moment: Any = at if postgres else at.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    now = "CAST(clock_timestamp() AS text)" if postgres else "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
    # Words of ours are no parameters: SQLite would look at their values and plan the whole query anew each time.
    parts: list[Part] = [
        (f"""SELECT 'b', {hexed.format('sha256')}, {now}, NULL, NULL, NULL, NULL FROM baseline
              WHERE number = (SELECT max(number) FROM baseline)""", []),
        (f"SELECT 'h', state, CAST(content AS text), number, NULL, NULL, NULL FROM record WHERE type = '{INSTALLATION}'", []),
    ]  # fmt: skip
    if who is not None:
        # Who signs holds person and roles fast: neither ends between being asked for here and the signature's commit.
        fast = " FOR SHARE" if postgres and presence is not None else ""
        parts += [
            (f"""SELECT 'g', CAST(record_id AS text), role, scope, CAST(granted_by AS text), CASE WHEN type = '{DELEGATION}'
                  THEN number || ' of ' || (SELECT title FROM record p WHERE p.id = granted_by) END, NULL FROM (
                  SELECT g.*, r.type, r.number FROM access_grant g JOIN record r ON r.id = g.record_id
                  WHERE g.person_id = %s AND from_at <= %s AND (until_at IS NULL OR until_at > %s){fast}) held""",
             [who, moment, moment]),
            (f"""SELECT 'p', CAST(r.id AS text), r.number, r.title, CAST(r.content AS text), r.baseline, a.user_id
                  FROM (SELECT * FROM record WHERE id = %s AND standing = '{ACTIVE}'{fast}) r
                  LEFT JOIN account a ON a.person_id = r.id""", [who]),
            *((asked, [who]) for asked in BESIDE.values()),
        ]  # fmt: skip
    if key is not None:
        parts.append((f"""SELECT 'r', CAST(record_id AS text), CAST(position AS text), {hexed.format('body')}, NULL, NULL, NULL
                          FROM request WHERE person_id = %s AND key = %s""", [who or prepared(NOBODY), key]))  # fmt: skip
    if presence is not None:
        parts.append(("""SELECT 's', CAST(person_id AS text), session, statement, method, CAST(components AS text),
                          CAST(until AS text) FROM presence WHERE id = %s""", [prepared(presence)]))  # fmt: skip
    return parts


def _baseline(found: Gathered, sha256: str, now: str, *_: None) -> None:
    found.baseline = found.memo[BASELINE] = sha256.lower()
    if not clock.is_simulated():
        found.skew = abs(_moment(now) - clock.now())


def _home(found: Gathered, state: str, content: str, number: str, *_: None) -> None:
    found.home = {"state": state, "content": canonical.decode(content), "number": number}


def _grant(found: Gathered, record: str, role: str, scope: str | None, by: str | None, lent: str | None, *_: None) -> None:
    granted_by, grant = str(UUID(by)) if by else None, str(UUID(record))
    found.held = (*found.held, Held(role, scope, grant, granted_by, lent or ""))


def _person(found: Gathered, pk: str, number: str, name: str, content: str, baseline: str, user_id: str | None) -> None:
    declaration = config.at(baseline).type("person")
    values = records.named(declaration, canonical.decode(content))
    found.person = Person(UUID(pk), number, name, values.get("job_title") or "", user_id or "")
    if values.get("outside"):  # before the first grant and after the last one too
        found.held = (*found.held, Held(OUTSIDE, None, str(NOBODY)))


def _request(found: Gathered, record: str, position: str, body: str, *_: None) -> None:
    found.request = (UUID(record), int(position), bytes.fromhex(body))


def _presence(found: Gathered, person: str, session: str, statement: str, method: str, components: str, until: str) -> None:
    found.presence = Presence(
        person_id=UUID(person), session=session, statement=statement, method=method,
        components=canonical.decode(components), until=_moment(until),
    )  # fmt: skip


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_TAKE: dict[str, Callable[..., None]] = {
    "b": _baseline, "h": _home, "g": _grant, "p": _person, "r": _request, "s": _presence,
}  # fmt: skip
