"""What follows a new baseline where only the project can do it: views for reports, and the approved state that knows the new folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError

from indelible.assurance.drift import approved
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


@follows_later("change.apply")
def approved_state_knows_the_folder(event: dict[str, Any]) -> Iterator[Reply]:
    """The folder says what was applied: the approved state says so, and stays otherwise what it was."""
    known = approved.newest()
    if known is not None and not known.fault:
        approved.seal(f"Configuration applied by {event['number']}", known.picture, applied=True)
    yield from ()
