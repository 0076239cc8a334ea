"""PQ of risks: grades with reasons, class and priority by the tables, treated and accepted by others than its author."""

from __future__ import annotations

import time

import pytest


def yes(it):
    return "yes" if it else "no"


@pytest.mark.needs("risk.draft.submit", "risk:severity", "risk:risk_class")
@pytest.mark.script(
    "PQ-RSK-001",
    title="A risk is graded, computed, reviewed and accepted",
    negative=True,
    requirements=("URS-RSK-001", "URS-RSK-002", "URS-RSK-003"),
)
def test_a_risk(steps, site, reading):
    """Class and priority are computed and not typed; a high one is not accepted by its author."""
    made = {}
    high = {"severity": "high", "probability": "high", "detectability": "low"}

    def computed():
        for _ in range(30):
            found = site.person("author").fields(made["number"])
            if found.get("risk_class"):
                break
            time.sleep(0.3)
        return found

    @steps(
        "The author writes a risk with high severity, high probability, low detectability", expected="class 1, priority high"
    )
    def _():
        values = site.filling.values(
            "risk",
            title="A tank runs dry",
            object_kind="process",
            object_name="Cryostorage",
            failure="The level is not noticed",
            cause="The alarm is forwarded to nobody",
            effect="Cells thaw and are lost",
            control="A log by hand",
            owner="q.author",
            department=site.department,
            grades_because="Two cases in three years",
            treatment="accept",
            **high,
        )
        made["number"] = site.person("author").create("risk", **values).number
        found = computed()
        return f"class {found['risk_class']}, priority {found['priority']}"

    @steps("The author types a lower priority and submits", expected="signed: no")
    def _():
        site.person("author").edit(made["number"], priority="low")
        answer = site.person("author").sign(made["number"], "submit")
        return f"signed: {yes(answer.signed == 'signed')}"

    @steps("What was typed is written over, and it is submitted", expected=reading.moves("risk", "draft")["submit"]["to"])
    def _():
        for _ in range(30):
            if site.person("author").fields(made["number"])["priority"] == "high":
                break
            time.sleep(0.3)
        return site.walk(made["number"], "submit")

    @steps("The author accepts it alone", expected="signed: no")
    def _():
        site.person("author").edit(made["number"], accepted_because="It is rare and would be noticed")
        return f"signed: {yes(site.person('author').sign(made['number'], 'accept').signed == 'signed')}"

    @steps("Function, Quality and, for a high one, management accept it", expected="accepted; by at least 3 people: yes")
    def _():
        state = site.walk(made["number"], "accept")
        names = {
            one["person"]
            for one in site.person("qa_approver").signatures(made["number"]).json["signatures"]
            if one["statement"]["act"] == "risk.accept"
        }
        return f"{state}; by at least 3 people: {yes(len(names) >= 3)}"
