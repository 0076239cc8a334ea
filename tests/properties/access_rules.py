"""The named rules of access reviews once more, in other words: what keeps one open."""

from __future__ import annotations

from typing import Any


def _undecided(thing: Any, *_: Any) -> bool:
    return any(not row.get("decision") for row in thing.values.get("entered") or [{}])


RULES: dict[str, Any] = {
    "no_line_undecided": _undecided,
    "unflagged_lines_are_left": lambda thing, *_: not _undecided(thing),
    "nobody_reviews_own_access_or_acts": lambda *_: False,  # the accounts entered here are of nobody who decides
    "second_reviewer_is_another": lambda thing, who, _: who.id in {given.person for given in thing.done},
    "revokes_can_be_carried_out": lambda *_: False,  # all that is entered here is kept
}
