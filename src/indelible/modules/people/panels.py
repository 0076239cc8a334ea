"""The personnel file of a person: what is there, what lacks, which roles sleep; and the training file as of any day (211.25, 58.29).

What stood at that day is read from the events. Whoever may not see an item does not see here that it is there either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.infra import canonical, clock
from indelible.kernel import lifecycles, records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import AccessGrant, Event, Party, Record
from indelible.modules.people import evidence, personnel, who
from indelible.practice import asleep, lookup, queries
from indelible.practice.panels import Cell, Sheet, Table, get_panel, panel
from indelible.practice.queries import Viewer

__all__ = ["evidence", "who"]  # these register panels of their own
KEEPERS = ("trainer", "qa_ops", "qa_approver")  # who sees every file, as the type declares
OVERSEERS = (*KEEPERS, "system_owner", "internal_auditor")
SOON = timedelta(days=30)
OPEN_STATES = (personnel.DRAFT, personnel.IN_FORCE)
NO_ITEM = "Nothing that you may see was in this file."
TRANSCRIPT = "transcript"


@dataclass(frozen=True, slots=True)
class Stood:
    """One item or grant as it stood at a moment: its state, and since when."""

    record: Record
    state: str
    since: datetime


@panel(
    "personnel-file",
    label="Personnel file",
    says="What the personnel file holds and lacks.",
    of=[personnel.PERSON],
    inline=True,
)
def personnel_file(view: Viewer, record: Record | None, at: datetime) -> Sheet:
    """Give what a file holds now, what its roles ask for beside that, and which of them sleep."""
    if record is None or not _sees_file(view, record.pk):
        return Sheet("", ())
    zone = ZoneInfo(view.configuration.company.zone)
    held = [one for one in _stood(_visible(view, record.pk, at), at) if one.state in OPEN_STATES]
    rows = [(Cell(_kind(view, one.record)), _item(one), _state(one, zone, at), _last_day(one)) for one in held]
    known = {personnel.kind_of(one.record) for one in held}
    for kind in sorted(_wanted(record.pk) - known):
        (lack,) = personnel.told(record.pk, [kind], view.configuration.company.zone)
        rows.append((Cell(_label(view, kind)), Cell(lack.text), Cell("Missing", look="wait"), Cell()))
    table = Table("Personnel file", ("Kind", "Item", "State", "Valid until"), tuple(rows), "")
    return Sheet("", (table, *_sleepers(view, record.pk, zone)))


def _sleepers(view: Viewer, person: UUID, zone: ZoneInfo) -> Iterator[Table]:
    rows = []
    for one in asleep.list_asleep([person]):
        lacks = personnel.told(person, personnel.lacking(person, one.role), view.configuration.company.zone)
        since = clock.parse(one.grant.marks["asleep_since"]).astimezone(zone)
        words = " ".join(lack.text for lack in lacks) or "Nothing any more: it wakes in a moment."
        rows.append((Cell(_role(view, one.role, one.scope), one.grant.number), Cell(f"{since:%Y-%m-%d}"), Cell(words)))
    if rows:
        yield Table("Roles that sleep", ("Role", "Since", "What lacks"), tuple(rows), "")


@panel("training-file", label="Training file", of=[personnel.PERSON],
       says="Job description, CV, qualifications, roles held and training of this person, as of a day.")  # fmt: skip
def training_file(view: Viewer, record: Record | None, at: datetime) -> Sheet:
    """Give on one page what an inspector asks for of a person: file, roles and training, as they stood at a moment."""
    if record is None:
        return Sheet("", ())
    zone, values = ZoneInfo(view.configuration.company.zone), records.values(record)
    held = [
        one for one in _stood(_visible(view, record.pk, at), at) if one.state not in (personnel.DRAFT, "withdrawn", "void")
    ]
    rows = tuple(
        (Cell(_kind(view, one.record)), _item(one), _state(one, zone, at), _day(one.since, zone), _last_day(one), Cell(_signers(view, one.record, zone)))
        for one in sorted(held, key=lambda one: (one.state != personnel.IN_FORCE, one.record.number))
    )  # fmt: skip
    columns = ("Kind", "Item", "State", "Since", "Valid until", "Signed by")
    where = (
        f", {lookup.titles(view, [record.department]).get(record.department, record.department)}"
        if record.department
        else ""
    )
    lead = f"{record.title}, {values['job_title']}{where}. As of {clock.in_zone(at, view.configuration.company.zone)}."
    tables = (Table("Personnel file", columns, rows, NO_ITEM), _roles_held(view, record.pk, zone, at))
    return Sheet(lead, (*tables, *_trained(view, record, at)))


def _roles_held(view: Viewer, person: UUID, zone: ZoneInfo, at: datetime) -> Table:
    """Give the roles that a person held at a moment, awake or asleep, each with its grant or delegation."""
    spans = AccessGrant.objects.filter(Q(until_at=None) | Q(until_at__gt=at), person_id=person, from_at__lte=at)
    given = {row.record_id: row for row in spans}
    grants = {one.record.pk: one for one in _stood(_granted(person, at), at) if one.state == personnel.ASLEEP}
    seen = Record.objects.filter(queries.visible(view), pk__in={*given, *grants}).order_by("number")
    rows = []
    for record in seen:
        row, slept = given.get(record.pk), grants.get(record.pk)
        if row is not None:
            until = f"{row.until_at.astimezone(zone):%Y-%m-%d}" if row.until_at else ""
            rows.append((Cell(_role(view, row.role, row.scope)), Cell("Held", look="done"), _day(row.from_at, zone), Cell(until),
                         Cell(record.number, record.number)))  # fmt: skip
        elif slept is not None:
            one = asleep.sleeper(record)
            rows.append((Cell(_role(view, one.role, one.scope)), Cell("Asleep", look="wait"), _day(slept.since, zone), Cell(),
                         Cell(record.number, record.number)))  # fmt: skip
    return Table("Roles", ("Role", "State", "Since", "Until", "By"), tuple(rows), "No role but that of everybody.")


def _trained(view: Viewer, record: Record, at: datetime) -> tuple[Table, ...]:
    """Give the tables of the person's transcript, where this installation has one."""
    try:
        found = get_panel(view, TRANSCRIPT, record)
    except NotFound:
        return ()
    return found.show(view, record, at).tables


