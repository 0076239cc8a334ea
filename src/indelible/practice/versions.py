"""The only place that finds two versions of a record to be compared, as far as one person may see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from indelible.infra import canonical, extraction
from indelible.infra.storage import Store
from indelible.kernel import config, records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record, Version
from indelible.kernel.types import TypeDeclaration
from indelible.practice import looks, queries
from indelible.practice.queries import Viewer
from indelible.practice.redline import contents, extracted
from indelible.practice.redline.contents import Comparison, FileChange
from indelible.practice.redline.texts import compare_blocks
from indelible.practice.redline.words import Budget

LOOKED = "looked"  # stands for what this person looked at before
MOST = 200  # versions offered for choosing; any other can be named in the address


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison. `content` is None where two people withheld it."""

    record: Record
    version: int
    sha256: str
    declaration: TypeDeclaration
    content: dict[str, Any] | None

    @property
    def key(self) -> str:
        """Give the name of this side in addresses: the number alone is the present version."""
        return self.record.number if self.present else f"{self.record.number}@{self.version}"

    @property
    def present(self) -> bool:
        """Say whether this is the record's present version."""
        return self.version == self.record.version


def revisions(view: Viewer, record: Record) -> list[Record]:
    """List the revisions of a record's series that this person may see, oldest first; the record itself without one."""
    if not record.series:
        return [record]
    numbers = list(Record.objects.filter(series=record.series).order_by("revision").values_list("number", flat=True))
    seen = queries.peek_all(view, numbers)
    return [seen[number] for number in numbers if number in seen and seen[number].series == record.series]


def side(view: Viewer, record: Record, key: str) -> Side:
    """Give one side by `NUMBER`, `NUMBER@VERSION` or `looked`; raises NotFound for what may not be seen or is not there."""
    if key == LOOKED:
        key = looked(view, record) or ""
    number, _, text = key.partition("@")
    found = queries.get_record(view, number)
    if found.pk != record.pk and (record.series is None or found.series != record.series):
        raise NotFound(key)
    if text and not (text.isascii() and text.isdigit() and len(text) < 9):
        raise NotFound(key)
    version = Version.objects.filter(record_id=found.pk, number=int(text) if text else found.version).first()
    if version is None:
        raise NotFound(key)
    return _side(found, version)


def looked(view: Viewer, record: Record) -> str | None:
    """Give what this person looked at before the present version: of this record, else of another revision."""
    version = looks.before(view.ctx, record)
    if version is not None:
        return f"{record.number}@{version}"
    others = [one for one in revisions(view, record) if one.pk != record.pk]
    last = looks.elsewhere(view.ctx, others)
    return f"{last[0].number}@{last[1]}" if last else None


def in_force(view: Viewer, record: Record) -> str | None:
    """Give the revision in force that this one would replace; the one before it where none is."""
    older = [one for one in revisions(view, record) if (one.revision or 0) < (record.revision or 0)]
    current = next((one for one in older if one.standing == "in_force"), older[-1] if older else None)
    return current.number if current else None


def usual(view: Viewer, record: Record) -> tuple[str, str]:
    """Give what is compared unless somebody says otherwise: in force, the version before, or what comes next."""
    if found := in_force(view, record):
        return found, record.number
    newer = [one for one in revisions(view, record) if (one.revision or 0) > (record.revision or 0)]
    if record.version == 1 and newer:
        return record.number, newer[-1].number
    return f"{record.number}@{max(1, record.version - 1)}", record.number


def choices(view: Viewer, record: Record) -> list[tuple[str, Record, int]]:
    """List what can be compared: every version of every revision that this person may see, newest first."""
    found = [
        (one.number if number == one.version else f"{one.number}@{number}", one, number)
        for one in reversed(revisions(view, record))
        for number in range(one.version, 0, -1)
    ]  # fmt: skip
    return found[:MOST]


def compared(old: Side, new: Side) -> Comparison:
    """Compare two sides; of one that is withheld nothing is said."""
    declarations = old.declaration, new.declaration
    return contents.compare_contents(declarations, old.content or {}, new.content or {}, _with_text)


def _side(record: Record, version: Version) -> Side:
    sealed = canonical.decode(version.content) if version.content else None
    baseline = sealed["baseline"] if sealed else record.baseline
    declaration = config.at(baseline).type(record.type) if sealed else records.type_of(record)
    fields = sealed["fields"] if sealed else None
    return Side(record, version.number, bytes(version.sha256).hex(), declaration, fields)


def _with_text(change: FileChange, budget: Budget) -> FileChange:
    store, texts, cut = Store(settings.HOME.files), [], ""
    sides = [item for item in (change.old, change.new) if item and extraction.readable(str(item["media_type"]))]
    if len(sides) < 2:
        return change
    for item in sides:
        found = extraction.extract(store.path(str(item["sha256"])), str(item["media_type"]))
        if found.why:
            return replace(change, unread=f"{item['name']}, {str(item['sha256'])[:12]}: {found.why}")
        cut = cut if found.whole else "They are so long that only their beginnings were compared"
        texts.append(extracted.blocks(found.blocks))
    return replace(change, extracted=compare_blocks(texts[0], texts[1], budget), unread=cut)
