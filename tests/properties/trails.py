"""Audit-trail reviews and their queries to try things on, complete enough for their whole life."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from tests.properties import ways
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
DAYS = {"period_from": "2020-01-01", "period_until": "2020-01-02"}
LINE = {"line": "1", "severity": "low", "rule": "void", "event": "DEV-001 3", "who": "Ann Author", "user_id": "ann", "what": "voided",
        "quality": False, "times": "1"}  # fmt: skip
FINE = {"line": "1", "decision": "fine", "comment": "Entered twice, and said so"}
FIELDS: dict[str, dict[str, Any]] = {
    "trail_review": {"title": "One", **DAYS}, "trail_query": {"question": "Why?", "owner": "bea"},
}  # fmt: skip
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "trail_review": {"conclusion": lambda n: [f"In order, {n}", None][n % 2]},
    "trail_query": {"answer": lambda n: [f"It was entered twice, as {n} says", None][n % 2]},
}


def review(user: str, *, collected: bool = True, lines: tuple[dict[str, Any], ...] = (), decisions: tuple[dict[str, Any], ...] = (),
           **more: Any) -> Maker:  # fmt: skip
    """Make a review of two days; a `collected` one has what the system writes, with these lines, and its decisions."""

    def make(cast: Cast) -> UUID:
        words = {"title": f"Review {next(SERIAL)}", "sample_found": "Nothing", "conclusion": "In order"}
        made = acts.run(cast.players[user].ctx, "trail_review.create", fields=words | DAYS | more).record
        if collected:
            fields = {"seed": "0" * 64, "lines": list(lines), "decisions": list(decisions)}
            acts.run(SYSTEM, "trail_review.edit", made, fields=fields, reason=ways.REASON)
        return made

    return make


def query(user: str, **more: Any) -> Maker:
    """Ask somebody about what the sample of a review shows."""

    def make(cast: Cast) -> UUID:
        given = {"question": f"Why, {next(SERIAL)}?", "owner": "bea", "answer": "It was entered twice by mistake", **more}
        return acts.run(cast.players[user].ctx, "trail_query.create", fields=given | basis(cast)).record

    return make


def basis(cast: Cast) -> dict[str, Any]:
    """Give a review that goes on."""
    return {"review": [Record.objects.get(pk=review("rob")(cast)).number]}


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "trail_review": {
        "plain": (review("rob", lines=(LINE,), decisions=(FINE,)), None),
        "own work": (review("mul"), ("reviewing", "in_approval")),
        "not collected": (review("rob", collected=False), ("reviewing",)),
        "not decided": (review("rob", lines=(LINE,)), ("reviewing",)),
        "not concluded": (review("rob", conclusion=None), ("reviewing",)),
    },
    "trail_query": {
        "plain": (query("rob"), None),
        "of the system owner": (query("rob", owner="sys"), ("asked", "answered")),
        "not answered": (query("mul", answer=None), ("asked",)),
    },
}
