"""The only place that reads the story of the demo company's quality records, and that refuses one that cannot have happened.

`paths.yaml` and `paths_of_control.yaml` say how a record of each type usually goes: who does what, when, with which fields. `events.yaml`
tells each record: its day, the fields that are its own, and how far it has come by the day of loading, which is day 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Given
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from indelible.assurance.configuration import positions, values
from indelible.assurance.configuration.positions import Broken, Mapping, Node, Problem, Sequence, Source, Text
from indelible.project.demo import timeline
from indelible.project.demo.plan import Calendar

Grammar = TypeVar("Grammar", bound=BaseModel)
PATHS, CONTROL, EVENTS = "paths.yaml", "paths_of_control.yaml", "events.yaml"
ALL = "everybody"  # instead of a person: everybody who has training to do
WITHIN = re.compile(r"\{T([+-]\d+)\}")
ITSELF = "system"  # instead of a person: what the system does by itself
DAY = re.compile(r"T([+-]\d+)(?: (\d\d:\d\d))?")


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Way(_Said):
    """One step of a path: who does what, so many days after the step before, with which of the record's fields."""

    do: str
    by: str
    name: str = ""
    after: int = 0
    fields: list[str] = []
    when: dict[str, list[Any]] = {}
    reason: str = ""


class Usual(_Said):
    """How a record of a type usually goes, and what its fields say where a record does not say otherwise."""

    type: str
    usual: dict[str, Any] = {}
    steps: list[Way] = Field(min_length=1)


class Told(_Said):
    """One record: its path, the day of its beginning, what it says, the last step, and what took longer or had a reason.

    What is done again and again says after how many days, and the last day on which it may be done.
    """

    path: str
    number: str = ""
    day: int
    every: int = Field(default=0, ge=0)
    last: int = -1
    until: str = ""
    fields: dict[str, Any] = {}
    waits: dict[str, int] = {}
    reasons: dict[str, str] = {}


class _Paths(_Said):
    paths: dict[str, Usual]


class _Events(_Said):
    events: list[Told]


@dataclass(frozen=True, slots=True)
class Act:
    """One step of a record, at its time."""

    at: datetime
    told: Told
    kind: str
    way: Way
    who: str
    fields: Given[str, Any]

    @property
    def reason(self) -> str:
        """Give why it was done, where it says so."""
        return self.told.reasons.get(self.way.do, self.way.reason)


@dataclass(frozen=True, slots=True)
class Records:
    """All records with their paths."""

    paths: dict[str, Usual]
    told: tuple[Told, ...]

    def acts(self, calendar: Calendar) -> list[Act]:
        """Give every step of every record, in order of time."""
        found = [(act.at, at, act) for at, one in enumerate(self.told) for act in self._of(one, calendar)]
        return [act for _, _, act in sorted(found, key=lambda one: one[:2])]

    def _of(self, told: Told, calendar: Calendar) -> Iterator[Act]:
        for begun in range(told.day, told.last + 1, told.every) if told.every else (told.day,):
            yield from self._once(told, begun, calendar)

    def _once(self, told: Told, begun: int, calendar: Calendar) -> Iterator[Act]:
        path = self.paths[told.path]
        said, at = _said(path, told), calendar.at(begun, 1)
        for day, way in _ways(path, told, begun):
            fields = {name: _dated(said[name], calendar, begun) for name in way.fields if name in said}
            for who in _people(way.by, said):
                at = max(calendar.at(day, 1), at + timedelta(minutes=7))
                if day < 0:
                    yield Act(at, told, path.type, way, who, fields)


def read(folder: Path = timeline.FOLDER) -> Records:
    """Read the records; raises Broken with every fault, each with its file and line."""
    paths, control, events = (positions.read(name, (folder / name).read_bytes()) for name in (PATHS, CONTROL, EVENTS))
    laid, more, told = _taken(paths, _Paths), _taken(control, _Paths), _taken(events, _Events)
    if laid is None or more is None or told is None:
        raise Broken([*paths.problems, *control.problems, *events.problems])
    known = laid.paths | more.paths
    if faults := [*_faults(known, told.events, events)]:
        raise Broken(faults)
    return Records(known, tuple(told.events))


