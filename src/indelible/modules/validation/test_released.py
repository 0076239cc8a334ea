"""OQ of the end of a validation: reports, summary and release wait until nothing is left open, on what is in use."""

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
ON = {"build": "4.2", "baseline": "-"}
STEPS = [
    {"action": "Enter a result of 5.2", "given": "5.2", "expected": "5.2 is stored"},
    {"action": "Enter a result of 99", "given": "99", "expected": "refused: out of range"},
]
RUNS = (
    "gxp_system.in_validation.release",
    "gxp_system:restore_evidence",
    "test_deviation.open.void",
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


def a_deviation(site, of, run):
    """Open a test deviation by hand, on a run that passed."""
    fields = {"title": "It signs twice", "run": [run], "step": "1", "system": [of], "expected": "One", "actual": "Two"}
    return site.person("author").create("test_deviation", **site.filling.values("test_deviation", **fields)).number


def to_approval(site, of, kind, **fields):
    """Draft a report or summary on what is in use, and let it be reviewed; gives its number."""
    number = a_document(site, of, kind, **ON | fields)
    if kind != "summary report":
        site.person("validation").act(number, "list_rows")
    for move in ("submit", "agree"):
        site.walk(number, move)
    return number


def in_force(site, number):
    """Approve what was reviewed; gives the state that follows."""
    site.walk(number, "approve")
    return site.until(number, "effective")


@pytest.mark.needs(*RUNS)
@pytest.mark.script(
    "OQ-VAL-010",
    title="A report waits for every review and decision, and a summary for every requirement on what is in use",
    negative=True,
    requirements=("URS-VAL-022",),
)
def test_reports(steps, site, database):
    """A run that nobody reviewed, a requirement without a test, a test deviation without a decision: each stops the approval."""
    made, author, quality = {}, site.person("validation"), site.person("qa_approver")

    @steps(
        "Approve a report over a run that nobody reviewed",
        given="Quality",
        expected="refused: results_were_reviewed; in_approval",
    )
    def _():
        made["of"], made["need"], _first, made["test"] = ready(site)
        made["run"] = carried_out(site, made["of"], made["test"])
        made["report"] = to_approval(site, made["of"], "OQ report")
        answer = quality.sign(made["report"], "approve")
        return f"{answer.signed}; {quality.state(made['report'])}"

    @steps(
        "Send a summary before the report is approved", expected="refused: earlier_validation_documents_are_approved; draft"
    )
    def _():
        number = a_document(site, made["of"], "summary report", **ON)
        return f"{author.sign(number, 'submit').signed}; {author.state(number)}"

    @steps("Review the run, and approve the reports", expected="accepted; effective, effective")
    def _():
        site.person("qa_ops").sign(made["run"], "accept")
        states = [in_force(site, one) for one in (made["report"], to_approval(site, made["of"], "IQ report"))]
        return f"{author.state(made['run'])}; {', '.join(states)}"

    @steps(
        "Approve a summary of another build than the one in use",
        given="4.1 where 4.2 is in use",
        expected="refused: summary_is_complete; in_approval",
    )
    def _():
        number = to_approval(site, made["of"], "summary report", build="4.1")
        return f"{quality.sign(number, 'approve').signed}; {quality.state(number)}"

    @steps("Approve a summary while a requirement has no test", expected="refused: summary_is_complete; it is named: yes")
    def _():
        made["bare"] = a_requirement(site, made["of"])
        made["summary"] = to_approval(site, made["of"], "summary report")
        answer = quality.sign(made["summary"], "approve")
        return f"{answer.signed}; it is named: {yes(made['bare'] in answer.words)}"

    @steps(
        "Exclude that requirement, and open a test deviation",
        expected="excluded; refused: summary_is_complete; it is named: yes",
    )
    def _():
        quality.sign(made["bare"], "exclude", WHY)
        made["tdv"] = a_deviation(site, made["of"], made["run"])
        answer = quality.sign(made["summary"], "approve")
        return f"{author.state(made['bare'])}; {answer.signed}; it is named: {yes(made['tdv'] in answer.words)}"

    @steps("Void the test deviation, which no step had opened, and approve", expected="void; effective")
    def _():
        quality.sign(made["tdv"], "void", WHY)
        return f"{author.state(made['tdv'])}; {in_force(site, made['summary'])}"

    @steps("Read who approved it", given="SQL", expected="approved 2, quality_approved 1, released 1, people: 4")
    def _():
        sql = "SELECT s.meaning, s.printed_name FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ?"
        rows = [one for one in database.rows(sql, made["summary"]) if one["meaning"] not in ("authored", "reviewed")]
        told = ", ".join(
            f"{name} {sum(one['meaning'] == name for one in rows)}" for name in ("approved", "quality_approved", "released")
        )
        return f"{told}, people: {len({one['printed_name'] for one in rows})}"


@pytest.mark.needs(*RUNS, "training.assigned.sign_off")
@pytest.mark.script(
    "OQ-VAL-011",
    title="A system is released only on its summary, with procedures, training, restore and review, and no critical failure",
    negative=True,
    requirements=("URS-VAL-023",),
)
def test_the_release(steps, site, reading):
    """Each gap is named by its rule, and only when the last one is closed system owner and Quality sign."""
    made, author, quality = {}, site.person("validation"), site.person("qa_approver")
    owner = site.person("system_owner")

    def day(days):
        return (site.now() + timedelta(days=days)).date().isoformat()

    def gaps():
        """Let the system owner sign the release, and give what the interface says that it lacks."""
        signed = owner.sign(made["of"], "release").signed == "signed"
        told = next(one for one in owner.acts(made["of"]).json["acts"] if one["act"] == "release")
        named = sorted({one["rule"] for one in (told.get("refusal") or {}).get("missing", [])})
        return f"signed: {yes(signed)}; {', '.join(named) or 'nothing lacks'}"

    @steps(
        "Release it with nothing that its use needs",
        expected="signed: no; required_fields, restore_tested, summary_report_approved",
    )
    def _():
        made["of"], _need, _first, made["test"] = ready(site)
        made["run"] = carried_out(site, made["of"], made["test"])
        return gaps()

    @steps(
        "Name a procedure that is not in force and a review in the past, with a test deviation open",
        expected="signed: no; critical_test_deviations_ended, first_reviews_scheduled, procedures_effective, restore_tested, "
        "summary_report_approved, users_trained",
    )
    def _():
        fields = {"title": "Use of the laboratory system", "effective_on": day(30)}
        made["sop"] = site.make("document", "author", "in_approval", **fields).number
        for move in ("submit", "agree", "approve"):
            site.walk(made["sop"], move)
        fields = {"administrators": ["q.sysadmin"], "procedure": [made["sop"]], "backup": "Nightly", "next_review": day(-2)}
        author.edit(made["of"], **fields)
        made["tdv"] = a_deviation(site, made["of"], made["run"])
        return gaps()

    @steps(
        "Approve its reports and its summary once the test deviation is void",
        expected="effective; signed: no; first_reviews_scheduled, procedures_effective, restore_tested, users_trained",
    )
    def _():
        quality.sign(made["tdv"], "void", WHY)
        site.person("qa_ops").sign(made["run"], "accept")
        for kind in ("IQ report", "OQ report", "summary report"):
            state = in_force(site, to_approval(site, made["of"], kind))
        return f"{state}; {gaps()}"

    @steps(
        "Put the procedure in force, plan the review, file the restore; nobody is trained",
        expected="signed: no; users_trained",
    )
    def _():
        site.person("doc_control").act(made["sop"], "take_effect")
        proof = author.upload("restore.txt", b"All rows were there again.\n").json["sha256"]
        author.edit(made["of"], next_review=day(180), restore_tested_on=day(-1), restore_evidence=[proof])
        return gaps()

    @steps("Assign a training on the procedure, which is not done", expected="signed: no; users_trained")
    def _():
        values = site.filling.values(
            "training",
            trainee="q.reader",
            kind="practical",
            because="other",
            document=[made["sop"]],
            what="Use of the system",
        )
        made["training"] = site.person("trainer").create("training", **values).number
        return gaps()

    @steps(
        "Do the training, and let one person release alone",
        given="system owner, twice",
        expected="done; signed; not signed again; in_validation",
    )
    def _():
        site.person("trainer").edit(made["training"], taught="A result was entered and read")
        state = site.walk(made["training"], "sign_off")
        first, again = (owner.sign(made["of"], "release").signed for _ in range(2))
        return f"{state}; {first}; {'not signed again' if again != 'signed' else 'signed again'}; {owner.state(made['of'])}"

    @steps("Release it with Quality", expected=reading.moves("gxp_system", "in_validation")["release"]["to"])
    def _():
        quality.sign(made["of"], "release")
        return quality.state(made["of"])
