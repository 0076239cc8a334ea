"""The only place that writes what can be searched: it follows the log and reads the present content of what has changed.

Nothing waits for it, and nothing rests on it: an entry is made from the head of its record and can be made again at any
time. The head is locked while its words are read, so that what is withheld meanwhile is not written afterwards.
A record or file that raises what nobody expected is set aside, told to the log and tried again a few times; the next
ones go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from traceback import extract_tb
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from indelible.infra import clock, extraction, logs, words
from indelible.infra.extraction import Extracted
from indelible.infra.storage import Store
from indelible.kernel import records
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Event, LogPosition, Pending, Record
from indelible.kernel.types import FieldDeclaration
from indelible.practice.models import FileText, Follower, SearchEntry

SEARCH = "search"
BATCH, TOGETHER, MOST_BEHIND = 500, 50, 500  # events read at once, heads locked at once, records told as not followed yet
WAITING, READ, UNREAD = "waiting", "read", "unread"
AGAIN = (1, 5, 30, 240)  # minutes until what went wrong is tried once more; then not until its content changes
FEW = 20  # tried again at once
AWAY = (OperationalError, InterfaceError)  # the database's own trouble, and not that of what is read
NOT_TEXT = frozenset({"person", "sha256", "size", "media_type"})  # keys of references, which people do not read


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that is not what its record says now: missing, of other words, or of no record."""

    record: UUID
    number: str | None
    text: str


def follow() -> int:
    """Bring the index to the end of the log; gives how many records it read."""
    total = 0
    while (read := step()) is not None:
        total += read
    return total


def read_next_file() -> bool:
    """Read the text of one file that waits for it; says whether there was one. A file that cannot be read says why."""
    due = Q(again_at=None) | Q(again_at__lte=clock.now())
    waiting = FileText.objects.filter(due, state=WAITING).order_by("id").first()
    if waiting is None:
        return False
    try:
        _read(waiting)
    except AWAY:
        raise
    except Exception as problem:  # noqa: BLE001 - whatever one file raises, the next ones are read
        _leave(waiting, problem)
    return True


def _read(waiting: FileText) -> None:
    found = _text_of(waiting)
    state, text, note = UNREAD if found.why else READ, words.plain(found.text), found.why
    with _held([waiting.record_id]) as heads:
        # Withheld or replaced meanwhile: then the row is gone, and what was read goes as well.
        read = {"state": state, "text": text, "note": note, "tries": 0, "again_at": None}
        if FileText.objects.filter(pk=waiting.pk, state=WAITING).update(**read):
            for record in heads.values():
                _write(record)


def _leave(waiting: FileText, problem: Exception) -> None:
    reason, tries = _reason(problem), waiting.tries + 1
    again = _again(tries)
    logs.warn("not indexed", record=str(waiting.record_id), file=waiting.sha256, problem=reason, tries=tries)
    FileText.objects.filter(pk=waiting.pk, state=WAITING).update(
        tries=tries, again_at=again, state=WAITING if again else UNREAD, note=f"reading it went wrong ({reason})"
    )


def retry() -> int:
    """Try once more what was set aside and is due; gives how many records that were."""
    due = SearchEntry.objects.filter(tries__gt=0, again_at__lte=clock.now()).order_by("again_at")
    records_due = list(due.values_list("record_id", flat=True)[:FEW])
    for pk in records_due:
        _write_alone(pk)
    return len(records_due)


def set_aside() -> int:
    """Count the records and files whose text is not indexed because reading it went wrong."""
    return SearchEntry.objects.filter(tries__gt=0).count() + FileText.objects.filter(tries__gt=0).count()


def unread(record: Record) -> dict[str, str]:
    """Give, by hash, in words, which of a record's files cannot be searched."""
    rows = FileText.objects.filter(record_id=record.pk).exclude(state=READ)
    return {row.sha256: f"text not searchable: {row.note}" if row.note else "text not read yet" for row in rows}


