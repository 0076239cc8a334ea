"""Ways to audits and findings in every state, through the door: audits of Operations by people of Quality Control."""

from __future__ import annotations

from typing import Any

from tests.homes import TestHome
from tests.modules.events import day, head, planned

ROWS = [{"clause": "11.10(d)", "question": "Is access limited?", "answer": "yes", "seen": "The list of accounts"}]
REPORT = {"people_met": "The head and two analysts", "records_seen": "DEV-001 and the log of tank 2", "checklist": ROWS}
ANSWER = {"cause": "Nobody was told to", "correction": "The entry is countersigned", "corrective_action": "The form asks for it",
          "owner": "bea"}  # fmt: skip


def audit(home: TestHome, who: str = "rob", **fields: Any) -> str:
    """Plan an internal audit of Operations, led by Rob, with Ann in the team."""
    given = {
        "scope": "Documentation in Operations", "kind": "internal", "standard": "SOP-007", "audited": "department",
        "department": home.departments["Operations"], "lead_auditor": "rob", "team": ["ann"], "from_on": day(40),
        "until_on": day(41), "place": "on site",
    }  # fmt: skip
    return home.act(who, "audit.create", fields=given | fields).number


def begun(home: TestHome, **fields: Any) -> str:
    """Bring an audit to where findings are written."""
    number = audit(home, **fields)
    home.act("rob", "audit.announce", number)
    home.act("rob", "audit.begin", number)
    more = {"handed_over_on": day(0)} if fields.get("kind") == "regulatory" else {}
    home.act("rob", "audit.edit", number, fields=REPORT | more)
    return number


def finding(home: TestHome, number: str, who: str = "rob", kind: str = "minor", of: str = "internal", **fields: Any) -> str:
    """Write a finding of an audit of Operations."""
    given = {
        "text": "An entry is not countersigned", "class": kind, "requirement": "SOP-007, 5.2", "evidence": "Log of tank 2, page 7",
        "audit": [number], "kind": of, "audited": "department", "department": home.departments["Operations"],
        "lead_auditor": "rob",
    }  # fmt: skip
    return home.act(who, "finding.create", fields=given | fields).number


def issued(home: TestHome, number: str) -> str:
    """Take an audit that was begun to where its findings are answered."""
    home.sign("rob", "audit.end", number)
    home.act("rob", "audit.edit", number, fields={"summary": "One finding; the rest is in order"})
    home.sign("rob", "audit.issue", number)
    home.sign("qua", "audit.issue", number)
    assert head(number).state == "answering"
    return number


def answered(home: TestHome, kind: str = "minor", **fields: Any) -> tuple[str, str]:
    """Bring a finding to its correction: the audit and the finding; what is serious has a CAPA with an approved plan."""
    number = begun(home)
    found = finding(home, number, kind=kind, **fields)
    issued(home, number)
    if kind in ("critical", "major"):
        planned(home, found)
    home.act("tek", "finding.edit", found, fields=ANSWER | {"correct_by": day(30)})
    home.sign("tek", "finding.respond", found)
    home.sign("rob", "finding.accept", found)
    return number, found


def corrected(home: TestHome, kind: str = "minor") -> tuple[str, str]:
    """Bring a finding to its verification."""
    number, found = answered(home, kind)
    home.act("bea", "finding.edit", found, fields={"done": "Countersigned today, page 7"})
    home.sign("bea", "finding.done", found)
    return number, found
