"""The only place that stops signing while guards, authority or signing are not as they were approved (D28).

Reporting, reading and training are never stopped. System owner and Quality decide on the drift's own record.
"""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.gates import gate

STOPPED = ", drifted, signing stopped"
DECIDING = ("drift", "installation")


@gate
def signing_is_as_approved(case: Case) -> None:
    """Refuse a signature while what makes it worth something differs from what was approved; raises Refused."""
    if case.mark != STOPPED or case.record is None or case.type in DECIDING:
        return
    move = case.state.moves.get(case.verb)
    if move is not None and move.signs:
        raise Refused(
            rule="signing_is_as_approved",
            text="Signing is stopped: guards, authority or signing of this installation are not as they were approved.",
            missing=(
                Missing("The approved state put back, or the signed decision of system owner and Quality on the drift."),
            ),
            do="See the page about drift; reporting and reading go on.",
        )
