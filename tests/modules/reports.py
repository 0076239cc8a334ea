"""Ways to incidents and complaints in every state, through the door: what anybody reports, and the usual next steps."""

from __future__ import annotations

from typing import Any

from indelible.kernel.models import Record
from tests.homes import TestHome
from tests.modules.events import WHY, ago, day, head

JUDGEMENT = {
    "records_affected": "Eleven entries of the freezer log, one night", "data_affected": True, "principle": ["contemporaneous"],
    "impact": "No lot was released on them", "class": "minor", "class_reason": "The entries are on paper too",
    "cause": "The disk of the server was full", "capa_needed": False, "capa_reason": "The disk is watched now",
}  # fmt: skip


def incident(home: TestHome, who: str = "rea", **fields: Any) -> str:
    """Report an incident: one form, no signature."""
    given = {
        "title": "Entries of a night are missing", "what": "The server took no entries from 2 to 5", "occurred_at": ago(hours=9),
        "detected_at": ago(minutes=5), "kind": "availability", "system": "this one", "source": "person", "reporter": who,
    }  # fmt: skip
    return home.act(who, "incident.create", fields=given | fields, reason=WHY).number


def contained(home: TestHome, **fields: Any) -> str:
    """Bring an incident to where Quality looks at it."""
    number = incident(home, **{"reporter": "rea"} | {k: v for k, v in fields.items() if k in REPORT})
    rest = {"containment": "The disk was emptied", "owner": "ann", "quality_concerned": False, "personal_data": False}
    home.act("rob", "incident.edit", number, fields=rest | {k: v for k, v in fields.items() if k not in REPORT})
    home.act("adm", "incident.contain", number)
    return number


REPORT = ("kind", "detected_at", "critical_at_once")


def investigated(home: TestHome, judgement: dict[str, Any] | None = None, **fields: Any) -> str:
    """Bring an incident to where its impact is judged, with a judgement."""
    number = contained(home, **fields)
    home.sign("rob", "incident.assess", number)
    home.act(str(fields.get("owner", "ann")), "incident.edit", number, fields=JUDGEMENT | (judgement or {}))
    return number


def in_review(home: TestHome, judgement: dict[str, Any] | None = None, **fields: Any) -> str:
    """Bring an incident to Quality."""
    number = investigated(home, judgement, **fields)
    home.sign(str(fields.get("owner", "ann")), "incident.submit", number)
    home.sign("exe" if fields.get("quality_concerned") else "sys", "incident.submit", number)
    assert head(number).state == "qa_review"
    return number


def complaint(home: TestHome, who: str = "rea", **fields: Any) -> str:
    """Enter a complaint: one form, no signature."""
    product = Record.objects.filter(type="product").values_list("number", flat=True).first()
    product = product or home.act("rob", "product.create", fields={"name": "HCX"}).number
    given = {
        "what": "The bag leaked at the site", "received_at": ago(minutes=5), "received_by": who, "source_kind": "site",
        "product": [product], "lot": "unknown", "adverse_event": "no",
    }  # fmt: skip
    return home.act(who, "complaint.create", fields=given | fields, reason=WHY).number


TRIAGE = {"category": "packaging or label", "class": "minor", "owner": "ann", "seriousness": "no adverse event", "medical_lead": "exe",
          "regulatory_lead": "sys", "quality_concerned": False}  # fmt: skip


def triaged(home: TestHome, triage: dict[str, Any] | None = None, **fields: Any) -> str:
    """Bring a complaint to its investigation."""
    number = complaint(home, **fields)
    home.act("rob", "complaint.edit", number, fields=TRIAGE | (triage or {}))
    home.sign("rob", "complaint.triage", number)
    return number


def row(**cells: Any) -> dict[str, Any]:
    """Give a row of what is reported."""
    no = {"route": "partner or supplier", "report": False, "reason": "Nobody was treated with it", "decided_on": day(0)}
    return no | cells


def decided(home: TestHome, *rows: dict[str, Any], lead: str = "exe", **fields: Any) -> str:
    """Bring a complaint to where it was decided what is reported."""
    number = triaged(home, **fields)
    home.act("ann", "complaint.edit", number, fields={"reportability": list(rows) or [row()]})
    for who in (lead, "qua"):
        home.sign(who, "complaint.decide_reportability", number)
    return number


INVESTIGATED = {"investigation": "done", "lot_history": "No other one of this lot", "cause": "A weld that was too cold",
                "impact": "The bag was not used", "answer": "Told the site on the day"}  # fmt: skip


def complaint_in_review(home: TestHome, *rows: dict[str, Any], **fields: Any) -> str:
    """Bring a complaint to Quality."""
    number = decided(home, *rows, **fields)
    home.act("ann", "complaint.edit", number, fields=INVESTIGATED)
    home.sign("ann", "complaint.submit", number)
    return number