def behind(limit: int = MOST_BEHIND) -> list[UUID]:
    """Give the records of the newest events that the index has not followed yet, newest first."""
    pending = Pending.objects.filter(kind="e").order_by("-id").values_list("ref", flat=True)
    log = LogPosition.objects.filter(kind="e", seq__gt=_reached()).order_by("-seq").values_list("ref", flat=True)
    events = [*pending[:limit], *log[:limit]][:limit]
    return list(dict.fromkeys(Event.objects.filter(pk__in=events).order_by("-id").values_list("record_id", flat=True)))


def differences() -> Iterator[Difference]:
    """Compare every entry with its record, but for those that the index has not followed yet."""
    later = _later()
    for record in Record.objects.select_related("entry").order_by("id").iterator(BATCH):
        entry = getattr(record, "entry", None)
        if record.pk in later:
            continue
        if entry is None:
            yield Difference(record.pk, record.number, "has no entry in the search index")
        elif entry.tries:
            yield Difference(record.pk, record.number, f"is not indexed: {entry.note}")
        elif any(getattr(entry, name) != value for name, value in _values(record).items()):
            yield Difference(record.pk, record.number, "has other words in the search index than in its content")
    for pk in SearchEntry.objects.exclude(record_id__in=Record.objects.values("id")).values_list("record_id", flat=True):
        yield Difference(pk, None, "stands in the search index and is no record")


def mend(found: Sequence[Difference]) -> None:
    """Make the entries anew that differ, in the order in which their records have changed."""
    SearchEntry.objects.filter(record_id__in=[one.record for one in found if one.number is None]).delete()
    asked = [one.record for one in found if one.number is not None]
    for first in range(0, len(asked), BATCH):
        rows = Record.objects.filter(pk__in=asked[first : first + BATCH]).order_by("updated_at")
        _write_all(list(rows.values_list("pk", flat=True)))


def step() -> int | None:
    """Follow one batch of the log; gives how many records it read, None at the end. A long way is gone in many of them."""
    reached = _reached()
    rows = list(LogPosition.objects.filter(seq__gt=reached).order_by("seq").values_list("seq", "kind", "ref")[:BATCH])
    if not rows:
        return None
    events = Event.objects.filter(pk__in=[ref for _, kind, ref in rows if kind == "e"])
    changed = list(dict.fromkeys(events.order_by("id").values_list("record_id", flat=True)))
    known = dict(SearchEntry.objects.filter(record_id__in=changed).values_list("record_id", "version"))
    heads = dict(Record.objects.filter(pk__in=changed).values_list("pk", "version"))
    stale = [pk for pk in changed if known.get(pk) != heads.get(pk)]
    _write_all(stale)
    Follower.objects.update_or_create(name=SEARCH, defaults={"seq": rows[-1][0]})
    return len(stale)


def _reached() -> int:
    reached = Follower.objects.filter(name=SEARCH).values_list("seq", flat=True).first()
    return -1 if reached is None else reached


def _later() -> set[UUID]:
    events = [*Pending.objects.filter(kind="e").values_list("ref", flat=True)]
    events += LogPosition.objects.filter(kind="e", seq__gt=_reached()).values_list("ref", flat=True)
    found: set[UUID] = set()
    for first in range(0, len(events), BATCH):
        found |= set(Event.objects.filter(pk__in=events[first : first + BATCH]).values_list("record_id", flat=True))
    return found


@contextmanager
def _held(asked: Sequence[UUID]) -> Iterator[dict[UUID, Record]]:
    with transaction.atomic():
        yield {record.pk: record for record in Record.objects.select_for_update().filter(pk__in=asked).order_by("id")}


def _write_all(asked: Sequence[UUID]) -> None:
    for first in range(0, len(asked), TOGETHER):
        some = asked[first : first + TOGETHER]
        try:
            with _held(some) as heads:
                for record in (heads[pk] for pk in some if pk in heads):
                    _write(record)
        except AWAY:
            raise
        except Exception as problem:  # noqa: BLE001 - one of them is at fault, and is found by taking each for itself
            logs.told("indexing one by one", problem=_reason(problem), records=len(some))
            for pk in some:
                _write_alone(pk)


