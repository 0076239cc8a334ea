"""OQ of test runs: only what was approved counts, nobody tests or reviews the own work, every attempt and every failure stays."""

from __future__ import annotations

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


@pytest.mark.needs(*RUNS, "test_run.planned.start_trial", "test_run.running.finish_trial")
@pytest.mark.script(
    "OQ-VAL-006",
    title="A run is official only with its approved script, on what is in use, after the level before, and never as a trial",
    negative=True,
    requirements=("URS-VAL-018",),
)
def test_official_runs(steps, site, reading, database):
    """Everything else is refused by its rule and stays planned; a trial is kept, cannot be accepted and covers nothing."""
    made, doer = {}, site.person("author")

    def started(number):
        return f"{doer.act(number, 'start').said}; {doer.state(number)}"

    @steps("Start a run of a script that no approved protocol holds", expected="409 protocol_approved; planned")
    def _():
        made["of"], made["need"], made["first"], made["test"] = ready(site, passed=False)
        made["bare"] = a_script(site, made["of"], made["need"], series="IQ-OWN")
        return started(a_run(site, made["of"], made["bare"]))

    @steps("Start OQ before IQ was passed", expected="409 earlier_level_passed; planned")
    def _():
        made["oq"] = a_run(site, made["of"], made["test"])
        return started(made["oq"])

    @steps(
        "Start it for another build than the one in use",
        given="4.1 where 4.2 is in use",
        expected="409; build_and_baseline_match: named; planned",
    )
    def _():
        number = a_run(site, made["of"], made["first"], build="4.1")
        answer = doer.act(number, "start")
        named = "build_and_baseline_match" in answer.text
        return f"{answer.status}; build_and_baseline_match: {'named' if named else 'not named'}; {doer.state(number)}"

    @steps(
        "Carry out a trial of the script that is not approved, and accept it",
        expected="trial; 409 declared_move; signed: no; trial",
    )
    def _():
        number = a_run(site, made["of"], made["bare"], purpose="trial")
        as_official = doer.act(number, "start").said
        doer.act(number, "start_trial")
        step(doer, number, 1, "5.2 is stored")
        state = doer.act(number, "finish_trial").state
        taken = site.person("qa_ops").sign(number, "accept").signed == "signed"
        return f"{state}; {as_official}; signed: {yes(taken)}; {doer.state(number)}"

    @steps("Look at what covers the requirement", given="page of its system", expected="covered: no")
    def _():
        words = site.person("reader").get(f"/validation/systems/{made['of']}/requirements").words
        return f"covered: {yes('covered' in words.replace('uncovered', ''))}"

    @steps("Pass IQ, then start OQ", expected="accepted; 200; running")
    def _():
        number = carried_out(site, made["of"], made["first"])
        site.person("qa_ops").sign(number, "accept")
        return f"{doer.state(number)}; {started(made['oq'])}"

    @steps("Read which version of the script it names", given="SQL: the approved one", expected="the same: yes")
    def _():
        linked = doer.fields(made["oq"])["script"][0]["sha256"]
        sql = "SELECT r.version_sha256 FROM record r WHERE r.number = ?"
        return f"the same: {yes(database.value(sql, made['test']) == linked)}"


@pytest.mark.needs(*RUNS)
@pytest.mark.script(
    "OQ-VAL-007",
    title="Nobody carries out the own script, and nobody reviews the own script or run",
    negative=True,
    requirements=("URS-VAL-019",),
)
def test_separation(steps, site, database):
    """Author, executor and reviewer are three people; who has an open training on the procedures of the system does not test it."""
    made, author = {}, site.person("validation")

    @steps("Let the author of a script carry it out", expected="409 executor_did_not_write_the_script; planned")
    def _():
        made["of"], _need, made["first"], made["test"] = ready(site)
        number = a_run(site, made["of"], made["test"], executor="q.validation")
        answer = author.act(number, "start")
        state = author.state(number)
        author.act(number, "withdraw", reason=WHY)
        return f"{answer.said}; {state}"

    @steps("Let somebody with open training on its procedure carry it out", expected="409 executor_is_trained; planned")
    def _():
        procedure = site.effective(title="How the laboratory system is used")
        author.edit(made["of"], procedure=[procedure])
        made["late"] = site.newcomer("author")
        values = site.filling.values(
            "training", trainee=made["late"].user_id, kind="practical", document=[procedure], what="Use of the system"
        )
        site.person("trainer").create("training", **values)
        number = a_run(site, made["of"], made["test"], attempt=2, executor=made["late"].user_id)
        answer = made["late"].act(number, "start")
        return f"{answer.said}; {author.state(number)}"

    @steps("Let a person who is neither carry it out", expected="executed")
    def _():
        made["run"] = carried_out(site, made["of"], made["test"], attempt=2)
        return author.state(made["run"])

    @steps("Let the author of the script accept it", expected="refused: reviewer_did_not_write_the_script; executed")
    def _():
        return f"{author.sign(made['run'], 'accept').signed}; {author.state(made['run'])}"

    @steps(
        "Let who carried it out accept and refuse it, holding a role that reviews",
        expected="refused: run_reviewer_is_not_executor; 409 run_reviewer_is_not_executor; executed",
    )
    def _():
        number = a_run(site, made["of"], made["test"], attempt=3, executor="q.qa_ops")
        both = site.person("qa_ops")
        both.act(number, "start")
        for place, row in enumerate(STEPS, 1):
            step(both, number, place, row["expected"])
        both.sign(number, "finish")
        made["own"] = number
        return f"{both.sign(number, 'accept').signed}; {both.act(number, 'refuse', reason=WHY).said}; {both.state(number)}"

    @steps("Let a third person accept it", expected="signed; accepted")
    def _():
        return f"{site.person('qa_ops.2').sign(made['own'], 'accept').signed}; {author.state(made['own'])}"

    @steps(
        "Read who signed it",
        given="SQL: people of performed and of verified",
        expected="performed 1, verified 1, the same person: no",
    )
    def _():
        rows = database.rows(
            "SELECT s.meaning, s.printed_name FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?",
            made["own"],
        )
        by = {name: [one["printed_name"] for one in rows if one["meaning"] == name] for name in ("performed", "verified")}
        same = {*by["performed"]} & {*by["verified"]}
        return f"performed {len(by['performed'])}, verified {len(by['verified'])}, the same person: {yes(same)}"
