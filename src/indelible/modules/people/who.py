"""Who could sign in on a day with which roles, who got the first ones (Annex 11-12), and who is away until when."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.models import Event, Record
from indelible.modules.people import personnel
from indelible.practice import absences, access, directory, history, lookup, rights
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
        *_unfounded(),
        Table("Roles", COLUMNS, rows, "Nobody held a role then.", wide=len(COLUMNS) - 1),
        Table("Nothing but what everybody holds", ("Person", "User id"), alone, "Everybody who could sign in held a role."),
    ))  # fmt: skip


def _unfounded() -> tuple[Table, ...]:
    """Give what counts now, or is gone, without an event that says so; nothing where every right has its grant."""
    rows = tuple((Cell(one.number, one.number), Cell(one.given or "nothing"), Cell(one.there or "nothing"))
                 for one in rights.unfounded())  # fmt: skip
    if not rows:
        return ()
    return (Table("Rights that no grant gave, now", ("Record", "Events gave", "In the database"), rows, "", wide=2),)


@panel("away", label="Away", says="When somebody is away.", of=["person"], inline=True, dated=False)
def away(_view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give the days on which a person is or will be away."""
    found = absences.of([record.pk]) if record else []
    rows = tuple((Cell(str(one.first)), Cell(str(one.last) if one.last else "open"), Cell("now" if one.running else "announced"))
                 for one in found)  # fmt: skip
    return Sheet("", (Table("Away", ("From", "Until", "State"), rows, "Nothing is announced."),))


@panel("founders", label="Established while it was founded", of=[personnel.INSTALLATION], inline=True, dated=False,
       says="Who was given a role without signatures while this installation was founded, and by whom.")  # fmt: skip
def founders(view: Viewer, _record: Record | None, _at: datetime) -> Sheet:
    """Name everybody to whom a role was established: whoever releases the installation signs for them, too (11.10(d))."""
    grants = {one.pk: one for one in Record.objects.filter(type=personnel.GRANT)}
    events = Event.objects.filter(record_id__in=grants, payload__contains='"act":"grant.establish"').order_by("at", "id")
    given = [(event, grants[event.record_id], records.values(grants[event.record_id])) for event in events]
    names = directory.names([event.person_id for event, _, _ in given if event.person_id])
    rows = tuple(
        (
            Cell((values["person"] or {}).get("name", "")), Cell(_role(view, str(values["role"]))),
            Cell(next((str(one["number"]) for one in values["department"] or []), "everything")), Cell(_day(view, event.at)),
            Cell(f"{grant.number}, by {names.get(event.person_id, 'the system') if event.person_id else 'the system'}", grant.number),
        )
        for event, grant, values in given
    )  # fmt: skip
    table = Table("Established while it was founded", ("Person", "Role", "For", "On", "Grant"), rows, "Nobody was.", wide=4)
    return Sheet("", (table,) if rows else ())


def _role(view: Viewer, name: str) -> str:
    declared = view.configuration.roles.get(name)
    return declared.label if declared else name


def _day(view: Viewer, at: datetime) -> str:
    return at.astimezone(ZoneInfo(view.configuration.company.zone)).date().isoformat()
