"""Absences, commitments and calibrations to try things on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from indelible.practice import uploads
from tests.properties.cast import Cast, Player

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
KINDS = ("absence", "commitment", "calibration")
FIELDS: dict[str, dict[str, Any]] = {
    "absence": {"kind": "leave"},
    "commitment": {"promise": "One", "to_kind": "authority", "to_name": "The agency", "promised_on": "2020-01-01",
                   "due_on": "2099-01-05", "owner": "bea"},
    "calibration": {"name": "One", "performed_on": "2025-06-01", "performed_by": "own", "certificate_number": "K-1",
                    "as_found": "passed", "as_left": "passed", "readings": "Within limits", "interval_months": "120",
                    "next_due": "2035-06-01"},
}  # fmt: skip
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
    if kind == "calibration":
        given = {"name": "Balance", "asset": f"B-{next(SERIAL)}", "place": "Room 2", "owner": "bea", "calibrated": True}
        return {"equipment": [acts.run(cast.players["rob"].ctx, "equipment.create", fields=given).number]}
    scopes = [scope for _, scope in player.who.roles if scope] if player else []
    return {"department": scopes[0] if scopes else cast.home.departments["Quality Control"]}


def commitment(user: str, *, filed: bool = True, **more: Any) -> Maker:
    """Make a promise with its letter; one that is not `filed` has neither the letter nor evidence."""

    def make(cast: Cast) -> UUID:
        ctx, serial = cast.players[user].ctx, next(SERIAL)
        kept = [uploads.receive(ctx, "letter.csv", [f"letter {serial}".encode()]).sha256] if filed else []
        fields = FIELDS["commitment"] | basis(cast, "commitment", None) | {"promise": f"Promise {serial}"}
        given = {"letter": kept, "done": "It was sent", "evidence": kept, "agreement": kept, "agreed_on": "2021-01-01"}
        return acts.run(ctx, "commitment.create", fields=fields | (given if filed else {}) | more).record

    return make


def calibration(user: str, **more: Any) -> Maker:
    """Make a complete calibration of equipment that nobody else calibrates."""

    def make(cast: Cast) -> UUID:
        ctx = cast.players[user].ctx
        kept = [uploads.receive(ctx, "certificate.csv", [f"calibration {next(SERIAL)}".encode()]).sha256]
        fields = FIELDS["calibration"] | basis(cast, "calibration", None) | {"certificate": kept}
        return acts.run(ctx, "calibration.create", fields=fields | more).record

    return make


def _span(cast: Cast) -> dict[str, Any]:
    begins = FAR + timedelta(days=next(SERIAL))
    return {"begins": begins.isoformat(), "back_on": (begins + timedelta(days=1)).isoformat(),
            "department": cast.home.departments["Quality Control"]}  # fmt: skip


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "absence": {
        "plain": (absence("hed", "own"), None),
        "of the own": (absence("mul", "mul"), ("announced", "running")),
    },
    "commitment": {
        "plain": (commitment("ann"), None),
        "of quality": (commitment("ann", owner="mul"), ("open", "overdue", "to_close")),
        "not filed": (commitment("mul", filed=False, letter=None, due_on="2099-01-03"), ("draft",)),
        "unfinished": (commitment("hed", evidence=None, agreement=None, due_on="2099-01-05"), ("open",)),
    },
}
VARIANTS["calibration"] = {
    "plain": (calibration("ann"), ("draft", "to_accept", "accepted", "void")),
    "failed": (calibration("ann", as_found="failed"), ("to_accept",)),
    "not passed": (calibration("hed", as_found="not measured", as_left="failed"), ("to_accept", "not_passed")),
    "by hand": (calibration("ann", performed_by="mul"), ("to_accept",)),
    "by nobody": (calibration("mul", performed_by=None), ("draft",)),
}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "absence": {"kind": lambda n: ["leave", "illness", "parental", "other"][n % 4]},
    "commitment": {
        "promise": lambda n: f"Promise {n}", "done": lambda n: [f"Sent {n}", None][n % 2], "to_name": lambda n: f"Agency {n}",
        "owner": lambda n: ["doc", "bea", "mul"][n % 3], "interim_state": lambda n: f"Half of it, {n}",
    },
    "calibration": {"name": lambda n: f"Balance {n}", "readings": lambda n: [f"{n} g", None][n % 2]},
}  # fmt: skip
CHANGES: dict[str, dict[str, tuple[str, str]]] = {"absence": {"kind": ("other", "leave")}}  # what holds no free text