@panel("personnel-gaps", label="Gaps in personnel files", dated=False,
       seen=lambda view: personnel.ITEM in view.configuration.types and _oversees(view),
       says="Whose personnel file lacks what a role of theirs asks for, or will soon.")  # fmt: skip
def personnel_gaps(view: Viewer, _record: Record | None, at: datetime) -> Sheet:
    """Give everybody whose role asks for something: what lacks, what runs out within 30 days, which role sleeps."""
    zone, name = ZoneInfo(view.configuration.company.zone), view.configuration.company.zone
    people = Record.objects.in_bulk(set(personnel.people_with_roles()))
    rows, complete = [], 0
    for person in sorted(people.values(), key=lambda one: (one.title, one.number)):
        found = list(_roles_of(view, person, zone, name, at))
        rows += found
        complete += not found
    when = (
        ""
        if personnel.enforced(view.home_state)
        else " Nothing sleeps before the release of this installation; then it will."
    )
    lead = f"{complete} of {len(people)} people with a role have all that their roles ask for.{when}"
    empty = "Every file holds what the roles ask for."
    return Sheet(
        lead, (Table("Gaps in personnel files", ("Person", "Role", "State", "What lacks or runs out"), tuple(rows), empty),)
    )


def _roles_of(view: Viewer, person: Record, zone: ZoneInfo, name: str, at: datetime) -> Iterator[tuple[Cell, ...]]:
    held = personnel.items(person.pk)
    soon = f"{(at.astimezone(zone) + SOON).date():%Y-%m-%d}"
    for grant in personnel.grants(person.pk, personnel.ACTIVE, personnel.ASLEEP):
        one = asleep.sleeper(grant)
        first = Cell(person.title, person.number), Cell(_role(view, one.role, one.scope), grant.number)
        if lacks := personnel.told(person.pk, personnel.lacking(person.pk, one.role), name):
            word = "Asleep" if grant.state == personnel.ASLEEP else "Lacks something"
            yield *first, Cell(word, look="wait"), Cell(" ".join(lack.text for lack in lacks))
            continue
        going = [(kind, until) for item in held if item.state == personnel.IN_FORCE and (kind := personnel.kind_of(item))
                 in personnel.asks(one.role) and (until := records.values(item)["valid_until"]) and until <= soon]  # fmt: skip
        if going:
            words = ", ".join(f"{personnel.label(kind)} until {until}" for kind, until in going)
            yield *first, Cell("Runs out", look="wait"), Cell(words)


