"""Entries of registers that have more than a name, to try things on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from indelible.practice import uploads
from tests.properties import events
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
FIELDS: dict[str, dict[str, Any]] = {
    "study": {"name": "One", "code": "T-1", "kind": "clinical"}, "lot": {"lot_number": "L-1"},
    "equipment": {"name": "One", "asset": "P-1", "place": "Room 2", "owner": "bea", "calibrated": False},
    "certification_letter": {"title": "One", "company": ["CMP-01"]},
}  # fmt: skip


def entry(kind: str, user: str = "rob", *, proven: bool = False, **more: Any) -> Maker:
    """Make an entry; a `proven` one has the certificate of its calibration."""

    def make(cast: Cast) -> UUID:
        ctx = cast.players[user].ctx
        kept = [uploads.receive(ctx, "certificate.csv", [f"certificate {next(SERIAL)}".encode()]).sha256] if proven else []
        fields = events.basis(cast, kind) | FIELDS[kind] | ({"certificate": kept} if proven else {}) | more
        return acts.run(ctx, f"{kind}.create", fields=fields).record

    return make


def letter(user: str, **more: Any) -> Maker:
    """Write a letter that was signed by hand and sent, with its scan and the proof of dispatch."""

    def make(cast: Cast) -> UUID:
        ctx = cast.players[user].ctx
        scan, proof = (
            uploads.receive(ctx, f"{what}.csv", [f"{what} {next(SERIAL)}".encode()]).sha256 for what in ("scan", "proof")
        )
        fields = FIELDS["certification_letter"] | SENT | {"scan": [scan], "proof": [proof]}
        return acts.run(ctx, "certification_letter.create", fields=fields | more).record

    return make


SENT: dict[str, Any] = {"text": "It binds", "signatory": "exe", "signed_on": "2020-01-02", "addressee": "The agency", "way": "both",
                        "looked_up_on": "2020-01-02", "sent_on": "2020-01-03", "place_of_original": "Safe 1"}  # fmt: skip
CALIBRATED: dict[str, Any] = {"calibrated": True, "calibrated_on": "2020-01-01", "calibration_due": "2099-01-01"}
VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "study": {"plain": (entry("study", ended_on="2020-01-01"), None)},
    "lot": {"plain": (entry("lot", expires_on="2099-01-01"), None)},
    "certification_letter": {
        "plain": (letter("rob"), None),
        "own": (letter("mul"), ("draft",)),
        "unsent": (letter("doc", proof=[], sent_on=None), ("draft",)),
    },
    "equipment": {
        "plain": (entry("equipment"), ("out_of_use", "active", "retired")),
        "calibrated": (entry("equipment", proven=True, **CALIBRATED), ("out_of_use", "not_calibrated", "calibrated")),
        "without certificate": (entry("equipment", **CALIBRATED), ("not_calibrated",)),
    },
}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "study": {"name": lambda n: f"Study {n}", "sponsor": lambda n: f"Sponsor {n}"},
    "lot": {"lot_number": lambda n: f"L-{n}", "description": lambda n: f"Bag {n}"},
    "certification_letter": {"title": lambda n: f"Letter {n}", "addressee": lambda n: [f"Office {n}", None][n % 2]},
    "equipment": {"name": lambda n: f"Pump {n}", "calibration_note": lambda n: f"Off by {n}"},
}
