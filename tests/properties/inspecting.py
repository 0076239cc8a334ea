"""Inspections and their requests to try things on, complete enough for their whole life."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from indelible.kernel.models import Record
from tests.properties import ways
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
COMES = {"agency": "The agency", "kind": "routine", "host": "bea", "from_on": "2020-01-01", "until_on": "2020-01-02"}
ASKED = {"asked": "Show me", "asked_by": "I. Nspector", "asked_at": "2020-01-01T10:00:00Z", "owner": "bea"}
FIELDS: dict[str, dict[str, Any]] = {"inspection": {"title": "One", **COMES}, "inspection_request": ASKED}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "inspection": {
        "title": lambda n: f"Inspection {n}", "summary": lambda n: [f"It went well, {n}", None][n % 2],
        "hosts": lambda n: [["mul"], ["ann", "qua"], []][n % 3], "left_out": lambda n: ["audit", None][n % 2],
    },
    "inspection_request": {
        "asked": lambda n: f"Show me {n}", "answer": lambda n: [f"It was explained at the bench, {n}", None][n % 2],
        "owner": lambda n: ["bea", "ann", "mul"][n % 3],
    },
}  # fmt: skip


def inspection(user: str, **more: Any) -> Maker:
    """Make an inspection that lacks nothing until its end."""

    def make(cast: Cast) -> UUID:
        given = {
            "title": f"Inspection {next(SERIAL)}",
            "inspectors": "I. Nspector",
            "scope": "Documents",
            "summary": "It went well",
        }
        return acts.run(cast.players[user].ctx, "inspection.create", fields=given | COMES | more).record

    return make


def request(user: str, **more: Any) -> Maker:
    """Write down what is asked in an inspection, and what is said."""

    def make(cast: Cast) -> UUID:
        given = {"asked": f"Show me {next(SERIAL)}", "how": "said", "answer": "It was explained at the bench, step by step"}
        fields = ASKED | given | basis(cast) | more
        return acts.run(cast.players[user].ctx, "inspection_request.create", fields=fields).record

    return make


def basis(cast: Cast) -> dict[str, Any]:
    """Give an inspection that runs."""
    made = inspection("rob")(cast)
    assert ways.reach(cast, made, "running")
    return {"inspection": [Record.objects.get(pk=made).number]}


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "inspection": {
        "plain": (inspection("rob"), None),
        "of quality": (inspection("qua", host="quy", hosts=["mul"]), ("running",)),
    },
    "inspection_request": {
        "plain": (request("ann"), None),
        "own work": (request("mul", owner="mul"), ("to_check", "checked")),
        "nothing said": (request("ann", answer=None), ("asked",)),
    },
}
