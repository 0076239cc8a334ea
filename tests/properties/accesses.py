"""Access reviews to try things on: of accounts entered by hand, some decided and some not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.models import Record
from tests.properties import ways
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
DECISION: dict[str, Any] = {"lines": ["E1"], "decision": "keep"}
ROWS = [{"account": name, "place": "host", "holder": "The provider", "right": "everything"} for name in ("root", "backup")]
FIELDS: dict[str, dict[str, Any]] = {"access_review": {"title": "One", "as_of": "2020-01-02"}}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "access_review": {
        "title": lambda n: f"Review {n}",
        "summary": lambda n: [f"Nothing was found by {n} people", None][n % 2],
    },
}


def basis(cast: Cast) -> dict[str, Any]:
    """Give the system whose access is reviewed, which is there for all; the first who asks enters it."""
    known = Record.objects.filter(type="gxp_system", title="Reviewed").first()
    if known is None:
        made = acts.run(cast.players["tra"].ctx, "gxp_system.create", fields={"name": "Reviewed"}).record
        known = Record.objects.get(pk=made)
    return {"system": [known.number]}


def _review(user: str, *decided: str) -> Maker:
    """Make a review of two accounts entered by hand, some of them decided by somebody of Quality."""

    def make(cast: Cast) -> UUID:
        day = (clock.now() - timedelta(days=2)).date().isoformat()
        fields: dict[str, Any] = basis(cast) | {
            "title": f"Review {next(SERIAL)}",
            "as_of": day,
            "entered": ROWS,
            "summary": "Two accounts",
        }
        made = acts.run(cast.players[user].ctx, "access_review.create", fields=fields).record
        if decided:
            quality = cast.players["quy"].ctx
            acts.run(quality, "access_review.decide_lines", made, reason=ways.REASON, lines=[*decided], decision="keep")
        return made

    return make


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "access_review": {
        "plain": (_review("rob", "E1", "E2"), None),
        "own work": (_review("mul", "E1", "E2"), ("reviewing", "second_review")),
        "undecided": (_review("sys", "E1"), ("reviewing",)),
    },
}
