"""OQ of attempts and failures: every attempt stays with every step, and a failed one is decided before anything passes over it."""

from __future__ import annotations

from datetime import timedelta

import pytest

WHY = "The script lays down that this is so"
RISK = {
    "failure": "A value is lost",
    "cause": "It is not saved",
    "effect": "A wrong lot is used",
    "severity": "high",
    "probability": "medium",
    "detectability": "low",
    "because": "Nobody sees it",
    "control": "Saved at once",
}
STEPS = [
    {"action": "Enter a result of 5.2", "given": "5.2", "expected": "5.2 is stored"},
    {"action": "Enter a result of 99", "given": "99", "expected": "refused: out of range"},
]
RUNS = (
    "test_deviation.open.analyse",
    "gxp_system.assessed.begin_validation",
    "document.draft.list_rows",
    "document:validation_kind",
    "test_script.in_review.approve",
    "test_run.planned.start",
    "test_run.running.record_step",
    "test_run.running.finish",
    "test_run.executed.accept",
)


def yes(it):
    return "yes" if it else "no"


def a_system(site, **fields):
    """Propose a system that was made here; the first entry stands for this installation, so it is never taken."""
    given = {
        "name": "Laboratory system of a script",
        "version": "4.2",
        "process_owner": "q.dept_approver",
        "owner": "q.system_owner",
        "department": site.department,
        "supplied": "made here",
        "gxp_use": "GMP",
        "signatures": False,
        "components": [{"component": "Database", "category": "1", "because": "Used as bought"}],
        "risk_patient": "low",
        "risk_product": "medium",
        "risk_data": "high",
        "risk": "high",
    }
    values = site.filling.values("gxp_system", "assessed", **given | fields)
    number = site.person("validation").create("gxp_system", **values).number
    return a_system(site, **fields) if number == "SYS-001" else number


def a_document(site, of, kind, **fields):
    """Draft a validation document of a system."""
    given = {
        "title": f"{kind} of {of}",
        "class": "validation",
        "validation_kind": kind,
        "system": [of],
        "owner": "q.validation",
        "department": site.department,
        **fields,
    }
    values = site.filling.values("document", "in_approval", **given)
    return site.person("validation").create("document", **values).number


def approved(site, number, *, listing=True):
    """Let a validation document be listed, reviewed and approved."""
    if listing:
        site.person("validation").act(number, "list_rows")
    for move in ("submit", "agree", "approve"):
        site.walk(number, move)
    return site.until(number, "effective")


def in_validation(site):
    """Give a system with its approved plan."""
    number = a_system(site)
    site.walk(number, "assess")
    approved(site, a_document(site, number, "plan"), listing=False)
    site.person("validation").act(number, "begin_validation")
    return number


def a_requirement(site, of, **fields):
    given = {
        "text": "The system shall store a result as entered",
        "area": "OWN",
        "system": [of],
        "impact": ["data"],
        "touches": "record_change",
        "risks": [RISK],
        "priority": "high",
        "depth": "scripted with negative cases",
        "source": "own",
    }
    values = site.filling.values("validation_requirement", "in_review", **given | {"document": None} | fields)
    return site.person("validation").create("validation_requirement", **values).number


def a_script(site, of, *requirements, **fields):
    given = {
        "title": "Results are stored",
        "series": "OQ-OWN",
        "system": [of],
        "requirements": list(requirements),
        "risk": "high",
        "steps": STEPS,
        "run_by": "person",
        "expected_by": "q.dept_approver",
        "source": "own",
    }
    values = site.filling.values("test_script", "in_review", **given | {"protocol": None} | fields)
    return site.person("validation").create("test_script", **values).number


def a_protocol(site, of, *scripts):
    """Put scripts of one level into a protocol that is then approved."""
    author = site.person("validation")
    made = a_document(site, of, f"{scripts[0][:2]} protocol")
    for one in scripts:
        author.edit(one, protocol=[made])
        author.act(one, "propose")
    approved(site, made)
    for one in scripts:
        site.until(one, "approved")
    return made


def a_run(site, of, test, attempt=1, **fields):
    """Plan a run by an author, as the next attempt."""
    given = {
        "title": f"{test}, attempt {attempt}",
        "script": [test],
        "attempt": str(attempt),
        "purpose": "official",
        "system": [of],
        "origin": "person",
        "executor": "q.author",
        "build": "4.2",
        "baseline": "-",
        "compared": "same",
    }
    values = site.filling.values("test_run", **given | fields)
    return site.person("validation").create("test_run", **values).number


def step(person, number, place, actual, *, good=True, **more):
    """Record one step."""
    return person.act(number, "record_step", step=place, actual=actual, passed=good, **more)


def carried_out(site, of, test, attempt=1, **fields):
    """Let an author carry a script out with every step as expected, and sign that it was done."""
    number, doer = a_run(site, of, test, attempt, **fields), site.person("author")
    doer.act(number, "start")
    for place, row in enumerate(doer.fields(test)["steps"], 1):
        step(doer, number, place, row["expected"])
    doer.sign(number, "finish")
    return number


