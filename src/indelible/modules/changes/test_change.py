"""PQ of changes: every area decided, approved before it is made, ready only when tested, its effect checked."""

from __future__ import annotations

from datetime import timedelta

import pytest

AREAS = (
    "quality",
    "stability",
    "regulatory",
    "validation",
    "documents",
    "training",
    "supplier",
    "equipment",
    "data",
    "safety",
)


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs(
    "change.draft.submit",
    "change.assessment.assess",
    "change.approval.approve",
    "change.implementing.ready",
    "change:equipment_impact",
)
@pytest.mark.script(
    "PQ-CHG-001",
    title="A change is assessed, approved, made, tested and checked",
    negative=True,
    requirements=("URS-CHG-001", "URS-CHG-002", "URS-CHG-007", "URS-AUT-008"),
)
def test_a_change(steps, site, reading):
    """Nothing is approved with an area undecided, nothing is ready without its test, and the head of function assesses."""
    made = {}
    given = {
        "kind": "equipment",
        "before": "One telephone",
        "after": "Two telephones",
        "reason": "Alarms are not seen",
        "urgency": "normal",
        "class": "minor",
        "owner": "q.author",
        "assessors": ["q.dept_approver"],
        "criterion": "Two test calls arrive",
        "way_back": "One telephone",
    }

    @steps("The author writes a change with nine of ten areas decided, and sends it", expected="signed: no")
    def _():
        areas = {f"{one}_impact": one == "equipment" for one in AREAS} | {
            f"{one}_reason": "Looked at by the author" for one in AREAS
        }
        areas.pop("data_reason")
        planned = (site.now() + timedelta(days=60)).date().isoformat()
        values = site.filling.values(
            "change",
            title="Forward alarms to two telephones",
            department=site.department,
            planned_on=planned,
            **given,
            **areas,
        )
        made["number"] = site.person("author").create("change", **values).number
        return f"signed: {yes(site.person('author').sign(made['number'], 'submit').signed == 'signed')}"

    @steps("The tenth is decided, and it is sent", expected=reading.moves("change", "draft")["submit"]["to"])
    def _():
        site.person("author").edit(made["number"], data_reason="No data is touched")
        return site.walk(made["number"], "submit")

    @steps("The author assesses it", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('author').sign(made['number'], 'assess').signed == 'signed')}"

    @steps("The head of function assesses it", expected=reading.moves("change", "assessment")["assess"]["to"])
    def _():
        return site.walk(made["number"], "assess")

    @steps(
        "The author approves it, then function and Quality do",
        expected="signed: no; " + reading.moves("change", "approval")["approve"]["to"],
    )
    def _():
        own = site.person("author").sign(made["number"], "approve").signed == "signed"
        return f"signed: {yes(own)}; {site.walk(made['number'], 'approve')}"

    @steps("It is called ready without a test", expected="signed: no")
    def _():
        return f"signed: {yes(site.person('author').sign(made['number'], 'ready').signed == 'signed')}"

    @steps("Tested, it is ready", expected=reading.moves("change", "implementing")["ready"]["to"])
    def _():
        site.person("author").edit(made["number"], test_result="passed", test_evidence="Two calls, 14:03 and 14:05")
        return site.walk(made["number"], "ready")
