"""What the installation's own moves ask for."""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.rules import rule


@rule("installation_is_simulated")
def installation_is_simulated(case: Case) -> str | None:
    """Only a home whose genesis says SIMULATED has a movable clock and a simulated release."""
    return None if case.simulated else "This is not a simulated home."


@rule("stage_a_is_certified")
def stage_a_is_certified(case: Case) -> str | None:
    """Stage A is released on paper: every approval of the founding list has a certified scan."""
    certified = case.head.marks.get("certified", [])
    return None if len(certified) >= 2 else "Two approvals in wet ink with certified scans are missing."
