"""What a letter under 11.100(c) must satisfy before it is filed."""

from __future__ import annotations

from indelible.kernel.case import Case
from indelible.kernel.rules import rule

COMPANY, LETTER = "company", "certification_letter"
COUNTS = ("filed", "questioned", "not_applicable", "reconsidered")


@rule("letter_is_of_one_company")
def letter_is_of_one_company(case: Case) -> str | None:
    """A letter is of one legal entity, and stays so."""
    named = [one["number"] for one in case.value("company") or []]
    return None if len(named) == 1 else "Name the one legal entity whose letter it is."


@rule("letter_went_in_order")
def letter_went_in_order(case: Case) -> str | None:
    """It was signed, and its addressee looked up, no later than it was sent."""
    sent = str(case.value("sent_on") or "")
    late = [name for name in ("signed_on", "looked_up_on") if str(case.value(name) or "") > sent]
    return (
        "It was sent before it was signed, or before the addressee was looked up: see the days." if sent and late else None
    )
