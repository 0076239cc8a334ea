"""The named rules of what keeps a company in control once more: reviews, drills, retention, inspections; put together here."""

from __future__ import annotations

from typing import Any

from tests.properties import access_rules, drill_rules, inspection_rules, retention_rules, review_rules, trail_rules

RULES: dict[str, Any] = {
    **access_rules.RULES, **drill_rules.RULES, **inspection_rules.RULES, **retention_rules.RULES, **review_rules.RULES,
    **trail_rules.RULES,
}  # fmt: skip
