"""The only place that says what repeats: so many records of one kind within so many days, as their type declares it.

They are held back until Quality has decided whether a CAPA answers the trend, or has signed why none does
(ICH Q10 3.2.1; 21 CFR 211.192). A record counts once it is classified; what is void does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.fields.stored import Stored
from indelible.kernel.hooks import Reply
from indelible.kernel.models import Record
from indelible.kernel.parts import Trend
from indelible.kernel.rules import rule
from indelible.kernel.types import TypeDeclaration
from indelible.practice import belonging, lookup, narrowing, queries
from indelible.practice.panels import TITLE, Cell, Listed, Sheet, Table
from indelible.practice.queries import Viewer

TREND, MEMBERS = "trend", "members"
SHOWN = 10


@rule("trends_are_decided", alone=True)
def trends_are_decided(case: Case) -> str | None:
    """Where it is part of a trend, such as three of a kind in 90 days, Quality has decided on a CAPA, or signed why none is needed."""
    waiting = [one.number for one in belonging.list_following(case.head, TREND) if not belonging.ended(one)]
    return f"Part of a trend on which Quality has not decided yet: {', '.join(waiting)}." if waiting else None


def repeats(head: Record, declared: TypeDeclaration, content: dict[str, Any]) -> list[Record]:
    """Give the earlier records that make this one a trend, by number; none where they are too few."""
    trend = declared.trend
    if trend is None or not content.get(trend.of):
        return []
    found = [
        one for one in _near(head, declared, trend) if one.pk != head.pk and _alike(trend, content, records.values(one))
    ]
    return found if len(found) + 1 >= trend.count else []


def said(declared: TypeDeclaration, content: dict[str, Any], before: list[Record]) -> str:
    """Say in a sentence which trend a record is part of."""
    trend = declared.trend
    if trend is None:
        return ""
    kind, numbers = content.get(trend.of), ", ".join(one.number for one in before[:SHOWN])
    more = f" and {len(before) - SHOWN} more" if len(before) > SHOWN else ""
    return f"Number {len(before) + 1} of {_title(declared, trend.of).lower()} “{kind}” within {trend.days} days ({numbers}{more})."


def is_classified(declared: TypeDeclaration, state: str) -> bool:
    """Say whether a record in this state was classified: it has come to where its kind has to be known, and is not void."""
    return state in _classified(declared)


def raised(event: dict[str, Any]) -> Iterator[Reply]:
    """Give what follows when a record is classified: a trend is begun, or the one that is not decided yet takes it in."""
    head = records.find(event["number"])
    declared = records.type_of(head)
    trend = declared.trend
    if trend is None or event.get("from") == event["state"] or not is_classified(declared, event["state"]):
        return
    span = timedelta(days=trend.days)
    later = Record.objects.filter(
        _counted(declared), created_at__gte=head.created_at, created_at__lte=head.created_at + span
    )
    for one in later.order_by("-created_at", "-number"):
        before = repeats(one, declared, records.values(one))
        if before and (one.pk == head.pk or head.pk in {other.pk for other in before}):
            yield from _taken_in(one, declared, before)
            return  # the newest that is one: those between them are among what came before it


def _taken_in(head: Record, declared: TypeDeclaration, before: list[Record]) -> Iterator[Reply]:
    told, numbers = said(declared, records.values(head), before), [one.number for one in (*before, head)]
    known = belonging.list_following(head, TREND)
    if any(not belonging.ended(one) for one in known) or any(_holds(one, numbers) for one in known):
        return
    waiting = next(
        (one for other in before for one in belonging.list_following(other, TREND) if not belonging.ended(one)), None
    )
    if waiting is not None:
        members = list(dict.fromkeys([*_members(waiting), *numbers]))
        yield Reply(f"{TREND}.edit", waiting.id, {"fields": {MEMBERS: members, "counted": told}}, reason=told[:500])
        return
    trend = declared.trend
    kind = records.values(head).get(trend.of) if trend else ""
    yield Reply(f"{TREND}.create", None, {"fields": {
        "title": f"{declared.plural} that repeat: {kind}"[:200], MEMBERS: numbers, "counted": told,
    }}, reason=told[:500])  # fmt: skip


def _members(trend: Record) -> list[str]:
    return [str(item["number"]) for item in records.values(trend).get(MEMBERS) or []]


def _holds(trend: Record, numbers: list[str]) -> bool:
    return {*numbers} <= {*_members(trend)}


def shown(view: Viewer, record: Record | None, _at: Any) -> Sheet:
    """Give what a record repeats, for its page: nothing where it repeats nothing."""
    declared = records.type_of(record) if record else None
    if record is None or declared is None or not is_classified(declared, record.state):
        return Sheet("", ())
    before = repeats(record, declared, records.values(record))
    if not before:
        return Sheet("", ())
    seen = lookup.titles(view, [one.number for one in before])
    zone = ZoneInfo(view.configuration.company.zone)
    rows = tuple(
        (Cell(one.number, one.number), Cell(seen[one.number]), Cell(f"{one.created_at.astimezone(zone):%Y-%m-%d}"))
        for one in before
        if one.number in seen
    )
    return Sheet("", (Table(said(declared, records.values(record), before), ("Number", TITLE, "Begun"), rows, ""),))


def counted(view: Viewer, today: date) -> Iterator[Table]:
    """Give for each type with a trend how many of each kind were begun within its days, where there are two at least."""
    for declared in view.configuration.types.values():
        if (trend := declared.trend) is None or (field := declared.field(trend.of)) is None:
            continue
        first, kept = (today - timedelta(days=trend.days - 1)).isoformat(), ",".join(_classified(declared))
        since = narrowing.within("created_at", first, "", view.configuration.company.zone)
        there = Record.objects.filter(queries.visible(view, [declared.type]), _counted(declared), since)
        found = there.order_by().annotate(of_kind=Stored(field.id)).values_list("of_kind").annotate(number=Count("pk"))
        rows = []
        for choice, number in found:
            if number > 1 and choice:
                where = Listed(declared.type, {"state": kept, trend.of: choice, "begun_from": first})
                rows.append(
                    (Cell(field.labels.get(choice, choice.capitalize()), listed=where), Cell(str(number), listed=where))
                )
        note = f"Of one kind, begun in the last {trend.days} days, classified and not void; from {trend.count} on a CAPA is considered."
        rows.sort(key=lambda row: (-int(row[1].text), row[0].text))
        yield Table(
            f"{declared.plural} that repeat",
            (field.title, "Number"),
            tuple(rows),
            "Nothing came twice.",
            "bars",
            ("wait",),
            note,
        )


def _near(head: Record, declared: TypeDeclaration, trend: Trend) -> list[Record]:
    """Give what was begun until this record and at most so many days before it, and is classified."""
    rows = Record.objects.filter(
        _counted(declared), created_at__gte=head.created_at - timedelta(days=trend.days), created_at__lte=head.created_at
    )
    return [
        one
        for one in rows.order_by("created_at", "number")
        if (one.created_at, one.number) <= (head.created_at, head.number)
    ]


def _counted(declared: TypeDeclaration) -> Q:
    return Q(type=declared.type, state__in=_classified(declared))


def _classified(declared: TypeDeclaration) -> list[str]:
    field = declared.field(declared.trend.of) if declared.trend else None
    known = [declared.phase_index(state) for state in (field.required_in if field else [])]
    first = min(known, default=declared.phase_index(None) + 1)
    return [name for name in declared.order[first:] if declared.lifecycle[name].look != "void"]


def _alike(trend: Trend, mine: dict[str, Any], other: dict[str, Any]) -> bool:
    if mine.get(trend.of) != other.get(trend.of):
        return False
    objects = [{item["number"] for name in trend.sharing for item in values.get(name) or []} for values in (mine, other)]
    return not all(objects) or bool(objects[0] & objects[1])


def _title(declared: TypeDeclaration, name: str) -> str:
    field = declared.field(name)
    return field.title if field else name
