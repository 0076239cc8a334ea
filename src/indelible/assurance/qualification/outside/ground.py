"""What those who hire, walk and fill in need of the copy: said here, so that none of them has to know the site that holds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from .declared import Declared
from .people import Person, Visitor
from .trace import Trace


class Ground(Protocol):
    """A served copy: its people, its clock, and what its configuration declares."""

    trace: Trace

    @property
    def reading(self) -> Declared:
        """Give what is declared, read from the YAML of the copy."""

    @property
    def department(self) -> str:
        """Give the department of those whose role is for one."""

    def person(self, who: str) -> Person:
        """Give a person of the cast, by role or user id."""

    def another(self, user_id: str, password: str, source: str = "") -> Person:
        """Give somebody with another password."""

    def nobody(self, source: str = "") -> Visitor:
        """Give somebody who has not signed in."""

    def join(self, person: Person) -> None:
        """Let somebody new be found by user id."""

    def now(self) -> datetime:
        """Give the time of the copy."""

    def walk(self, number: str, move: str, **given: Any) -> str:
        """Do a move with all that it asks for; gives the state afterwards."""

    def user_id_of(self, person: str) -> str:
        """Give the user id of a person by the id of the record."""
