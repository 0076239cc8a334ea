"""Legal holds and disposals to try things on: holds that cover what never was, and disposals of a company that switched none on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
LONG_AGO = "2000-01-01"  # before anything was recorded
FIELDS: dict[str, dict[str, Any]] = {"legal_hold": {"matter": "One"}, "disposal": {"title": "One"}}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "legal_hold": {
        "matter": lambda n: f"Matter {n}",
        "made_until": lambda n: [LONG_AGO, "2000-02-01", None][n % 3],
        "types": lambda n: ["capa", None][n % 2],
    },
    "disposal": {"title": lambda n: f"Disposal {n}", "remarks": lambda n: [f"Seen by {n}", None][n % 2]},
}


def hold(user: str, **more: Any) -> Maker:
    """Ask for a hold on records of days on which there were none."""

    def make(cast: Cast) -> UUID:
        fields = {"matter": f"Matter {next(SERIAL)}", "why": "They may ask", "asked_by": "The authority", "owner": "own"}
        given = fields | {"types": "capa", "made_until": LONG_AGO} | more
        return acts.run(cast.players[user].ctx, "legal_hold.create", fields=given).record

    return make


def disposal(user: str) -> Maker:
    """Propose a disposal of nothing."""

    def make(cast: Cast) -> UUID:
        fields = {"title": f"Disposal {next(SERIAL)}", "why": "It ended", "originals": "None", "titles": "kept"}
        return acts.run(cast.players[user].ctx, "disposal.create", fields=fields).record

    return make


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "legal_hold": {
        "plain": (hold("ann"), None),
        "of Quality": (hold("mul"), ("asked", "in_force")),
        "of nothing": (hold("rob", types=None, made_until=None), ("asked",)),
    },
    "disposal": {"plain": (disposal("rob"), ("draft", "withdrawn")), "of Quality": (disposal("mul"), ("draft",))},
}