def _write_alone(pk: UUID) -> None:
    try:
        with _held([pk]) as heads:
            for record in heads.values():
                _write(record)
    except AWAY:
        raise
    except Exception as problem:  # noqa: BLE001 - whatever one record raises, the next ones are indexed
        _set_aside(pk, problem)


@transaction.atomic
def _set_aside(pk: UUID, problem: Exception) -> None:
    """Make an entry of number and title alone, which says that the rest is not indexed."""
    head = Record.objects.select_for_update().filter(pk=pk).values_list("number", "title", "version").first()
    before = SearchEntry.objects.filter(record_id=pk).values_list("version", "tries").first()
    if head is None:
        return
    (number, title, version), reason = head, _reason(problem)
    tries = before[1] + 1 if before and before[0] == version else 1
    logs.warn("not indexed", record=number, problem=reason, tries=tries)
    said = words.words_of(f"{number} {title}")
    SearchEntry.objects.filter(record_id=pk).delete()
    SearchEntry.objects.create(record_id=pk, version=version, title_words=said, words=said, text="",
                               note=f"not indexed: {reason}", tries=tries, again_at=_again(tries))  # fmt: skip


def _again(tries: int) -> datetime | None:
    return clock.now() + timedelta(minutes=AGAIN[tries - 1]) if tries <= len(AGAIN) else None


def _reason(problem: Exception) -> str:
    # What it says could quote the record: its kind and its place are enough to find it.
    place = extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__} in {Path(place.filename).name}, line {place.lineno}"


def _write(record: Record) -> None:
    _settle_files(record)
    # A new key each time: the entries stand in the order in which content has changed.
    SearchEntry.objects.filter(record_id=record.pk).delete()
    SearchEntry.objects.create(record_id=record.pk, **_values(record))


def _values(record: Record) -> dict[str, Any]:
    text, names = words.plain(" · ".join(_texts(record))), [item["name"] for item in _files(record)]
    rows = FileText.objects.filter(record_id=record.pk, state=READ).order_by("id") if names else FileText.objects.none()
    read = rows.values_list("text", flat=True)
    title = f"{record.number} {record.title}"
    return {
        "version": record.version, "text": text, "title_words": words.words_of(title),
        "words": words.words_of(title, text, *names, *read),
    }  # fmt: skip


def _texts(record: Record) -> Iterator[str]:
    declaration, values = records.type_of(record), records.values(record)
    for field in declaration.live_fields():
        if field.kind not in ("yes_no", "files") and field.name != declaration.title:
            yield from _said(field, values.get(field.name))


def _said(field: FieldDeclaration, value: Any) -> Iterator[str]:
    if field.kind in ("table", "person", "links"):
        yield from _inside(value)
    elif shown := kind_of(field).show(field, value):
        yield shown


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from () if key in NOT_TEXT else _inside(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner)
    elif isinstance(value, str):
        yield value


def _files(record: Record) -> Iterator[dict[str, Any]]:
    values = records.values(record)
    for field in records.type_of(record).live_fields():
        if field.kind == "files":
            yield from values.get(field.name) or []


def _settle_files(record: Record) -> None:
    named = {item["sha256"]: item for item in _files(record)}
    mine = FileText.objects.filter(record_id=record.pk)
    mine.exclude(sha256__in=named).delete()
    known = set(mine.values_list("sha256", flat=True))
    for sha256, item in named.items():
        if sha256 not in known:
            FileText.objects.create(record_id=record.pk, sha256=sha256, name=item["name"], state=WAITING)


def _text_of(waiting: FileText) -> Extracted:
    record = Record.objects.filter(pk=waiting.record_id).first()
    item = next((one for one in _files(record) if one["sha256"] == waiting.sha256), None) if record else None
    if item is None:
        return Extracted(why="the record does not name it any more")
    return extraction.extract(Store(settings.HOME.files).path(waiting.sha256), str(item["media_type"]))
