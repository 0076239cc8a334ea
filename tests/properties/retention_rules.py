"""The named rules of legal holds and disposals once more, in other words: who and what they keep out."""

from __future__ import annotations

from typing import Any

COVERING = ("records", "types", "made_from", "made_until")
RULES: dict[str, Any] = {
    "hold_says_what_it_covers": lambda thing, who, world: not any(thing.values.get(name) for name in COVERING),
    "hold_is_lifted_by_another": lambda thing, who, world: (
        who.id is not None and who.id in {thing.author, *(given.person for given in thing.done if given.move == "place")}
    ),
    "disposal_is_switched_on": lambda thing, who, world: True,  # no class says years, as shipped
    "list_is_as_it_stands": lambda thing, who, world: True,  # none here lists anything
    "records_have_ended": lambda thing, who, world: False,
    "no_legal_hold_covers_them": lambda thing, who, world: False,  # those in force here cover days on which nothing was
    "each_has_a_retention_rule": lambda thing, who, world: False,
    "retention_is_over": lambda thing, who, world: False,
    "nothing_kept_rests_on_them": lambda thing, who, world: False,
}
