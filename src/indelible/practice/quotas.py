"""The only place that bounds how much one person may bring: what waits for a record, and what came in one day.

A file waits until an act names it in a record. What has waited a week is not counted any longer: nobody's abandoned form
keeps them from working. The bounds are the operator's, because it is the operator's disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Min, QuerySet, Sum

from indelible.infra import clock, environment
from indelible.infra.recognition import MEGABYTE
from indelible.kernel.errors import Invalid, Missing
from indelible.kernel.models import Blob
from indelible.practice.models import Upload

WAITING, A_DAY = "upload_waiting", "upload_day"
WAITS_FOR, DAY = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes a person may still bring now, and the refusal of one byte more."""

    left: int
    refusal: Invalid


def room(person: UUID) -> Room:
    """Give how much a person may still bring; raises Invalid where nothing is left."""
    found = min(_waiting(person), _today(person), key=lambda one: one.left)
    if found.left <= 0:
        raise found.refusal
    return found


def _waiting(person: UUID) -> Room:
    most = environment.number("INDELIBLE_UPLOADS_WAITING")
    rows = Upload.objects.filter(person_id=person, at__gt=clock.now() - WAITS_FOR)
    rows = rows.exclude(sha256__in=Blob.objects.values("sha256"))
    words = f"Not kept: {most:,} MB of your files wait for a record already."
    wanted = "Save the records that name them; what has waited for seven days is not counted any longer."
    return Room(most * MEGABYTE - _bytes(rows), _refusal(WAITING, words, wanted))


def _today(person: UUID) -> Room:
    most, now = environment.number("INDELIBLE_UPLOADS_DAY"), clock.now()
    rows = Upload.objects.filter(person_id=person, at__gt=now - DAY)
    first = rows.aggregate(at=Min("at"))["at"]
    seconds = int((first + DAY - now).total_seconds()) + 1 if first else int(DAY.total_seconds())
    words = f"Not kept: you have brought {most:,} MB within a day, which is the most."
    refusal = _refusal(A_DAY, words, "Later, when the first of them is a day old; an administrator may raise the bound.")
    refusal.present = {"retry_after": seconds}
    return Room(most * MEGABYTE - _bytes(rows), refusal)


def _bytes(rows: QuerySet[Upload]) -> int:
    return int(rows.aggregate(total=Sum("size"))["total"] or 0)


def _refusal(rule: str, text: str, wanted: str) -> Invalid:
    return Invalid(rule=rule, text=text, missing=(Missing(wanted, field="file", rule=rule),), do=wanted)
