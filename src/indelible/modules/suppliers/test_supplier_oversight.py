"""OQ of suppliers: requests with a day, notices that are judged with what follows, and the scorecard as of any day."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

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


@pytest.mark.needs("supplier_request.draft.send", "supplier_request.sent.fall_overdue", "supplier_notice.judging.close", "supplier:fault_reaches",
                   "deviation")  # fmt: skip
@pytest.mark.script(
    "OQ-SUP-007",
    title="A request to a supplier has a day by its seriousness, and a notice is closed with what follows from it",
    negative=True,
    requirements=("URS-SUP-008",),
)
def test_requests_and_notices(steps, site):
    """Too late a day is refused by class; a notice is not closed while what follows was not begun, or for a reason that says nothing."""
    made, manager = {}, site.person("supplier_manager")

    def sent(graded, days):
        fields = {
            "title": "Wrong label", "supplier": [made["supplier"]], "class": graded, "what": "Lot 7 had the label of lot 8",
            "owner": "q.supplier_manager", "contact": "P. Post", "answer_by": day(site, days),
        }  # fmt: skip
        made["request"] = number = manager.create("supplier_request", **fields).number
        answer = manager.act(number, "send")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}; {manager.state(number)}"

    def closed(**given):
        manager.edit(made["notice"], **given)
        return f"{manager.sign(made['notice'], 'close').signed}; {manager.state(made['notice'])}"

    for graded, days in (("critical", 16), ("major", 30), ("minor", 32), ("minor", -1)):

        @steps(
            "Send a request with a day that does not fit its class", given=f"{graded}, {days} days from now",
            expected="refused: answer_is_asked_in_time; draft",
        )  # fmt: skip
        def _(graded=graded, days=days):
            if "supplier" not in made:
                made["supplier"] = proposed(site)
            return sent(graded, days)

    @steps(
        "Send one with a day that fits", given="critical, 12 days from now", expected="done: ; sent; due on that day: yes"
    )
    def _():
        said = sent("critical", 12)
        due = str(manager.read(made["request"]).json.get("due") or manager.read(made["request"]).json.get("due_at") or "")
        return f"{said}; due on that day: {yes(day(site, 12) <= due[:10] <= day(site, 13))}"

    @steps("Enter a notice of the supplier and close it without saying what follows", expected="refused: yes; judging")
    def _():
        fields = {
            "title": "New filling line", "supplier": [made["supplier"]], "kind": "change", "what": "Line 2 replaces line 1 in June",
            "received_on": day(site, -2), "in_time": True, "owner": "q.supplier_manager", "department": [site.department],
        }  # fmt: skip
        made["notice"] = manager.create("supplier_notice", **fields).number
        manager.act(made["notice"], "submit")
        said = closed()
        return f"refused: {yes(said.startswith('refused: '))}; {said.rpartition('; ')[2]}"

    @steps("Say that nothing follows, for a reason that says nothing", expected="refused: notice_is_followed; judging")
    def _():
        return closed(follows="nothing", follows_because="n/a")

    @steps("Say that a deviation follows, and begin none", expected="refused: notice_is_followed; judging")
    def _():
        return closed(follows="deviation", follows_because="It touches what we validated")

    @steps("Begin the deviation from it, and close as its owner", expected="201; signed; judging")
    def _():
        fields = site.filling.values("deviation", reporter="q.supplier_manager", affected_records=[made["notice"]])
        answer = manager.create("deviation", begun_from=made["notice"], **fields)
        return f"{answer.said}; {closed()}"

    @steps("Close as another supplier manager, then as quality operations", expected="signed: no; signed; closed")
    def _():
        other = site.person("supplier_manager.2").sign(made["notice"], "close").signed
        mine = site.person("qa_ops").sign(made["notice"], "close").signed
        return f"signed: {yes(other == 'signed')}; {mine}; {manager.state(made['notice'])}"


@pytest.mark.needs("supplier.qualifying.approve", "supplier.approved.suspend", "supplier:measured", "supplier_request.draft.send",
                   "questionnaire.answered.accept")  # fmt: skip
@pytest.mark.script(
    "OQ-SUP-008",
    title="The scorecard says how a supplier stood on any day, each figure with its records",
    negative=True,
    requirements=("URS-SUP-010",),
)
def test_the_scorecard(steps, site):
    """What was approved a day ago and is suspended now reads so on both days; a figure counts the rows beside it; half a measurement is refused."""
    made, manager = {}, site.person("supplier_manager")

    def card(as_of=""):
        return manager.api("GET", f"/panels/scorecard?of={made['number']}&as_of={as_of}").json

    def rows(shown, title):
        return next((one["rows"] for one in shown["tables"] if one["title"] == title), [])

    def figures(as_of=""):
        found = {row[0]["text"]: row[1]["text"] for row in rows(card(as_of), "Scorecard")}
        names = ("Status", "Evidence accepted", "Requests open", "Targets missed")
        return ", ".join(f"{name} {found.get(name, 'none')}" for name in names)

    def measured(**given):
        row = {
            "target": "Lots in time", "value": "90", "from": day(site, -30), "until": day(site, -2), "source": "Log of receipts",
        }  # fmt: skip
        answer = manager.edit(made["number"], measured=[row | given])
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    @steps("Approve a supplier", expected="Status Approved, Evidence accepted 1, Requests open 0, Targets missed 0")
    def _():
        made["number"] = approved(site)
        made["day"] = site.now().date().isoformat()
        return figures()

    @steps(
        "Accept an agreement with a target, and write down a measurement without its source, of a time to come, and a whole one",
        expected="refused: measurements_are_whole, refused: measurements_are_whole, done: ; accepted",
    )
    def _():
        own = str(manager.upload("agreement.txt", made["number"].encode()).json.get("sha256"))
        number = manager.create(
            "supplier_evidence", title="Agreement", supplier=[made["number"]], item="quality agreement", nature="signed document",
            owner="q.supplier_manager", reviewer="q.qa_ops", files=[own], valid_until=day(site, 300), separate_from_order=True,
            covers=["GxP roles", "responsibilities", "notification duties"],
            targets=[{"target": "Lots in time", "sense": "at least", "value": "95", "unit": "%"}],
        ).number  # fmt: skip
        computed(manager, number, "score")
        manager.sign(number, "hand_in")
        site.person("qa_ops").edit(number, reviewed_against="What was agreed with them")
        state = site.walk(number, "accept")
        said = [measured(source=None), measured(until=day(site, 9)), measured()]
        return f"{', '.join(said)}; {state}"

    @steps(
        "Four days later ask something of it and suspend it",
        given="4 days on the copy's clock",
        expected="Status Suspended, Evidence accepted 2, Requests open 1, Targets missed 1",
    )
    def _():
        site.advance("4d")
        made["request"] = manager.create(
            "supplier_request", title="Labels fall off", supplier=[made["number"]], what="Three of ten fell off",
            owner="q.supplier_manager", contact="P. Post", answer_by=day(site, 20), **{"class": "major"},
        ).number  # fmt: skip
        manager.act(made["request"], "send")
        site.walk(made["number"], "suspend")
        return figures()

    @steps("Read the rows behind the requests", expected="the request, and no other: yes")
    def _():
        found = [row[0]["number"] for row in rows(card(), "Requests")]
        return f"the request, and no other: {yes(found == [made['request']])}"

    @steps("Read it as of two days before the suspension", expected="Status Approved, Requests open 0")
    def _():
        parts = figures((site.now() - timedelta(days=2)).date().isoformat()).split(", ")
        return f"{parts[0]}, {parts[2]}"

    @steps("Read it as of a day before it was entered", given="400 days ago", expected="not entered yet: yes; tables: 0")
    def _():
        shown = card(day(site, -400))
        return f"not entered yet: {yes('not entered yet' in shown['lead'])}; tables: {len(shown['tables'])}"

    @steps("Read it as of a day to come", given="in 30 days", expected="answered: no")
    def _():
        answer = manager.api("GET", f"/panels/scorecard?of={made['number']}&as_of={day(site, 30)}")
        return f"answered: {yes(answer.status == 200)}"
