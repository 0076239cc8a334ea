"""OQ of validation: a system is listed whole, and its documents are approved in their order, each with the rows that were read."""

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


@pytest.mark.needs("gxp_system.proposed.assess", "gxp_system:components", "gxp_system:risk")
@pytest.mark.script(
    "OQ-VAL-002",
    title="A system is listed whole: use, risk, supplier, and a reasoned category for each component",
    negative=True,
    requirements=("URS-VAL-014",),
)
def test_the_inventory(steps, site, reading, database):
    """Assessed only with a category and reason for each component, the highest risk as its risk, and the supplier of what is bought."""
    made, owner = {}, site.person("system_owner")
    to = reading.moves("gxp_system", reading.types["gxp_system"]["initial"])["assess"]["to"]
    faults = (
        (
            "a component without a reason",
            {"components": [{"component": "Rules", "category": "5"}]},
            "components_have_their_category",
        ),
        (
            "a component without a category",
            {"components": [{"component": "Rules", "because": "Own"}]},
            "components_have_their_category",
        ),
        ("a risk below its highest", {"risk": "low"}, "overall_risk_is_the_highest"),
        ("no supplier though it is bought", {"supplied": "bought", "supplier": None}, "required_fields"),
        ("no place where it runs", {"place": None}, "required_fields"),
    )

    @steps("Enter a system", given="validation", expected="201; in the list: yes")
    def _():
        made["number"] = a_system(site)
        listed = site.person("reader").get("/records/gxp_system").text
        return f"{'201' if made['number'] else 'not made'}; in the list: {yes(made['number'] in listed)}"

    for words, fields, rule in faults:

        @steps(f"Assess it with {words}", given="its owner signs", expected=f"edited: 200; refused: {rule}")
        def _(fields=fields):
            before = owner.fields(made["number"])
            put = {name: before.get(name) for name in fields}
            edited = owner.edit(made["number"], **fields)
            answer = owner.sign(made["number"], "assess")
            plain = {
                name: [one["number"] for one in value] if name == "supplier" and value else value
                for name, value in put.items()
            }
            owner.edit(made["number"], **plain)
            return f"edited: {edited.said}; {answer.signed}"

    @steps(
        "Read state and signatures",
        given="SQL",
        expected=f"{reading.types['gxp_system']['initial']}, 0 signatures",
    )
    def _():
        (row,) = database.rows(
            "SELECT r.state, (SELECT count(*) FROM signature s WHERE s.record_id = r.id) AS n FROM record r WHERE r.number = ?",
            made["number"],
        )
        return f"{row['state']}, {row['n']} signatures"

    @steps("Assess it as it was entered", given="owner, then Quality", expected=to)
    def _():
        return site.walk(made["number"], "assess")


@pytest.mark.needs(*DOCUMENTS)
@pytest.mark.script(
    "OQ-VAL-003",
    title="Documents of a validation are approved in their order and with exactly the rows that they list",
    negative=True,
    requirements=("URS-VAL-015",),
)
def test_documents(steps, site, reading, database):
    """Nothing is sent before its ground is approved; what is not listed as it is now stops review and approval; rows follow the document."""
    made, author = {}, site.person("validation")

    @steps(
        "Send documents of a system that has no approved plan",
        given="requirements, OQ protocol, OQ report, summary report",
        expected="4 times refused: earlier_validation_documents_are_approved",
    )
    def _():
        made["of"] = a_system(site)
        site.walk(made["of"], "assess")
        found = []
        for kind in ("requirements", "OQ protocol", "OQ report", "summary report"):
            number = a_document(site, made["of"], kind, build="4.2", baseline="-")
            answer = author.sign(number, "submit")
            found.append("earlier_validation_documents_are_approved" in answer.text and answer.signed != "signed")
        return f"{sum(found)} times refused: earlier_validation_documents_are_approved"

    @steps("Begin the validation without a plan", expected="409 validation_plan_approved")
    def _():
        return author.act(made["of"], "begin_validation").said

    @steps("Approve a plan and begin", expected=reading.moves("gxp_system", "assessed")["begin_validation"]["to"])
    def _():
        approved(site, a_document(site, made["of"], "plan"), listing=False)
        author.act(made["of"], "begin_validation")
        return author.state(made["of"])

    @steps("Send a requirements document that holds nothing", expected="refused: rows_are_as_listed")
    def _():
        made["doc"] = a_document(site, made["of"], "requirements")
        return author.sign(made["doc"], "submit").signed

    @steps("Put two requirements into it, list one, send it", expected="in_review, in_review; refused: rows_are_as_listed")
    def _():
        made["rows"] = [a_requirement(site, made["of"], document=[made["doc"]]) for _ in range(2)]
        author.act(made["rows"][0], "propose")
        author.act(made["doc"], "list_rows")
        author.act(made["rows"][1], "propose")
        states = ", ".join(author.state(one) for one in made["rows"])
        return f"{states}; {author.sign(made['doc'], 'submit').signed}"

    @steps("List other hashes by hand and send it", given="64 zeros each", expected="200; refused: rows_are_as_listed")
    def _():
        forged = [{"number": one, "sha256": "0" * 64} for one in made["rows"]]
        edited = author.edit(made["doc"], rows=forged)
        return f"{edited.said}; {author.sign(made['doc'], 'submit').signed}"

    @steps("Approve a row alone, as Quality", expected="done: no; still in review: yes")
    def _():
        answer = site.person("qa_approver").act(made["rows"][0], "approve")
        return f"done: {yes(answer.ok)}; still in review: {yes(author.state(made['rows'][0]) == 'in_review')}"

    @steps(
        "List its rows, send it, take one row back, and let Quality approve",
        expected="200; in_approval; refused: rows_are_as_listed",
    )
    def _():
        said = author.act(made["doc"], "list_rows").said
        for move in ("submit", "agree"):
            state = site.walk(made["doc"], move)
        author.act(made["rows"][1], "take_back", reason=WHY)
        return f"{said}; {state}; {site.person('qa_approver').sign(made['doc'], 'approve').signed}"

    @steps("Put the row into it again while it is in approval", expected="409 its_document_is_in_work")
    def _():
        return author.act(made["rows"][1], "propose").said

    @steps("Return the document, put the row into it, list and approve", expected="approved with it: 2 of 2, as listed: 2")
    def _():
        site.walk(made["doc"], "return", reason=WHY)
        author.act(made["rows"][1], "propose")
        approved(site, made["doc"])
        states = [site.until(one, "approved") for one in made["rows"]]
        listed = {row["number"]: row["sha256"] for row in author.fields(made["doc"])["rows"]}
        same = [
            database.value(
                "SELECT v.sha256 FROM version v JOIN record r ON r.id = v.record_id WHERE r.number = ? ORDER BY v.id DESC LIMIT 1",
                one,
            )
            == listed[one]
            for one in made["rows"]
        ]
        return f"approved with it: {states.count('approved')} of 2, as listed: {sum(same)}"
