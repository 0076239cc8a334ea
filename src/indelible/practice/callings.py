"""The only place where a module says whose open work something is, where the declaration of a state alone cannot say it.

* A task of the name `edit` is one that a module opens beside the move that a state asks for, because part of the content is for other
  people than those who move the record on. The module may leave out who of a role may not do it.
* A move that a rule holds up is somebody else's work, unless what the rule misses is the very work that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from indelible.kernel import decisions
from indelible.kernel.case import Case
from indelible.kernel.errors import Refused

EDIT = "edit"
Test = Callable[[Case], bool]
_TESTS: dict[str, Test] = {}
_WORK = {"required_fields"}


def asked_of(kind: str) -> Callable[[Test], Test]:
    """Register who of those that may edit records of a type is asked to."""

    def register(test: Test) -> Test:
        _TESTS[kind] = test
        return test

    return register


def is_work(rule: str) -> None:
    """Register a rule that misses nothing but the work itself, so that the task stays where it is."""
    _WORK.add(rule)


def is_missing_work(refusal: Refused) -> bool:
    """Say whether a move is held up by nothing but the work that is asked for."""
    return refusal.rule in _WORK


def is_asked_to_edit(case: Case) -> bool:
    """Say whether this person is asked to edit a record: nothing is in the way, and the module leaves nobody like this one out."""
    case.verb = EDIT
    try:
        decisions.allowed(case)
    except Refused:
        return False
    test = _TESTS.get(case.declaration.type)
    return test is None or test(case)
