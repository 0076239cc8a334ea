"""OQ of changes: every area is decided before the approval, and it is ready when tasks, documents and tests are."""

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
NEEDS = (
    "change.draft.submit",
    "change.assessment.assess",
    "change.approval.approve",
    "change.implementing.ready",
    "change:equipment_impact",
)


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def written(site, *, without=(), **given):
    """Let the author write a change in which every area is decided but those that are named; gives its number."""
    areas = {f"{one}_impact": one == "equipment" for one in AREAS} | {
        f"{one}_reason": "Looked at by the author" for one in AREAS
    }
    fields = {
        "title": "Forward alarms to two telephones", "kind": "equipment", "before": "One telephone", "after": "Two telephones",
        "reason": "Alarms are not seen", "urgency": "normal", "class": "minor", "owner": "q.author", "assessors": ["q.dept_approver"],
        "criterion": "Two test calls arrive", "way_back": "One telephone", "department": site.department, "planned_on": day(site, 60),
    }  # fmt: skip
    kept = {name: value for name, value in (areas | fields | given).items() if name not in without}
    return site.person("author").create("change", **site.filling.values("change", **kept)).number


def implementing(site, **given):
    """Bring a change to where it is made; gives its number."""
    number = written(site, **given)
    for move in ("submit", "assess", "approve"):
        site.walk(number, move)
    return number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-CHG-031",
    title="A change is not approved before every area is decided with a reason by a head or a system owner",
    negative=True,
    requirements=("URS-CHG-001",),
)
def test_every_area_is_decided(steps, site, reading, database):
    """An area without its word or its reason, an assessor who heads nothing, an assessment by others: nothing comes to the approval."""
    made, author = {}, site.person("author")

    def sent(number):
        answer = author.sign(number, "submit")
        return f"signed: {yes(answer.signed == 'signed')}; {author.state(number)}"

    for name in ("data_reason", "safety_impact", "quality_reason"):

        @steps("Send a change with one thing undecided", given=name, expected="signed: no; draft")
        def _(name=name):
            return sent(written(site, without=(name,)))

    @steps(
        "Name somebody as assessor who heads nothing and owns no system",
        given="q.author.2",
        expected="refused: assessors_are_heads; draft",
    )
    def _():
        number = written(site, assessors=["q.author.2"])
        return f"{author.sign(number, 'submit').signed}; {author.state(number)}"

    @steps("Send a whole one", expected="signed: yes; " + reading.moves("change", "draft")["submit"]["to"])
    def _():
        made["number"] = written(site)
        return sent(made["number"])

    @steps("Approve it before it was assessed", given="Quality", expected="signed: no; assessment")
    def _():
        answer = site.person("qa_approver").sign(made["number"], "approve")
        return f"signed: {yes(answer.signed == 'signed')}; {author.state(made['number'])}"

    @steps(
        "Assess it as others than who was named", given="the author, quality, another head", expected="signed: 0; assessment"
    )
    def _():
        answers = [
            site.person(one).sign(made["number"], "assess").signed for one in ("author", "qa_approver", "dept_approver.2")
        ]
        return f"signed: {answers.count('signed')}; {author.state(made['number'])}"

    @steps(
        "Assess it as the head who was named", expected="signed; " + reading.moves("change", "assessment")["assess"]["to"]
    )
    def _():
        return f"{site.person('dept_approver').sign(made['number'], 'assess').signed}; {author.state(made['number'])}"


@pytest.mark.needs(*NEEDS, "action.open.done", "action:before_use")
@pytest.mark.script(
    "OQ-CHG-032",
    title="A change is ready for use when its tasks are verified, its documents in force and its tests passed",
    negative=True,
    requirements=("URS-CHG-002",),
)
def test_readiness(steps, site):
    """An open task, a document that is no more than a draft, a test that failed or has no evidence: it is not ready."""
    made, owner = {}, site.person("author")

    def ready():
        answer = owner.sign(made["number"], "ready")
        return f"{answer.signed}; {owner.state(made['number'])}"

    @steps("A change is approved that names a draft, with a task that is needed before use", expected="implementing")
    def _():
        made["document"] = site.make("document", "author", "in_approval").number
        made["number"] = implementing(site, documents=[made["document"]])
        fields = site.filling.values(
            "action", what="Connect the second telephone", belongs_to=[made["number"]], owner="q.author", assignee="q.author.2",
            due_on=day(site, 10), blocks_closing=True, before_use=True,
        )  # fmt: skip
        made["task"] = owner.create("action", **fields).number
        return owner.state(made["number"])

    @steps(
        "Call it ready, tested, with the task open and the document a draft",
        expected="refused: tasks_before_use_verified; implementing",
    )
    def _():
        owner.edit(made["number"], test_result="passed", test_evidence="Two calls, 14:03 and 14:05")
        return ready()

    @steps("The task is done, and not accepted yet", expected="refused: tasks_before_use_verified; implementing")
    def _():
        doer = site.person("author.2")
        doer.edit(made["task"], done_on=day(site, -1), evidence="It rang at 14:03")
        doer.act(made["task"], "done")
        return ready()

    @steps("The task is accepted, the document is still a draft", expected="refused: documents_effective; implementing")
    def _():
        site.walk(made["task"], "accept")
        return ready()

    @steps("The document is in force, the test failed", expected="refused: tests_passed; implementing")
    def _():
        for move in ("submit", "agree", "approve"):
            site.walk(made["document"], move)
        site.until(made["document"], "effective", "author")
        owner.edit(made["number"], test_result="failed")
        return ready()

    @steps("The test passed, its evidence lacks", expected="signed: no; implementing")
    def _():
        owner.edit(made["number"], test_result="passed", test_evidence=None)
        said = ready()
        return f"signed: {yes(said.startswith('signed'))}; {said.rpartition('; ')[2]}"

    @steps("With its evidence", expected="signed; verifying")
    def _():
        owner.edit(made["number"], test_evidence="Two calls, 14:03 and 14:05")
        return ready()
