"""Who could sign in on a day with which roles, for reviews of access and inspectors (Annex 11-12); and who is away until when."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel.models import Record
from indelible.practice import absences, access, history, lookup
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

COLUMNS = ("Person", "Role", "User id", "For", "Since", "By", "Granted: why")


@panel("access", label="Who held what", says="Who could sign in on a day, with which roles, and who granted them.",
       seen=history.reviews_refusals)  # fmt: skip
def held(view: Viewer, _record: Record | None, at: datetime) -> Sheet:
    """Give, person by person, the roles that were held at a moment, as the events say."""
    found = access.as_of(at)
    people = {one.person for one in found.held} | {person for person, _, _ in found.alone}
    numbers = dict(Record.objects.filter(pk__in=people).values_list("pk", "number"))
    departments = lookup.titles(view, {one.scope for one in found.held if one.scope})
    rows = tuple(
        (
            Cell(one.name, numbers.get(one.person, "")), Cell(_role(view, one.role)), Cell(one.user_id),
            Cell(f"{one.scope} {departments.get(one.scope, '')}".strip() if one.scope else "everything"),
            Cell(_day(view, one.since) + (f" until {_day(view, one.until)}" if one.until else "")), Cell(one.number, one.number),
            Cell(f"{one.granted_by}: {one.reason}"),
        )
        for one in found.held
    )  # fmt: skip
    alone = tuple((Cell(name, numbers.get(person, "")), Cell(user)) for person, user, name in found.alone)
    zone = view.configuration.company.zone
    shared = " and ".join(role.label for role in view.configuration.roles.values() if role.everybody)
    lead = f"As of {clock.in_zone(at, zone)[:16]}: {len(people)} people could sign in; everybody holds {shared} besides. "
    lead += "Read from the events of grants, delegations and people, as they stood then."
    return Sheet(lead, (
        Table("Roles", COLUMNS, rows, "Nobody held a role then.", wide=len(COLUMNS) - 1),
        Table("Nothing but what everybody holds", ("Person", "User id"), alone, "Everybody who could sign in held a role."),
    ))  # fmt: skip


@panel("away", label="Away", says="When somebody is away.", of=["person"], inline=True, dated=False)
def away(_view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give the days on which a person is or will be away."""
    found = absences.of([record.pk]) if record else []
    rows = tuple((Cell(str(one.first)), Cell(str(one.last) if one.last else "open"), Cell("now" if one.running else "announced"))
                 for one in found)  # fmt: skip
    return Sheet("", (Table("Away", ("From", "Until", "State"), rows, "Nothing is announced."),))


def _role(view: Viewer, name: str) -> str:
    declared = view.configuration.roles.get(name)
    return declared.label if declared else name


def _day(view: Viewer, at: datetime) -> str:
    return at.astimezone(ZoneInfo(view.configuration.company.zone)).date().isoformat()
