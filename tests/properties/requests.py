"""Requests as people and programs make them: right ones, and ones with something wrong in a known way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from indelible.assurance.qualification.reading import SIGNS
from indelible.infra import clock
from indelible.kernel import signatures
from indelible.kernel.models import Presence, Record
from tests.properties import (
    control,
    dangers,
    drifts,
    entries,
    personnel,
    planning,
    supplies,
    validating,
    ways,
)
from tests.properties.cast import SUBJECT
from tests.properties.cells import PAPER, Cell, meaning_of
from tests.properties.stage import FIELDS, LATER, SERIAL, Stage

# What is wrong with a request; each is something that a person, a program or a thief does.
PRESENCES = ("no presence", "presence of somebody else", "presence that is over", "presence for another statement",
             "presence of another session", "presence that was used")  # fmt: skip
TWISTS = (*("",) * 8, *PRESENCES, "stale", "filler for a reason", "unusable input")
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "document": {
        "title": lambda n: f"Title {n}", "text": lambda n: f"## {n} Purpose", "audience": lambda n: f"Team {n % 3}",
        "reviewers": lambda n: [["rob"], ["sys"], ["rob", "sys"], ["rob", "rea"], ["sys", "off"]][n % 5],
        "owner": lambda n: ["own", "hed", "bea", "mul"][n % 4], "department": lambda n: f"DEP-0{n % 2 + 1}",
        "effective_on": lambda n: [_day(3), "2020-01-01", None][n % 3],
        "training": lambda n: ["none", "none", "read", None][n % 4],
    },
    "grant": {
        "why": lambda n: f"Needed for the work {n}", "role": lambda n: ["trainer", "qa_approver", "author"][n % 3],
        "until": lambda n: [None, _day(1)][n % 2],
    },
    "delegation": {"why": lambda n: f"Away for {n} days", "until": lambda n: [_day(1), "2020-01-01", _day(40)][n % 3]},
    "sample": {
        "name": lambda n: f"Sample {n}", "result": lambda n: str(n % 100), "kind": lambda n: ["routine", "complaint"][n % 2],
        "analyst": lambda n: ["bea", "tek", "ann"][n % 3], "comment_on_result": lambda n: f"Looked clear {n}",
        "within_limits": lambda n: bool(n % 2), "witness": lambda n: [["own"], ["own", "rea"]][n % 2],
    },
    "deviation": {
        "title": lambda n: f"Deviation {n}", "place": lambda n: f"Room {n % 9}", "extent": lambda n: f"Tank {n}",
        "owner": lambda n: ["own", "hed", "bea", "mul"][n % 4], "quality_concerned": lambda n: bool(n % 2),
        "cause": lambda n: [f"Plug {n}", None][n % 2], "reporter": lambda n: ["ann", "bea", "qua"][n % 3],
    },
    "capa": {
        "title": lambda n: f"CAPA {n}", "checker": lambda n: ["sys", "exe", "own"][n % 3], "done": lambda n: f"Forwarded {n}",
        "criterion_met": lambda n: [False, True, None][n % 3],
    },
    "change": {
        "title": lambda n: f"Change {n}", "assessors": lambda n: [["hed"], ["hed", "tek"], ["rea"]][n % 3],
        "urgency": lambda n: ["normal", "emergency"][n % 2], "test_result": lambda n: ["passed", "failed", "none needed"][n % 3],
        "way_back_done": lambda n: bool(n % 2),
    },
    "incident": {
        "title": lambda n: f"Incident {n}", "containment": lambda n: [f"Locked {n}", None][n % 2], "cause": lambda n: f"Disk {n} was full",
        "owner": lambda n: ["own", "sys", "bea", "mul"][n % 4], "people_concerned": lambda n: [["qua"], ["ann", "quy"], []][n % 3],
        "data_affected": lambda n: bool(n % 2), "class": lambda n: ["minor", "major", "critical"][n % 3],
    },
    "audit": {
        "scope": lambda n: f"Audit {n}", "standard": lambda n: f"SOP-{n % 9}", "people_met": lambda n: [f"Met {n}", None][n % 2],
        "team": lambda n: [["mul"], ["qua", "mul"]][n % 2], "lead_auditor": lambda n: ["rob", "mul"][n % 2],
    },
    "finding": {
        "cause": lambda n: [f"Told {n}", None][n % 2], "owner": lambda n: ["own", "bea", "rob"][n % 3], "done": lambda n: f"Signed {n}",
    },
    "contribution": {"judgement": lambda n: [f"It is enough {n}", None][n % 2]},
    "addendum": {"title": lambda n: f"Addendum {n}", "because": lambda n: f"It came late, {n}"},
    "complaint": {
        "what": lambda n: f"Complaint {n}", "cause": lambda n: f"Carriage {n}", "owner": lambda n: ["own", "bea", "mul"][n % 3],
        "seriousness": lambda n: ["serious", "not serious"][n % 2], "answer": lambda n: f"Sent {n} another one",
    },
    "action": {"evidence": lambda n: [f"Seen {n}", None][n % 2], "done_on": lambda n: ["2020-01-01", None][n % 2]},
    **supplies.VALUES, **dangers.VALUES, **entries.VALUES, **planning.VALUES, **personnel.VALUES, **drifts.VALUES, **validating.VALUES,
    **control.VALUES,
    "curriculum": {"title": lambda n: f"Curriculum {n}", "people": lambda n: [["rea"], ["rea", "own"], []][n % 3]},
    "quiz": {"title": lambda n: f"Quiz {n}", "pass_percent": lambda n: str(50 + n % 50)},
    "training": {"taught": lambda n: [f"Shown {n}", None][n % 2], "evidence": lambda n: [f"Certificate {n}", None][n % 2]},
    "controlled_copy": {"holder": lambda n: f"Bench {n}", "place": lambda n: f"Room {n % 9}", "copies": lambda n: str(n % 9 + 1)},
    "import_run": {"title": lambda n: f"Binder {n}", "source": lambda n: f"Shelf {n % 5}"},
    "person": {"job_title": lambda n: f"Scientist {n}", "left_on": lambda n: [_day(1), None, _day(5)][n % 3]},
    **{kind: {"name": lambda n: f"Entry {n}"} for kind in ("company", "process", "product", "site")},
    "department": {"name": lambda n: f"Entry {n}", "head": lambda n: ["own", "hed"][n % 2]},
}  # fmt: skip
UNUSABLE: tuple[dict[str, Any], ...] = (
    {"nonsense": "x"}, {"title": "a\x00b", "name": "a\x00b", "why": "a\x00b", "job_title": "a\x00b"},
    {"title": 7, "name": 7, "why": 7, "job_title": 7}, {"title": "x" * 5000, "name": "x" * 5000, "why": "x" * 5000, "job_title": "x" * 5000},
)  # fmt: skip


@dataclass
class Clock:
    """The clock of a property: it only goes forward, but what was done earlier can be done now."""

    ahead: timedelta = timedelta()

    def start(self) -> None:
        """Let the product tell this time."""
        self.ahead = timedelta()
        clock.simulate(lambda real: real + self.ahead)

    @contextmanager
    def back(self, span: timedelta) -> Iterator[None]:
        """Do something as if it had been done earlier."""
        self.ahead -= span
        yield
        self.ahead += span


CLOCK = Clock()


def _day(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


ENROLS = ("accept_statement",)  # no signature, and asked with all components; here nobody has proven them


@dataclass
class Request:
    """One request: its cell, its inputs, what is wrong with it besides what the reading says."""

    cell: Cell
    twist: str
    given: dict[str, Any]
    wrong: set[str] = field(default_factory=set)

    @property
    def good(self) -> bool:
        """Say whether nothing is wrong with it."""
        return self.cell.open and not self.wrong and self.cell.verb != PAPER


def make(stage: Stage, cell: Cell, twist: str, n: int) -> Request:
    """Make a request for a cell, wrong in the way of the twist where the twist applies to it."""
    request = Request(cell, twist, inputs(stage, cell.verb, n))
    head = Record.objects.get(pk=str(stage.record))
    request.given["seen"] = head.position
    if cell.verb in ("edit", "amend") and not touched(stage, request.given["fields"]):
        request.wrong.add("nothing changes")
    _input(request, n)
    if twist == "stale" and head.position > 1:
        request.given["seen"] = head.position - 1
        request.wrong.add(twist)
    if twist == "filler for a reason" and cell.verb not in ("comment", "link", "confirm", "revise", "edit"):
        request.given["reason"] = "see above"
        request.wrong.add(twist)
    _sign(request, head)
    return request


def inputs(stage: Stage, verb: str, n: int) -> dict[str, Any]:
    """Give inputs for an act; edits touch a field of the type's own list."""
    if verb not in ("edit", "amend"):
        return stage.given(verb)
    if verb == "amend" and stage.situation.kind in LATER:
        return {"fields": {stage.touched(verb): f"Amended {next(SERIAL)}"}}
    fields = {stage.touched(verb): lambda n: f"Written {n}"} | VALUES[stage.situation.kind]
    names = _alike(stage, verb, list(fields))
    name = names[n % len(names)]
    return {"fields": {name: fields[name](next(SERIAL) if name in ("title", "text", "name", "why", "what") else n // 7)}}


def _alike(stage: Stage, verb: str, names: list[str]) -> list[str]:
    """Give the fields that are signed where the one is for which the answer was read, or that are not, as that one."""
    assert stage.thing is not None
    kind = stage.situation.kind
    signed = {name for given in stage.thing.done for name in stage.cast.reading.covered(kind, given)}
    asked = stage.touched(verb) in signed
    return [name for name in names if (name in signed) == asked]


def touched(stage: Stage, fields: dict[str, Any]) -> list[str]:
    """Give the fields whose values would be others than now."""
    assert stage.thing is not None
    present = stage.thing.values
    return [
        name for name, value in fields.items() if _plain(stage, present.get(name)) != (None if value in ("", []) else value)
    ]


def creation(kind: str, n: int, *, unusable: bool) -> dict[str, Any]:
    """Give the fields of a new record, or fields of which none can be made."""
    fields = FIELDS[kind] | ({"user_id": f"made{next(SERIAL)}"} if kind == "person" else {})
    fields |= {"title": f"Title {next(SERIAL)}"} if kind == "document" else {}
    return fields | (UNUSABLE[n % len(UNUSABLE)] if unusable else {})


def _plain(stage: Stage, value: Any) -> Any:
    """Give a stored value as somebody would have written it: people by user id, records by number."""
    names = {str(p.ctx.person_id): p.name for p in stage.cast.players.values() if p.who.token is None}
    names[str(stage.cast.home.people[SUBJECT].person_id)] = SUBJECT
    if isinstance(value, list):
        items = [_plain(stage, item) for item in value]
        return items[0] if items and isinstance(value[0], dict) and "number" in value[0] else items
    if isinstance(value, dict):
        return names[value["person"]] if "person" in value else value.get("number")
    return value


def _input(request: Request, n: int) -> None:
    verb = request.cell.verb
    if request.twist != "unusable input":
        return
    worse: dict[str, dict[str, Any]] = {
        "edit": {"fields": UNUSABLE[n % 4]}, "amend": {"fields": UNUSABLE[n % 4]}, "revise": {"fields": {"nonsense": 1}},
        "comment": {"text": ["", " ", "a\x00b", "x" * 5001][n % 4]}, "link": {"to": ["", "SOP-999.01", "a\x00b"][n % 3]},
        "unlink": {"to": ["", "SOP-999.01"][n % 2]}, "extend": {"days": [0, 366, "3", None][n % 4]},
        "reassign": {"to": ["", "nobody", "off", str(uuid4())][n % 4]}, "confirm": {"field": ["", "name", "result "][n % 3]},
    }  # fmt: skip
    request.given |= worse.get(verb, {"fields": {"title": "Smuggled in with a move"}})
    request.wrong.add(request.twist)


def _sign(request: Request, head: Record) -> None:
    """Add the presence that the act asks for, or the wrong one of the twist."""
    cell, cast = request.cell, request.cell.stage.cast
    meaning = meaning_of(cell)
    proof = ways.presence(cast, cell.player, head, cell.verb, meaning)
    if proof is not None and request.twist in PRESENCES:
        proof = _wrong_presence(request, Presence.objects.get(pk=proof))
        request.wrong |= {request.twist} if cell.answer.word == SIGNS else set()
    request.given["presence"] = proof
    request.wrong |= {"not enrolled"} if cell.verb in ENROLS else set()


def _wrong_presence(request: Request, good: Presence) -> UUID | None:
    cast, cell = request.cell.stage.cast, request.cell
    other = cast.home.person("rob" if cell.player.name != "rob" else "sys")
    if request.twist == "no presence":
        return None
    if request.twist == "presence of somebody else":
        return signatures.simulate(other, good.session, good.statement)
    if request.twist == "presence for another statement":
        return signatures.simulate(good.person_id, good.session, "0" * 64)
    if request.twist == "presence of another session":
        return signatures.simulate(good.person_id, f"{good.session}x", good.statement)
    if request.twist == "presence that was used":
        return uuid4()
    with CLOCK.back(signatures.LIFETIME + timedelta(seconds=1)):
        return signatures.simulate(good.person_id, good.session, good.statement)
