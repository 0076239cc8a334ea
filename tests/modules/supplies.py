"""Ways to suppliers in every state, through the door: a complete supplier, what speaks for it, and the usual next steps."""

from __future__ import annotations

from typing import Any

from indelible.kernel import reactions
from indelible.kernel.models import Record
from indelible.practice import uploads
from tests import homes
from tests.homes import TestHome
from tests.modules.events import day, head

MANAGERS = {"sup": "Sup Manager", "sux": "Sux Manager"}
CRITICAL = {
    "fault_reaches": "patients or product",
    "gxp_data": "none",
    "track_record": "new or unproven",
    "noticed": "not before use",
}
MINOR = {"fault_reaches": "neither", "gxp_data": "none", "track_record": "proven", "noticed": "in papers only"}
SHOWN: dict[str, dict[str, Any]] = {
    "quality agreement": {"separate_from_order": True, "covers": ["GxP roles", "responsibilities", "notification duties"]},
    "SOC 2 Type II report": {"report_type": "Type II", "criteria": ["security", "availability", "confidentiality"],
                             "exceptions": "One, on badge access; nothing of ours", "own_controls": "We review our accounts"},
    "ISO 27001 certificate": {"nature": "certificate of a third party", "number": "IS 1", "scope": "Hosting", "site": "Dublin",
                              "covers_service": True},
    "validation package": {"release": "4.2", "covers": ["IQ evidence", "OQ evidence", "test scripts", "traceability matrix"]},
    "SDLC documentation": {"covers": ["change management", "code review", "release procedure"]},
    "audit trail specification": {"covers": ["what is captured", "where it is stored", "protection from change", "export"]},
    "audit trail samples": {"covers": ["a sample of every kind of event"]},
    "subprocessor list": {"subprocessors": [{"name": "Rack Ltd", "role": "Host", "location": "Dublin"}]},
    "residency and retention": {"places": "Dublin", "covers": ["location", "deletion", "termination"]},
    "incident and breach terms": {"notice_hours": "48"},
    "exit and continuity": {"covers": ["return of the data", "reading without the vendor", "the vendor vanishing"]},
}  # fmt: skip


def hire(home: TestHome) -> TestHome:
    """Let two supplier managers work here."""
    for user, name in MANAGERS.items():
        home.people[user] = homes.hire(home, user, name, ["supplier_manager"])
    return home


def settle() -> None:
    """Do what follows from what was done."""
    while reactions.run_pending():
        pass


def supplier(home: TestHome, **fields: Any) -> str:
    """Propose a complete supplier; its tier is computed."""
    given = {
        "name": "Northgate Cells", "addresses": "1 Mill Road, Leeds", "supplied": "Cell lots", "category": "contract maker",
        "gxp_use": True, "owner": "sup", "department": home.departments["Quality Control"], "agreement_needed": False, **CRITICAL,
    }  # fmt: skip
    number = home.act("sup", "supplier.create", fields=given | fields).number
    settle()
    return number


def qualifying(home: TestHome, **fields: Any) -> str:
    """Bring a supplier into its qualification, with the audit decided."""
    number = supplier(home, **fields)
    home.sign("sup", "supplier.qualify", number)
    if head(number).state == "proposed":
        home.sign("qua", "supplier.qualify", number)
    settle()
    decide(home, number)
    return number


def decide(home: TestHome, number: str, **fields: Any) -> None:
    """Fill in what an approval says."""
    given = {"audit_decision": "on site", "audit_reason": "It makes what patients receive", "audited_on": day(-30),
             "subcontractors": "None", "scope_approved": "Cell lots made in Leeds"}  # fmt: skip
    home.act("sux", "supplier.edit", number, fields=given | fields)
    settle()


def file(home: TestHome, who: str, text: str) -> str:
    """Upload a file and give its hash."""
    return uploads.receive(home.people[who], "evidence.csv", [text.encode()]).sha256


