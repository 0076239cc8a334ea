"""OQ of changes that are no usual ones: in an emergency, for a time only, of a computer system, and given up after they were begun."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

WHY = "The freezer fails within hours"
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
USUAL = ("change.draft.submit", "change.assessment.assess", "change.approval.approve", "change:equipment_impact")
FOLLOWED = """SELECT DISTINCT r.number, r.state FROM record r JOIN link l ON l.record_id = r.id
    WHERE r.type = 'deviation' AND l.relation = 'affected_records' AND l.target = ?"""
PATIENCE = 60  # seconds for what the system does by itself after its time


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def begun(site, **given):
    """Let the author write a change that is complete; gives its number."""
    fields = {
        "kind": "equipment", "before": "One freezer", "after": "Two freezers", "reason": "It warms up", "urgency": "normal",
        "class": "minor", "owner": "q.author", "assessors": ["q.dept_approver"], "criterion": "Both hold the temperature",
        "way_back": "One freezer", "department": site.department, "planned_on": day(site, 60), "title": "A second freezer",
    }  # fmt: skip
    fields |= {f"{one}_impact": one == "equipment" for one in AREAS}
    fields |= {f"{one}_reason": "Looked at by the author" for one in AREAS}
    values = site.filling.values("change", "assessment", **{**fields, **given})
    return site.person("author").create("change", **values).number


def implementing(site, **given):
    """Take a change by the author into its execution; gives its number."""
    number = begun(site, **given)
    for move in ("submit", "assess", "approve"):
        site.walk(number, move)
    return number


def used(site, number):
    """Let the author test an approved change and take it into use; gives the state."""
    site.person("author").edit(number, test_result="passed", test_evidence="A log of two days")
    return site.walk(number, "ready")


def followed(database, number):
    """Give the deviations that name a change as affected, as soon as there is one."""
    until = time.monotonic() + PATIENCE
    while not (found := database.rows(FOLLOWED, number)) and time.monotonic() < until:
        time.sleep(1)
    return found


@pytest.mark.needs(
    "change.draft.emergency", "change.implementing_emergency.approve", "change.implementing_emergency.fall_overdue"
)
@pytest.mark.script(
    "OQ-CHG-001",
    title="An emergency change begins with the word of Quality and is approved in time, or a deviation opens",
    negative=True,
    requirements=("URS-CHG-003",),
)
def test_an_emergency(steps, site, database, reading):
    """The author alone begins none; what is not assessed and approved in its days opens one deviation, what is approved in time none."""
    made, author = {}, site.person("author")
    days = reading.states("change")["implementing_emergency"]["due"]["days"]

    @steps(
        "Send an emergency change the usual way, which asks for no word of Quality beforehand",
        expected="refused: declared_move; draft",
    )
    def _():
        made["late"] = begun(site, urgency="emergency")
        return f"{author.sign(made['late'], 'submit').signed}; {author.state(made['late'])}"

    @steps("Begin it as its author alone", expected="signed; draft")
    def _():
        return f"{author.sign(made['late'], 'emergency', WHY).signed}; {author.state(made['late'])}"

    @steps("Management signs in place of Quality", expected="refused: signer_authority; draft")
    def _():
        return f"{site.person('executive').sign(made['late'], 'emergency', WHY).signed}; {author.state(made['late'])}"

    @steps("A quality approver signs", expected="signed; implementing_emergency")
    def _():
        return f"{site.person('qa_approver').sign(made['late'], 'emergency', WHY).signed}; {author.state(made['late'])}"

    @steps("Call it ready for use before it is approved", expected="refused: declared_move; implementing_emergency")
    def _():
        return f"{author.sign(made['late'], 'ready').signed}; {author.state(made['late'])}"

    @steps("Begin a second one and let it be assessed and approved at once", expected="implementing_emergency, implementing")
    def _():
        made["good"] = begun(site, urgency="emergency", title="A third freezer")
        state = site.walk(made["good"], "emergency")
        return f"{state}, {site.walk(made['good'], 'approve')}"

    @steps("Look for deviations of both", given="SQL", expected="0, 0")
    def _():
        return ", ".join(str(len(database.rows(FOLLOWED, made[name]))) for name in ("late", "good"))

    @steps(
        f"Let the {days} business days go by",
        given=f"{2 * days + 4} days",
        expected="deviations of what was not approved: 1, triage; of what was: 0",
    )
    def _():
        site.advance(f"{2 * days + 4}d")
        found = followed(database, made["late"])
        if found and found[0]["state"] == "draft":
            found[0]["state"] = site.until(found[0]["number"], "triage")
        states = ", ".join(one["state"] for one in found)
        return f"deviations of what was not approved: {len(found)}, {states}; of what was: {len(database.rows(FOLLOWED, made['good']))}"


@pytest.mark.needs(
    *USUAL, "change:temporary_until", "change.verifying.undo", "change.verifying.close", "change.implementing.run_out"
)
@pytest.mark.script(
    "OQ-CHG-002",
    title="A temporary change ends: undone, or made permanent by an approved change",
    negative=True,
    requirements=("URS-CHG-004",),
)
def test_a_temporary_change(steps, site, database):
    """More than 90 days are refused; closing waits for an approved change that makes it permanent; undoing waits for the way back."""
    made, author, quality = {}, site.person("author"), site.person("qa_approver")

    def closed():
        return f"{quality.sign(made['first'], 'close').signed}; {quality.state(made['first'])}"

    @steps("Send one that is for 92 days", expected="refused: temporary_for_at_most_90_days; draft")
    def _():
        made["first"] = begun(site, temporary_until=day(site, 92))
        return f"{author.sign(made['first'], 'submit').signed}; {author.state(made['first'])}"

    @steps("Let it be for 30 days, planned for the 182nd", expected="200; refused: planned_within_180_days; draft")
    def _():
        said = author.edit(made["first"], temporary_until=day(site, 30), planned_on=day(site, 182)).said
        return f"{said}; {author.sign(made['first'], 'submit').signed}; {author.state(made['first'])}"

    @steps("Plan it for the 60th; it is assessed, approved and taken into use", expected="200; verifying")
    def _():
        said = author.edit(made["first"], planned_on=day(site, 60)).said
        for move in ("submit", "assess", "approve"):
            site.walk(made["first"], move)
        state = used(site, made["first"])
        author.edit(made["first"], result="Both hold it", criterion_met=True)
        return f"{said}; {state}"

    @steps("Close it as it is", expected="refused: temporary_change_became_permanent; verifying")
    def _():
        return closed()

    @steps(
        "Write a change that makes it permanent, and close it before that is approved",
        expected="refused: temporary_change_became_permanent; verifying",
    )
    def _():
        made["second"] = begun(site, sources=[made["first"]], title="Two freezers for ever")
        return closed()

    @steps("Approve that one, and close the temporary one", expected="implementing; signed; closed")
    def _():
        for move in ("submit", "assess", "approve"):
            state = site.walk(made["second"], move)
        return f"{state}; {closed()}"

    @steps(
        "Take another one for two days into use, and undo it with nothing taken back",
        expected="refused: way_back_is_done; verifying",
    )
    def _():
        made["other"] = implementing(site, temporary_until=day(site, 2), title="A freezer on loan")
        used(site, made["other"])
        author.edit(made["other"], result="It is back with its owner")
        return f"{quality.sign(made['other'], 'undo', WHY).signed}; {quality.state(made['other'])}"

    @steps(
        "Let its time run out", given="4 days", expected="deviations that name it: 1; of the one that was made permanent: 0"
    )
    def _():
        site.advance("4d")
        found = len(followed(database, made["other"]))
        return f"deviations that name it: {found}; of the one that was made permanent: {len(database.rows(FOLLOWED, made['first']))}"

    @steps("Take back what was done, and undo it", expected="implementing; verifying; undone")
    def _():
        state = site.walk(made["other"], "fail", reason=WHY, first=("qa_approver",))
        author.edit(made["other"], way_back_done=True)
        return f"{state}; {site.walk(made['other'], 'ready')}; {site.walk(made['other'], 'undo', reason=WHY)}"


@pytest.mark.needs(*USUAL, "change.implementing.ready", "role:system_owner")
@pytest.mark.script(
    "OQ-CHG-003",
    title="A change of a computer system is approved by its owner and Quality, and tested",
    negative=True,
    requirements=("URS-CHG-005",),
)
def test_a_computer_system(steps, site):
    """Head of function and Quality alone do not approve it; without tests, or with tests called needless, it is not used."""
    made, author = {}, site.person("author")

    def signed(who, move):
        return f"{site.person(who).sign(made['number'], move).signed}; {author.state(made['number'])}"

    def ready(**said):
        author.edit(made["number"], **said)
        return signed("author", "ready")

    @steps("Bring a change of a computer system to its approval", expected="assessment, approval")
    def _():
        made["number"] = begun(site, kind="computer system", title="A new version of the log")
        return ", ".join(site.walk(made["number"], move) for move in ("submit", "assess"))

    @steps("Head of function and Quality approve", expected="signed; approval, signed; approval")
    def _():
        return ", ".join(signed(who, "approve") for who in ("dept_approver", "qa_approver"))

    @steps("Another one of Quality signs in place of the system owner", expected="refused: signer_authority; approval")
    def _():
        return signed("qa_approver.2", "approve")

    @steps("The system owner approves", expected="signed; implementing")
    def _():
        return signed("system_owner", "approve")

    @steps("Call it ready with no word on tests", expected="refused: tests_passed; implementing")
    def _():
        return signed("author", "ready")

    @steps("Call it ready with tests that are said to be needless", expected="refused: tests_passed; implementing")
    def _():
        return ready(test_result="none needed", test_evidence="It is small")

    @steps("Call it ready with tests that failed", expected="refused: tests_passed; implementing")
    def _():
        return ready(test_result="failed", test_evidence="A log of two days")

    @steps("Call it ready with tests that passed, and no evidence", expected="refused: tests_passed; implementing")
    def _():
        return ready(test_result="passed", test_evidence=None)

    @steps("Call it ready with evidence of tests that passed", expected="signed; verifying")
    def _():
        return ready(test_evidence="A log of two days")


@pytest.mark.needs(*USUAL, "change.implementing.cancel", "change:way_back_done")
@pytest.mark.script(
    "OQ-CHG-004",
    title="A change that was begun is given up only after what was done is taken back",
    negative=True,
    requirements=("URS-CHG-006",),
)
def test_given_up(steps, site):
    """Cancelling is refused until somebody says that the way back is done, and while somebody says that it is not."""
    made, author, quality = {}, site.person("author"), site.person("qa_approver")

    def cancelled():
        return f"{quality.sign(made['number'], 'cancel', WHY).signed}; {quality.state(made['number'])}"

    @steps("Bring a change into its execution", expected="implementing")
    def _():
        made["number"] = implementing(site, title="A freezer of another make")
        return author.state(made["number"])

    @steps("Cancel it", expected="refused: way_back_is_done; implementing")
    def _():
        return cancelled()

    @steps("Say that the way back is not done, and cancel it", expected="200; refused: way_back_is_done; implementing")
    def _():
        return f"{author.edit(made['number'], way_back_done=False).said}; {cancelled()}"

    @steps("Its owner cancels it without Quality", expected="signed: no; implementing")
    def _():
        signed = author.sign(made["number"], "cancel", WHY).signed
        return f"signed: {'yes' if signed == 'signed' else 'no'}; {author.state(made['number'])}"

    @steps("Say that it is done, and cancel it", expected="200; signed; cancelled")
    def _():
        return f"{author.edit(made['number'], way_back_done=True).said}; {cancelled()}"
