"""One act on one record while it is being decided: everything that a rule may look at, and nothing that it may write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from indelible.kernel import records
from indelible.kernel.config import Configuration
from indelible.kernel.context import Context, Held, Person
from indelible.kernel.models import Presence, Record
from indelible.kernel.references import Named
from indelible.kernel.types import SignatureNeed, State, TypeDeclaration


@dataclass(frozen=True, slots=True)
class Need:
    """One signature that an open step still asks for; `person` is set where it is somebody's own to give."""

    meaning: str
    capacities: tuple[str, ...]
    person: str | None = None

    @staticmethod
    def of(declared: SignatureNeed, person: str | None = None) -> Need:
        """Make a need from its declaration."""
        return Need(declared.meaning, tuple(declared.by), person)


@dataclass(slots=True)
class Case:
    """What is known when an act is decided.

    `content` is by field name and holds the values after the act's edit; `meaning` is that of the signature to be given.
    `memo` is where a gate keeps what it read of the person: a page considers many acts of one person.
    """

    ctx: Context
    verb: str
    declaration: TypeDeclaration
    configuration: Configuration
    at: datetime
    record: Record | None
    person: Person | None
    held: tuple[Held, ...] = ()
    content: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    presence: Presence | None = None
    meaning: str = ""
    simulated: bool = False
    validated: str = "founding"
    mark: str = ""
    skew: timedelta = timedelta()
    named: Named = field(default_factory=Named)
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Give the type's name."""
        return self.declaration.type

    @property
    def act(self) -> str:
        """Give the act's full name, `{type}.{verb}`."""
        return f"{self.declaration.type}.{self.verb}"

    @property
    def head(self) -> Record:
        """Give the locked record; only for acts that have one."""
        if self.record is None:
            raise LookupError(f"{self.act} has no record yet")
        return self.record

    @property
    def state(self) -> State:
        """Give the declared state in which the record is."""
        return self.declaration.lifecycle[self.head.state]

    def value(self, name: str) -> Any:
        """Give the value of a field by name, None when empty or not declared."""
        return self.content.get(name)

    def named_people(self, name: str) -> list[str]:
        """Give the ids of the persons that a person field names."""
        value = self.content.get(name)
        items = value if isinstance(value, list) else [] if value is None else [value]
        return [item["person"] for item in items if isinstance(item, dict) and "person" in item]

    def open_signatures(self) -> list[dict[str, Any]]:
        """Give the signatures given in the step that is open, still counting."""
        return list(self.head.signed.get("open", []))

    def done_signatures(self) -> list[dict[str, Any]]:
        """Give the signatures of completed steps, still counting."""
        return list(self.head.signed.get("done", []))

    def other(self, subject: str | UUID) -> Record:
        """Read another record by number or id; raises NotFound."""
        return records.find(subject)


Rule = Callable[[Case], str | None]
