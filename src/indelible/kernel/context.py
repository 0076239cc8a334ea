"""Who acts, through what, and why: the first argument of every act and of every query."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

NOBODY = UUID(int=0)  # stands where a table asks for a person and the system itself acted

Via = Literal["session", "token", "system", "timer", "command", "import"]


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of an act or a query; made by a face or by the system, never by a module.

    `person_id` is None for the system itself. `session` binds a presence to the browser session that made it,
    `scopes` narrows what a token may do, `cause` is the leaf (hex) of the event that this act follows.
    """

    person_id: UUID | None
    via: Via
    session: str = ""
    scopes: tuple[str, ...] | None = None
    request_id: str = ""
    cause: str | None = None

    def as_system(self, cause: str | None = None) -> Context:
        """Give the system's own context, caused by an event."""
        return replace(self, person_id=None, via="system", session="", scopes=None, cause=cause)


SYSTEM = Context(person_id=None, via="system")


@dataclass(frozen=True, slots=True)
class Person:
    """A person as frozen into events and signatures: immutable id, printed name and title of the moment."""

    id: UUID
    number: str
    name: str
    title: str
    user_id: str

    def reference(self) -> dict[str, Any]:
        """Give the form in which a record's content names a person."""
        return {"person": str(self.id), "name": self.name}


@dataclass(frozen=True, slots=True)
class Held:
    """A role that a person holds now, with the grant that says so; `delegation` names for whom, where it is not the own."""

    role: str
    scope: str | None
    grant: str
    granted_by: str | None = None
    delegation: str = ""

    @property
    def label(self) -> str:
        """Give the form frozen into events: `dept_approver@DEP-03`, and by whose delegation."""
        role = f"{self.role}@{self.scope}" if self.scope else self.role
        return f"{role} by delegation {self.delegation}" if self.delegation else role
