"""The grammar of the catalogue's files: which keys a requirement, a risk and an obligation have, and what they may say.

A file is `requirements.yaml` of a module or a floor, or one source of obligations. `settings` are keys of the configuration
(`policies.idle_minutes`, `types.*.lifecycle.*.moves.*.signs.**`; `*` is one step, `**` any rest) and named rules (`rules.NAME`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

AREAS = {
    "SIG": "Signing", "IDN": "Identity, sign-in, sessions, credentials", "AUT": "Authority, roles, separation of duties",
    "TRL": "Audit trail", "LED": "Ledger, guards, verification", "REC": "Records, lifecycles, required content, numbers",
    "TIM": "Time", "CPY": "Copies, print, export, search", "RET": "Retention, backup, restore", "CFG": "Configuration and drift",
    "SYS": "Installation and operation", "API": "Interfaces and import", "NTF": "Tasks, due dates, notices", "DOC": "Documents",
    "TRN": "Training", "DEV": "Deviations and trends", "CAP": "CAPA and actions", "CHG": "Change control",
    "AUD": "Audits, findings, commitments", "SUP": "Suppliers", "INC": "Incidents", "CMP": "Complaints", "RSK": "Risks",
    "REG": "Registers and calibration", "PPL": "People, personnel files, delegation", "VAL": "Validation",
    "PRV": "Periodic review", "ARV": "Access reviews", "DRL": "Restore drills and continuity exercises",
    "BRD": "Boards of readiness", "TRV": "Audit-trail reviews",
}  # fmt: skip
Grade = Literal["high", "medium", "low"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RiskEntry(_Strict):
    """One way to fail, rated by the GAMP scheme; class and priority follow from the grades and are never written."""

    failure: str
    cause: str
    effect: str
    severity: Grade
    probability: Grade
    detectability: Grade
    because: str
    control: str
    procedure: str = ""


class CsaEntry(_Strict):
    """FDA's CSA view: whether a failure is a high process risk, and why."""

    high: bool
    because: str


class RequirementEntry(_Strict):
    """One testable "shall"."""

    id: str
    text: str
    why: str
    clauses: list[str]
    impact: list[Literal["patient", "product", "data"]]
    must: bool
    category: Literal["function", "data", "security", "interface", "performance", "regulatory"]
    touches: Literal["record_change", "signature", "access", "other"]
    csa: CsaEntry
    risks: list[RiskEntry]
    settings: list[str] = []
    types: list[str] = []
    below_high: str = ""


class RequirementsFile(_Strict):
    """A `requirements.yaml`."""

    requirements: list[RequirementEntry]


class DutyEntry(_Strict):
    """What in this product does, or evidences, what people do."""

    kind: Literal["record", "document", "page", "command", "release", "outside"]
    says: str
    types: list[str] = []
    where: str = ""


class ObligationEntry(_Strict):
    """What a source asks for, in our own words."""

    id: str
    clause: str
    title: str
    text: str
    kind: Literal["technical", "procedural", "shared"]
    who: Literal["platform", "customer", "both"]
    risk: Grade
    shown_by: str
    see_also: list[str] = []
    open: str = ""
    evidence: DutyEntry | None = None


class ObligationsFile(_Strict):
    """One source of obligations."""

    source: str
    binding: str
    obligations: list[ObligationEntry]


class ChapterEntry(_Strict):
    """One chapter of a draft: what it would add, what the product has of it today, and what it lacks."""

    chapter: int
    title: str
    adds: str
    has: str
    lacks: str


class DraftFile(_Strict):
    """A look-ahead at a rule that is not in force."""

    source: str
    binding: str
    chapters: list[ChapterEntry]
