"""What the installation's own moves ask for."""

from __future__ import annotations

from datetime import timedelta

from indelible.kernel.case import Case
from indelible.kernel.rules import rule

LONGEST_FOUNDING = timedelta(days=30)


@rule("installation_is_simulated")
def installation_is_simulated(case: Case) -> str | None:
    """Only a home whose genesis says SIMULATED has a movable clock and a simulated release."""
    return None if case.simulated else "This is not a simulated home."


@rule("founding_is_in_time")
def founding_is_in_time(case: Case) -> str | None:
    """Founding lasts at most thirty days: an installation that is set up for ever is never released."""
    late = case.at - case.head.created_at > LONGEST_FOUNDING
    return f"Founding began on {case.head.created_at:%Y-%m-%d}; it lasts at most 30 days. Begin anew." if late else None
