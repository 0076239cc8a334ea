"""The only place that lives the demo company's quality records through the door: each step of a path as the act of a person."""

from __future__ import annotations

from typing import Any

from indelible.kernel import config, reactions, records
from indelible.kernel.models import Record
from indelible.practice import uploads
from indelible.project.demo.cast import Cast
from indelible.project.demo.events import ITSELF, Act
from indelible.project.demo.learning import Learning

FIND = "find"  # no act: the record was made by the system and waits
DECIDE = "decide_lines"  # of a review of access: all lines that are open and not the own ones
LEARN = "learn"  # no act: everybody learns what is assigned


class Work:
    """What is remembered from step to step: the number that each record got."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.numbers: dict[int, str] = {}
        self.learning = Learning(cast)

    def go(self, act: Act) -> None:
        """Make one step at its time, and let what follows from it follow."""
        self.cast.wait(act.at)
        if act.way.do == LEARN:
            self.learning.go_on(act.told.fields.get("late", ()))
        elif act.way.do == "create":
            self._create(act)
        elif act.way.do == FIND:
            self._called(act, self._waiting(act))
        else:
            self._move(act, self.numbers[id(act.told)])
        while reactions.run_pending():
            self.cast.tick()

    def _create(self, act: Act) -> None:
        self._called(act, self.cast.act(_who(act), f"{act.kind}.create", fields=self._given(act), reason=act.reason).number)

    def _called(self, act: Act, made: str) -> None:
        if act.told.number and made != act.told.number:
            raise ValueError(f"the story calls it {act.told.number}, and it became {made}: another one was begun before it")
        self.numbers[id(act.told)] = made

    def _waiting(self, act: Act) -> str:
        """Give the record that the system made and that waits to be filled in: the one with these values."""
        for one in Record.objects.filter(type=act.kind, state=config.current().type(act.kind).initial).order_by("number"):
            known = records.values(one)
            if all(_plain(known[name]) == value for name, value in act.fields.items()):
                return one.number
        raise ValueError(f"no {act.kind} waits with {act.fields}")

    def _move(self, act: Act, number: str) -> None:
        record, verb = Record.objects.get(number=number), act.way.do
        if verb == DECIDE:
            self._decide(act, record)
        elif verb in ("edit", "amend"):
            self.cast.act(_who(act), f"{act.kind}.{verb}", record.id, fields=self._given(act), reason=act.reason)
        elif records.state_of(record).moves[verb].signs:
            self.cast.sign(act.who, f"{act.kind}.{verb}", number, reason=act.reason)
        else:
            self.cast.act(_who(act), f"{act.kind}.{verb}", record.id, reason=act.reason)

    def _decide(self, act: Act, record: Record) -> None:
        """Keep what nobody has decided, but for the own lines."""
        open_ = [row["line"] for row in records.values(record)["lines"] if not row["decision"] and row["user_id"] != act.who]
        if open_:
            self.cast.act(act.who, f"{act.kind}.{DECIDE}", record.id, lines=open_, decision="keep", reason=act.reason)

    def _given(self, act: Act) -> dict[str, Any]:
        """Give the fields as the door takes them: departments by their numbers, files by their content."""
        given = dict(act.fields)
        for name in ("department", "departments"):
            if name in given:
                named = given[name] if isinstance(given[name], list) else [given[name]]
                given[name] = [self.cast.departments[one] for one in named]
        for name in (field.name for field in config.current().type(act.kind).live_fields() if field.kind == "files"):
            if name in given:
                given[name] = [uploads.receive(self.cast.people[act.who], file["name"], [file["holds"].encode()]).sha256
                               for file in given[name]]  # fmt: skip
        return given


def _who(act: Act) -> str | None:
    return None if act.who == ITSELF else act.who


def _plain(value: Any) -> Any:
    return [one["number"] for one in value] if isinstance(value, list) else value
