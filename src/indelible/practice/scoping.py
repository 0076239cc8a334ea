"""The only place that says what a presentation leaves of the records that could be seen: types, days, and no drafts.

A `Scope` only ever takes away. It stands in the viewer of a session that presents (`presenting`), and every query asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from indelible.kernel.types import TypeDeclaration
from indelible.practice import narrowing

DRAFT, IN_FORCE = "draft", "in_force"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is shown for an inspection, by its number: which types, which groups of them (None: all), records of which days."""

    number: str
    kinds: frozenset[str]
    groups: frozenset[str] | None = None
    since: str = ""
    until: str = ""
    zone: str = "UTC"

    def shows(self, group: str) -> bool:
        """Say whether pages of a group of types that are no records of it are shown as well."""
        return self.groups is None or group in self.groups

    def condition(self, declaration: TypeDeclaration) -> Q:
        """Give which records of a type are shown, as a condition for the database.

        What was begun after the last day is not; what was last touched before the first one neither, unless it was in force then.
        """
        if declaration.type not in self.kinds:
            return Q(pk__in=[])
        found = Q(state__in=[name for name, state in declaration.lifecycle.items() if state.look != DRAFT])
        if self.until:
            found &= Q(created_at__lt=narrowing.end_of(self.until, self.zone))
        if self.since:
            start = narrowing.start_of(self.since, self.zone)
            found &= Q(updated_at__gte=start) | Q(standing=IN_FORCE) | Q(in_force_until__gte=start)
        return found
