"""Risks and trends to try things on, complete enough for their whole life."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from indelible.modules.risks import grades
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
HIGH = {"severity": "high", "probability": "high", "detectability": "low"}
TREATED = {"treatment": "reduce", "measures": "A sensor", "done": "A sensor", "severity_left": "medium", "probability_left": "low",
           "detectability_left": "low"}  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "risk": {"title": "One", "object_kind": "process", "owner": "bea"}, "trend": {"title": "One", "members": ["DEP-01"]},
}  # fmt: skip
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "risk": {
        "title": lambda n: f"Risk {n}", "control": lambda n: [f"Log {n}", None][n % 2],
        "accepted_because": lambda n: [f"It is rare, {n}", None][n % 2], "object_name": lambda n: [f"Tank {n}", None][n % 2],
    },
    "trend": {
        "title": lambda n: f"Trend {n}", "capa_needed": lambda n: [False, True, None][n % 3],
        "reason": lambda n: [f"Nothing in common, looked at by {n} people", None, "n/a"][n % 3],
    },
}  # fmt: skip


def risk(user: str, **more: Any) -> Maker:
    """Make a risk with what the system computes; `more` stands over it."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = {
            "title": f"Risk {next(SERIAL)}", "object_kind": "process", "object_name": "Filling", "failure": "It leaks",
            "cause": "A seal", "effect": "A lot is lost", "control": "None", "owner": "bea", "grades_because": "Two cases in ten years",
            "department": cast.home.departments["Quality Control"], "severity": "medium", "probability": "low",
            "detectability": "medium", "treatment": "accept", "accepted_because": "It is rare", **more,
        }  # fmt: skip
        found = {name: value for name, value in grades.computed(fields).items() if value is not None}
        return acts.run(cast.players[user].ctx, "risk.create", fields=found | fields).record

    return make


def trend(user: str, **more: Any) -> Maker:
    """Make a trend that Quality saw by itself, decided in words."""

    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = {
            "title": f"Trend {next(SERIAL)}", "members": ["DEP-01"], "capa_needed": False,
            "reason": "They have nothing in common but their kind",
        }  # fmt: skip
        return acts.run(cast.players[user].ctx, "trend.create", fields=fields | more).record

    return make


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "risk": {
        "plain": (risk("ann"), ("draft", "in_review", "accepted", "asked_again", "retired", "void")),
        "to be reduced": (risk("ann", **TREATED), ("treating", "in_review")),
        "untreated": (risk("ann", treatment="avoid", measures="Given up"), ("treating", "in_review")),
        "high": (risk("ann", **HIGH), ("in_review", "accepted")),
        "own work": (risk("mul", owner="hed"), ("draft", "in_review")),
        "typed": (risk("ann", basis="Typed"), ("draft",)),
    },
    "trend": {
        "plain": (trend("rob"), None),
        "own work": (trend("mul"), ("to_decide",)),
        "unanswered": (trend("rob", capa_needed=True), ("to_decide",)),
        "for no reason": (trend("rob", reason="n/a"), ("to_decide",)),
    },
}
NEVER_BEGUN = {("risk", "untreated"): {"accept"}}
