"""The only place that says whose an edit is that is open work: a module opens it for a role, and may leave out who of that role may not do it.

Moves are asked for by the declaration of a state; a task of the name `edit` is one that a module opens beside them, because
part of the content is for other people than those who move the record on.
"""

from __future__ import annotations

from collections.abc import Callable

from indelible.kernel import decisions
from indelible.kernel.case import Case
from indelible.kernel.errors import Refused

EDIT = "edit"
Test = Callable[[Case], bool]
_TESTS: dict[str, Test] = {}


def asked_of(kind: str) -> Callable[[Test], Test]:
    """Register who of those that may edit records of a type is asked to."""

    def register(test: Test) -> Test:
        _TESTS[kind] = test
        return test

    return register


def is_asked(case: Case) -> bool:
    """Say whether this person is asked to edit a record: nothing is in the way, and the module leaves nobody like this one out."""
    case.verb = EDIT
    try:
        decisions.allowed(case)
    except Refused:
        return False
    test = _TESTS.get(case.declaration.type)
    return test is None or test(case)
