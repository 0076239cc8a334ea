"""OQ of complaints: a medical lead where an adverse event is not ruled out, and every route decided, signed and sent before the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

JUDGED = {
    "category": "documents", "class": "minor", "owner": "q.author", "seriousness": "not serious", "quality_concerned": False,
}  # fmt: skip
FOUND = {
    "investigation": "done", "lot_history": "No other one of this lot", "cause": "A weld that was too cold",
    "impact": "The bag was not used", "answer": "Told the site on the day",
}  # fmt: skip
NEEDS = (
    "complaint.received.triage",
    "complaint.investigating.decide_reportability",
    "complaint:reportability",
    "complaint:medical_lead",
)


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def entered(site, event):
    fields = {
        "what": "The bag leaked at the site",
        "source_kind": "site",
        "lot": "unknown",
        "received_by": "q.reader",
        "adverse_event": event,
    }
    return site.make("complaint", "reader", **fields).number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-CMP-031",
    title="A complaint in which an adverse event is not ruled out names a medical lead, who decides on reporting",
    negative=True,
    requirements=("URS-CMP-002",),
)
def test_the_medical_lead(steps, site, reading):
    """Unknown or yes: without a medical lead it is not investigated, and neither the regulatory lead nor Quality alone decides."""
    made, judge = {}, site.person("qa_ops")

    for event in ("unknown", "yes"):

        @steps(
            "Judge one without a medical lead",
            given=f"adverse event: {event}; with a regulatory lead",
            expected="refused: safety_has_its_lead; received",
        )
        def _(event=event):
            made["number"] = entered(site, event)
            judge.edit(made["number"], **JUDGED, regulatory_lead="q.system_owner")
            return f"{judge.sign(made['number'], 'triage').signed}; {judge.state(made['number'])}"

    @steps("Name the medical lead", expected="signed; " + reading.moves("complaint", "received")["triage"]["to"])
    def _():
        judge.edit(made["number"], medical_lead="q.executive")
        return f"{judge.sign(made['number'], 'triage').signed}; {judge.state(made['number'])}"

    def decided(who):
        answer = site.person(who).sign(made["number"], "decide_reportability")
        by = [
            one
            for one in judge.signatures(made["number"]).json["signatures"]
            if one["statement"]["act"].endswith("decide_reportability")
        ]
        return f"{answer.signed}; signatures: {len(by)}"

    @steps(
        "Decide what is reported as the regulatory lead", expected="refused: safety_is_decided_by_its_lead; signatures: 0"
    )
    def _():
        row = {
            "route": "partner or supplier",
            "report": False,
            "reason": "Nobody was treated with it",
            "decided_on": day(site, -1),
        }
        site.person("author").edit(made["number"], reportability=[row])
        return decided("system_owner")

    @steps("Decide as its owner", expected="signed: no; signatures: 0")
    def _():
        said = decided("author")
        return f"signed: {yes(said.startswith('signed'))}; {said.rpartition('; ')[2]}"

    @steps("Decide as the medical lead", expected="signed; signatures: 1")
    def _():
        return decided("executive")


@pytest.mark.needs(*NEEDS, "complaint.investigating.submit")
@pytest.mark.script(
    "OQ-CMP-032",
    title="A complaint goes on only when each route is decided and signed, and what is due was sent with its proof",
    negative=True,
    requirements=("URS-CMP-003",),
)
def test_routes_of_reporting(steps, site, reading):
    """Undecided, without a reason, late by its clock, unsent, unproven, or changed after the signatures: it goes nowhere."""
    made, owner = {}, site.person("author")

    def row(**given):
        return {"route": "IND safety report, 15 days", "report": True, "reason": "It was unexpected", "decided_on": day(site, -1),
                "due": day(site, 9), **given}  # fmt: skip

    def decided(*rows):
        owner.edit(made["number"], reportability=list(rows))
        answer = site.person("executive").sign(made["number"], "decide_reportability")
        return f"{answer.signed}; {owner.state(made['number'])}"

    def submitted(*rows):
        if rows:
            owner.edit(made["number"], reportability=list(rows))
        return f"{owner.sign(made['number'], 'submit').signed}; {owner.state(made['number'])}"

    @steps("One is investigated, with all that is found", expected="investigating")
    def _():
        made["number"] = entered(site, "yes")
        site.person("qa_ops").edit(made["number"], **JUDGED, medical_lead="q.executive")
        state = site.walk(made["number"], "triage")
        owner.edit(made["number"], **FOUND)
        return state

    @steps(
        "Send it to Quality before anybody decided what is reported",
        expected="refused: reportability_decided; investigating",
    )
    def _():
        return submitted()

    wrong = {
        "without a reason": {"reason": None},
        "to be reported, without a day": {"due": None},
        "to be reported later than its route says": {"due": None, "late": True},
    }
    for words, given in wrong.items():

        @steps(f"Decide a route {words}", expected="refused: every_route_is_decided; investigating")
        def _(given=given):
            late = {"due": day(site, 30)} if given.get("late") else {}
            return decided(row(**{name: value for name, value in given.items() if name != "late"} | late))

    @steps("Decide it whole, by the lead and Quality", expected="signed; investigating; signers: 2")
    def _():
        said = decided(row())
        site.person("qa_approver").sign(made["number"], "decide_reportability")
        signers = {
            one["person"]
            for one in owner.signatures(made["number"]).json["signatures"]
            if one["statement"]["act"].endswith("decide_reportability")
        }
        return f"{said}; signers: {len(signers)}"

    @steps("Send it before the report was sent", expected="refused: due_reports_sent; investigating")
    def _():
        return submitted()

    @steps("Send it with a report that has no proof", expected="refused: due_reports_sent; investigating")
    def _():
        return submitted(row(sent_on=day(site, -1)))

    @steps(
        "Send it with a route that was added after the signatures", expected="refused: reportability_decided; investigating"
    )
    def _():
        other = row(route="ethics committee or site", report=False, reason="It was told by the site", due=None)
        return submitted(row(sent_on=day(site, -1), proof="Receipt 12"), other)

    @steps(
        "Send it with what was decided, sent and proven",
        expected="signed; " + reading.moves("complaint", "investigating")["submit"]["to"],
    )
    def _():
        return submitted(row(sent_on=day(site, -1), proof="Receipt 12"))
