"""Where a module adds what only it knows: how an act is decided, effects of a completed one, what follows elsewhere (D5).

`@decides("comment")` decides a verb that no move declares; it returns a decision and writes nothing.

`@completes("grant.approve")` adds effects to the decision itself. `@follows("person.deactivate")` returns further
acts as data, done in the same transaction; `@follows_later` the ones that are done once, afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.records import Subject


@dataclass(frozen=True, slots=True)
class Reply:
    """An act that follows another one: its name, subject and inputs, done by the system."""

    act: str
    subject: Subject | None
    inputs: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


Completion = Callable[[Case, Decision], None]
Together = Callable[[Case, Decision], Iterator[Reply]]
After = Callable[[dict[str, Any]], Iterator[Reply]]
Decide = Callable[[Case, dict[str, Any]], Decision]
Hook = TypeVar("Hook")

_DECIDERS: dict[str, Decide] = {}
_COMPLETIONS: dict[str, list[Completion]] = {}
_TOGETHER: dict[str, list[Together]] = {}
_AFTER: dict[str, list[After]] = {}


def decides(verb: str) -> Callable[[Decide], Decide]:
    """Register who decides a verb for every type; the door, its checks and its single write stay what they are."""

    def register(function: Decide) -> Decide:
        if _DECIDERS.setdefault(verb, function).__qualname__ != function.__qualname__:
            raise ValueError(f"{verb!r} is decided twice")
        return function

    return register


def decider(verb: str) -> Decide | None:
    """Give who decides a verb, None for a move."""
    return _DECIDERS.get(verb)


def completes(act: str) -> Callable[[Completion], Completion]:
    """Register what a module adds to the effects of an act once it is complete."""
    return _into(_COMPLETIONS, act)


def follows(act: str) -> Callable[[Together], Together]:
    """Register acts that must never be seen apart from another one: they share its transaction."""
    return _into(_TOGETHER, act)


def follows_later(act: str) -> Callable[[After], After]:
    """Register acts that follow another one once, later; the function gets the event's payload."""
    return _into(_AFTER, act)


def _into(registry: dict[str, list[Hook]], act: str) -> Callable[[Hook], Hook]:
    def register(function: Hook) -> Hook:
        if function not in registry.setdefault(act, []):
            registry[act].append(function)
        return function

    return register


def complete(case: Case, decision: Decision) -> None:
    """Let the modules add their effects to a decision."""
    for function in _COMPLETIONS.get(case.act, ()):
        function(case, decision)


def together(case: Case, decision: Decision) -> Iterator[Reply]:
    """Give the acts that must be done in the same transaction."""
    for function in _TOGETHER.get(case.act, ()):
        yield from function(case, decision)


def afterwards(act: str) -> list[After]:
    """Give the reactions that follow an act later."""
    return list(_AFTER.get(act, ()))


def name_of(function: After) -> str:
    """Give the name under which a reaction waits in the outbox."""
    return f"{function.__module__}.{function.__qualname__}"
