"""A sound file of obligations and one of requirements, from which each test writes the one that it needs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from indelible.assurance.catalogue import loading
from indelible.assurance.catalogue.loading import Catalogue

OBLIGATIONS = """\
source: A rule
binding: Law.
obligations:
  - id: R-1
    clause: "1"
    title: Signatures are bound
    text: A signature belongs to one record.
    kind: technical
    who: platform
    risk: high
    shown_by: Moving one is refused.
  - id: R-2
    clause: "2"
    title: People are trained
    text: Users are trained.
    kind: procedural
    who: customer
    risk: medium
    shown_by: A record of training.
    see_also: [R-1]
    evidence:
      kind: record
      types: [training]
      says: Trainings of each user.
"""
REQUIREMENTS = """\
requirements:
  - id: URS-SIG-001
    text: A signature shall be bound to one record.
    why: It must not be moved.
    clauses: [R-1]
    impact: [product, data]
    must: true
    category: security
    touches: signature
    settings: ["meanings.*.text", rules.approver_is_not_author]
    types: [document]
    csa:
      high: true
      because: A moved signature approves what nobody read.
    risks:
      - failure: A signature counts for another record.
        cause: The hash leaves out the number.
        effect: Something passes as approved.
        severity: high
        probability: low
        detectability: low
        because: Nobody would see it.
        control: Statement with a hash.
"""
LATER = """\
  - id: URS-SIG-002
    text: A second thing shall be so.
    why: It is needed.
    clauses: [R-2]
    impact: [data]
    must: false
    category: function
    touches: other
    csa: {high: false, because: It shows only.}
    risks:
      - {failure: It fails., cause: A slip., effect: Delay., severity: low, probability: low, detectability: high, because: Seen., control: A test.}
"""
RULES = ("approver_is_not_author", "reviewers_are_not_authors")


def read(
    place: Path, requirements: str = REQUIREMENTS, obligations: str = OBLIGATIONS, *, rules: Collection[str] | None = RULES
) -> Catalogue:
    """Write both files and read them; raises Broken as the catalogue's reader does."""
    named, ruled = place / "requirements.yaml", place / "rule.yaml"
    named.write_text(requirements, "utf-8")
    ruled.write_text(obligations, "utf-8")
    return loading.read([named], [ruled], rules=rules)


def line_of(text: str, words: str) -> int:
    """Give the line, counted from 1, on which words stand first."""
    return text[: text.index(words)].count("\n") + 1
