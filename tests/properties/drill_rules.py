"""The rules of restore drills and continuity exercises once more, in other words: who and what they keep out."""

from __future__ import annotations

from typing import Any

from indelible.assurance.qualification.reading import people

RULES: dict[str, Any] = {
    "drill_has_figures": lambda thing, who, world: not thing.values.get("outcome"),
    "drill_found_no_difference": lambda thing, who, world: thing.values.get("outcome") != "identical",
    "performer_does_not_sign": lambda thing, who, world: str(who.id) in people(thing.values.get("performed_by")),
    "exercise_has_ended": lambda thing, who, world: False,  # each of them has
    "late_entries_are_counted": lambda thing, who, world: (
        thing.values.get("late_entries") != "0"
    ),  # nothing happened in those hours
    "paper_agrees_or_says_why": lambda thing, who, world: (
        thing.values.get("on_paper") != "0" and not thing.values.get("difference_reason")
    ),
    "gaps_are_followed_up": lambda thing, who, world: thing.values.get("conclusion") == "with gaps",
    "leader_does_not_sign": lambda thing, who, world: str(who.id) in people(thing.values.get("owner")),
}
