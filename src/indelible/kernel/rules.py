"""Named rules: what a declaration cannot say. Each is pure, reads a `Case`, and gives None or what is missing.

Modules add theirs with `@rule`; what keeps people of one record apart stands here and in `practice.separation`.
"""

from __future__ import annotations

from collections.abc import Callable

from indelible.infra import clock, database
from indelible.kernel.case import Case, Rule
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.reasons import is_filler

OWN_WORK = frozenset({"authored", "performed", "reviewed", "acknowledged"})  # what people say of work of their own

_RULES: dict[str, Rule] = {}
_ALONE: dict[str, Callable[[Case], bool]] = {}


def rule(name: str, *, alone: bool | Callable[[Case], bool] = False) -> Callable[[Rule], Rule]:
    """Register a named rule: a true statement such as `no_open_actions`; a second one of that name is refused.

    `alone` says that it looks at other records, always or in which cases: two acts that do never decide side by side.
    """

    def register(function: Rule) -> Rule:
        if name in _RULES and _RULES[name].__qualname__ != function.__qualname__:
            raise ValueError(f"rule {name!r} is declared twice")
        _RULES[name] = function
        if alone:
            _ALONE[name] = alone if callable(alone) else lambda _: True
        return function

    return register


def known() -> dict[str, str]:
    """Give every rule's name with its sentence, for the loader and the reference."""
    return {name: (function.__doc__ or "").strip().split("\n")[0] for name, function in sorted(_RULES.items())}


def check(names: list[str], case: Case) -> list[Missing]:
    """Give what each of the named rules misses in this case."""
    if not case.memo.get("alone") and any(_ALONE[name](case) for name in names if name in _ALONE):
        database.come_alone()
        # What came before ended before this moment; what follows in the same transaction happens at the same one.
        case.at, case.memo["alone"] = clock.now(), True
    found = ((name, _RULES[name](case)) for name in names)
    return [Missing(text, rule=name) for name, text in found if text]


def _me(case: Case) -> str:
    return str(case.person.id) if case.person else ""


@rule("approver_is_not_author")
def approver_is_not_author(case: Case) -> str | None:
    """Who approves neither wrote the record nor its last content."""
    if case.meaning in OWN_WORK:
        return None
    authors = {str(case.head.author_id), *case.head.marks.get("editors", [])}
    return "You wrote or edited this record; somebody else approves it." if _me(case) in authors else None


@rule("signers_of_a_step_are_distinct")
def signers_of_a_step_are_distinct(case: Case) -> str | None:
    """Nobody signs twice in one step."""
    given = {signature["person"] for signature in case.open_signatures()}
    return "You have signed in this step already; another person signs now." if _me(case) in given else None


def reason_given(case: Case, *, required: bool) -> None:
    """Refuse a missing or empty-worded reason where one is required, and an empty-worded one where it is not."""
    least = case.configuration.policies.reason_length
    text = case.reason.strip()
    if not text and not required:
        return
    if len(text) < least or is_filler(text):
        raise Refused(
            rule="reason_given",
            text=f"{case.act} needs a reason that says why, in at least {least} characters.",
            missing=(Missing("A reason that another person understands later.", field="reason"),),
            do="Write why, in a sentence.",
        )