def evidence(home: TestHome, number: str, item: str, /, **fields: Any) -> str:
    """Collect one piece of evidence and hand it in: the one that is waiting for it, or a new one."""
    given: dict[str, Any] = {"nature": "signed document", "reviewer": "rob", "files": [file(home, "sup", f"{number} {item} {fields}")],
                             "valid_until": day(365), "period_end": day(-60), **SHOWN.get(item, {})}  # fmt: skip
    waiting = [one for one in Record.objects.filter(type="supplier_evidence", state="collecting") if _is(one, number, item)]
    made = waiting[0].number if waiting else home.act(
        "sup", "supplier_evidence.create", fields={"title": item, "supplier": [number], "item": item, "owner": "sup"}
    ).number  # fmt: skip
    home.act("sup", "supplier_evidence.edit", made, fields=given | fields)
    settle()
    home.sign("sup", "supplier_evidence.hand_in", made)
    home.act(
        fields.get("reviewer", "rob"), "supplier_evidence.edit", made, fields={"reviewed_against": "URS-SIG-001 to 009"}
    )
    return made


def shown(home: TestHome, number: str, item: str, /, **fields: Any) -> str:
    """Collect one piece of evidence and have it accepted."""
    made = evidence(home, number, item, **fields)
    home.sign("rob", "supplier_evidence.accept", made)
    return made


def _is(one: Record, number: str, item: str) -> bool:
    content = {str(value) for value in one.content.values() if isinstance(value, str)}
    return item in content and any(v == [{"number": number}] for v in one.content.values())


def sent(home: TestHome, number: str, **fields: Any) -> str:
    """Send a questionnaire to a supplier."""
    if not (template := Record.objects.filter(type="document", state="effective").first()):
        home.until(home.draft(title="Questions to suppliers"), "effective")
        template = Record.objects.get(type="document", state="effective")
    given = {"title": "Questions", "supplier": [number], "template": [template.number], "contact": "P. Post", "owner": "sup",
             "sent_on": day(-1)}  # fmt: skip
    made = home.act("sup", "questionnaire.create", fields=given | fields).number
    home.act("sup", "questionnaire.send", made)
    return made


ANSWERS = [{"question": "Is there a quality system?", "answer": "yes"}, {"question": "Is it audited?", "answer": "partly"},
           {"question": "Do you make it yourselves?", "answer": "no"}, {"question": "Sterile?", "answer": "not applicable"}]  # fmt: skip


def answered(home: TestHome, number: str, **fields: Any) -> str:
    """Enter what the supplier answered."""
    made = sent(home, number)
    given = {"answers": ANSWERS, "answered_by": "P. Post, head of quality", "answered_on": day(0),
             "original": [file(home, "sup", f"answers {made}")]}  # fmt: skip
    home.act("sup", "questionnaire.edit", made, fields=given | fields)
    home.act("sup", "questionnaire.answer", made)
    settle()
    home.act("sux", "questionnaire.edit", made, fields={"gaps": "No audit by third parties", "valid_until": day(300)})
    return made


def questioned(home: TestHome, number: str) -> str:
    """Have a questionnaire answered and accepted."""
    made = answered(home, number)
    home.sign("sup", "questionnaire.accept", made)
    home.sign("rob", "questionnaire.accept", made)
    return made


def approved(home: TestHome, **fields: Any) -> str:
    """Bring a supplier to its approval."""
    number = qualifying(home, **fields)
    questioned(home, number)
    for who in ("hed", "qua"):
        home.sign(who, "supplier.approve", number)
    return number


def conditional(home: TestHome, days: int = 60, **fields: Any) -> str:
    """Bring a supplier to an approval with one condition."""
    number = qualifying(home, **fields)
    home.act("sux", "supplier.edit", number, fields=conditions(days))
    for who in ("hed", "qua"):
        home.sign(who, "supplier.approve_with_conditions", number)
    return number


def conditions(days: int, **more: Any) -> dict[str, Any]:
    given = {"conditional_because": "The questionnaire is out, and nobody else makes it", "conditional_until": day(days),
             "conditions": [{"condition": "Answer the questionnaire", "owner": "sup", "until": day(days)}]}  # fmt: skip
    return given | more


def suspended(home: TestHome, number: str) -> str:
    home.sign("qua", "supplier.suspend", number, "A lot failed sterility twice")
    return number
