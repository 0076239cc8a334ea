"""How deeply a requirement has to be tested: it follows from its priority, and evidence of a release replaces only what is harmless."""

from __future__ import annotations

from collections.abc import Iterable

from indelible.assurance.catalogue.planned import Planned
from indelible.assurance.catalogue.requirement import HIGH, LOW, MEDIUM, Requirement
from indelible.assurance.qualification.results import OQ, RELEASE

_NEEDED = {
    HIGH: "scripted OQ on this configuration with at least one negative or fault step, its result taken past the product",
    MEDIUM: "scripted on this configuration",
    LOW: "any test, or the reviewed evidence of the release",
}
# Signing, trail, authority and retention are the company's to show on its own configuration, whatever their priority.
NEVER_LEVERAGED = frozenset({"SIG", "IDN", "TRL", "LED", "AUT", "RET", "PPL"})


def needed(priority: str) -> str:
    """Say in words what a priority asks for."""
    return _NEEDED[priority]


def too_thin(one: Requirement, scripts: Iterable[Planned]) -> str:
    """Say what the scripts of a requirement lack against its priority; "" where they are enough."""
    here = [script for script in scripts if script.origin != RELEASE]
    if one.priority == LOW:
        kept = never_leveraged(one)
        return "" if here or not kept else kept
    written = [script for script in here if script.scripted]
    if not written:
        return f"priority {one.priority}, and nothing scripted runs on this configuration"
    return _thinner_than_high(written) if one.priority == HIGH else ""


def _thinner_than_high(written: list[Planned]) -> str:
    oq = [script for script in written if script.level == OQ]
    lacks = (
        (oq, "no OQ"),
        (any(script.negative for script in oq), "no OQ with a negative or fault step"),
        (any(script.second_eyes for script in oq), "no OQ takes its result by a path that imports nothing of the product"),
    )
    return next((f"priority high, and {lack}" for there, lack in lacks if not there), "")


def never_leveraged(one: Requirement) -> str:
    """Say why the evidence of a release cannot stand for a test of this requirement here; "" where it can."""
    if one.priority != LOW:
        return f"priority {one.priority}: the evidence of a release does not replace a test here"
    if one.source != "shipped":
        return "a requirement of the company's own is tested by no release"
    if one.area in NEVER_LEVERAGED or one.touches in ("signature", "access"):
        return "signing, trail, authority and retention are tested here, whatever their priority"
    return ""
