"""The only place that puts the names of the package's things into words: areas, clauses, ids, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable

from indelible.assurance.package.facts import Facts, Row

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
FRACTION = re.compile(r"(?<=:\d\d)\.\d+")
AREAS = {
    "SIG": "signing", "IDN": "identity, login, sessions", "AUT": "authority, roles, separation", "TRL": "audit trail", "LED": "ledger and guards",
    "REC": "records, versions, lifecycles", "TIM": "time", "CPY": "copies and export", "RET": "retention, backup, restore", "CFG": "configuration, drift",
    "SYS": "installation and operation", "API": "interfaces and import", "NTF": "tasks, due dates, notifications", "DOC": "documents", "TRN": "training",
    "DEV": "deviations", "CAP": "corrective and preventive actions", "CHG": "changes", "AUD": "audits", "SUP": "suppliers", "INC": "incidents",
    "CMP": "complaints", "RSK": "risks", "REG": "registers", "PPL": "people and delegation", "VAL": "validation",
    "PRV": "periodic reviews", "ARV": "access reviews", "TRV": "audit-trail reviews", "DRL": "restore drills, continuity exercises",
    "BRD": "boards of readiness",
}  # fmt: skip


def joined(items: Iterable[str], empty: str = "–") -> str:
    """Give a list as text; nothing is a dash."""
    return ", ".join(items) or empty


def moment(at: str) -> str:
    """Give an ISO time without fractions of a second, as people read it: 2026-11-30 16:34:12Z. What is no time stays as it is."""
    return FRACTION.sub("", at).replace("T", " ", 1) if FRACTION.search(at) or TIME.match(at) else at


def shortened(text: str, letters: int = 160) -> str:
    """Give a text that is not longer than some letters, and says where it is cut."""
    return text if len(text) <= letters else f"{text[:letters].rstrip()} … (whole in the results)"


def by_verdict(pairs: Iterable[tuple[str, str]]) -> str:
    """Give tests by their verdict: passed: OQ-1, OQ-2; failed: OQ-3."""
    found: dict[str, list[str]] = {}
    for key, verdict in pairs:
        found.setdefault(verdict, []).append(key)
    return "; ".join(f"{verdict}: {', '.join(keys)}" for verdict, keys in found.items()) or "–"


def fra(requirement: str) -> str:
    """Give the id of a requirement's row in the risk assessment."""
    return requirement.replace("URS-", "FRA-", 1)


def rows_by_requirement(facts: Facts) -> dict[str, Row]:
    """Give the rows of the matrix by their requirement."""
    return {one.requirement: one for one in facts.matrix.rows}
