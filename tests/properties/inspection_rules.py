"""The named rules of inspections and their requests once more, in other words: who and what they keep out."""

from __future__ import annotations

from typing import Any

from indelible.assurance.qualification.reading import people


def _checks_own(thing: Any, who: Any, world: Any) -> bool:
    """Who answers or prepared does not check; who checked does not hand over."""
    if thing.state == "to_check":
        return who.id is not None and who.id in {thing.owner, *people(thing.values.get("prepared_by"))}
    return who.id is not None and who.id in {one.person for one in thing.done}


RULES: dict[str, Any] = {
    "presented_at_a_screen": lambda thing, who, world: who.token is not None,
    "requests_are_settled": lambda thing, who, world: False,  # nothing is asked in what is tried here
    "host_does_not_close": lambda thing, who, world: (
        who.id in {*people(thing.values.get("host")), *people(thing.values.get("hosts"))}
    ),
    "something_is_handed_over_or_said": lambda thing, who, world: len(thing.values.get("answer") or "") < 10,
    "it_is_still_as_listed": lambda thing, who, world: False,  # nothing is handed over by what is tried here
    "checker_does_not_hand_over": _checks_own,
}
