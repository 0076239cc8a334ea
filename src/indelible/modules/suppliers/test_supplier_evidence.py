"""OQ of what speaks for suppliers: evidence by the rule of its kind, questionnaires with their score, and both in time before they end."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta

import pytest

NEEDS = ("supplier.proposed.qualify", "supplier:fault_reaches", "supplier_evidence.to_verify.accept")
AGREEMENT = {
    "item": "quality agreement", "nature": "signed document", "separate_from_order": True,
    "covers": ["GxP roles", "responsibilities", "notification duties"],
}  # fmt: skip
CERTIFICATE = {
    "item": "GMP certificate", "nature": "certificate of a third party", "number": "G 1", "scope": "Sterile cells", "site": "Leeds",
    "covers_service": True,
}  # fmt: skip
TASKS = (
    "SELECT t.from_at, t.due_at FROM task t JOIN record r ON r.id = t.record_id WHERE r.number = ? AND t.from_at IS NOT NULL"
)
MINOR = {"fault_reaches": "neither", "gxp_data": "none", "track_record": "proven", "noticed": "in papers only"}
PATIENCE = 120  # seconds for what the system computes by itself


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def computed(person, number, field, other_than=None):
    """Give the value of a field as soon as the system has written it."""
    until = time.monotonic() + PATIENCE
    while (found := person.fields(number).get(field)) in (None, other_than) and time.monotonic() < until:
        time.sleep(0.3)
    return str(found)


def proposed(site, **given):
    """Let the supplier manager propose a supplier that lacks nothing; gives its number."""
    manager = site.person("supplier_manager")
    values = site.filling.values(
        "supplier", name="Northgate Cells Ltd", addresses="1 Mill Road, Leeds", supplied="Cell lots", category="contract maker",
        gxp_use=True, owner="q.supplier_manager", department=site.department, **{"agreement_needed": False, **MINOR, **given},
    )  # fmt: skip
    number = manager.create("supplier", **values).number
    computed(manager, number, "tier")
    return number


def qualifying(site, **given):
    """Bring a supplier into its qualification, with its audit decided; gives its number."""
    number = proposed(site, **given)
    site.walk(number, "qualify")
    site.person("supplier_manager.2").edit(
        number, audit_decision="on site", audit_reason="It makes what patients receive", audited_on=day(site, -30),
        subcontractors="None", scope_approved="Cell lots made in Leeds",
    )  # fmt: skip
    return number


def questioned(site, supplier, template):
    """Have a questionnaire of a supplier answered and accepted by two."""
    manager = site.person("supplier_manager")
    number = manager.create(
        "questionnaire", title="Questions", supplier=[supplier], template=[template], contact="P. Post", owner="q.supplier_manager",
        sent_on=day(site, -2),
    ).number  # fmt: skip
    manager.act(number, "send")
    original = str(manager.upload("answers.txt", number.encode()).json.get("sha256"))
    answers = [{"question": "Is there a quality system?", "answer": "yes"}]
    manager.edit(
        number, answers=answers, answered_by="P. Post, head of quality", answered_on=day(site, -1), original=[original]
    )
    manager.act(number, "answer")
    computed(manager, number, "score")
    manager.edit(number, gaps="None", valid_until=day(site, 300))
    return site.walk(number, "accept")


def approved(site, **given):
    """Bring a supplier to its approval; gives its number."""
    number = qualifying(site, **given)
    questioned(site, number, site.effective())
    site.walk(number, "approve")
    return number


def handed_in(site, supplier, /, **given):
    """Let the supplier manager bring evidence and hand it in, and its reviewer say against what it was read; gives its number."""
    manager = site.person("supplier_manager")
    own = str(manager.upload("evidence.txt", f"{supplier} {given}".encode()).json.get("sha256"))
    fields = {"title": "What speaks for it", "supplier": [supplier], "owner": "q.supplier_manager", "reviewer": "q.qa_ops",
              "files": [own], "valid_until": day(site, 365), **given}  # fmt: skip
    key = {
        "Idempotency_Key": secrets.token_hex(8)
    }  # a field of it is called `number`, which `create` takes for that of the record
    number = manager.api("POST", "/records/supplier_evidence", {"fields": fields}, **key).number
    computed(manager, number, "score")
    manager.sign(number, "hand_in")
    site.person(str(fields["reviewer"])).edit(number, reviewed_against="URS-SIG-001 to 009")
    return number


@pytest.mark.needs(*NEEDS)
@pytest.mark.script(
    "OQ-SUP-004",
    title="Evidence is accepted by somebody else, and when it shows what its kind asks",
    negative=True,
    requirements=("URS-SUP-005",),
)
def test_evidence(steps, site):
    """A statement, a certificate of the wrong kind, no file, an end that has come, and whoever brought it: refused each time."""
    made, reviewer = {}, site.person("qa_ops")

    def accepted(number, by=None):
        person = by or reviewer
        return f"{person.sign(number, 'accept').signed}; {reviewer.state(number)}"

    refused = "refused: evidence_meets_its_rule; to_verify"
    wrong = {
        "A certificate that is no more than a statement": {**CERTIFICATE, "nature": "statement only"},
        "A certificate that the supplier wrote itself": {**CERTIFICATE, "nature": "document of the supplier"},
        "A certificate of another site than the one that is used": {**CERTIFICATE, "covers_service": False},
        "A certificate without its file": {**CERTIFICATE, "files": []},
        "A certificate that has ended": {**CERTIFICATE, "valid_until": "2020-01-01"},
        "An agreement that is a part of the order": {**AGREEMENT, "separate_from_order": False},
        "An agreement that names no notification duties": {**AGREEMENT, "covers": ["GxP roles", "responsibilities"]},
    }
    for words, given in wrong.items():

        @steps(words, given="handed in, to be accepted by its reviewer", expected=refused)
        def _(given=given):
            if "supplier" not in made:
                made["supplier"] = proposed(site)
            return accepted(handed_in(site, made["supplier"], **given))

    @steps(
        "A whole certificate, accepted by whoever brought it, who is named as its reviewer",
        expected="refused: yes; to_verify",
    )
    def _():
        number = handed_in(site, made["supplier"], **CERTIFICATE, reviewer="q.supplier_manager")
        answer = site.person("supplier_manager").sign(number, "accept")
        return f"refused: {yes(answer.rule == 'evidence_reviewer_is_another')}; {reviewer.state(number)}"

    @steps("A whole certificate, accepted by somebody who is not its reviewer", expected="signed: no; to_verify")
    def _():
        made["number"] = handed_in(site, made["supplier"], **CERTIFICATE)
        answer = site.person("qa_ops.2").sign(made["number"], "accept")
        return f"signed: {yes(answer.signed == 'signed')}; {reviewer.state(made['number'])}"

    @steps("The same, accepted by its reviewer", expected="signed; accepted; score 100")
    def _():
        return f"{accepted(made['number'])}; score {reviewer.fields(made['number'])['score']}"

    @steps("Say that a newer one is here, while there is none", expected="refused: a_newer_one_is_accepted; accepted")
    def _():
        answer = site.person("supplier_manager").act(made["number"], "renew")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}; {reviewer.state(made['number'])}"


@pytest.mark.needs(
    *NEEDS, "supplier.qualifying.approve", "questionnaire.answered.accept", "supplier_evidence.accepted.run_out"
)
@pytest.mark.script(
    "OQ-SUP-005",
    title="Requalification, evidence and agreements come up before their day",
    negative=True,
    requirements=("URS-SUP-006",),
)
def test_what_comes_up(steps, site, reading, database):
    """The day follows from the tier; work begins before it; what has ended speaks for nobody, and no questionnaire outlives its tier."""
    made = {}
    due, ahead = (
        reading.states(kind)[state]["due"] for kind, state in (("supplier", "approved"), ("supplier_evidence", "accepted"))
    )

    def comes_up(number):
        """Give how many days before its day a record comes up as work."""
        row = next(iter(database.rows(TASKS, number)), None)
        if row is None:
            return "never"
        begin, end = (datetime.fromisoformat(str(row[one])) for one in ("from_at", "due_at"))
        made["due"] = end.date()
        return f"{round((end - begin).total_seconds() / 86400)} days before"

    def months():
        now = site.now().date()
        return round((made["due"] - now).days / 30.44)

    for tier, answers in (
        ("minor", MINOR),
        (
            "critical",
            {"fault_reaches": "patients or product", "track_record": "new or unproven", "noticed": "not before use"},
        ),
    ):

        @steps(
            f"Approve a supplier of the tier {tier}",
            expected=f"approved; {tier}; due in {due['months_by'][tier]} months, comes up {due['ahead_days']} days before",
        )
        def _(answers=answers):
            number = approved(site, **answers)
            manager = site.person("supplier_manager")
            up = comes_up(number)
            return f"{manager.state(number)}; {manager.fields(number)['tier']}; due in {months()} months, comes up {up}"

    @steps(
        "Accept a questionnaire that outlives its tier",
        given="61 months",
        expected="refused: valid_as_long_as_its_tier; answered",
    )
    def _():
        manager, supplier = site.person("supplier_manager"), qualifying(site, agreement_needed=True)
        made["supplier"] = supplier
        number = manager.create(
            "questionnaire", title="Questions", supplier=[supplier], template=[site.effective()], contact="P. Post",
            owner="q.supplier_manager", sent_on=day(site, -2),
        ).number  # fmt: skip
        manager.act(number, "send")
        original = str(manager.upload("answers.txt", number.encode()).json.get("sha256"))
        answers = [{"question": "Is there a quality system?", "answer": "yes"}]
        manager.edit(number, answers=answers, answered_by="P. Post", answered_on=day(site, -1), original=[original])
        manager.act(number, "answer")
        computed(manager, number, "score")
        manager.edit(number, gaps="None", valid_until=day(site, 61 * 31))
        answer = manager.sign(number, "accept").signed
        manager.edit(number, valid_until=day(site, 300))
        made["questionnaire"] = number
        return f"{answer}; {manager.state(number)}"

    @steps("Accept it with a day within its tier", expected="accepted")
    def _():
        return site.walk(made["questionnaire"], "accept")

    @steps("Accept an agreement that ends in two days", expected=f"accepted; comes up {ahead['ahead_days']} days before")
    def _():
        made["agreement"] = handed_in(site, made["supplier"], **AGREEMENT, valid_until=day(site, 2))
        state = site.walk(made["agreement"], "accept")
        return f"{state}; comes up {comes_up(made['agreement'])}"

    @steps("Let its day pass", given="4 days on the copy's clock", expected="expired")
    def _():
        site.advance("4d")
        return site.until(made["agreement"], "expired", seconds=120)

    @steps("Approve the supplier whose agreement has ended", expected="refused: agreement_in_force; qualifying")
    def _():
        answer = site.person("qa_approver").sign(made["supplier"], "approve")
        return f"{answer.signed}; {site.person('qa_approver').state(made['supplier'])}"


@pytest.mark.needs("supplier.proposed.qualify", "supplier:fault_reaches", "questionnaire.sent.answer", "questionnaire.answered.accept",
                   "questionnaire:score_basis")  # fmt: skip
@pytest.mark.script(
    "OQ-SUP-006",
    title="A questionnaire is sent from questions in force, is complete, and its score follows from its answers",
    negative=True,
    requirements=("URS-SUP-007",),
)
def test_a_questionnaire(steps, site):
    """A draft of questions, a missing answer, no original, a typed score and a second signature out of order: none of them counts."""
    made, manager = {}, site.person("supplier_manager")
    answers = [{"question": "Is there a quality system?", "answer": "yes"}, {"question": "Is it audited?", "answer": "partly"},
               {"question": "Do you make it yourselves?", "answer": "no"}, {"question": "Sterile?", "answer": "not applicable"}]  # fmt: skip

    def done(move):
        answer = manager.act(made["number"], move)
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}; {manager.state(made['number'])}"

    def entered(**given):
        fields = {"answers": answers, "answered_by": "P. Post, head of quality", "answered_on": day(site, -1)}
        manager.edit(made["number"], **(fields | given))
        return done("answer")

    @steps("Send questions that are a draft", expected="refused: template_is_in_force; draft")
    def _():
        draft = site.make("document", "author", "in_approval").number
        site.walk(draft, "submit")  # its reviewer may see and name it; it is in force only when it is approved
        made["number"] = site.person("qa_ops").create(
            "questionnaire", title="Questions", supplier=[proposed(site)], template=[draft], contact="P. Post",
            owner="q.supplier_manager", sent_on=day(site, -2),
        ).number  # fmt: skip
        return done("send")

    @steps("Send questions that are in force", expected="done: ; sent")
    def _():
        manager.edit(made["number"], template=[site.effective()])
        return done("send")

    @steps("Enter answers of which one is missing", expected="refused: answers_are_theirs; sent")
    def _():
        made["original"] = str(manager.upload("answers.txt", b"Their letter").json.get("sha256"))
        return entered(answers=[*answers, {"question": "Is the water tested?"}], original=[made["original"]])

    @steps("Enter all answers for the supplier, without its original", expected="refused: answers_are_theirs; sent")
    def _():
        return entered(original=[])

    @steps("Enter them with its original", expected="done: ; answered; score 50")
    def _():
        said = entered(original=[made["original"]])
        return f"{said}; score {computed(manager, made['number'], 'score')}"

    @steps("Read how it was scored", expected="1 yes, 1 partly, 1 no, 1 left out, 3 of 6: yes")
    def _():
        basis = manager.fields(made["number"])["score_basis"]
        there = all(
            one in basis
            for one in ("1 yes (2 each)", "1 partly (1 each)", "1 no (0 each)", "1 not applicable", "3 of 6, 50 %")
        )
        return f"1 yes, 1 partly, 1 no, 1 left out, 3 of 6: {yes(there)}"

    @steps("Type a better score", given="100", expected="score 50; answered")
    def _():
        manager.edit(made["number"], score="100", gaps="No audit by third parties", valid_until=day(site, 300))
        return f"score {computed(manager, made['number'], 'score', '100')}; {manager.state(made['number'])}"

    @steps("Accept it as quality operations before the supplier manager", expected="refused: signer_authority; answered")
    def _():
        answer = site.person("qa_ops").sign(made["number"], "accept")
        return f"{answer.signed}; {manager.state(made['number'])}"

    @steps("Accept it in its order", expected="signed; answered; signed; accepted")
    def _():
        given = [f"{one.sign(made['number'], 'accept').signed}; {manager.state(made['number'])}"
                 for one in (manager, site.person("qa_ops"))]  # fmt: skip
        return "; ".join(given)
