"""Periodic reviews to try things on: the system makes them, with what it collected and what somebody concluded."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from tests.properties import accesses
from tests.properties.cast import Cast
from tests.properties.review_rules import LONG_AGO

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
ROW = {"topic": "changes", "found": "Begun: 0, ended: 0, open: 0.", "conclusion": "fine", "comment": "Looked at"}
FIELDS: dict[str, dict[str, Any]] = {
    "periodic_review": {"title": "One", "owner": "sys", "cause": "other", "due_on": "2099-01-01"},
}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "periodic_review": {
        "title": lambda n: f"Review {n}",
        "conclusion_because": lambda n: [f"Nothing was found by {n} people", None][n % 2],
    },
}


def _review(**more: Any) -> Maker:
    """Make a review that is concluded as far as `more` does not say otherwise."""

    def make(cast: Cast) -> UUID:
        today = clock.in_zone(clock.now(), "America/New_York")[:10]
        fields = accesses.basis(cast) | {
            "title": f"Review {next(SERIAL)}", "owner": "bea", "cause": "other", "due_on": "2099-01-01", "from_on": LONG_AGO,
            "until_on": today, "topics": [ROW], "conclusion": "remains fit", "conclusion_because": "Nothing stands against it",
        }  # fmt: skip
        return acts.run(SYSTEM, "periodic_review.create", fields=fields | more).record

    return make


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "periodic_review": {
        "plain": (_review(), None),
        "not concluded": (_review(topics=[{**ROW, "conclusion": None}]), ("collecting",)),
        "of long ago": (_review(until_on=LONG_AGO), ("collecting",)),
        "not answered": (_review(missing="No drill was closed"), ("collecting",)),
        "not fit": (_review(conclusion="not fit"), ("in_approval",)),
        "of one who signs": (_review(owner="sys"), ("in_approval",)),
    },
}
NEVER_BEGUN = {
    **{("periodic_review", name): {"submit"} for name in ("not concluded", "of long ago", "not answered")},
    ("periodic_review", "not fit"): {"approve"},
}