def ready(site, *, passed=True):
    """Give a system in validation whose requirement is approved and whose script of IQ was passed; with an approved script of OQ."""
    of = in_validation(site)
    need, author = a_requirement(site, of), site.person("validation")
    holder = a_document(site, of, "requirements")
    author.edit(need, document=[holder])
    author.act(need, "propose")
    approved(site, holder)
    site.until(need, "approved")
    first = a_script(site, of, need, series="IQ-OWN", title="Installed as specified", steps=STEPS[:1])
    test = a_script(site, of, need)
    a_protocol(site, of, first)
    a_protocol(site, of, test)
    if passed:
        site.person("qa_ops").sign(carried_out(site, of, first), "accept")
    return of, need, first, test


@pytest.mark.needs(*RUNS, "test_run.running.abort")
@pytest.mark.script(
    "OQ-VAL-008",
    title="Every attempt stays as a run of its own, with each step recorded once and as a value",
    negative=True,
    requirements=("URS-VAL-020",),
)
def test_attempts(steps, site, database):
    """What is recorded is neither skipped, repeated nor rewritten; an aborted attempt is counted, and the next one says which it is."""
    made, doer = {}, site.person("author")
    wrong = (
        ("another step than the next", {"step": 2}),
        ("no actual result", {"actual": ""}),
        ("that it was as expected", {"actual": "As expected."}),
        ("no verdict", {"passed": None}),
        ("another expected result", {"expected": "0 is stored"}),
        ("evidence that nobody brought", {"evidence": "0" * 64}),
    )

    def versions(number):
        return database.value(
            "SELECT count(*) AS n FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ?", number
        )

    @steps("Start the first attempt", expected="200; running")
    def _():
        made["of"], _need, _first, made["test"] = ready(site)
        made["one"] = a_run(site, made["of"], made["test"])
        answer = doer.act(made["one"], "start")
        return f"{answer.said}; {answer.state}"

    for words, fields in wrong:

        @steps(f"Record a step with {words}", expected="422; no version more: yes")
        def _(fields=fields):
            before = versions(made["one"])
            given = {"step": 1, "actual": "5.2 is stored", "passed": True} | fields
            answer = doer.act(made["one"], "record_step", **given)
            return f"{answer.status}; no version more: {yes(versions(made['one']) == before)}"

    @steps("Record the first step, and finish", expected="200; refused: every_step_is_recorded; running")
    def _():
        said = step(doer, made["one"], 1, "5.2 is stored").said
        return f"{said}; {doer.sign(made['one'], 'finish').signed}; {doer.state(made['one'])}"

    @steps("Record it again, and edit the run", given="executor, validation, Quality", expected="422; edited: no, no, no")
    def _():
        again = step(doer, made["one"], 1, "0 is stored")
        people = ("author", "validation", "qa_approver")
        done = [site.person(one).edit(made["one"], reason=WHY, verdict="passed").ok for one in people]
        return f"{again.status}; edited: {', '.join(map(yes, done))}"

    @steps("Abort it", given="the server went down", expected="aborted; finish: no; 1 step kept")
    def _():
        answer = doer.act(made["one"], "abort", reason="The server went down in the midst of it")
        done = doer.sign(made["one"], "finish").signed == "signed"
        kept = doer.fields(made["one"])["steps"]
        return f"{answer.state}; finish: {yes(done)}; {len(kept)} step kept"

    @steps("Start the next one as if it were the first", expected="409 attempt_is_the_next; planned")
    def _():
        number = a_run(site, made["of"], made["test"], attempt=1)
        answer = doer.act(number, "start")
        state = doer.state(number)
        site.person("validation").act(number, "withdraw", reason=WHY)
        return f"{answer.said}; {state}"

    @steps("Carry out the next attempt", expected="executed; by, at and value of each step: 2 of 2")
    def _():
        made["two"] = carried_out(site, made["of"], made["test"], attempt=3)
        rows = doer.fields(made["two"])["steps"]
        whole = [row for row in rows if row["by"] and row["at"] and row["actual"] and row["verdict"] == "passed"]
        return f"{doer.state(made['two'])}; by, at and value of each step: {len(whole)} of {len(STEPS)}"

    @steps(
        "Read all attempts",
        given="SQL: states of its runs; one try to delete the first",
        expected="aborted, aborted, executed; deleted: no",
    )
    def _():
        rows = database.rows(
            "SELECT r.state FROM record r JOIN link l ON l.record_id = r.id WHERE l.target = ? AND l.relation = 'script' ORDER BY r.number",
            made["test"],
        )
        gone = database.attempt(
            "DELETE FROM version WHERE record_id = (SELECT id FROM record WHERE number = ?)", made["one"]
        )
        return f"{', '.join(row['state'] for row in rows)}; deleted: {yes(gone == 'done')}"


