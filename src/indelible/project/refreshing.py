"""What follows a new baseline where only the project can do it: the views that reports read are those of what is in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError

from indelible.kernel.errors import Refused
from indelible.kernel.hooks import Reply, follows_later
from indelible.project import reports


@follows_later("installation.apply_baseline")
def reports_are_of_what_is_in_force(_event: dict[str, Any]) -> Iterator[Reply]:
    """Views and indexes are made anew; a database that refuses it is told, and asked again."""
    try:
        reports.refresh()
    except DatabaseError as problem:
        raise Refused(rule="reports_refresh", text=f"The views for reports were not made: {problem}",
                      do="`indelible upgrade` makes them as the database's owner.") from None  # fmt: skip
    yield from ()
