"""Items of personnel files to try things on, and people whose file lacks what a role asks for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from tests.properties.cast import SLEEPER, Cast, Player

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
FIELDS: dict[str, dict[str, Any]] = {"personnel_item": {"kind": "cv", "title": "One", "valid_until": "2099-12-31"}}


def basis(player: Player | None) -> dict[str, Any]:
    """Give whose file an item goes to: the own one of whoever brings it."""
    return {"person": player.who.id if player and player.who.id else "bea"}


def item(user: str, person: str, kind: str, **more: Any) -> Maker:
    """Make an item that could come into force."""

    def make(cast: Cast) -> UUID:
        fields = {
            "person": person,
            "kind": kind,
            "title": f"Item {next(SERIAL)}",
            "text": "## 1 Work",
            "valid_until": "2099-12-31",
        }
        return acts.run(cast.players[user].ctx, "personnel_item.create", fields=fields | more).record

    return make


URGENT = {"urgency": "emergency", "hours": "4", "tried": "Called both administrators twice"}


def grant(user: str, person: str, role: str, **more: Any) -> Maker:
    """Let somebody ask that a person is granted a role."""

    def make(cast: Cast) -> UUID:
        fields = {"person": person, "role": role, "why": "Needed for the work"} | more
        return acts.run(cast.players[user].ctx, "grant.create", fields=fields).record

    return make


def sleeping(cast: Cast) -> UUID:
    """Make a grant for somebody whose file lacks what the role asks for."""
    fields = {"person": SLEEPER, "role": "trainer", "why": "Needed for the work"}
    return acts.run(cast.players["sys"].ctx, "grant.create", fields=fields).record


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "personnel_item": {
        "plain": (item("bea", "bea", "job_description", manager="hed"), ("draft", "in_force", "expired", "ended", "withdrawn", "void")),
        "cv": (item("bea", "bea", "cv"), ("draft", "in_force")),
        "education": (item("rob", "bea", "education"), ("draft", "in_force")),
        "of a keeper": (item("mul", "mul", "education"), ("draft",)),
        "by the manager": (item("hed", "bea", "job_description", manager="hed"), ("draft",)),
        "of no manager": (item("bea", "bea", "job_description", manager="ann"), ("draft",)),
        "without manager": (item("bea", "bea", "job_description"), ("draft",)),
        "own manager": (item("bea", "bea", "job_description", manager="bea"), ("draft",)),
        "empty": (item("bea", "bea", "cv", text=None), ("draft",)),
        "over": (item("bea", "bea", "cv", valid_until="2020-01-01"), ("draft",)),
    },
}  # fmt: skip
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "personnel_item": {
        "title": lambda n: f"Item {n}", "text": lambda n: f"## {n} Work", "place_of_original": lambda n: f"Drawer {n % 9}",
        "manager": lambda n: ["hed", "exe", "rea"][n % 3],
    },
}  # fmt: skip
