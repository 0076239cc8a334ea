"""Suppliers and audits in a browser: a supplier from its questionnaire to an approval with conditions; an audit with findings."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from indelible.kernel import records
from indelible.kernel.models import Record
from tests.homes import TestHome
from tests.journeys import looking, steps
from tests.journeys.site import Site
from tests.modules import audits, supplies
from tests.modules.events import action, day, head

pytestmark = pytest.mark.chromium
FOUND = (("major", "Nobody countersigns the log"), ("major", "The alarm is forwarded to nobody"), ("minor", "A label is unreadable"),
         ("minor", "A form is out of date"), ("observation", "The log could be shorter"))  # fmt: skip


def test_a_supplier_goes_from_its_questionnaire_to_an_approval_with_conditions(here: Site) -> None:
    home = supplies.hire(here.home)
    number = supplies.qualifying(home, name="Polarline Cryo")
    made = supplies.sent(home, number)
    sup, sux, hed, qua = (here.page(user) for user in ("sup", "sux", "hed", "qua"))
    no = steps.TurnedAway()

    sup.goto(f"/r/{made}/edit")
    expect(sup.locator("[name=score]")).to_have_count(0)  # what the system computes is asked of nobody
    answer(sup, made)
    supplies.settle()
    sup.goto(f"/r/{made}")
    expect(sup.get_by_role("main")).to_contain_text("3 of 6")
    no(hed, number, "approve", "questionnaire_accepted")
    no(hed, number, "approve_with_conditions", "conditions_are_set")

    conditions(sux, number)
    steps.signed(hed, number, "approve_with_conditions", "hed")
    steps.signed(qua, number, "approve_with_conditions", "qua")
    sup.goto(f"/r/{number}")
    expect(sup.locator(".i-rail [aria-current]")).to_contain_text("Approved with conditions")
    expect(sup.locator(".i-list", has_text=made)).to_contain_text("Answered")
    assert (head(number).state, head(number).standing) == ("conditional", "in_force")
    assert looking.faults(sup, "supplier", 0) == {}
    assert len(no.rules) == 2


def answer(page: Page, made: str) -> None:
    """Enter what the supplier answered, row by row, with its original."""
    for at, row in enumerate(supplies.ANSWERS):
        if at:
            page.locator("#f-answers [data-row-add]").click()
        page.fill(f"[name='answers.{at}.question']", row["question"])
        page.select_option(f"[name='answers.{at}.answer']", row["answer"])
    page.fill("[name=answered_by]", "P. Post, head of quality")
    page.fill("[name=answered_on]", day(0))
    page.set_input_files("[name=original_new]", {"name": "answers.csv", "mimeType": "text/csv", "buffer": made.encode()})
    expect(page.locator("#f-original-kept input")).to_be_checked()
    page.get_by_role("button", name="Save a version").click()
    page.wait_for_url(f"**/r/{made}")
    steps.do(page, "Answered")
    expect(page.locator(".i-rail [aria-current]")).to_contain_text("Answered")


def conditions(page: Page, number: str) -> None:
    page.goto(f"/r/{number}/edit")
    page.fill("[name=conditional_because]", "Nobody else ships at this temperature")
    page.fill("[name=conditional_until]", day(60))
    page.fill("[name='conditions.0.condition']", "Accept the questionnaire")
    page.fill("[name='conditions.0.owner']", "sup")
    page.fill("[name='conditions.0.until']", day(60))
    page.get_by_role("button", name="Save a version").click()
    page.wait_for_url(f"**/r/{number}")


def test_an_audit_has_five_findings_of_which_two_become_capas_before_it_is_closed(here: Site) -> None:
    home = here.home
    number = audits.begun(home)
    rob, ann, tek, qua = (here.page(user) for user in ("rob", "ann", "tek", "qua"))
    no = steps.TurnedAway()
    found = [
        write(rob, number, *FOUND[0]),
        *(audits.finding(home, number, kind=kind, text=text) for kind, text in FOUND[1:]),
    ]
    assert found == [f"{number}-F{at:02}" for at in range(1, 6)]

    no(tek, found[2], "respond", "report_is_issued")
    steps.signed(rob, number, "end", "rob")
    home.act("rob", "audit.edit", number, fields={"summary": "Five findings, two of them major"})
    steps.signed(rob, number, "issue", "rob")
    steps.signed(qua, number, "issue", "qua")
    rob.goto(f"/r/{number}")
    for one in found:
        expect(rob.locator(".i-list li", has_text=one)).to_contain_text("Open; names this one")
    no(rob, number, "close", "findings_closed_or_capa_approved")
    rob.goto(f"/r/{found[4]}")
    steps.do(rob, "Close without an answer")

    for one in found[:4]:
        home.act("tek", "finding.edit", one, fields=audits.ANSWER | {"correct_by": day(30)})
    no(tek, found[0], "respond", "serious_ones_have_a_capa")
    capas = [raised(ann, home, one) for one in found[:2]]
    for one in found[:4]:
        settle(home, one, minor=one in found[2:])
    no(rob, number, "close", "findings_closed_or_capa_approved")
    for one in capas:
        for who in ("tek", "qua"):
            home.sign(who, "capa.approve", one)
    steps.signed(rob, number, "close", "rob")
    steps.signed(qua, number, "close", "qua")

    assert head(number).state == "closed"
    assert [head(one).state for one in found] == ["correcting", "correcting", "closed", "closed", "closed"]
    assert Record.objects.filter(type="capa", number__in=capas).count() == 2
    qua.goto(f"/r/{number}")
    assert looking.faults(qua, "audit", 1) == {}
    assert len(no.rules) == 4


def write(page: Page, number: str, kind: str, text: str) -> str:
    """Write a finding from the page of its audit: what the audit knows stands there already."""
    steps.begin(page, number, "Finding")
    expect(page.locator("[name=cause]")).to_have_count(0)  # the answer is asked of the audited, later
    expect(page.locator("[name=kind]")).to_have_value("internal")
    page.select_option("[name=class]", kind)
    for name, words in (("text", text), ("requirement", "SOP-007, 5.2"), ("evidence", "Log of tank 2, page 7")):
        page.fill(f"[name={name}]", words)
    return steps.created(page, "Create finding", number)


def raised(page: Page, home: TestHome, found: str) -> str:
    """Begin the CAPA of a finding from its page, and send its plan for approval."""
    steps.begin(page, found, "CAPA")
    for name, value in (
        ("kind", "corrective"),
        ("risk_before", "medium"),
        ("owner", str(home.person("ann"))),
        ("checker", str(home.person("sys"))),
    ):
        page.select_option(f"[name={name}]", value)
    expect(page.locator("#f-department input[type=checkbox]")).to_have_value(home.departments["Operations"])
    for name, words in (
        ("implement_by", day(60)),
        ("criterion", "No entry without its second name"),
        ("check_method", "All pages of a month"),
    ):
        page.fill(f"[name={name}]", words)
    number = steps.created(page, "Create CAPA", "CAPA-")
    assert records.values(head(number))["sources"] == [{"number": found}]
    action(home, number)
    home.sign("ann", "capa.submit", number)
    return number


def settle(home: TestHome, found: str, *, minor: bool) -> None:
    """Have a finding answered; a minor one is corrected and verified as well."""
    home.sign("tek", "finding.respond", found)
    home.sign("rob", "finding.accept", found)
    if minor:
        home.act("bea", "finding.edit", found, fields={"done": "Written anew today"})
        home.sign("bea", "finding.done", found)
        home.sign("rob", "finding.close", found)
