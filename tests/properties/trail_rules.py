"""The named rules of audit-trail reviews once more, in other words: who and what they keep out."""

from __future__ import annotations

from typing import Any

RULES: dict[str, Any] = {
    "lines_are_collected": lambda thing, who, world: not thing.values.get("seed"),
    "every_line_is_decided": lambda thing, who, world: (
        len(thing.values.get("lines") or []) > len(thing.values.get("decisions") or [])
    ),
    "incidents_are_begun": lambda thing, who, world: False,  # nothing here is an incident
    "queries_are_answered": lambda thing, who, world: False,  # nobody is asked about what is tried here
    "reviewer_does_not_close": lambda thing, who, world: (
        who.id in {one.person for one in thing.done if one.meaning == "reviewed"}
    ),
    "answer_says_something": lambda thing, who, world: len(thing.values.get("answer") or "") < 10,
    "query_is_settled_by_another": lambda thing, who, world: who.id is not None and who.id == thing.owner,
}
