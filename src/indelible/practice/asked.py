"""The only place that knows what an act asks for besides a reason: fields that whoever decides the act registers, for every face alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is asked for: a sentence above, the fields in their order, and inputs that are fixed by where the record stands."""

    text: str
    fields: tuple[FieldDeclaration, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)


Asks = Callable[[Record], Asked]
_ASKED: dict[str, Asks] = {}


def asks_for(verb: str) -> Callable[[Asks], Asks]:
    """Register what an act asks for; the function gets the record as it stands now."""

    def register(function: Asks) -> Asks:
        if _ASKED.setdefault(verb, function).__qualname__ != function.__qualname__:
            raise ValueError(f"what {verb!r} asks for is declared twice")
        return function

    return register


def of(verb: str, record: Record) -> Asked | None:
    """Give what an act on a record asks for, None where a reason is all."""
    return _ASKED[verb](record) if verb in _ASKED else None