@pytest.mark.needs(*RUNS, "test_deviation.analysed.accept", "test_deviation.correcting.close", "test_deviation.open.void")
@pytest.mark.script(
    "OQ-VAL-009",
    title="A failed step opens a test deviation that only a later reviewed pass closes, or a restriction with an end",
    negative=True,
    requirements=("URS-VAL-021",),
)
def test_failures(steps, site, database):
    """It opens by itself, is never voided, holds back every later pass until it is decided, and is closed by nothing less."""
    made, doer, author = {}, site.person("author"), site.person("validation")
    owner, quality = site.person("system_owner"), site.person("qa_approver")

    def fail(attempt):
        number = a_run(site, made["of"], made["test"], attempt)
        doer.act(number, "start")
        step(doer, number, 1, "0 is stored", good=False)
        doer.sign(number, "finish")
        row = database.rows(
            "SELECT r.number FROM record r JOIN link l ON l.record_id = r.id WHERE l.target = ? AND l.relation = 'run'",
            number,
        )
        return number, row[0]["number"] if row else "none"

    def analyse(number, **fields):
        author.edit(number, **{"class": "major", "kind": "system", "cause": "The field rounds", "effect_on_tests": "None",
                               "effect_on_records": "None"} | fields)  # fmt: skip
        return author.sign(number, "analyse").signed

    @steps("Let the first step fail", expected="open; step 1; expected 5.2 is stored; actual 0 is stored")
    def _():
        made["of"], _need, _first, made["test"] = ready(site)
        made["failed"], made["tdv"] = fail(1)
        told = doer.fields(made["tdv"])
        return f"{doer.state(made['tdv'])}; step {told['step']}; expected {told['expected']}; actual {told['actual']}"

    @steps("Void it, as Quality", expected="refused: test_did_not_fail; open")
    def _():
        return f"{quality.sign(made['tdv'], 'void', WHY).signed}; {doer.state(made['tdv'])}"

    @steps(
        "Pass the next attempt, and accept both while nothing is decided",
        expected="refused: earlier_failures_are_closed; refused: failures_have_their_deviations",
    )
    def _():
        made["passed"] = carried_out(site, made["of"], made["test"], attempt=2)
        reviewer = site.person("qa_ops")
        return "; ".join(reviewer.sign(made[one], "accept").signed for one in ("passed", "failed"))

    @steps("Analyse it, and close it at once", expected="signed; 409 declared_move; analysed")
    def _():
        said = analyse(made["tdv"])
        answer = author.act(made["tdv"], "close")
        return f"{said}; {answer.said}; {doer.state(made['tdv'])}"

    unfit = (
        ("no restriction of use", {"restriction": None}, "accepted_with_restriction_and_end"),
        ("an end after 91 days", {"restricted_until": 91}, "accepted_with_restriction_and_end"),
        ("an end that has passed", {"restricted_until": -1}, "accepted_with_restriction_and_end"),
        ("no end", {"restricted_until": None}, "required_fields"),
    )

    def day(days):
        return (site.now() + timedelta(days=days)).date().isoformat()

    for words, fields, rule in unfit:

        @steps(f"Accept it for a time with {words}", expected=f"refused: {rule}; analysed")
        def _(fields=fields):
            whole = {"accepted_because": "It is rare", "restriction": "Two people read", "restriction_owner": "q.system_owner",
                     "restricted_until": 90} | fields  # fmt: skip
            until = whole["restricted_until"]
            author.edit(made["tdv"], **whole | {"restricted_until": None if until is None else day(until)})
            return f"{owner.sign(made['tdv'], 'accept').signed}; {doer.state(made['tdv'])}"

    @steps("Decide to correct it, and accept the pass", expected="correcting; signed; accepted")
    def _():
        author.edit(made["tdv"], correction="The field keeps what was entered")
        state = site.walk(made["tdv"], "decide_correction")
        said = site.person("qa_ops").sign(made["passed"], "accept").signed
        return f"{state}; {said}; {doer.state(made['passed'])}"

    @steps("Close it with the run that failed", expected="refused: later_run_passed; correcting")
    def _():
        author.edit(made["tdv"], passed_by=[made["failed"]])
        return f"{author.sign(made['tdv'], 'close').signed}; {doer.state(made['tdv'])}"

    @steps("Close it with the later pass that was reviewed", given="validation, then Quality", expected="closed")
    def _():
        author.edit(made["tdv"], passed_by=[made["passed"]])
        return site.walk(made["tdv"], "close")

    @steps("Let it fail again as critical, and accept that for a time", expected="signed; signed: no; analysed")
    def _():
        _, number = fail(3)
        said = analyse(number, **{"class": "critical"})
        done = owner.sign(number, "accept").signed == "signed"
        return f"{said}; signed: {yes(done)}; {doer.state(number)}"
