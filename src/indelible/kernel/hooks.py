"""Where a module adds what only it knows: effects of a completed act, and what follows elsewhere (D5).

`@completes("grant.approve")` adds effects to the decision itself. `@follows("document.take_effect")` returns further
acts as data: `together` in the same transaction, only for what must never be seen apart; `after` once, later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from indelible.kernel.records import Subject

if TYPE_CHECKING:
    from indelible.kernel.case import Case
    from indelible.kernel.decisions import Decision


@dataclass(frozen=True, slots=True)
class Reply:
    """An act that follows another one: its name, subject and inputs, done by the system."""

    act: str
    subject: Subject | None
    inputs: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


Completion = Callable[["Case", "Decision"], None]
Following = Callable[["Case", "Decision"], Iterator[Reply]]

_COMPLETIONS: dict[str, list[Completion]] = {}
_FOLLOWING: dict[str, list[tuple[Literal["together", "after"], Following]]] = {}


def completes(act: str) -> Callable[[Completion], Completion]:
    """Register what a module adds to the effects of an act once it is complete."""

    def register(function: Completion) -> Completion:
        if function not in _COMPLETIONS.setdefault(act, []):
            _COMPLETIONS[act].append(function)
        return function

    return register


def follows(act: str, when: Literal["together", "after"]) -> Callable[[Following], Following]:
    """Register a reaction: which acts follow, in the same transaction or afterwards."""

    def register(function: Following) -> Following:
        if (when, function) not in _FOLLOWING.setdefault(act, []):
            _FOLLOWING[act].append((when, function))
        return function

    return register


def complete(case: Case, decision: Decision) -> None:
    """Let the modules add their effects to a decision."""
    for function in _COMPLETIONS.get(case.act, ()):
        function(case, decision)


def together(case: Case, decision: Decision) -> Iterator[Reply]:
    """Give the acts that must be done in the same transaction."""
    for when, function in _FOLLOWING.get(case.act, ()):
        if when == "together":
            yield from function(case, decision)


def afterwards(act: str) -> list[Following]:
    """Give the reactions that follow an act later."""
    return [function for when, function in _FOLLOWING.get(act, ()) if when == "after"]
