"""The only place that writes the list of a disposal: what goes, and what is said of it for ever after."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from indelible.kernel import records
from indelible.kernel.models import Record, Version
from indelible.modules.retention import keeping
from indelible.modules.retention.keeping import Kept

MOST = 200
WRITTEN = ("due_on", "count", "lines")
_FILE = re.compile(r'"sha256":"([0-9a-f]{64})"')


def listed(numbers: Iterable[str], seen: keeping.Look) -> list[tuple[Record, Kept]]:
    """Give named records with what retention says of them at a look, by number."""
    rows = Record.objects.filter(number__in=list(numbers)).order_by("number")
    return [(record, keeping.of(record, seen)) for record in rows]


def lines(found: Iterable[tuple[Record, Kept]], titles: str) -> list[dict[str, Any]]:
    """Give the list of records as it stands: what remains of each of them when its content is withheld."""
    return [_line(record, kept, titles) for record, kept in found]


def _line(record: Record, kept: Kept, titles: str) -> dict[str, Any]:
    return {
        "number": record.number, "type": records.type_of(record).label, "title": record.title if titles == "kept" else None,
        "kept_as": kept.label or None, "began": _day(kept.began), "ended": _day(kept.ends), "by": kept.by or None,
        "version": str(record.version), "sha256": bytes(record.version_sha256).hex(), "leaf": bytes(record.leaf).hex(),
        "files": ", ".join(files(record)) or None,
    }  # fmt: skip


def files(record: Record) -> list[str]:
    """Give the hashes of the files that any version of a record names."""
    contents = Version.objects.filter(record_id=record.pk).order_by("number").values_list("content", flat=True)
    return sorted(
        {name for content in contents for name in _FILE.findall(content) if f'"{name}"' in content and '"size"' in content}
    )


def _day(found: Any) -> str | None:
    return found.isoformat() if found else None
