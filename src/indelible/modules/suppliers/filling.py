"""Which fields of suppliers and their evidence a form leaves out: what the system computes, and what no rule of the item asks."""

from __future__ import annotations

from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.modules.suppliers.programme import AGREEMENT, ISO27001
from indelible.practice import filling

TIER, SCORE = ("tier", "tier_basis"), ("score", "score_basis")
CERTIFICATE = ("number", "scope", "site", "covers_service")
ASKED: dict[str, tuple[str, ...]] = {
    AGREEMENT: ("separate_from_order", "covers", "notice_terms"),
    "SOC 2 Type II report": ("report_type", "period_end", "bridge_until", "criteria", "exceptions", "own_controls"),
    ISO27001: (*CERTIFICATE, "absence_reason"),
    "ISO 9001 certificate": CERTIFICATE,
    "GMP certificate": CERTIFICATE,
    "validation package": ("release", "covers"),
    "SDLC documentation": ("covers",),
    "audit trail specification": ("covers",),
    "audit trail samples": ("covers",),
    "subprocessor list": ("subprocessors",),
    "residency and retention": ("places", "covers"),
    "incident and breach terms": ("notice_hours",),
    "exit and continuity": ("covers",),
}
OF_AN_ITEM = frozenset(name for names in ASKED.values() for name in names)


@filling.leaves_out("supplier")
def tier_is_computed(_record: Record | None) -> tuple[str, ...]:
    """The tier follows from four answers."""
    return TIER


@filling.leaves_out("questionnaire")
def score_is_computed(_record: Record | None) -> tuple[str, ...]:
    """The score follows from the answers."""
    return SCORE


@filling.leaves_out("supplier_evidence")
def other_items_are_not_asked(record: Record | None) -> set[str]:
    """Evidence is asked for what its own rule reads; an item without a rule for everything."""
    asked = ASKED.get(str(records.values(record)["item"])) if record else None
    return {*SCORE, *(OF_AN_ITEM - {*asked, "number", "scope"} if asked else ())}
