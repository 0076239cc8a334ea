"""The only place that writes the lines of a review of this installation: every right as of its day, and what changed since the last one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.config import Configuration
from indelible.kernel.gather import DELEGATION
from indelible.kernel.models import Account, Record
from indelible.modules.access_reviews import lines
from indelible.modules.access_reviews.flags import Flags, Right
from indelible.modules.access_reviews.lines import ALONE, LEAVER, LINES, TOKEN, Row
from indelible.modules.access_reviews.roster import Roster
from indelible.modules.access_reviews.trained import Trainings
from indelible.practice import access, accounts, asleep
from indelible.practice.asleep import Sleeper
from indelible.practice.inventory import THIS
from indelible.practice.models import Token
from indelible.practice.narrowing import end_of

KIND, CLOSED = "access_review", "closed"
# Flags from the most serious to the one that only says that a line is looked at each time.
ORDER = (LEAVER, "is not what its events say", "never held together", "looks shared", "given before its training", "not on the roster",
         "no second factor", "dormant", "never used", "guest", "of another company", "by delegation", TOKEN, "asleep", "privileged")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collected:
    """What the system writes into a review: its lines, what is gone since the last one, and which one that was."""

    lines: list[Row]
    gone: list[Row]
    previous: str

    def fields(self) -> dict[str, Any]:
        """Give it as the values of the fields."""
        return {LINES: self.lines, "gone": self.gone, "previous": [self.previous] if self.previous else []}


def is_of_this(values: Mapping[str, Any]) -> bool:
    """Say whether a review is about this installation, whose rights the product knows itself."""
    return [one["number"] for one in values.get("system") or []] == [THIS]


def collect(values: Mapping[str, Any], written: datetime, configuration: Configuration, roster: Roster | None) -> Collected:
    """Give the lines of a review of this installation as they were at the end of its day, or when it was begun on that day."""
    zone = configuration.company.zone
    at = min(end_of(str(values["as_of"]), zone), written)
    before = last_closed(values, written)
    found = [*_rights(at)]
    flags = Flags(
        found, at, configuration, roster=roster, before=before.created_at if before else None,
        trained=Trainings(one["number"] for one in values.get("trained_on") or []),
    )  # fmt: skip
    users = dict(Account.objects.filter(person_id__in=list(flags.people)).values_list("person_id", "user_id"))
    rows = [_row(right, flags, users, configuration) for right in found]
    rows += [_token(token, flags, users, zone) for token in _tokens(flags.people, at)]
    known = lines.of(records.values(before)) if before else []
    rows = [row | _news(row, known, before) for row in rows]
    rows.sort(key=lambda row: (_rank(row), str(row["person"]).casefold(), str(row["right"]), str(row["held_by"])))
    return Collected(
        [{"line": str(at), **row} for at, row in enumerate(rows, 1)], _gone(rows, known), before.number if before else ""
    )


def last_closed(values: Mapping[str, Any], written: datetime) -> Record | None:
    """Give the newest closed review of the same system that was begun before a moment, None for the first one."""
    closed = Record.objects.filter(type=KIND, state=CLOSED, created_at__lt=written).order_by("-created_at", "-number")
    return next((one for one in closed if records.values(one)["system"] == values["system"]), None)


def carried_over(rows: Iterable[Row], before: Iterable[Row]) -> list[Row]:
    """Give lines with the decisions that stood on the same ones: one that got another flag is decided anew, but for what was revoked."""
    known = {(row["held_by"], row["right"]): row for row in before}
    found = []
    for row in rows:
        old = known.get((row["held_by"], row["right"]), {})
        keeps = old.get("flags") == row.get("flags") or old.get("decision") == lines.REVOKE
        found.append(row | ({name: old.get(name) for name in lines.DECIDED} if keeps and old.get("decision") else {}))
    return found


def _rights(at: datetime) -> Iterator[Right]:
    found = access.as_of(at)
    kinds = dict(Record.objects.filter(number__in=[one.number for one in found.held]).values_list("number", "type"))
    for one in found.held:
        yield Right(one.person, one.role, one.since, one.number, one.scope, delegated=kinds.get(one.number) == DELEGATION)
    sleeping = asleep.list_asleep()
    for it in sleeping:
        if it.grant.created_at <= at:
            yield Right(it.person, it.role, _asleep_since(it), it.grant.number, it.scope, asleep=True)
    numbers = {one.pk: one for one in Record.objects.filter(pk__in=[person for person, _, _ in found.alone])}
    asleep_too = {one.person for one in sleeping}
    for person, _, _ in found.alone:
        if person not in asleep_too:
            yield Right(person, "", numbers[person].created_at, numbers[person].number)


def _asleep_since(one: Sleeper) -> datetime:
    return clock.parse(one.grant.marks["asleep_since"])


def _row(right: Right, flags: Flags, users: Mapping[UUID, str], configuration: Configuration) -> Row:
    role = configuration.roles.get(right.role)
    return _plain({
        "person": flags.people[right.person].title, "user_id": users.get(right.person), "scope": right.scope, "held_by": right.held_by,
        "right": role.label if role else right.role or ALONE, "since": _day(right.since, configuration.company.zone),
        "last_used": flags.last_used(right.person), "flags": "; ".join(flags.of(right)),
    })  # fmt: skip


def _tokens(people: Iterable[UUID], at: datetime) -> list[Token]:
    open_then = Q(revoked_at=None) | Q(revoked_at__gt=at)
    rows = Token.objects.filter(open_then, person_id__in=list(people), created_at__lte=at, until__gt=at)
    return [row for row in rows.order_by("person_id", "created_at") if accounts.FEED not in row.scopes]


def _token(token: Token, flags: Flags, users: Mapping[UUID, str], zone: str) -> Row:
    used = _day(token.used_at, zone) if token.used_at else "never"
    odd = [flag for flag in flags.of(Right(token.person_id, "", token.created_at, "")) if flag.startswith(LEAVER)]
    odd += [f"{TOKEN}, until {_day(token.until, zone)}", *([] if token.sources else ["usable from everywhere"])]
    return _plain({
        "person": flags.people[token.person_id].title, "user_id": users.get(token.person_id), "scope": ", ".join(token.scopes) or "all",
        "right": f"{TOKEN} “{token.label}”", "held_by": str(token.pk), "since": _day(token.created_at, zone), "last_used": used,
        "flags": "; ".join(odd),
    })  # fmt: skip


def _news(row: Row, known: list[lines.Line], before: Record | None) -> Row:
    if before is None:
        return {}
    old = next((line for line in known if line.row.get("held_by") == row["held_by"]), None)
    if old is None:
        return {"news": f"new since {before.number}"}
    names = [name for name in ("right", "scope", "since") if old.row.get(name) != row.get(name)]
    names += ["flags"] if _kinds(old.row) != _kinds(row) else []
    said = f", was {old.decision}" if old.decision != lines.KEEP else ""
    return {"news": f"other than in {before.number}: {', '.join(names)}{said}"} if names or said else {}


def _gone(rows: Iterable[Row], known: Iterable[lines.Line]) -> list[Row]:
    there = {row["held_by"] for row in rows}
    return [
        _plain({name: line.row.get(name) for name in ("person", "user_id", "right", "held_by", "decision")})
        for line in known if line.table == LINES and line.row.get("held_by") not in there
    ]  # fmt: skip


def _kinds(row: Row) -> set[str]:
    """Give what is odd without the days and names in it, which change by themselves."""
    return {flag.partition(":")[0] for flag in str(row.get("flags") or "").split("; ")}


def _rank(row: Row) -> int:
    flags = str(row.get("flags") or "")
    return next((at for at, word in enumerate(ORDER) if word in flags), len(ORDER))


def _plain(row: Mapping[str, Any]) -> Row:
    """Give a row as a table holds it: no empty values, and nothing longer than a cell."""
    return {name: value[: lines.LONGEST] if isinstance(value, str) else value for name, value in row.items() if value}


def _day(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).date().isoformat()