def _oversees(view: Viewer) -> bool:
    return view.ctx.person_id is None or any(held.role in OVERSEERS for held in view.held)


def _sees_file(view: Viewer, person: UUID) -> bool:
    """Say whether somebody may know what a file lacks: the person, who keeps files, the manager of one of its items."""
    me = view.ctx.person_id
    if me is None or me == person or any(held.role in KEEPERS for held in view.held):
        return True
    named = Party.objects.filter(person_id=me, capacity="manager").values("record_id")
    return Party.objects.filter(record_id__in=named, person_id=person, capacity=personnel.PERSON).exists()


def _visible(view: Viewer, person: UUID, at: datetime) -> list[Record]:
    if personnel.ITEM not in view.configuration.types:
        return []
    mine = Party.objects.filter(person_id=person, capacity=personnel.PERSON).values("record_id")
    rows = Record.objects.filter(queries.visible(view, [personnel.ITEM]), pk__in=mine, created_at__lte=at)
    return list(rows.order_by("number"))


def _granted(person: UUID, at: datetime) -> list[Record]:
    mine = Party.objects.filter(person_id=person, capacity=personnel.PERSON).values("record_id")
    return list(Record.objects.filter(pk__in=mine, type=personnel.GRANT, created_at__lte=at).order_by("number"))


def _stood(found: Iterable[Record], at: datetime) -> list[Stood]:
    """Give records as they stood at a moment, by their events."""
    known = {one.pk: Stood(one, "", one.created_at) for one in found}
    for event in Event.objects.filter(record_id__in=known, at__lte=at).order_by("record_id", "position"):
        state, before = canonical.decode(event.payload)["state"], known[event.record_id]
        if state != before.state:
            known[event.record_id] = Stood(before.record, state, event.at)
    return list(known.values())


def _wanted(person: UUID) -> set[str]:
    held = personnel.grants(person, personnel.ACTIVE, personnel.ASLEEP)
    return {kind for grant in held for kind in personnel.asks(asleep.sleeper(grant).role)}


def _kind(view: Viewer, item: Record) -> str:
    return _label(view, personnel.kind_of(item))


def _label(view: Viewer, kind: str) -> str:
    field = view.configuration.types[personnel.ITEM].field("kind")
    return (field.labels.get(kind, kind) if field else kind) or "Withheld"


def _item(one: Stood) -> Cell:
    return Cell(f"{one.record.number} {one.record.title}", one.record.number)


def _state(one: Stood, zone: ZoneInfo, at: datetime) -> Cell:
    declared = records.type_of(one.record).lifecycle[one.state]
    word, until = lifecycles.label(declared, one.state), records.values(one.record)["valid_until"]
    if one.state == personnel.IN_FORCE and until and date.fromisoformat(until) <= (at.astimezone(zone) + SOON).date():
        return Cell("Runs out soon", look="wait")
    return Cell(word, look=declared.look)


def _last_day(one: Stood) -> Cell:
    return Cell(records.values(one.record)["valid_until"] or "")


def _signers(view: Viewer, item: Record, zone: ZoneInfo) -> str:
    """Give who signed an item into force, with what that meant and when."""
    given = item.signed.get("done", [])
    meanings = view.configuration.meanings
    return ", ".join(
        f"{one['name']} ({meanings[one['meaning']].label.lower()} {clock.parse(one['at']).astimezone(zone):%Y-%m-%d})"
        for one in given if one["meaning"] in meanings and one["state"] == personnel.DRAFT
    )  # fmt: skip


def _role(view: Viewer, role: str, scope: str | None) -> str:
    declared = view.configuration.roles.get(role)
    return f"{declared.label if declared else role}{f' of {scope}' if scope else ''}"


def _day(moment: datetime, zone: ZoneInfo) -> Cell:
    return Cell(f"{moment.astimezone(zone):%Y-%m-%d}")
