"""PQ of suppliers: a tier from recorded answers, evidence accepted by others, approved, and refused while not approved."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

MINOR = {"fault_reaches": "neither", "gxp_data": "none", "track_record": "proven", "noticed": "in papers only"}


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("supplier.proposed.qualify", "supplier:fault_reaches", "supplier:audit_decision")
@pytest.mark.script(
    "PQ-SUP-001",
    title="A supplier is graded, and approved for nothing that its tier asks for in vain",
    negative=True,
    requirements=("URS-SUP-001", "URS-SUP-002", "URS-AUT-005"),
)
def test_a_supplier(steps, site, reading):
    """The tier follows from answers; approval waits for what the tier asks for; who owns it does not approve it."""
    made = {}

    def fields():
        return site.person("supplier_manager").fields(made["number"])

    @steps("A supplier is proposed", expected="201; a tier is computed: yes")
    def _():
        values = site.filling.values(
            "supplier",
            name="Paper And Pens Ltd",
            addresses="1 Mill Road, Leeds",
            supplied="Paper",
            category=reading.fields("supplier")["category"]["choices"][0],
            gxp_use=True,
            owner="q.supplier_manager",
            department=site.department,
            agreement_needed=False,
            **MINOR,
        )
        answer = site.person("supplier_manager").create("supplier", **values)
        made["number"] = answer.number
        for _ in range(40):
            if fields().get("tier"):
                break
            time.sleep(0.3)
        return f"{answer.said}; a tier is computed: {yes(fields().get('tier'))}"

    @steps("It is approved before it was qualified", given="Quality", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('qa_approver').sign(made['number'], 'approve').signed == 'signed')}"

    @steps("Its qualification begins", expected=reading.moves("supplier", "proposed")["qualify"]["to"])
    def _():
        return site.walk(made["number"], "qualify")

    @steps("It is approved without audit decision and evidence", expected="signed: no; what is missing is named: yes")
    def _():
        moves = reading.moves("supplier", reading.moves("supplier", "proposed")["qualify"]["to"])
        made["move"] = next(name for name, move in moves.items() if move["to"] == "approved")
        answer = site.person("supplier_manager").sign(made["number"], made["move"])
        other = site.person("qa_approver").sign(made["number"], made["move"])
        return f"signed: {yes('signed' in (answer.signed, other.signed))}; what is missing is named: {yes(answer.rule or other.rule)}"

    @steps(
        "The audit is decided; without an accepted questionnaire Quality still does not approve",
        expected="signed: no; a rule is named: yes; approved: no",
    )
    def _():
        past = (site.now() - timedelta(days=30)).date().isoformat()
        site.person("supplier_manager.2").edit(
            made["number"],
            audit_decision=reading.fields("supplier")["audit_decision"]["choices"][0],
            audit_reason="It makes nothing that patients receive",
            audited_on=past,
            subcontractors="None",
            scope_approved="Paper",
        )
        answer = site.person("qa_approver").sign(made["number"], made["move"])
        state = site.person("qa_approver").state(made["number"])
        return f"signed: {yes(answer.signed == 'signed')}; a rule is named: {yes(answer.rule)}; approved: {yes(state == 'approved')}"
