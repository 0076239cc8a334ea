"""The only place that says who has to be trained in what: the curricula in force, read against people, roles and revisions.

A person is meant by a curriculum as one of everybody, by a role (in a department, where it names departments), by the
department, or by name. Trained is the revision in force, and the next one from its approval on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.kernel import config, records
from indelible.kernel.models import AccessGrant, Link, Party, Record
from indelible.practice import asleep

TRAINING, CURRICULUM, DOCUMENT, PERSON = "training", "curriculum", "document", "person"
OPEN = ("assigned", "kept_from_work", "coaching")
KNOWN = ("done", "waived")  # who is trained, or needs no training
SETTLED = (*KNOWN, "kept_from_work")  # who no longer holds up that a revision takes effect
GUESTS = frozenset({"guest_inspector", "guest_external", "guest_contributor"})
EVERYTHING = "*"  # as an act that needs a training: all but reading, reporting and the own training
DAYS = 30  # for who is new to something, where the curriculum says no other number


@dataclass(frozen=True, slots=True)
class Asked:
    """That a person has to be trained in a revision: how, by when, and what is refused without it."""

    person: Record
    document: Record
    kind: str
    due_on: date
    acts: tuple[str, ...]
    before_work: bool
    valid_until: date | None

    @property
    def key(self) -> tuple[UUID, str]:
        """Give what tells it from any other."""
        return self.person.pk, self.document.number


class Curricula:
    """What the curricula in force ask for at a moment; read once, asked for many people and documents."""

    def __init__(self, at: datetime) -> None:
        self.at, self.today = at, at.astimezone(ZoneInfo(config.current().company.zone)).date()
        self.all = [
            records.values(one) for one in Record.objects.filter(type=CURRICULUM, standing="in_force").order_by("number")
        ]

    def of(self, people: Iterable[Record], among: Collection[str] | None = None) -> Iterator[Asked]:
        """Give what is asked of these people: one for each person and revision, the strictest of several curricula.

        `among` names the series of documents that are meant, where not all are.
        """
        found: dict[tuple[UUID, str], Asked] = {}
        meant = [
            (curriculum, revisions)
            for curriculum in self.all
            if (revisions := [one for one in self._revisions(curriculum) if among is None or one.series in among])
        ]
        for person in people if meant else ():
            for curriculum, revisions in meant:
                if self.means(curriculum, person):
                    for document in revisions:
                        one = self._asked(curriculum, person, document)
                        found[one.key] = _stricter(found[one.key], one) if one.key in found else one
        yield from found.values()

    def audience(self, document: Record) -> list[Record]:
        """Give the active people who have to know a document, whichever revision."""
        naming = self.names(document)
        return [person for person in active() if any(self.means(one, person) for one in naming)] if naming else []

    def names(self, document: Record) -> list[dict[str, Any]]:
        """Give the curricula that name a document, whichever revision."""
        return [one for one in self.all if document.series in self._series(one)]

    def means(self, curriculum: dict[str, Any], person: Record) -> bool:
        """Say whether a curriculum means a person."""
        if str(person.pk) in {one["person"] for one in curriculum["people"] or []}:
            return True
        held = self._roles.get(person.pk, set())
        if curriculum["everybody"]:
            return not {role for role, _ in held} & GUESTS
        departments = {one["number"] for one in curriculum["departments"] or []}
        if not curriculum["roles"]:
            return person.department in departments
        scopes = {scope or person.department for role, scope in held if role in curriculum["roles"]}
        return bool(scopes & departments if departments else scopes)

    @cached_property
    def _roles(self) -> dict[UUID, set[tuple[str, str | None]]]:
        held: dict[UUID, set[tuple[str, str | None]]] = defaultdict(set)
        now = Q(from_at__lte=self.at) & (Q(until_at=None) | Q(until_at__gt=self.at))
        for person, role, scope in AccessGrant.objects.filter(now).values_list("person_id", "role", "scope"):
            held[person].add((role, scope))
        for one in asleep.list_asleep():  # who is to work in a role is trained for it before it wakes
            held[one.person].add((one.role, one.scope))
        return held

    @cached_property
    def _documents(self) -> dict[str, list[Record]]:
        """Give by series the revisions to be trained: the one in force, and the next one once it is approved."""
        found: dict[str, list[Record]] = defaultdict(list)
        trained = Q(type=DOCUMENT) & (Q(standing="in_force") | Q(state="approved"))
        for one in Record.objects.filter(trained).order_by("number"):
            if records.values(one).get("training") != "none":
                found[str(one.series)].append(one)
        return found

    @cached_property
    def _names(self) -> dict[str, str]:
        """Give the series of each document that a curriculum names, by the number that stands there."""
        numbers = {one["number"] for curriculum in self.all for one in curriculum["documents"] or []}
        rows = Record.objects.filter(Q(number__in=numbers) | Q(series__in=numbers), type=DOCUMENT)
        pairs = rows.values_list("number", "series")
        return {number: str(series) for number, series in pairs} | {str(series): str(series) for _, series in pairs}

    def _series(self, curriculum: dict[str, Any]) -> set[str]:
        return {self._names[one["number"]] for one in curriculum["documents"] or [] if one["number"] in self._names}

    def _revisions(self, curriculum: dict[str, Any]) -> Iterator[Record]:
        for series in sorted(self._series(curriculum)):
            yield from self._documents.get(series, ())

    def _asked(self, curriculum: dict[str, Any], person: Record, document: Record) -> Asked:
        values = records.values(document)
        due = self.today + timedelta(days=number(curriculum["days"], DAYS))
        if document.standing != "in_force" and (on := values.get("effective_on")):
            due = max(date.fromisoformat(on), self.today)
        months = number(curriculum["retraining_months"], 0)
        return Asked(
            person, document, values.get("training") or "read", due, tied(curriculum["acts"]), bool(curriculum["before_work"]),
            after(due, months) if months else None,
        )  # fmt: skip


def active() -> list[Record]:
    """Give the active people of the company, by number."""
    found = Record.objects.filter(type=PERSON, standing="in_force").order_by("number")
    return [one for one in found if not records.values(one).get("outside")]


def trainings(people: Iterable[UUID], among: Collection[str] | None = None) -> list[Record]:
    """Give the training of these people, in the order in which it was assigned; `among` names series, where not all are meant."""
    mine = Party.objects.filter(person_id__in=list(people), capacity="trainee").values("record_id")
    found = Record.objects.filter(type=TRAINING, pk__in=mine).order_by("number")
    if among is not None:
        revisions = Record.objects.filter(type=DOCUMENT, series__in=among).values_list("number", flat=True)
        about = Link.objects.filter(target__in=list(revisions), relation="document").values("record_id")
        found = found.filter(pk__in=about)
    return list(found)


def series_of(curriculum: dict[str, Any]) -> set[str]:
    """Give the series of the documents that a curriculum names, by whichever revision."""
    numbers = {one["number"] for one in curriculum["documents"] or []}
    rows = Record.objects.filter(Q(number__in=numbers) | Q(series__in=numbers), type=DOCUMENT)
    return {str(series) for series in rows.values_list("series", flat=True)}


def key_of(training: Record) -> tuple[UUID, str]:
    """Give person and document of a training; without a document the second is empty."""
    values = records.values(training)
    return UUID(values["trainee"]["person"]), next((one["number"] for one in values["document"] or []), "")


def tied(text: str | None) -> tuple[str, ...]:
    """Give the types and acts that a text lists, apart by commas or lines."""
    return tuple(dict.fromkeys(word for part in (text or "").replace("\n", ",").split(",") if (word := part.strip())))


def number(value: Any, otherwise: int) -> int:
    """Give a number field's value as a whole number."""
    return int(Decimal(value)) if value else otherwise


def after(day: date, months: int) -> date:
    """Give the same day some months later, or the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _stricter(one: Asked, other: Asked) -> Asked:
    ends = [end for end in (one.valid_until, other.valid_until) if end]
    return Asked(
        one.person, one.document, one.kind, min(one.due_on, other.due_on), tuple(dict.fromkeys((*one.acts, *other.acts))),
        one.before_work or other.before_work, min(ends, default=None),
    )  # fmt: skip
