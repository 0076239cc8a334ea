"""OQ of suppliers: conditions have owners, days and an end; what is not approved is not used, and nobody leaves with orders undecided."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

NEEDS = (
    "supplier.proposed.qualify",
    "supplier.qualifying.approve",
    "supplier:fault_reaches",
    "questionnaire.answered.accept",
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


@pytest.mark.needs(
    *NEEDS, "supplier.qualifying.approve_with_conditions", "supplier.conditional.run_out", "supplier:conditions"
)
@pytest.mark.script(
    "OQ-SUP-001",
    title="A conditional approval names each condition with owner and day, and ends after at most 180 days",
    negative=True,
    requirements=("URS-SUP-003",),
)
def test_conditions(steps, site):
    """Without an owner, a day, a reason, or with too late an end, nothing is approved; on its day a conditional approval is over."""
    made, manager, quality = {}, site.person("supplier_manager.2"), site.person("qa_approver")

    def asked(days=30, until=200, because="The questionnaire is out, and nobody else makes it", **row):
        rows = [{"condition": "Answer the questionnaire", "owner": "q.supplier_manager", "until": day(site, days), **row}]
        manager.edit(
            made["number"], conditional_because=because, conditional_until=day(site, until), conditions=rows,
        )  # fmt: skip
        return f"{quality.sign(made['number'], 'approve_with_conditions').signed}; {quality.state(made['number'])}"

    @steps("Bring a supplier into its qualification", expected="qualifying")
    def _():
        made["number"] = qualifying(site)
        return quality.state(made["number"])

    refused = "refused: conditions_are_set; qualifying"
    wrong = {
        "an end after 185 days": {"days": 30, "until": 185},
        "a condition that is later than the end": {"days": 61, "until": 60},
        "a condition whose day is over": {"days": -2, "until": 60},
        "a condition without an owner": {"until": 60, "owner": None},
        "a reason that says nothing": {"until": 60, "because": "n/a"},
    }
    for words, given in wrong.items():

        @steps(f"Approve it with {words}", expected=refused)
        def _(given=given):
            return asked(**given)

    @steps("Approve it with a condition that has no day", expected=refused)
    def _():
        rows = [{"condition": "Answer the questionnaire", "owner": "q.supplier_manager"}]
        because = "The questionnaire is out, and nobody else makes it"
        manager.edit(made["number"], conditional_because=because, conditional_until=day(site, 60), conditions=rows)
        return f"{quality.sign(made['number'], 'approve_with_conditions').signed}; {quality.state(made['number'])}"

    @steps("Approve it with a whole condition and an end in two days", expected="signed; conditional")
    def _():
        signed = asked(days=2, until=2).partition(";")[0]
        return f"{signed}; {site.walk(made['number'], 'approve_with_conditions')}"

    @steps("Let the end pass", given="4 days on the copy's clock", expected="conditions_overdue")
    def _():
        site.advance("4d")
        return site.until(made["number"], "conditions_overdue", seconds=120)

    @steps("Decide on it as its owner", expected="done: no; conditions_overdue")
    def _():
        answer = site.person("supplier_manager").act(made["number"], "requalify", reason="It will answer some day")
        return f"done: {yes(answer.ok)}; {quality.state(made['number'])}"


@pytest.mark.needs(*NEEDS, "supplier.approved.suspend", "calibration:supplier", "equipment")
@pytest.mark.script(
    "OQ-SUP-002",
    title="A supplier that is not approved is refused where a record names one to be used",
    negative=True,
    requirements=("URS-SUP-004",),
)
def test_what_is_not_approved_is_not_used(steps, site, database):
    """Proposed, in qualification, suspended: the calibration that names it is not written; approved: it is."""
    made, author = {}, site.person("author")

    def used():
        fields = {
            "equipment": [made["equipment"]], "name": "Balance", "performed_on": day(site, -2), "supplier": [made["supplier"]],
        }  # fmt: skip
        answer = author.create("calibration", **fields)
        made["last"] = answer.number or made.get("last", "")
        count = database.value(
            "SELECT count(DISTINCT r.number) AS n FROM record r JOIN link l ON l.record_id = r.id WHERE r.type = 'calibration' "
            "AND l.target = ?", made["supplier"],
        )  # fmt: skip
        return f"{answer.status if answer.ok else answer.rule}; records that name it: {count}"

    refused = "only_what_is_in_force_is_chosen; records that name it: "

    @steps("Name a supplier that was proposed", expected=refused + "0")
    def _():
        made["equipment"] = site.make("equipment", "qa_ops", owner="q.author", calibrated=True).number
        made["supplier"] = proposed(site)
        return used()

    @steps("Name it during its qualification", expected="qualifying; " + refused + "0")
    def _():
        state = site.walk(made["supplier"], "qualify")
        return f"{state}; {used()}"

    @steps("Name it after its approval", expected="approved; 201; records that name it: 1")
    def _():
        site.person("supplier_manager.2").edit(
            made["supplier"], audit_decision="desk", audit_reason="It makes nothing that patients receive", subcontractors="None",
            scope_approved="Calibration of balances",
        )  # fmt: skip
        questioned(site, made["supplier"], site.effective())
        state = site.walk(made["supplier"], "approve")
        return f"{state}; {used()}"

    @steps("Suspend it, and name it in another record", expected="suspended; " + refused + "1")
    def _():
        state = site.walk(made["supplier"], "suspend")
        return f"{state}; {used()}"

    @steps("Read the record that named it while it was approved", expected="it names the supplier still: yes")
    def _():
        found = author.fields(made["last"])["supplier"]
        return f"it names the supplier still: {yes([one['number'] for one in found] == [made['supplier']])}"


@pytest.mark.needs(*NEEDS, "supplier.suspended.disqualify", "supplier:open_orders", "supplier_evidence")
@pytest.mark.script(
    "OQ-SUP-003",
    title="A supplier is disqualified only when its open lots and orders are decided",
    negative=True,
    requirements=("URS-SUP-009",),
)
def test_open_orders(steps, site):
    """Without the list nobody signs it away; with it function and Quality do, and nothing more is collected for it."""
    made, quality = {}, site.person("qa_approver")

    def signed(who):
        answer = site.person(who).sign(made["number"], "disqualify", "Two lots failed sterility, and no cause was found")
        return answer.signed

    @steps("Suspend an approved supplier", expected="suspended")
    def _():
        made["number"] = approved(site)
        return site.walk(made["number"], "suspend")

    @steps(
        "Disqualify it without a word on its orders",
        given="Quality, and the head of the function",
        expected="refused: open_orders_are_decided, refused: open_orders_are_decided; suspended",
    )
    def _():
        return f"{signed('qa_approver')}, {signed('dept_approver')}; {quality.state(made['number'])}"

    @steps("List the orders, and disqualify it as the one who keeps it", expected="signed: no; suspended")
    def _():
        orders = "Order 12: cancelled; lot 7: in quarantine, to be rejected"
        site.person("supplier_manager").edit(made["number"], open_orders=orders)
        return f"signed: {yes(signed('supplier_manager') == 'signed')}; {quality.state(made['number'])}"

    @steps("Disqualify it as Quality alone, then as the function too", expected="signed; suspended; signed; disqualified")
    def _():
        first = f"{signed('qa_approver')}; {quality.state(made['number'])}"
        return f"{first}; {signed('dept_approver')}; {quality.state(made['number'])}"

    @steps("Collect evidence for it afterwards", expected="refused: its_supplier_is_open")
    def _():
        fields = {
            "title": "One more",
            "supplier": [made["number"]],
            "item": "GMP certificate",
            "owner": "q.supplier_manager",
        }
        answer = site.person("supplier_manager").create("supplier_evidence", **fields)
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"


@pytest.mark.needs(*NEEDS, "supplier_evidence.to_verify.accept", "supplier:audit_decision")
@pytest.mark.script(
    "OQ-SUP-009",
    title="A supplier is not approved before audit decision, questionnaire and agreement are there and in date",
    negative=True,
    requirements=("URS-SUP-002",),
)
def test_what_an_approval_asks(steps, site):
    """No questionnaire, no agreement, a reason that says nothing, an old audit of a critical one: refused; with all of it approved."""
    made, quality = {}, site.person("qa_approver")
    critical = {"fault_reaches": "patients or product", "track_record": "new or unproven", "noticed": "not before use"}

    def signed():
        return f"{quality.sign(made['number'], 'approve').signed}; {quality.state(made['number'])}"

    def decided(**given):
        site.person("supplier_manager.2").edit(made["number"], **given)
        return signed()

    @steps(
        "Approve a critical supplier without a questionnaire and an agreement",
        expected="refused: questionnaire_accepted; qualifying",
    )
    def _():
        made["number"] = qualifying(site, agreement_needed=True, **critical)
        return signed()

    @steps("With its questionnaire, without the agreement", expected="refused: agreement_in_force; qualifying")
    def _():
        questioned(site, made["number"], site.effective())
        return signed()

    @steps("With an agreement that was handed in and not accepted", expected="refused: agreement_in_force; qualifying")
    def _():
        manager = site.person("supplier_manager")
        own = str(manager.upload("agreement.txt", made["number"].encode()).json.get("sha256"))
        made["agreement"] = manager.create(
            "supplier_evidence", title="Agreement", supplier=[made["number"]], item="quality agreement", nature="signed document",
            owner="q.supplier_manager", reviewer="q.qa_ops", files=[own], valid_until=day(site, 300), separate_from_order=True,
            covers=["GxP roles", "responsibilities", "notification duties"],
        ).number  # fmt: skip
        computed(manager, made["agreement"], "score")
        manager.sign(made["agreement"], "hand_in")
        return signed()

    @steps(
        "With the agreement accepted, and an audit of five years ago", expected="refused: audit_decision_made; qualifying"
    )
    def _():
        site.person("qa_ops").edit(made["agreement"], reviewed_against="What was agreed with them")
        site.walk(made["agreement"], "accept")
        return decided(audited_on=day(site, -5 * 365))

    @steps("With an audit decision whose reason says nothing", expected="refused: audit_decision_made; qualifying")
    def _():
        return decided(audited_on=day(site, -30), audit_reason="n/a")

    @steps("Without an audit decision", expected="signed: no; qualifying")
    def _():
        said = decided(audit_decision=None, audit_reason="It makes what patients receive")
        return f"signed: {yes(said.startswith('signed'))}; {said.rpartition('; ')[2]}"

    @steps("With all of it, as function and Quality", expected="approved")
    def _():
        site.person("supplier_manager.2").edit(made["number"], audit_decision="on site")
        return site.walk(made["number"], "approve")
