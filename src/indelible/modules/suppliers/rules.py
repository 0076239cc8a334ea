"""What a supplier must have before it is approved, and what an approval rests on."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.modules.suppliers import programme, tiers
from indelible.practice import belonging

EVIDENCE, QUESTIONNAIRE = "supplier_evidence", "questionnaire"
LONGEST, AUDIT_MONTHS = 180, 36  # days with conditions; months after which an audit of a critical supplier is too old
VENDORS = ("GxP software", "host")
ASSERTING = ("finding", "supplier_request")  # what can be open against a supplier


@rule("tier_follows_from_answers")
def tier_follows_from_answers(case: Case) -> str | None:
    """The tier is the one that the answers give, or a lower one with the reason; formula and answers stand beside it."""
    found = tiers.graded(case.content)
    if found is None:
        return "The tier cannot be computed: answer the four questions."
    wanted = case.value("lowered_to")
    if wanted and tiers.RANK[wanted] >= tiers.RANK[found.computed]:
        return f"The answers give {found.computed}, so {wanted} lowers nothing: take it away, or correct the answers."
    if wanted and says_nothing(case, "lowered_because"):
        return "A tier is lowered for a reason that says something."
    if (case.value("tier"), case.value("tier_basis")) == (found.tier, found.basis):
        return None
    return f"The tier is computed anew from the answers, which give {found.tier}: look again in a moment."


@rule("questionnaire_accepted", alone=True)
def questionnaire_accepted(case: Case) -> str | None:
    """A questionnaire of the supplier was answered, accepted, and is still valid."""
    today = today_of(case).isoformat()
    valid = [
        one for one in _speaking(case, QUESTIONNAIRE, "accepted") if str(records.values(one).get("valid_until")) >= today
    ]
    return None if valid else "No accepted questionnaire of this supplier is valid today: send one, or accept its answers."


@rule("audit_decision_made")
def audit_decision_made(case: Case) -> str | None:
    """Whether it is audited was decided with a reason; the audit of a critical supplier is at most 36 months old."""
    if not case.value("audit_decision") or says_nothing(case, "audit_reason"):
        return "Decide whether it is audited, with a reason that says something (Annex 11-3.2)."
    audited = case.value("audited_on")
    if case.value("tier") != "critical" or not audited:
        return None
    old = months_from(today_of(case), -AUDIT_MONTHS) > date.fromisoformat(audited)
    return f"A critical supplier is audited within {AUDIT_MONTHS} months; this audit was on {audited}." if old else None


@rule("agreement_in_force", alone=True)
def agreement_in_force(case: Case) -> str | None:
    """Where a quality agreement is needed, one was accepted and has not ended (Annex 11-3.1)."""
    if not case.value("agreement_needed") or programme.AGREEMENT in accepted(case):
        return None
    return (
        "No quality agreement with this supplier is accepted and in force: bring it as evidence, or approve with conditions."
    )


@rule("no_open_critical_finding", alone=True)
def no_open_critical_finding(case: Case) -> str | None:
    """Nothing critical is open against the supplier."""
    found = (one for kind in ASSERTING for one in belonging.list_following(case.head, kind))
    numbers = [one.number for one in found if not belonging.ended(one) and records.values(one).get("class") == "critical"]
    return f"Critical and still open: {', '.join(numbers[:20])}." if numbers else None


@rule("evidence_is_accepted", alone=True)
def evidence_is_accepted(case: Case) -> str | None:
    """A vendor of GxP software, or a host, has shown every item of the programme; each was accepted and has not ended."""
    missing = missing_items(case)
    if not missing:
        return None
    return f"Without accepted evidence: {', '.join(missing)}. Bring it, or approve with conditions, a reason and an end."


@rule("conditions_are_met")
def conditions_are_met(case: Case) -> str | None:
    """Every condition of an earlier approval was met."""
    left = [str(row.get("condition")) for row in case.value("conditions") or [] if not row.get("met")]
    return f"Not met yet: {'; '.join(left)[:400]}." if left else None


@rule("conditions_are_set")
def conditions_are_set(case: Case) -> str | None:
    """Each condition has an owner and a day, none later than the end, and the end is at most 180 days away."""
    rows, end, today = case.value("conditions") or [], case.value("conditional_until"), today_of(case)
    if not rows or says_nothing(case, "conditional_because"):
        return "Say what is missing and why it may be used all the same, and set at least one condition."
    if any(not row.get(name) for row in rows for name in ("condition", "owner", "until")):
        return "Every condition has an owner and a day."
    latest = (today + timedelta(days=LONGEST)).isoformat()
    days = [end or "", *(row["until"] for row in rows)]
    if not end or max(days) > min(latest, end) or min(days) <= today.isoformat():
        return f"Conditions end at most {LONGEST} days from now, on {latest}, and each of them by {end or 'an end that is named'}."
    return None


@rule("open_orders_are_decided")
def open_orders_are_decided(case: Case) -> str | None:
    """Before a supplier is disqualified, open lots and orders are listed, each with its decision."""
    return (
        None
        if case.value("open_orders")
        else "List the open lots and orders, each with its decision, or say that there are none."
    )


@rule("measurements_are_whole")
def measurements_are_whole(case: Case) -> str | None:
    """What was measured says of which target, the value, the time it is of, and where it stands; no time lies ahead."""
    today = today_of(case).isoformat()
    for place, row in enumerate(case.value("measured") or [], 1):
        lacking = [name for name in ("target", "value", "from", "until", "source") if row.get(name) in (None, "")]
        if lacking:
            return f"Measurement {place} lacks: {', '.join(lacking)}."
        if not row["from"] <= row["until"] <= today:
            return f"The time of measurement {place} ends before it begins, or has not ended yet."
    return None


@rule("uses_are_named")
def uses_are_named(case: Case) -> str | None:
    """What Quality authorises is named: each use by its record."""
    return (
        None
        if case.value("authorised_uses")
        else "Name the records that are to use this supplier; each use is authorised by itself."
    )


def accepted(case: Case) -> set[str]:
    """Give the items for which the supplier has evidence that was accepted and has not ended."""
    today = today_of(case).isoformat()
    found = (records.values(one) for one in _speaking(case, EVIDENCE, "accepted"))
    return {str(values["item"]) for values in found if str(values.get("valid_until")) >= today}


def missing_items(case: Case) -> list[str]:
    """Give the items of the vendor's programme that no accepted evidence answers."""
    if case.value("category") not in VENDORS or not case.value("gxp_use"):
        return []
    there = accepted(case)
    return [item for item in programme.PROGRAMME if item not in there]


def months_of(tier: Any) -> int:
    """Give after how many months a supplier of a tier is qualified anew."""
    return {"critical": 24, "major": 36}.get(str(tier), 60)


def _speaking(case: Case, kind: str, state: str) -> list[Record]:
    """Give the records of a type that speak for this supplier, in a state."""
    found = belonging.list_following(case.head, kind)
    return [one for one in found if one.state == state and supplier_of(one) == case.head.number]


def supplier_of(record: Record) -> str:
    """Give the number of the supplier that a record is about."""
    return str((records.values(record).get("supplier") or [{"number": ""}])[0]["number"])


def today_of(case: Case) -> date:
    """Give the day in the company's zone."""
    return date.fromisoformat(clock.in_zone(case.at, case.configuration.company.zone)[:10])


def months_from(day: date, months: int) -> date:
    """Give the day so many months after another one, or before it for a negative number; at most the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def says_nothing(case: Case, name: str) -> bool:
    """Say whether a text is too short or too common to be a reason."""
    text = str(case.value(name) or "")
    return len(text.strip()) < case.configuration.policies.reason_length or is_filler(text)
