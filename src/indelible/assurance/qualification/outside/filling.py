"""The only place that fills a record's fields so that it can be made and go on, by the declaration of each field.

A field that a company added is filled like any other; what a type asks beyond its declaration stands in `SPECIAL`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answers import Answer
    from .ground import Ground
    from .people import Person

WORDS = "As the script lays down for this record"
MARKDOWN = "## 1 Purpose\n\nSamples are handled so that nothing is lost."
SYSTEM = "system"
NEW = itertools.count(os.getpid() * 100)
ANSWERS: dict[str, dict[str, Any]] = {  # what lets the usual way go on, where the first choice or any text would not
    "document": {
        "class": "procedure",
        "training": "none",
        "text": MARKDOWN,
        "reviewers": ["q.qa_ops"],
        "owner": "q.author",
        "effective_on": "2020-01-01",
    },
    "audit": {
        "kind": "internal",
        "audited": "department",
        "department": "another department",
        "lead_auditor": "q.internal_auditor",
    },
    "complaint": {"adverse_event": "no"},
    "training": {"kind": "practical", "trainee": "q.reader"},
    "grant": {"role": "author"},
    "personnel_item": {"kind": "cv", "person": "whoever makes it"},
    "absence": {"person": "whoever makes it", "begins": "a day of its own", "back_on": "a day of its own"},
    "person": {"user_id": "a new user id", "printed_name": "New Person of a Script"},
    "delegation": {"role": "dept_approver"},
    "finding": {
        "audit": "an audit that goes on",
        "lead_auditor": "q.internal_auditor",
        "kind": "internal",
        "audited": "department",
        "department": "another department",
        "class": "minor",
    },
    "addendum": {"belongs_to": "a record that has ended"},
}
PARENTS = {"action": "deviation", "contribution": "deviation", "capa": "deviation", "trend": "deviation"}


class Filling:
    """Gives values for fields and makes records of any type with them."""

    def __init__(self, site: Ground) -> None:
        self.site = site
        self._made: dict[str, str] = {}
        self._days = 0

    def values(self, kind: str, state: str = "", /, **given: Any) -> dict[str, Any]:
        """Give values for what a type asks at creation (or, with a state, before that is entered), with `given` over them."""
        values = {**ANSWERS.get(kind, {}), **given}
        for field in self.site.reading.types[kind]["fields"]:
            name = field["name"]
            if name not in values and self._asked(kind, field, state, values):
                values[name] = self.value(kind, field)
        return {name: value for name, value in values.items() if value is not None or name in given}

    def make(self, kind: str, who: str = "", state: str = "", /, **given: Any) -> Answer:
        """Let somebody who may begin a record of a type, with all that it asks for at creation, or before `state` is entered."""
        maker = self.maker(kind, who)
        return maker.create(kind, **self._placed(self.values(kind, state, **given), maker))

    def _placed(self, values: dict[str, Any], maker: Person) -> dict[str, Any]:
        """Put a name or a number where `ANSWERS` says in words whose it is."""
        places: dict[str, Callable[[], str]] = {
            "whoever makes it": lambda: maker.user_id, "its department": lambda: self.site.department,
            "another department": self._other_department, "an audit that goes on": self._audit,
            "a record that has ended": self._ended, "a day of its own": self._day, "a new user id": lambda: f"q.made-{next(NEW)}",
        }  # fmt: skip
        return {
            name: places[value]() if isinstance(value, str) and value in places else value for name, value in values.items()
        }

    def _audit(self) -> str:
        if "audit that goes on" not in self._made:
            number = self._made["audit that goes on"] = self.make(
                "audit", "internal_auditor", standard="21 CFR 211", place="on site"
            ).number
            for move in ("announce", "begin"):
                self.site.walk(number, move)
        return self._made["audit that goes on"]

    def _ended(self) -> str:
        if "ended" not in self._made:
            self._made["ended"] = self.make("deviation", owner="q.author").number
            self.site.walk(self._made["ended"], "void")
        return self._made["ended"]

    def _day(self) -> str:
        self._days += 1
        return (self.site.now() + timedelta(days=30 + self._days)).date().isoformat()

    def _other_department(self) -> str:
        found = self.site.person("sysadmin").api("GET", "/records/department?limit=100").json.get("records", [])
        return next((str(one["number"]) for one in found if one["number"] != self.site.department), self.site.department)

    def maker(self, kind: str, who: str = "") -> Person:
        """Give somebody of the cast who may begin a record of a type."""
        begun_by = [one for one in self.site.reading.types[kind].get("create", []) if one != SYSTEM]
        return self.site.person(who or (begun_by or ["sysadmin"])[0])

    def of(self, kind: str) -> str:
        """Give the number of a record of a type that others may name; made once."""
        if kind not in self._made:
            self._made[kind] = self.site.department if kind == "department" else self.make(kind).number
        return self._made[kind]

    def _asked(self, kind: str, field: dict[str, Any], state: str, values: dict[str, Any]) -> bool:
        if field.get("retired"):
            return False
        if field.get("required") == "at_creation":
            return True
        when = field.get("required_when") or {}
        fits = bool(when) and self.site.reading.holds(when, values)
        if not state:
            return fits and not field.get("required_in")
        leaves = state != self.site.reading.types[kind]["initial"]
        return (
            (field.get("required") == "always" and leaves)
            or (state in (field.get("required_in") or []) and (not when or fits))
            or fits
        )

    def value(self, kind: str, field: dict[str, Any]) -> Any:
        """Give one value that fits a field."""
        made = self._one(kind, field)
        return (
            [made]
            if field.get("many") and field["kind"] in ("person", "files", "links") and not isinstance(made, list)
            else made
        )

    def _one(self, kind: str, field: dict[str, Any]) -> Any:
        within = field.get("range") or {}
        plain: dict[str, Callable[[], Any]] = {
            "text": lambda: f"{WORDS}: {field.get('label', field['name'])}"[: field.get("max_length", 200)],
            "rich_text": lambda: MARKDOWN, "number": lambda: str(within.get("min", within.get("max", "1"))),
            "choice": lambda: field["choices"][0], "yes_no": lambda: False, "person": lambda: "q.author", "table": list,
            "links": lambda: self.of(PARENTS.get(kind) or (field.get("to") or ["deviation"])[0]), "files": self.file,
            "date": lambda: self.moment(field), "time": lambda: self.moment(field),
        }  # fmt: skip
        return plain[field["kind"]]()

    def file(self, content: bytes = b"What the script brought as evidence.\n") -> str:
        """Bring a file as the author; gives its SHA-256, by which a field names it."""
        return str(self.site.person("author").upload("evidence.txt", content).json.get("sha256", ""))

    def moment(self, field: dict[str, Any]) -> str:
        """Give a day or a moment that fits: yesterday where it must not lie ahead, in thirty days otherwise."""
        now = self.site.now()
        at = (
            now - timedelta(minutes=5) if field.get("not_in_future") or field["kind"] == "time" else now + timedelta(days=30)
        )
        return at.date().isoformat() if field["kind"] == "date" else at.isoformat(timespec="seconds")
