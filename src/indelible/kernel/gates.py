"""The only place that says what the installation's state allows (D26, D28): founding, stage A, released, suspended.

Reporting, reading effective documents and one's own training are never gated: such types declare `opens: always`.
What else keeps a person from an act (`@gate`) comes from the modules and is asked at the same place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from indelible.kernel.case import Case
from indelible.kernel.errors import Missing, Refused

FOUNDING, STAGE_A, RELEASED, SUSPENDED = "founding", "stage_a", "released", "suspended"
LABELS = {
    FOUNDING: "not validated (founding)", STAGE_A: "stage A released", RELEASED: "released", SUSPENDED: "suspended",
}  # fmt: skip
OFFSET_LIMIT = timedelta(seconds=120)

Gate = Callable[[Case], None]
_GATES: list[Gate] = []


def gate(function: Gate) -> Gate:
    """Register what keeps people from acts beside their rights; it raises Refused, and is asked wherever an act is considered."""
    if function not in _GATES:
        _GATES.append(function)
    return function


def recording(case: Case, home_state: str) -> None:
    """Refuse a change of a type that the installation's state keeps closed, or that a registered gate stands in the way of."""
    for found in _GATES:
        found(case)
    opens = case.declaration.opens
    if opens == "always" or home_state == RELEASED or (opens == "founding" and home_state in (FOUNDING, STAGE_A)):
        return
    raise Refused(
        rule="validated_state", do="See the installation record for what is still missing.",
        text=f"{case.declaration.plural} are closed: this installation is {LABELS.get(home_state, home_state)}.",
        missing=(Missing("The release of this installation for that use, signed by system owner and quality."),),
    )  # fmt: skip


def signing(case: Case) -> None:
    """Refuse electronic signatures before stage A and while the server's time cannot be trusted (D30)."""
    if case.validated == FOUNDING:
        raise Refused(
            rule="founding_wet_ink", text="Electronic signatures are not released yet: this step is approved on paper.",
            missing=(Missing("A page signed by hand with number, revision and hash, its scan certified by a second person."),),
            do="Print the page for signing by hand.",
        )  # fmt: skip
    if case.skew > OFFSET_LIMIT:
        raise Refused(
            rule="time_offset",
            text=f"Signing is stopped: the clocks of server and database differ by {case.skew.total_seconds():.0f} seconds.",
            missing=(Missing("An offset of at most 120 seconds."),), do="An administrator corrects the server's time.",
        )  # fmt: skip
