"""What must be true of every record whatever was done to it, worked out from its stored events alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count

from indelible.assurance.qualification.reading import DISTINCT, Reading, Thing, people
from indelible.infra import clock
from indelible.kernel.models import AccessGrant, Event, Numbering, Party, Record, Signature, Task, Timer
from tests.properties import testimony
from tests.properties.testimony import Testimony

OF_THEIR_OWN_WORK = ("authored", "performed", "reviewed", "acknowledged")  # what people may say of what they wrote
TABLES = ("event", "version", "signature", "blob", "request", "restriction", "record", "link", "party", "task", "timer",
          "access_grant", "numbering", "presence", "outbox")  # fmt: skip
COUNTS = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
SUMS = "(SELECT sum(position) FROM record), (SELECT sum(last) FROM numbering), (SELECT sum(version) FROM record)"


def print_of_everything() -> tuple[int, ...]:
    """Give a print of all that an act could change beside the refusal log: it is the same after a refusal."""
    with connection.cursor() as cursor:
        cursor.execute(f"{COUNTS}, {SUMS}")
        return tuple(cursor.fetchone())


def faults_of(reading: Reading, record: UUID) -> list[str]:
    """Give everything that contradicts itself about one record."""
    told = testimony.hear(record)
    head = Record.objects.get(pk=record)
    thing = testimony.thing(reading, told)
    found = [*told.faults, *_head(told, head, thing), *_covered(reading, told, head), *_separated(reading, told)]
    if head.state not in reading.states(head.type):
        found.append(f"the state {head.state} is not declared")
    found += [*_series(head), *_parties(reading, thing, head), *_timers(reading, thing), *_tasks(reading, thing)]
    return [f"{head.number}: {fault}" for fault in found]


def _head(told: Testimony, head: Record, thing: Thing) -> Iterator[str]:
    """Compare the head with the fold of what the events say it became."""
    restricted = told.last["version"]["number"] in told.withheld
    expected: dict[str, Any] = {
        **told.head, "state": told.last["state"], "position": len(told.events), "version": told.last["version"]["number"],
        "content": {} if restricted else told.content, "author_id": told.author(), "owner_id": thing.owner,
    }  # fmt: skip
    for name, value in expected.items():
        present = getattr(head, name)
        if isinstance(present, datetime):
            present = clock.iso(present)
        if (str(present) if isinstance(present, UUID) else present) != value:
            yield f"the head's {name} is {present!r}, its events say {value!r}"


def _covered(reading: Reading, told: Testimony, head: Record) -> Iterator[str]:
    """Check what counts: an open signature is of this version and round, a done one of the values that it froze."""
    keys = {name: str(field["id"]) for name, field in reading.fields(head.type).items()}
    now = told.last["version"]["number"]
    for signed in told.counting:
        if not signed.done and (signed.version, signed.round) != (now, head.round):
            yield f"{signed} is open and of another version or round than {now}, {head.round}"
        if not signed.done or {signed.version, now} & told.withheld:
            continue
        then = told.contents[signed.version]
        for name in reading.covered(head.type, signed.given) if testimony.went_on(reading, head.type, signed.given) else ():
            if then.get(keys[name]) != told.content.get(keys[name]):
                yield f"{signed} froze {name}, which has another value now"


def _separated(reading: Reading, told: Testimony) -> Iterator[str]:
    """Check, from who did what, that nobody signed against the rule that keeps author and approver apart."""
    kind, wrote, open_ones = told.last["type"], set(), Counter[str]()
    meanings = dict(Signature.objects.filter(record_id=told.record).values_list("position", "meaning"))
    for event in told.events:
        by, verb = event["by"].get("person"), event["act"].partition(".")[2]
        if "signature" in event and "note" not in event:
            move = reading.moves(kind, event["from"])[verb]
            requires = [*move.get("requires", []), *reading.states(kind)[move["to"]].get("requires", []), DISTINCT]
            approves = meanings[event["position"]] not in OF_THEIR_OWN_WORK
            if "approver_is_not_author" in requires and approves and by in wrote:
                yield f"event {event['position']}: {event['by']['name']} wrote it and approved it"
            if open_ones[by]:
                yield f"event {event['position']}: {event['by']['name']} signed twice in one step"
            open_ones[by] += 1
        if event.get("changed") or event.get("from") != event["state"] or _done_in_place(event):
            open_ones.clear()
        wrote |= {by} if by and (event.get("changed") or event["position"] == 1) else set()


def _done_in_place(event: dict[str, Any]) -> bool:
    """Say whether a signature was the last one of a move that leaves the record where it is."""
    return "signature" in event and event["event"] != f"{event['type']}.signed"


def _series(head: Record) -> Iterator[str]:
    if head.series is None:
        return
    rows = (
        Record.objects.filter(series=head.series, standing__in=("in_force", "in_work"))
        .values("standing")
        .annotate(n=Count("id"))
    )
    yield from (f"{row['n']} revisions are {row['standing']}" for row in rows if row["n"] > 1)
    revisions = list(Record.objects.filter(series=head.series).order_by("revision").values_list("revision", flat=True))
    if revisions != list(range(1, len(revisions) + 1)):
        yield f"revisions {revisions} are not counted from 1 without a gap"


def _parties(reading: Reading, thing: Thing, head: Record) -> Iterator[str]:
    """Check that lists show a record to those whom the record names, and to nobody else."""
    expected = {
        (n, p) for n, f in reading.fields(thing.type).items() if f["kind"] == "person" for p in people(thing.values.get(n))
    }
    expected = {pair for pair in expected if pair[0] != "owner"}
    expected |= {("owner", thing.owner)} if thing.owner else set()
    expected |= {("its_author", thing.author)} if thing.author else set()
    found = {(p.capacity, str(p.person_id)) for p in Party.objects.filter(record_id=head.pk)}
    if found != expected:
        yield f"parties {sorted(found ^ expected)} differ"


def _timers(reading: Reading, thing: Thing) -> Iterator[str]:
    """Check that whatever moves at a date has its timer, and nothing else has one."""
    moves = reading.moves(thing.type, thing.state).items()
    due = {"due": thing.due}
    expected = {verb for verb, move in moves if move.get("at") and {**thing.values, **due}.get(move["at"])}
    if thing.type == "grant" and thing.values.get("urgency") == "emergency" and thing.values.get("hours"):
        expected |= {"expire"} & {verb for verb, _ in moves}  # an emergency ends after its hours, where no day is named
    found = set(Timer.objects.filter(record_id=thing.id).values_list("move", flat=True))
    used = {verb for verb, move in moves if move.get("at") and move["to"] == thing.state}  # made already, perhaps
    if found - expected or expected - found - used:
        yield f"timers {sorted(found)}, expected {sorted(expected)}"


def _tasks(reading: Reading, thing: Thing) -> Iterator[str]:
    """Check that the open work is what the state still awaits, each piece with who can do it."""
    state = reading.states(thing.type)[thing.state]
    moves = state.get("moves") or {}
    by_people = [verb for verb, move in moves.items() if "system" not in move["by"]]
    wanted = [state["work"]] if state.get("work") in moves else by_people[:1]
    possible = (verb for verb in [*wanted, *by_people] if reading.holds_when(moves[verb].get("when") or {}, thing))
    due = state.get("due") or {}
    unasked = "ahead_days" in due and "since" in due and not thing.values.get(due["since"])  # it does not run out
    expected = "none" if state.get("work") == "none" or unasked else next(possible, "none")
    tasks = Counter(
        (task.move, task.meaning, task.capacity, str(task.person_id) if task.person_id else None)
        for task in Task.objects.filter(record_id=thing.id)
    )  # fmt: skip
    awaited = Counter(_work(reading, thing, expected) if expected != "none" else ())
    if tasks != awaited:
        yield f"open work {sorted(map(str, tasks))}, awaited {sorted(map(str, awaited))}"


def _work(reading: Reading, thing: Thing, verb: str) -> Iterator[tuple[str, str | None, str, str | None]]:
    named = {"its_author": [thing.author], "owner": [thing.owner]}
    needs = reading.needs(thing, verb)
    moves = reading.moves(thing.type, thing.state)
    wanted = [(m, by[:1], own) for m, by, own in needs] if moves[verb].get("signs") else [(None, moves[verb]["by"], None)]
    for meaning, capacities, own in wanted:
        for capacity in capacities:
            persons = (
                [None]
                if capacity in reading.roles or capacity == "system"
                else named.get(capacity, people(thing.values.get(capacity)))
            )
            for person in [own] if own else persons:
                if person is not None or capacity in reading.roles:
                    yield verb, meaning, capacity, person


def roles_of_the_gone() -> list[str]:
    """Give who is disabled and still holds a role."""
    gone = dict(Record.objects.filter(type="person", state="disabled").values_list("id", "number"))
    held = AccessGrant.objects.filter(person_id__in=gone)
    return [f"{gone[g.person_id]} left and holds {g.role}" for g in held if g.until_at is None or g.until_at > clock.now()]


def numbers(assigned: set[str]) -> list[str]:
    """Follow every number that was given, in turn: none twice, and none left out but by a number that somebody brought."""
    found, last, given = [], Counter[str](), set()
    for row in Event.objects.filter(position=1).order_by("id"):
        event = json.loads(row.payload)
        head = event["effects"]["head"]
        number = head.get("series") or head["number"]
        if head["number"] in given:
            found.append(f"{head['number']} was given twice")
        given.add(head["number"])
        parts = re.fullmatch(r"(.*?)-?([0-9]+)", number)
        assert parts is not None, number
        prefix, serial = parts.groups()
        if head.get("revision") in (None, 1):
            if int(serial) != last[prefix] + 1 and number not in assigned:
                found.append(f"{number} follows {last[prefix]} and nobody brought it")
            last[prefix] = max(last[prefix], int(serial))
    counters = dict(Numbering.objects.values_list("prefix", "last"))
    return found if counters == dict(last) else [*found, f"counters {counters}, given {dict(last)}"]
