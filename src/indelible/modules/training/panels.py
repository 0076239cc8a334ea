"""Who was trained in what since when until when, as of any day: the matrix, the transcript of a person, the record of a document.

What stood at that day is read from the events, so that a page about last year says what last year knew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from indelible.infra import canonical, clock
from indelible.kernel import lifecycles, records
from indelible.kernel.models import Event, Link, Record
from indelible.modules.training import asking, quizzes, reading
from indelible.practice import glance, lookup, narrowing, queries
from indelible.practice.narrowing import part
from indelible.practice.panels import Cell, Sheet, Table, declares, panel
from indelible.practice.queries import Viewer

WHEN = ("Assigned", "Due", "Trained", "Until", "State")
NOTHING = "Nothing that you may see was assigned by then."


@dataclass(frozen=True, slots=True)
class Line:
    """One training as it stood at a moment."""

    record: Record
    values: dict[str, Any]
    state: str
    due: datetime | None
    trained: datetime | None
    at: datetime

    @property
    def document(self) -> str:
        """Give the number of the revision that is trained, empty for a course."""
        return next((str(one["number"]) for one in self.values["document"] or []), "")

    @property
    def person(self) -> UUID:
        """Give whose training it is."""
        return UUID(self.values["trainee"]["person"])


@panel("training-matrix", label="Training matrix", says="Who is trained in what is in force, since when, until when.")
def matrix(view: Viewer, _record: Record | None, at: datetime) -> Sheet:
    """Give, person by person, the training on what was in force or about to be at that moment."""
    known = list(lines(view, at))
    current = _current({line.document for line in known}, at)
    shown = [line for line in known if line.state != "cancelled" and (not line.document or line.document in current)]
    names = _people(line.person for line in shown)
    ordered = sorted(
        shown,
        key=lambda line: (names[line.person].title, names[line.person].number, line.document or "~", line.record.number),
    )
    rows = tuple((_person(names[line.person]), _what(line), *_when(view, line)) for line in ordered)
    done, late = sum(line.state in asking.KNOWN for line in shown), sum(_late(line) for line in shown)
    lead = f"As of {_stamp(view, at)}: {done} of {len(shown)} trainings done, {late} overdue."
    return Sheet(lead, (Table("Training matrix", ("Person", "What", *WHEN), rows, NOTHING),))


@panel("transcript", label="Transcript", says="Everything in which this person was trained.", of=[asking.PERSON])
def transcript(view: Viewer, record: Record | None, at: datetime) -> Sheet:
    """Give everything that was ever assigned to a person by that moment, with what became of it."""
    mine = [line for line in lines(view, at) if record is not None and line.person == record.pk]
    rows = tuple((_number(line), _what(line), Cell(_label(line, "because")), *_when(view, line)) for line in mine)
    name = record.title if record else ""
    lead = f"{name}, as of {_stamp(view, at)}."
    return Sheet(lead, (Table(f"Training of {name}", ("Number", "What", "Because of", *WHEN), rows, NOTHING),))


@panel("training-record", label="Who is trained", says="Who was trained in which revision of this.", of=[asking.DOCUMENT])
def record_of_document(view: Viewer, record: Record | None, at: datetime) -> Sheet:
    """Give everybody who was to be trained in any revision of a document by that moment."""
    if record is None:
        return Sheet("", ())
    revisions = set(Record.objects.filter(series=record.series).values_list("number", flat=True))
    found = [line for line in lines(view, at) if line.document in revisions]
    names = _people(line.person for line in found)
    ordered = sorted(found, key=lambda line: (line.document, names[line.person].title, line.record.number))
    rows = tuple((_person(names[line.person]), Cell(line.document, line.document), *_when(view, line)) for line in ordered)
    named = asking.Curricula(clock.now()).names(record)
    lead = f"As of {_stamp(view, at)}. " + (
        "" if named else "No curriculum in force names it: nobody is assigned to it by itself."
    )
    return Sheet(lead.strip(), (Table(f"Training in {record.series}", ("Person", "Revision", *WHEN), rows, NOTHING),))


@panel("to-read", label="To read", says="What is to be read, and what has changed since.", of=[asking.TRAINING], inline=True)
def to_read(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give what a training is about and how far it was read, the changes first: since the revision in which the person was trained last."""
    mine = next((line for line in lines(view, clock.now()) if record is not None and line.record.pk == record.pk), None)
    read = Record.objects.filter(number=mine.document).first() if mine else None
    if mine is None or read is None:
        return Sheet("", ())
    rows = [(Cell("Document"), Cell(f"{read.number} {read.title}", read.number))]
    if before := _trained_before(mine, read):
        rows.insert(0, (Cell(f"Changed since {before}"), Cell("Read the changes", read.number, since=before)))
    parts = reading.table(view, read, before, own=view.ctx.person_id == mine.person)
    return Sheet("", (Table("To read", ("What", "Where"), tuple(rows), ""), *([parts] if parts else [])))


