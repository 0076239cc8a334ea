"""The only place that compares when access was given with when its holder was trained on the procedures that a review names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Min, Q

from indelible.kernel.models import Event, Link, Party, Record

TRAINING, DOCUMENT = "training", "document"
KNOWN = ("done", "waived")  # who is trained, or was shown to need no training


class Trainings:
    """When people were first trained on some procedures, and since when each procedure was in force."""

    def __init__(self, numbers: Iterable[str]) -> None:
        wanted = list(numbers)
        named = Record.objects.filter(Q(number__in=wanted) | Q(series__in=wanted), type=DOCUMENT)
        self.series = sorted({str(one) for one in named.values_list("series", flat=True)})
        revisions = Record.objects.filter(type=DOCUMENT, series__in=self.series).exclude(in_force_from=None)
        self.since = dict(revisions.values_list("series").annotate(Min("in_force_from")))
        self.first = {series: self._first(series) for series in self.series}

    def later_than(self, person: UUID, given: datetime) -> list[str]:
        """Give the procedures that were in force when something was given to a person who was trained on them later, or is not yet."""
        return [
            series for series in self.series
            if (since := self.since.get(series)) is not None and since <= given
            and ((first := self.first[series].get(person)) is None or first > given)
        ]  # fmt: skip

    @staticmethod
    def _first(series: str) -> dict[UUID, datetime]:
        """Give for everybody who was trained on any revision the moment of the first time."""
        numbers = [*Record.objects.filter(type=DOCUMENT, series=series).values_list("number", flat=True), series]
        links = Link.objects.filter(target__in=numbers, relation="document").values("record_id")
        done = Record.objects.filter(pk__in=links, type=TRAINING, state__in=KNOWN)
        who = dict(
            Party.objects.filter(record_id__in=done.values("pk"), capacity="trainee").values_list("record_id", "person_id")
        )
        reached = Q()
        for state in KNOWN:
            reached |= Q(payload__contains=f'"state":"{state}"')
        ended = Event.objects.filter(reached, record_id__in=list(who)).values_list("record_id").annotate(at=Min("at"))
        found: dict[UUID, datetime] = {}
        for record, at in ended:
            person = who[record]
            found[person] = min(at, found.get(person, at))
        return found
