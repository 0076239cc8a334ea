"""Drifts and approved states to try things on: the system alone makes them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
FIELDS: dict[str, dict[str, Any]] = {
    "drift": {"title": "One", "key": "guard.one"},
    "approved_state": {"title": "One", "build": "0.1", "why": "It began", "sha256": "0" * 64, "picture": "one = 1"},
}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "drift": {"title": lambda n: f"Drift {n}", "after": lambda n: f"Nothing {n}"}, "approved_state": {"title": lambda n: f"State {n}"},
}  # fmt: skip


def _made(kind: str, **more: Any) -> Maker:
    def make(_: Cast) -> UUID:
        fields = FIELDS[kind] | {"title": f"{kind} {next(SERIAL)}"} | more
        return acts.run(SYSTEM, f"{kind}.create", fields=fields).record

    return make


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "drift": {
        "plain": (_made("drift", stops_signing=True, only_put_back=True), ("found", "decided", "rolled_back")),
        "free": (_made("drift", stops_signing=False), ("found",)),
    },
    "approved_state": {"plain": (_made("approved_state"), None)},
}
NEVER_BEGUN = {("drift", "free"): {"decide"}}
