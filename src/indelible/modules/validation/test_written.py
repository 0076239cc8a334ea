"""OQ of validation: a requirement has the priority of its risks, and a script says what is expected before anybody carries it out."""

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
MILD = RISK | {"severity": "low", "probability": "low", "detectability": "high"}
STEPS = [
    {"action": "Enter a result of 5.2", "given": "5.2", "expected": "5.2 is stored"},
    {"action": "Enter a result of 99", "given": "99", "expected": "refused: out of range"},
]
DOCUMENTS = (
    "gxp_system.proposed.assess",
    "gxp_system.assessed.begin_validation",
    "document.draft.list_rows",
    "document:validation_kind",
    "validation_requirement.draft.propose",
    "validation_requirement.in_review.approve",
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


@pytest.mark.needs(*DOCUMENTS, "validation_requirement.in_review.authorise_less")
@pytest.mark.script(
    "OQ-VAL-004",
    title="The priority of a requirement follows from its risks, and less is allowed by Quality alone",
    negative=True,
    requirements=("URS-VAL-016", "URS-VAL-007"),
)
def test_priorities(steps, site, database):
    """A typed priority is compared with the risks; what is below high, or tested less, waits for the signature of Quality."""
    made, author, quality = {}, site.person("validation"), site.person("qa_approver")
    less = {"risks": [MILD], "priority": "low", "depth": "unscripted or release evidence"}
    wrong = (
        ("a high risk called low", [RISK], "low"),
        ("a high risk called medium", [RISK], "medium"),
        ("a low risk called high", [MILD], "high"),
        ("one high and one low risk called low", [MILD, RISK], "low"),
        ("a risk without a rating", [{"failure": "A value is lost"}], "low"),
    )

    @steps("Draft a requirements document and a requirement in it", expected="draft, draft")
    def _():
        made["of"] = in_validation(site)
        made["doc"] = a_document(site, made["of"], "requirements")
        made["high"] = a_requirement(site, made["of"], document=[made["doc"]])
        return f"{author.state(made['doc'])}, {author.state(made['high'])}"

    for words, risks, priority in wrong:

        @steps(f"Propose it with {words}", expected="200; 409 priority_follows_from_its_risks; draft")
        def _(risks=risks, priority=priority):
            edited = author.edit(made["high"], risks=risks, priority=priority)
            answer = author.act(made["high"], "propose")
            return f"{edited.said}; {answer.said}; {author.state(made['high'])}"

    @steps(
        "Propose it with the priority of its risk, and two that are below high", expected="in_review, in_review, in_review"
    )
    def _():
        author.edit(made["high"], risks=[RISK], priority="high")
        fields = less | {"document": [made["doc"]]}
        made["lower"] = a_requirement(site, made["of"], **fields, thinner_because="Nobody reads this value")
        made["bare"] = a_requirement(site, made["of"], **fields, thinner_because=None)
        for one in ("high", "lower", "bare"):
            author.act(made[one], "propose")
        return ", ".join(author.state(made[one]) for one in ("high", "lower", "bare"))

    @steps(
        "Let Quality allow less where nothing is less, and where no reason stands",
        expected="2 times refused: less_is_explained",
    )
    def _():
        found = [quality.sign(made[one], "authorise_less", WHY).signed for one in ("high", "bare")]
        return f"{found.count('refused: less_is_explained')} times refused: less_is_explained"

    @steps("Let its author and a system owner allow it", expected="signed: no, no")
    def _():
        people = (author, site.person("system_owner"))
        return (
            f"signed: {', '.join(yes(one.sign(made['lower'], 'authorise_less', WHY).signed == 'signed') for one in people)}"
        )

    @steps(
        "Approve the document; only one of them was allowed",
        given="Quality allows the explained one",
        expected="high approved, lower approved, bare in_review",
    )
    def _():
        quality.sign(made["lower"], "authorise_less", WHY)
        approved(site, made["doc"])
        for one in ("high", "lower"):
            site.until(made[one], "approved")
        return ", ".join(f"{one} {author.state(made[one])}" for one in ("high", "lower", "bare"))

    @steps("Read who allowed it", given="SQL: signatures on the three", expected="high 0, lower 1, bare 0")
    def _():
        sql = "SELECT count(*) AS n FROM signature s JOIN record r ON r.id = s.record_id WHERE r.number = ? AND s.meaning = 'authorised'"
        return ", ".join(f"{one} {database.value(sql, made[one])}" for one in ("high", "lower", "bare"))


@pytest.mark.needs(*DOCUMENTS, "test_script.draft.propose", "test_script.approved.change", "test_run.planned.start_trial")
@pytest.mark.script(
    "OQ-VAL-005",
    title="A script says what is expected before it is carried out, and is changed after a run only under a change",
    negative=True,
    requirements=("URS-VAL-017",),
)
def test_scripts_on_record(steps, site, database):
    """Half a script is not proposed; once it is in its protocol nobody edits its steps; once it has run a change record is named."""
    made, author = {}, site.person("validation")

    def given(number):
        return [row.get("expected") for row in author.fields(number)["steps"]]

    @steps("Draft a protocol and a script", expected="draft, draft")
    def _():
        made["of"] = in_validation(site)
        made["need"] = a_requirement(site, made["of"])
        made["other"] = a_requirement(site, a_system(site))
        holder = a_document(site, made["of"], "requirements")
        author.edit(made["need"], document=[holder])
        author.act(made["need"], "propose")
        approved(site, holder)
        made["doc"] = a_document(site, made["of"], "OQ protocol")
        made["test"] = a_script(site, made["of"], made["need"], protocol=[made["doc"]])
        return f"{author.state(made['doc'])}, {author.state(made['test'])}"

    halves = (
        (
            "a step without its expected result",
            {"steps": [STEPS[0], {"action": "Enter 99"}]},
            "409 steps_say_what_is_expected",
        ),
        ("a step without its action", {"steps": [{"expected": "5.2 is stored"}]}, "409 steps_say_what_is_expected"),
        ("no requirement", {"requirements": []}, "409 its_requirements_are_known"),
        ("a requirement of another system", {"requirements": "other"}, "409 its_requirements_are_known"),
        ("nobody who wrote the expected results", {"expected_by": None}, "409 required_fields: expected_by"),
    )

    for words, fields, said in halves:

        @steps(f"Propose it with {words}", expected=f"200; {said}; draft")
        def _(fields=fields):
            named = {"requirements": [made["other"]]} if fields.get("requirements") == "other" else {}
            edited = author.edit(made["test"], **fields | named)
            answer = author.act(made["test"], "propose")
            author.edit(made["test"], steps=STEPS, requirements=[made["need"]], expected_by="q.dept_approver")
            return f"{edited.said}; {answer.said}; {author.state(made['test'])}"

    @steps(
        "Propose it whole and change an expected result then",
        given="by its author and Quality",
        expected="in_review; done: no, no",
    )
    def _():
        author.act(made["test"], "propose")
        changed = [STEPS[0] | {"expected": "0 is stored"}]
        done = [site.person(one).edit(made["test"], reason=WHY, steps=changed).ok for one in ("validation", "qa_approver")]
        return f"{author.state(made['test'])}; done: {', '.join(map(yes, done))}"

    @steps("Approve its protocol and change an expected result then", expected="approved; done: no, no; as it was: yes")
    def _():
        approved(site, made["doc"])
        state = site.until(made["test"], "approved")
        changed = [STEPS[0] | {"expected": "0 is stored"}]
        done = [
            author.edit(made["test"], reason=WHY, steps=changed).ok,
            author.amend(made["test"], WHY, steps=changed).ok,
        ]
        same = given(made["test"]) == [one["expected"] for one in STEPS]
        return f"{state}; done: {', '.join(map(yes, done))}; as it was: {yes(same)}"

    @steps("Plan a run of it and open it for a change", expected="201; draft")
    def _():
        values = site.filling.values(
            "test_run",
            title="A first attempt",
            script=[made["test"]],
            attempt="1",
            purpose="official",
            system=[made["of"]],
            origin="person",
            executor="q.author",
            build="4.2",
            baseline="-",
        )
        run = author.create("test_run", **values)
        return f"{run.said}; {author.act(made['test'], 'change', reason=WHY).state}"

    @steps("Propose other steps without a change record", expected="409 change_is_named_once_run; draft")
    def _():
        made["again"] = a_document(site, made["of"], "OQ protocol")
        author.edit(made["test"], protocol=[made["again"]], steps=[*STEPS, {"action": "Read it", "expected": "5.2"}])
        answer = author.act(made["test"], "propose")
        return f"{answer.said}; {author.state(made['test'])}"

    @steps("Name a change record and propose it", expected="200; in_review")
    def _():
        change = site.make("change", "author").number
        author.edit(made["test"], change_record=[change])
        answer = author.act(made["test"], "propose")
        return f"{answer.said}; {author.state(made['test'])}"

    @steps(
        "Read its earlier version",
        given="SQL: versions of the script that hold the first steps and were approved",
        expected="kept: yes",
    )
    def _():
        rows = database.rows(
            "SELECT v.content FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ?", made["test"]
        )
        return f"kept: {yes(any('refused: out of range' in one['content'] and 'Read it' not in one['content'] for one in rows))}"
