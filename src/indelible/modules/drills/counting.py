"""The only place that counts what was entered after hours without the system: it happened in them, and was recorded later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from indelible.infra import clock
from indelible.kernel import config, records
from indelible.kernel.models import Record


def entered_afterwards(began: str | None, ended: str | None) -> list[str]:
    """Give the numbers of the records that say they happened in these hours and were entered after them."""
    if not began or not ended:
        return []
    first, last = clock.parse(began), clock.parse(ended)
    return sorted(_found(first, last))


def _found(first: datetime, last: datetime) -> Iterator[str]:
    for kind, declaration in config.current().types.items():
        fields = [field for field in declaration.fields if field.occurrence]
        for record in Record.objects.filter(type=kind, updated_at__gte=last).iterator() if fields else ():
            values, late = records.values(record), record.marks.get("late", {})
            for field in fields:
                happened = values.get(field.name)
                entered = late.get(str(field.id), {}).get("entered")
                at = clock.parse(entered) if entered else record.created_at
                if happened and first <= clock.parse(happened) <= last <= at:
                    yield record.number
                    break
