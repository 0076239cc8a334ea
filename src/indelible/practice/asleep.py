"""The only place that finds the roles that sleep: granted, and without effect while the personnel file lacks something.

Whoever has a sleeping role may do nothing by it, and still has it: for the training that it asks for, for the roles that it
excludes, and for what keeps people apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from indelible.kernel import records
from indelible.kernel.models import Party, Record

GRANT, ASLEEP, PERSON = "grant", "asleep", "person"


@dataclass(frozen=True, slots=True)
class Sleeper:
    """One role that sleeps: whose, for which department, and its grant."""

    person: UUID
    role: str
    scope: str | None
    grant: Record


def list_asleep(people: Iterable[UUID] | None = None) -> list[Sleeper]:
    """List the roles that sleep now, of some people or of everybody, by the number of their grants."""
    rows = Record.objects.filter(type=GRANT, state=ASLEEP)
    if people is not None:
        rows = rows.filter(pk__in=Party.objects.filter(person_id__in=list(people), capacity=PERSON).values("record_id"))
    return [sleeper(grant) for grant in rows.order_by("number")]


def sleeper(grant: Record) -> Sleeper:
    """Read a grant as the role that it gives while it is awake."""
    values = records.values(grant)
    scope = next((str(one["number"]) for one in values["department"] or []), None)
    return Sleeper(UUID(values["person"]["person"]), str(values["role"]), scope, grant)
