"""The named rules of periodic reviews once more, in other words: who and what they keep out."""

from __future__ import annotations

from typing import Any

LONG_AGO = "2020-01-02"  # a day on which figures are too old
RULES: dict[str, Any] = {
    "every_topic_concluded": lambda thing, *_: any(not row.get("conclusion") for row in thing.values.get("topics") or [{}]),
    "collected_lately": lambda thing, *_: thing.values.get("until_on") in (None, LONG_AGO),
    "missing_is_answered": lambda thing, *_: bool(thing.values.get("missing") and not thing.values.get("missing_because")),
    "three_people_review": lambda thing, who, _: who.id in {given.person for given in thing.done},
    "nothing_is_left_to_adapt": lambda thing, *_: "[[adapt" in (thing.values.get("text") or ""),  # of documents
    "unfit_is_suspended": lambda thing, *_: thing.values.get("conclusion") == "not fit",
}
