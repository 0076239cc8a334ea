"""The only place that says what a requirement, a risk and an obligation are, as plain data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

HIGH, MEDIUM, LOW = "high", "medium", "low"


@dataclass(frozen=True, slots=True)
class Duty:
    """What in this product does, or keeps the evidence of, what only people can do; `outside`: nothing here does."""

    kind: str  # record, document, page, command, release (of this project), outside (the product)
    says: str
    types: tuple[str, ...] = ()  # declared types whose records are the evidence
    where: str = ""  # the page or the command


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that a regulation, a framework or the validation guide asks for, in our own words."""

    id: str  # P11-10e
    source: str  # 21 CFR Part 11
    clause: str  # 11.10(e)
    title: str
    text: str
    kind: str  # technical, procedural, shared
    who: str  # platform, customer, both
    risk: str  # high, medium, low: a proposal
    shown_by: str  # how a system shows it
    see_also: tuple[str, ...] = ()
    binding: str = ""  # law, guideline, practice
    open: str = ""  # why the product does not do it, said plainly; such a one is never covered
    evidence: Duty | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """One way in which a requirement may fail, rated by the GAMP scheme."""

    failure: str
    cause: str
    effect: str
    severity: str
    probability: str
    detectability: str
    because: str  # why it is rated so
    control: str  # what the design does about it
    procedure: str = ""  # what people do about it

    @property
    def risk_class(self) -> int:
        """Give the class, 1 (worst) to 3, by severity and probability."""
        return {HIGH: {LOW: 2, MEDIUM: 1, HIGH: 1}, MEDIUM: {LOW: 3, MEDIUM: 2, HIGH: 1}, LOW: {LOW: 3, MEDIUM: 3, HIGH: 2}}[
            self.severity
        ][self.probability]

    @property
    def priority(self) -> str:
        """Give the priority by class and detectability (high: very likely noticed before harm)."""
        return {1: {HIGH: MEDIUM, MEDIUM: HIGH, LOW: HIGH}, 2: {HIGH: LOW, MEDIUM: MEDIUM, LOW: HIGH},
                3: {HIGH: LOW, MEDIUM: LOW, LOW: MEDIUM}}[self.risk_class][self.detectability]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable "shall" (URS row), tied to obligations and risks."""

    id: str  # URS-SIG-004
    area: str  # SIG
    text: str
    why: str  # the process that needs it
    clauses: tuple[str, ...]  # ids of obligations
    impact: tuple[str, ...]  # patient, product, data
    must: bool
    category: str  # function, data, security, interface, performance, regulatory
    touches: str  # record_change, signature, access, other
    risks: tuple[Risk, ...]
    csa_high: bool  # FDA's CSA view: a high process risk
    csa_because: str
    settings: tuple[str, ...] = ()  # keys of the configuration that it depends on
    types: tuple[str, ...] = ()  # declared types that it is about; empty: every type
    below_high: str = ""  # why a function that changes records, signs or controls access is not of high priority
    source: str = "shipped"  # or "own": written by the company
    place: str = ""  # file:line

    @property
    def priority(self) -> str:
        """Give the highest priority of its risks."""
        found = {one.priority for one in self.risks}
        return next((level for level in (HIGH, MEDIUM, LOW) if level in found), LOW)

    @property
    def fingerprint(self) -> str:
        """Give the SHA-256 (hex) of everything that a test, a risk or a clause was tied to; its place does not count."""
        said = {name: value for name, value in asdict(self).items() if name != "place"}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
