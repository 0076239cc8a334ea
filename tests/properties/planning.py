"""Absences, commitments and calibrations to try things on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from tests.properties.cast import Cast, Player

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
KINDS = ("absence",)
FIELDS: dict[str, dict[str, Any]] = {"absence": {"kind": "leave"}}
FAR = date(2090, 1, 1)  # begins by no clock, and each on a day of its own: nobody is away twice on a day


def absence(user: str, person: str, **more: Any) -> Maker:
    """Let somebody enter that a person is away for a day."""

    def make(cast: Cast) -> UUID:
        fields = FIELDS["absence"] | _span(cast) | {"person": person} | more
        return acts.run(cast.players[user].ctx, "absence.create", fields=fields).record

    return make


def basis(cast: Cast, kind: str, player: Player | None) -> dict[str, Any]:
    """Give what a record of a type cannot be made without: of an absence that it is the own one."""
    if kind == "absence":
        return _span(cast) | {"person": str(player.ctx.person_id) if player and player.ctx.person_id else "ann"}
    return {}


def _span(cast: Cast) -> dict[str, Any]:
    begins = FAR + timedelta(days=next(SERIAL))
    return {"begins": begins.isoformat(), "back_on": (begins + timedelta(days=1)).isoformat(),
            "department": cast.home.departments["Quality Control"]}  # fmt: skip


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "absence": {
        "plain": (absence("hed", "own"), None),
        "of the own": (absence("mul", "mul"), ("announced", "running")),
    },
}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "absence": {"kind": lambda n: ["leave", "illness", "parental", "other"][n % 4]},
}
CHANGES: dict[str, dict[str, tuple[str, str]]] = {"absence": {"kind": ("other", "leave")}}  # what holds no free text
