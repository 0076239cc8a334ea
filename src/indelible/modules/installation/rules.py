"""What the installation's own moves ask for, and what ends a drift from its approved state."""

from __future__ import annotations

from datetime import timedelta

from indelible.kernel import gates
from indelible.kernel.case import Case
from indelible.kernel.models import Link, Record
from indelible.kernel.rules import rule

LONGEST_FOUNDING = timedelta(days=30)
CHANGE, APPROVED_IN = "change", ("implementing", "verifying", "closed")


@rule("installation_is_simulated")
def installation_is_simulated(case: Case) -> str | None:
    """Only a home whose genesis says SIMULATED has a movable clock and a simulated release."""
    return None if case.simulated else "This is not a simulated home."


@rule("founding_is_in_time")
def founding_is_in_time(case: Case) -> str | None:
    """Founding lasts at most thirty days: an installation that is set up for ever is never released."""
    late = case.at - case.head.created_at > LONGEST_FOUNDING
    return f"Founding began on {case.head.created_at:%Y-%m-%d}; it lasts at most 30 days. Begin anew." if late else None


@rule("drift_stops_signing")
def drift_stops_signing(case: Case) -> str | None:
    """System owner and Quality decide on signing only where a drift stops it (D28)."""
    return None if case.value("stops_signing") else "This drift does not stop signing, so there is nothing to decide."


@rule("change_accepts_it", alone=True)
def change_accepts_it(case: Case) -> str | None:
    """What was found becomes the approved state by a change that system owner and Quality approved, not by who accepts it.

    Before the first release nothing is validated yet: then the reason is enough (Annex 11-10; 11.10(k)(2)).
    """
    if case.value("only_put_back"):
        return "No change makes this the approved state: it is put back. The page about drift says how."
    if case.validated == gates.FOUNDING:
        return None
    named = Link.objects.filter(target=case.head.number).values("record_id")
    changes = Record.objects.filter(pk__in=named, type=CHANGE).order_by("number")
    refusals = [_unfit(case, change) for change in changes]
    if None in refusals:
        return None
    return " ".join(filter(None, refusals)) or (
        f"No change names {case.head.number} as its source. Begin one from here; system owner and Quality approve it."
    )


def _unfit(case: Case, change: Record) -> str | None:
    """Say why a change does not accept a drift, None where it does."""
    if change.state not in APPROVED_IN:
        return f"{change.number} is not approved, or no longer in force."
    given = change.signed.get("done", [])
    owners = {one["person"] for one in given if one["meaning"] == "approved" and "system_owner" in one["capacities"]}
    quality = {one["person"] for one in given if one["meaning"] == "quality_approved"}
    if not owners or not quality:
        return f"{change.number} was not approved by a system owner and by Quality: its kind is none of a computer system."
    if case.person is not None and str(case.person.id) in owners | quality:
        return f"You approved {change.number}; somebody else accepts what it allows."
    return None