@panel("questions", label="Questions", says="What the quiz asks, and the attempts.", of=[asking.TRAINING], inline=True)
def questions(_view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give the questions of a quiz without their answers, and what came of each attempt."""
    values = records.values(record) if record else {}
    quiz = quizzes.of(values) if record and values["kind"] == quizzes.QUIZ else None
    if quiz is None or record is None:
        return Sheet("", ())
    asked = tuple(
        (Cell(str(at)), Cell(one["question"]), *(Cell(one.get(name) or "") for name in quizzes.OPTIONS))
        for at, one in enumerate(quiz.questions, 1)
    )
    title = f"Quiz: {quiz.percent} % to pass, {quiz.attempts} attempts"
    tables = [Table(title, ("No.", "Question", *(name.upper() for name in quizzes.OPTIONS)), asked, "")]
    if attempts := tuple(_attempts(record)):
        tables.append(Table("Attempts", ("Attempt", "Result", "Read again"), attempts, ""))
    return Sheet("", tuple(tables))


def _attempts(record: Record) -> Iterator[tuple[Cell, ...]]:
    for event in Event.objects.filter(record_id=record.pk).order_by("position"):
        note = canonical.decode(event.payload).get("note", {})
        if "attempt" in note:
            again = ", ".join(f"section {one['section']} (question {one['question']})" for one in note["wrong"])
            word = "passed" if note["passed"] else f"{note['left']} attempts left"
            yield Cell(str(note["attempt"])), Cell(f"{note['right']} of {note['of']} right, {word}"), Cell(again)


def _trained_before(mine: Line, read: Record) -> str:
    """Give the newest other revision in which this person was trained, empty for none."""
    done = [one for one in asking.trainings([mine.person]) if one.state in (*asking.KNOWN, "expired")]
    numbers = {number for _, number in map(asking.key_of, done)}
    earlier = Record.objects.filter(series=read.series, number__in=numbers, revision__lt=read.revision)
    return earlier.order_by("-revision").values_list("number", flat=True).first() or ""


@part("training-current", of=asking.TRAINING, label="Current: done or waived, of what is not superseded")
def current(_at: datetime) -> Q:
    """Give the trainings that still say what somebody knows: not those in a revision that is no longer in force."""
    past = Record.objects.filter(type=asking.DOCUMENT, standing="past").values("number")
    superseded = Link.objects.filter(record_id=OuterRef("pk"), relation="document", target__in=past)
    return Q(~Exists(superseded), state__in=asking.KNOWN)


@part("training-of-no-department", of=asking.TRAINING, label="Of nobody's department")
def of_no_department(_at: datetime) -> Q:
    """Give the trainings of people who belong to no department."""
    return Q(department=None)


@panel("training-compliance", label="Training by department", glance=True, seen=declares(asking.TRAINING),
       says="How many trainings are current, due and overdue in each department.")  # fmt: skip
def compliance(view: Viewer, _record: Record | None, at: datetime) -> Sheet:
    """Give for each department how many trainings are current, still to be done, and overdue."""
    is_open, late = Q(state__in=asking.OPEN), Q(due_at__lt=at)
    seen = Record.objects.filter(queries.visible(view, [asking.TRAINING]))
    counted = {"current": current(at), "due": is_open & ~late, "overdue": is_open & late}
    found = glance.counts(seen, counted, by="department")
    names = lookup.titles(view, filter(None, found))
    rows = []
    for number in sorted(found, key=lambda one: (one is None, names.get(one or "", one or ""))):
        chosen = {"department": number} if number else {narrowing.AMONG: "training-of-no-department"}
        rows.append((
            glance.label(names.get(number, number) if number else "No department", asking.TRAINING, chosen),
            *(glance.count(found[number][name], asking.TRAINING, _narrowed(chosen, name)) for name in counted),
        ))  # fmt: skip
    note = "Trainings, not people: current are those done or waived in what is not superseded."
    table = Table("Training by department", ("Department", "Current", "Due", "Overdue"), tuple(rows), NOTHING, "bars",
                  ("done", "soft", "late"), note)  # fmt: skip
    return Sheet("", (table,))


def _narrowed(chosen: dict[str, str], name: str) -> dict[str, str]:
    """Give the filters of the list that one figure counts."""
    if name == "current":
        among = [chosen[narrowing.AMONG]] if narrowing.AMONG in chosen else []
        return chosen | {narrowing.AMONG: ",".join(["training-current", *among])}
    return chosen | {"state": ",".join(asking.OPEN), "late": "1" if name == "overdue" else "0"}


def lines(view: Viewer, at: datetime) -> Iterator[Line]:
    """Give the training that this person may see and that was assigned by a moment, each as it stood then."""
    seen = Record.objects.filter(queries.visible(view, [asking.TRAINING]), created_at__lte=at).order_by("number")
    known = {one.pk: Line(one, records.values(one), "", None, None, at) for one in seen}
    for event in Event.objects.filter(record_id__in=known, at__lte=at).order_by("record_id", "position"):
        known[event.record_id] = _told(known[event.record_id], canonical.decode(event.payload), event.at)
    yield from known.values()


def _told(line: Line, payload: dict[str, Any], at: datetime) -> Line:
    """Let one event say more of a training: its state, its due date, when it was done."""
    head = payload.get("effects", {}).get("head", {})
    state = payload["state"]
    due = clock.parse(head["due_at"]) if head.get("due_at") else line.due
    if "due_at" in head and not head["due_at"] and state in asking.OPEN:  # its clock stands still, and nobody knows how long
        due = None
    trained = at if state in asking.KNOWN and line.state not in asking.KNOWN else line.trained
    if trained is not None and (day := line.values["trained_on"]):  # done before it came here: the day of the original
        trained = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(payload["zone"]))
    return replace(line, state=state, due=due, trained=trained)


def _current(numbers: set[str], at: datetime) -> set[str]:
    """Give the revisions among these that were in force at a moment, or approved and not yet in force."""
    rows = Record.objects.filter(number__in=numbers)
    return {
        one.number for one in rows
        if (one.in_force_from is None or one.in_force_from > at or one.in_force_until is None or one.in_force_until > at)
        and not (one.in_force_from is None and one.standing == "past")
    }  # fmt: skip


def _people(ids: Iterable[UUID]) -> dict[UUID, Record]:
    return Record.objects.in_bulk(set(ids))


def _person(person: Record) -> Cell:
    return Cell(person.title, person.number)


def _number(line: Line) -> Cell:
    return Cell(line.record.number, line.record.number)


def _what(line: Line) -> Cell:
    return Cell(line.record.title, line.record.number)


def _when(view: Viewer, line: Line) -> tuple[Cell, ...]:
    zone = ZoneInfo(view.configuration.company.zone)
    declared = records.type_of(line.record).lifecycle[line.state]
    days = (_day(moment, zone) for moment in (line.record.created_at, line.due, line.trained))
    until = Cell(line.values["valid_until"] or "") if line.trained else Cell()
    return *days, until, Cell(lifecycles.label(declared, line.state), look=declared.look, late=_late(line))


def _late(line: Line) -> bool:
    return line.state in asking.OPEN and line.due is not None and line.due < line.at


def _label(line: Line, name: str) -> str:
    field = records.type_of(line.record).field(name)
    return (field.labels.get(line.values[name], line.values[name]) if field else "") or ""


def _day(moment: datetime | None, zone: ZoneInfo) -> Cell:
    return Cell(f"{moment.astimezone(zone):%Y-%m-%d}" if moment else "")


def _stamp(view: Viewer, at: datetime) -> str:
    return clock.in_zone(at, view.configuration.company.zone)
