"""The only place that remembers who looked at which version of a record, what they ticked as viewed, and how far they read: never evidence."""

from __future__ import annotations

from collections.abc import Iterable

from indelible.infra import clock
from indelible.kernel.context import NOBODY, Context
from indelible.kernel.models import Record
from indelible.practice import chapters
from indelible.practice.models import Look

MOST_TICKS = 2000


def look(ctx: Context, record: Record) -> Look | None:
    """Remember that this person looks at the present version, and give what is known of it; the first look at each counts."""
    if ctx.person_id is None or ctx.scopes is not None:
        return None
    row, _ = Look.objects.get_or_create(
        person_id=ctx.person_id, record_id=record.pk, version=record.version, defaults={"at": clock.now()}
    )
    return row


def reach(ctx: Context, record: Record, opened: Iterable[str], place: str) -> None:
    """Remember which chapters of the present version came into sight, and where this person is; what is no chapter is left out."""
    known = {one.place for one in chapters.kept(chapters.text_in(record))}
    row = look(ctx, record)
    if row is not None and (found := known & {*opened}):
        row.opened = sorted({*row.opened, *found})
        row.place = place if place in known else row.place
        row.save(update_fields=["opened", "place"])


def opened(ctx: Context, record: Record) -> frozenset[str]:
    """Give the chapters of the present version that this person has had in sight."""
    row = Look.objects.filter(person_id=ctx.person_id or NOBODY, record_id=record.pk, version=record.version).first()
    return frozenset(row.opened if row else ())


def looked(ctx: Context, record: Record) -> bool:
    """Say whether this person has looked at the present version of a record."""
    mine = Look.objects.filter(person_id=ctx.person_id or NOBODY, record_id=record.pk, version=record.version)
    return bool(mine.exists())


def before(ctx: Context, record: Record) -> int | None:
    """Give the newest version of the record that this person looked at before the present one."""
    mine = Look.objects.filter(person_id=ctx.person_id or NOBODY, record_id=record.pk, version__lt=record.version)
    return mine.order_by("-version").values_list("version", flat=True).first()


def elsewhere(ctx: Context, others: list[Record]) -> tuple[Record, int] | None:
    """Give the record among others, and its version, that this person looked at last."""
    known = {other.pk: other for other in others}
    row = Look.objects.filter(person_id=ctx.person_id or NOBODY, record_id__in=known).order_by("-at", "-version").first()
    return (known[row.record_id], row.version) if row else None


def viewed(ctx: Context, record: Record) -> frozenset[str]:
    """Give the sections of the present version that this person ticked."""
    row = Look.objects.filter(person_id=ctx.person_id or NOBODY, record_id=record.pk, version=record.version).first()
    return frozenset(row.viewed if row else ())


def tick(ctx: Context, record: Record, section: str, *, on: bool) -> None:
    """Tick a section of the present version as viewed, or take the tick away."""
    look(ctx, record)
    row = Look.objects.filter(person_id=ctx.person_id or NOBODY, record_id=record.pk, version=record.version).first()
    if row is not None and len(row.viewed) < MOST_TICKS:
        row.viewed = sorted({*row.viewed, section} if on else {*row.viewed} - {section})
        row.save(update_fields=["viewed"])
