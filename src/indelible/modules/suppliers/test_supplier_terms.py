"""OQ of what an agreement says of telling: its days become the clocks of a notice, theirs and ours."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

MINOR = {"fault_reaches": "neither", "gxp_data": "none", "track_record": "proven", "noticed": "in papers only"}
PATIENCE = 120  # seconds for what the system computes by itself
NONE = "No agreement in force"


def yes(it):
    return "yes" if it else "no"


def day(site, days):
    return (site.now() + timedelta(days=days)).date().isoformat()


def computed(person, number, field):
    """Give the value of a field as soon as the system has written it."""
    until = time.monotonic() + PATIENCE
    while (found := person.fields(number).get(field)) is None and time.monotonic() < until:
        time.sleep(0.3)
    return str(found)


@pytest.mark.needs(
    "supplier_notice.draft.submit",
    "supplier_notice.judging.close",
    "supplier_evidence:notice_terms",
    "supplier_notice:answer_by",
)
@pytest.mark.script(
    "OQ-SUP-011",
    title="The days of an agreement become the clocks of a notice: late is marked, and our answer has its day",
    negative=True,
    requirements=("URS-SUP-011",),
)
def test_notification_terms(steps, site):
    """In time cannot be said of what came late; without our answer a notice is not closed; without an agreement nothing is counted."""
    made, manager = {}, site.person("supplier_manager")

    def entered(**given):
        fields = {
            "title": "New filling line", "supplier": [made["supplier"]], "kind": "change", "what": "Line 2 replaces line 1", "in_time": True,
            "happened_on": day(site, -9), "received_on": day(site, -2), "owner": "q.supplier_manager", "department": [site.department],
        }  # fmt: skip
        made["notice"] = manager.create("supplier_notice", **(fields | given)).number
        return computed(manager, made["notice"], "terms")

    def submitted():
        answer = manager.act(made["notice"], "submit")
        return f"{'done' if answer.ok else 'refused'}: {answer.rule}"

    def closed(**given):
        manager.edit(made["notice"], **given)
        return manager.sign(made["notice"], "close").signed

    @steps("Enter a notice of a supplier without an agreement", expected="no agreement: yes; done: ")
    def _():
        values = site.filling.values(
            "supplier", name="Northgate Terms Ltd", addresses="1 Mill Road, Leeds", supplied="Cell lots", category="contract maker",
            gxp_use=True, owner="q.supplier_manager", department=site.department, agreement_needed=False, **MINOR,
        )  # fmt: skip
        made["supplier"] = manager.create("supplier", **values).number
        said = entered()
        return f"no agreement: {yes(said.startswith(NONE))}; {submitted()}"

    @steps("Accept an agreement: they tell within 5 days, we answer within 4", expected="accepted")
    def _():
        own = str(manager.upload("terms.txt", made["supplier"].encode()).json.get("sha256"))
        number = manager.create(
            "supplier_evidence", title="Agreement", supplier=[made["supplier"]], item="quality agreement", nature="signed document",
            owner="q.supplier_manager", reviewer="q.qa_ops", files=[own], valid_until=day(site, 300), separate_from_order=True,
            covers=["GxP roles", "responsibilities", "notification duties"], notice_terms=[{"kind": "change", "tell": "5", "answer": "4"}],
        ).number  # fmt: skip
        computed(manager, number, "score")
        manager.sign(number, "hand_in")
        site.person("qa_ops").edit(number, reviewed_against="What was agreed with them")
        return site.walk(number, "accept")

    @steps(
        "Enter the same notice, 7 days after it happened, as one in time",
        expected="2 days late: yes; our day in two days: yes; refused: notice_fits_its_terms",
    )
    def _():
        said = entered()
        until = computed(manager, made["notice"], "answer_by")
        return f"2 days late: {yes('2 days late' in said)}; our day in two days: {yes(until == day(site, 2))}; {submitted()}"

    @steps("Mark it as late and submit it", expected="done: ; due on that day: yes")
    def _():
        manager.edit(made["notice"], in_time=False)
        said = submitted()
        due = str(manager.read(made["notice"]).json.get("due") or manager.read(made["notice"]).json.get("due_at") or "")
        return f"{said}; due on that day: {yes(day(site, 2) <= due[:10] <= day(site, 3))}"

    @steps("Close it without our answer", expected="refused: notice_was_answered")
    def _():
        return closed(follows="nothing", follows_because="Nothing of ours is made on that line")

    @steps("Say that they were answered, and close as owner and quality operations", expected="signed; signed; closed")
    def _():
        mine = closed(answered_on=day(site, 0))
        return f"{mine}; {site.person('qa_ops').sign(made['notice'], 'close').signed}; {manager.state(made['notice'])}"

    @steps("Read the scorecard", expected="notices that came too late: 1")
    def _():
        shown = manager.api("GET", f"/panels/scorecard?of={made['supplier']}").json
        rows = next((one["rows"] for one in shown["tables"] if one["title"] == "Scorecard"), [])
        found = {row[0]["text"]: row[1]["text"] for row in rows}
        return f"notices that came too late: {found.get('Notices that came too late', 'none')}"
