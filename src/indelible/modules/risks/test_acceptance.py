"""OQ of risks: grades rest on reasons, severity is kept after treatment, and the rest is accepted by those who answer for it."""

from __future__ import annotations

import time

import pytest

PATIENCE = 120  # seconds for what the system computes by itself
NEEDS = ("risk.draft.submit", "risk.in_review.accept", "risk.in_review.treat", "risk.treating.done", "risk:severity_left")
HIGH = {"severity": "high", "probability": "high", "detectability": "low"}


def yes(it):
    return "yes" if it else "no"


def computed(site, number, field, wanted=None):
    """Give a computed field as soon as the system has written it (or written what is wanted)."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = site.person("author").fields(number).get(field)
        if found is not None and (wanted is None or found == wanted):
            break
        time.sleep(0.3)
    return str(found)


def written(site, **given):
    """Let the author write a risk that lacks nothing; gives its number."""
    fields = {
        "title": "A tank runs dry", "object_kind": "process", "object_name": "Cryostorage", "failure": "The level is not noticed",
        "cause": "The alarm is forwarded to nobody", "effect": "Cells thaw and are lost", "control": "A log by hand", "owner": "q.author",
        "department": site.department, "grades_because": "Two cases in three years", "treatment": "accept", **HIGH, **given,
    }  # fmt: skip
    number = site.person("author").create("risk", **site.filling.values("risk", **fields)).number
    computed(site, number, "priority")
    return number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-RSK-031",
    title="Grades rest on a written reason, and severity is kept after treatment unless the harm is avoided",
    negative=True,
    requirements=("URS-RSK-002",),
)
def test_grades(steps, site):
    """No reason, a filler, and a severity that a control is said to have lowered: refused; where the harm is avoided it may be lower."""
    made, owner = {}, site.person("author")

    def said(number):
        return f"{owner.sign(number, 'submit').signed}; {owner.state(number)}"

    def submitted(number):
        answer = owner.sign(number, "submit")
        return f"signed: {yes(answer.signed == 'signed')}; {owner.state(number)}"

    def treated(severity):
        left = {"severity_left": severity, "probability_left": "low", "detectability_left": "high"}
        owner.edit(made["number"], done="Two telephones ring", **left)
        computed(site, made["number"], "class_left")
        time.sleep(1)
        return f"{owner.act(made['number'], 'done').rule or 'done'}; {owner.state(made['number'])}"

    @steps("Send a risk whose grades rest on nothing", expected="refused: required_fields; draft")
    def _():
        return said(written(site, grades_because=None))

    @steps("Send one whose grades rest on a word that says nothing", given="n/a", expected="refused: grades_say_why; draft")
    def _():
        return said(written(site, grades_because="n/a"))

    @steps("Send one that is to be reduced, and begin its treatment", expected="signed: yes; in_review; treating")
    def _():
        made["number"] = written(site, treatment="reduce", measures="A second telephone")
        return f"{submitted(made['number'])}; {site.walk(made['number'], 'treat')}"

    @steps(
        "Call it treated with a lower severity",
        given="from high to low, to be reduced",
        expected="graded_after_treatment; treating",
    )
    def _():
        return treated("low")

    @steps("Call it treated with the severity as it was", expected="done; in_review")
    def _():
        return treated("high")

    @steps("Treat one whose harm is avoided, with a lower severity", expected="treating; done; in_review")
    def _():
        made["number"] = written(site, treatment="avoid", measures="The tank is not used any more")
        submitted(made["number"])
        return f"{site.walk(made['number'], 'treat')}; {treated('low')}"


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-RSK-032",
    title="What is left of a risk is accepted by the head and Quality after its treatment, and by management where it is high",
    negative=True,
    requirements=("URS-RSK-003",),
)
def test_acceptance(steps, site):
    """Untreated it is not accepted; author, owner and Quality alone do not accept it; a high one waits for management."""
    made, owner = {}, site.person("author")

    def accepted(who):
        return f"{site.person(who).sign(made['number'], 'accept').signed}; {owner.state(made['number'])}"

    @steps(
        "Send one that is to be reduced, and let Quality accept it untreated",
        expected="in_review; refused: treatment_is_done; in_review",
    )
    def _():
        made["number"] = written(site, treatment="reduce", measures="A second telephone")
        state = site.walk(made["number"], "submit")
        owner.edit(made["number"], accepted_because="It is rare and would be noticed")
        return f"{state}; {accepted('qa_approver')}"

    @steps("Send one of high priority that is accepted as it is", expected="in_review; high")
    def _():
        made["number"] = written(site)
        state = site.walk(made["number"], "submit")
        owner.edit(made["number"], accepted_because="It is rare and would be noticed")
        return f"{state}; {computed(site, made['number'], 'priority_left')}"

    @steps("Accept it as its author, and as quality operations", expected="signed: no, no; in_review")
    def _():
        said = [accepted(one).partition(";")[0] for one in ("author", "qa_ops")]
        return f"signed: {', '.join(yes(one == 'signed') for one in said)}; {owner.state(made['number'])}"

    @steps("Accept it as Quality", expected="signed; in_review")
    def _():
        return accepted("qa_approver")

    @steps("Accept it as the head of the department", expected="signed; in_review")
    def _():
        return accepted("dept_approver")

    @steps("Accept it as management, too", given="its priority is high", expected="signed; accepted")
    def _():
        return accepted("executive")

    @steps("Accept one of low priority as the head and Quality", expected="low; signed; in_review; signed; accepted")
    def _():
        made["number"] = written(site, severity="low", probability="low", detectability="high")
        site.walk(made["number"], "submit")
        owner.edit(made["number"], accepted_because="It is rare and would be noticed")
        left = computed(site, made["number"], "priority_left")
        return f"{left}; {accepted('dept_approver')}; {accepted('qa_approver')}"