def _taken(source: Source, grammar: type[Grammar]) -> Grammar | None:
    """Give what a file says; what a record says of itself is judged by the door, and only its shape is judged here."""
    if source.root is None or source.problems:
        return None
    try:
        return TypeAdapter(grammar).validate_python(_plain(source.root), strict=True)
    except ValidationError as fault:
        source.problems += [source.blame(error["loc"], f"{error['msg']}.") for error in fault.errors(include_url=False)]
        return None


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {name: _plain(inner) for name, (_, inner) in node.items.items()}
    if isinstance(node, Sequence):
        return [_plain(one) for one in node.items]
    text = node.text if isinstance(node, Text) else ""
    if not isinstance(node, Text) or not node.plain:
        return text
    return {"true": True, "false": False}.get(text, int(text) if values.INTEGER.fullmatch(text) else text)


def _faults(paths: dict[str, Usual], told: list[Told], source: Source) -> Iterator[Problem]:
    """Find what cannot have happened: a path that is not there, a person whom nobody employs, a day before the company."""
    people = {person["user_id"] for person in timeline.company()["people"]}
    for at, one in enumerate(told):
        place: positions.Steps = ("events", at)
        if one.path not in paths:
            yield source.blame((*place, "path"), f"No path is called so; {values.suggestion(one.path, paths)}")
            continue
        path = paths[one.path]
        yield from _days(one, source, place)
        if one.until and one.until not in {way.name or way.do for way in path.steps}:
            yield source.blame((*place, "until"), f"The path {one.path} has no step {one.until}.")
        known = {*path.usual, *(name for way in path.steps for name in (*way.fields, *way.when, way.by))}
        for name in one.fields:
            if name not in known:
                yield source.blame((*place, "fields", name), f"No step uses it; {values.suggestion(name, known)}", key=True)
        for _, way in _ways(path, one, one.day):
            for who in _people(way.by, _said(path, one)):
                if who not in people and who not in (ALL, ITSELF):
                    yield source.blame(place, f"Nobody of the company has the user id {who!r}, who would {way.do} it.")


def _days(one: Told, source: Source, place: positions.Steps) -> Iterator[Problem]:
    if not -timeline.HISTORY < one.day < 0:
        yield source.blame((*place, "day"), f"On day {one.day} the company did not work with this system.")
    if one.every and one.last < one.day:
        yield source.blame((*place, "last"), f"It is done again from day {one.day} on, and the last time was before it.")


def _said(path: Usual, told: Told) -> dict[str, Any]:
    """Give what a record says: the usual, who heads its department, and what is its own."""
    said = {**path.usual, **told.fields}
    heads = {one["id"]: one["head"] for one in timeline.company()["departments"]}
    return {"function": heads.get(said.get("department")), **said}


def _ways(path: Usual, told: Told, begun: int) -> Iterator[tuple[int, Way]]:
    """Give the steps that a record goes, each with its day, as far as it has come."""
    said, day = _said(path, told), begun
    for at, way in enumerate(path.steps):
        day += told.waits.get(way.do, way.after)
        if _fits(way, said):
            yield day, way
        if told.until == (way.name or way.do) and not any(
            one.do == way.do and _fits(one, said) for one in path.steps[at + 1 : at + 4]
        ):
            return


def _fits(way: Way, said: Given[str, Any]) -> bool:
    return all(said.get(name) in wanted for name, wanted in way.when.items())


def _people(by: str, said: Given[str, Any]) -> list[str]:
    """Give who does a step: whom a field of the record names, each of several, or the person who is named."""
    named = said.get(by, by)
    return list(named) if isinstance(named, list) else [str(named)]


def _dated(value: Any, calendar: Calendar, begun: int) -> Any:
    """Give a value with days as dates: `T-30` is thirty days before the day of loading, `T-30 14:05` a minute of it."""
    if isinstance(value, list):
        return [_dated(one, calendar, begun) for one in value]
    if isinstance(value, dict):
        return {name: _dated(one, calendar, begun) for name, one in value.items()}
    if isinstance(value, str):  # in what a file holds, a day stands in braces
        value = WITHIN.sub(lambda day: calendar.at(int(day[1]), 0).date().isoformat(), value)
    found = DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    offset = int(found[1])
    if not found[2]:
        return calendar.at(offset, 0).date().isoformat()  # on weekends nobody works
    day = calendar.at(begun, 0).date() - timedelta(days=begun - offset)  # as long before the record as the story says
    return datetime.fromisoformat(f"{day} {found[2]}").replace(tzinfo=calendar.zone).isoformat()
