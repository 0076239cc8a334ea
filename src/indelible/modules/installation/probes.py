"""What the board of readiness asks of the installation: its release, and whether it drifted."""

from __future__ import annotations

from indelible.kernel import gates
from indelible.practice.probing import Finding, lacking, probe, shown
from indelible.practice.queries import Viewer


@probe("released", "Whether this installation is released.")
def released(view: Viewer, _about: str) -> Finding:
    """Say whether records are made in a released installation (Annex 11, principle; 11.10(a))."""
    number, label = str(view.found.home.get("number") or ""), gates.LABELS.get(view.home_state, view.home_state)
    if view.home_state == gates.RELEASED:
        return shown("This installation is released; each version says in which state it was made.", number=number)
    return lacking(f"This installation is {label}.", number=number)


@probe("no_drift", "Whether what runs is what was approved.")
def no_drift(view: Viewer, _about: str) -> Finding:
    """Say whether anything differs from the approved state (Annex 11-10)."""
    if view.mark:
        return lacking("What runs differs from what was approved.", page="/drift")
    return shown("Nothing differs from the approved state.", page="/drift")
