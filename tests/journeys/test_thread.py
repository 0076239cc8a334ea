"""Five hops in a browser: a deviation reported at the bench, its CAPA, the change, the document, its training, the effect."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.models import Record
from indelible.practice import raising, simulation
from tests.homes import TestHome
from tests.journeys import looking, steps
from tests.journeys.site import Site
from tests.modules import trained
from tests.modules.events import AREAS, CAUSE, action, day, head, impact, verified

pytestmark = pytest.mark.chromium
WHAT = "The alarm rang for 42 minutes and nobody came"
TRIAGE = {
    "category": "equipment", "class": "major", "class_reason": "Samples of patients stood in it", "owner": "ann",
    "affected": "LN2 tank 2", "containment": "Watched by the hour", "lot_hold": False, "suspected_cause": "procedure",
    "quality_concerned": False,
}  # fmt: skip


def report(page: Page) -> str:
    """Report a deviation on a phone: what the form asks for, and no signature."""
    steps.sign_in(page, "rea")
    page.goto("/records/deviation/new")
    assert page.evaluate(looking.BEYOND) == []
    minute = f"{clock.in_zone(clock.now() - timedelta(minutes=3), 'America/New_York')[:16]}"
    for name, text in (("title", "Alarm of the tank not answered"), ("what_happened", WHAT), ("occurred_at", minute), ("discovered_at", minute),
                       ("place", "LN2 room"), ("immediate_action", "Filled up"), ("product_or_lot", "none")):  # fmt: skip
        page.fill(f"[name={name}]", text)
    number = steps.created(page, "Create deviation", "DEV-")
    steps.do(page, "Report")
    expect(page.locator(".i-rail [aria-current]")).to_contain_text("Triage")
    assert page.evaluate(looking.BEYOND) == []
    return number


def investigate(home: TestHome, number: str) -> None:
    home.act("rob", "deviation.edit", number, fields=TRIAGE | {"department": home.departments["Quality Control"]})
    home.sign("rob", "deviation.investigate", number)
    home.act("ann", "deviation.edit", number, fields=impact(needed=True) | CAUSE)
    for who in ("ann", "hed"):
        home.sign(who, "deviation.submit", number)


def plan(ann: Page, deviation: str, procedure: str) -> str:
    """Begin a CAPA from the deviation: what is known there is not typed again."""
    steps.begin(ann, deviation, "CAPA")
    expect(ann.locator("[name=problem]")).to_have_value(WHAT)
    expect(ann.locator("[name=cause]")).to_have_value(str(CAUSE["cause"]))
    expect(ann.get_by_role("heading", level=1)).to_have_text("New CAPA")
    ann.select_option("[name=kind]", "corrective")
    ann.select_option("[name=risk_before]", "high")
    ann.fill("[name=implement_by]", day(60))
    ann.fill("[name=criterion]", "No alarm unanswered for five minutes in 30 days")
    ann.fill("[name=check_method]", "Every alarm of the log")
    ann.fill("[name=check_after_days]", "30")
    ann.select_option("[name=checker]", label="Sys Owner, Scientist")
    ann.fill("#f-documents-add", procedure[:-3])
    return steps.created(ann, "Create CAPA", "CAPA-")


def change(home: TestHome, capa: str) -> str:
    """Begin the change from the CAPA through the door, and have it approved."""
    taken = raising.taken_over(home.view("ann"), "change", capa)
    given: dict[str, Any] = {f"{area}_impact": area == "documents" for area in AREAS} | {
        f"{area}_reason": "Looked at by Ann" for area in AREAS
    }
    given |= {"kind": "document", "before": "One call", "after": "Two calls", "urgency": "normal", "class": "minor", "assessors": ["hed"],
              "criterion": "Two calls arrive", "way_back": "One call", "planned_on": day(50)}  # fmt: skip
    number = acts.run(home.people["ann"], "change.create", fields=taken | given).number
    home.sign("ann", "change.submit", number)
    home.sign("hed", "change.assess", number)
    for who in ("hed", "qua"):
        home.sign(who, "change.approve", number)
    home.act("ann", "change.edit", number, fields={"test_result": "none needed", "test_evidence": "Words only"})
    return number


def read_on_a_phone(here: Site, training: str, document: str) -> None:
    context = steps.phone(here)
    rea = here.watched(context.new_page())
    steps.sign_in(rea, "rea")
    rea.goto(f"/r/{document}")
    steps.signed(rea, training, "acknowledge", "rea")
    context.close()


def test_five_hops_are_closed_in_their_order_and_in_no_other(here: Site) -> None:
    home, no = here.home, steps.TurnedAway()
    first = trained.in_force(home, title="Alarms of the tanks")
    trained.curriculum(home, first[:-3], everybody=False, people=["rea"])
    trained.read(home, "rea", trained.only(home, "rea", of=first))
    context = steps.phone(here)
    deviation = report(here.watched(context.new_page()))
    context.close()
    investigate(home, deviation)
    ann, qua, doc, sys = (here.page(user) for user in ("ann", "qua", "doc", "sys"))
    capa = plan(ann, deviation, first)
    task = action(home, capa)
    changed = change(home, capa)

    no(qua, deviation, "close", "needed_capa_plan_approved")
    steps.signed(ann, capa, "submit", "ann")
    home.sign("hed", "capa.approve", capa)
    no(qua, deviation, "close", "needed_capa_plan_approved")
    home.sign("qua", "capa.approve", capa)
    steps.signed(qua, deviation, "close", "qua")

    home.act("ann", "capa.edit", capa, fields={"done": "Changed, revised, trained"})
    no(ann, capa, "complete", "blocking_actions_verified")
    verified(home, task)
    no(ann, capa, "complete", "linked_changes_closed")
    no(ann, changed, "ready", "documents_effective")

    second = home.until(revision(home, first, changed), "approved")
    trained.settle()
    no(ann, changed, "ready", "documents_effective")
    doc.goto(f"/r/{second}")
    expect(doc.locator(".i-why__card").first).to_contain_text("training_condition_met")
    no.rules.append("training_condition_met")
    read_on_a_phone(here, trained.only(home, "rea", of=second).number, second)
    home.act("doc", "document.take_effect", second)
    trained.settle()

    steps.signed(ann, changed, "ready", "ann")
    no(ann, capa, "complete", "linked_changes_closed")
    no(qua, changed, "close", "required_fields")
    home.act("ann", "change.edit", changed, fields={"result": "Two calls arrived", "criterion_met": True})
    steps.signed(qua, changed, "close", "qua")
    steps.signed(ann, capa, "complete", "ann")
    home.sign("rob", "capa.verify", capa)
    home.act("sys", "capa.edit", capa, fields={"result": "Four alarms, each answered in two minutes", "criterion_met": True})
    no(sys, capa, "effective", "effect_could_be_seen")
    a_month_passes(sys)
    steps.sign_in(sys, "sys")
    steps.signed(sys, capa, "effective", "sys")
    home.sign("qua", "capa.effective", capa)

    assert [head(number).state for number in (deviation, capa, changed, second)] == [
        "closed", "closed_effective", "closed", "effective"]  # fmt: skip
    assert len(no.rules) == 10
    follow(qua, deviation, capa, changed, second)


def revision(home: TestHome, first: str, changed: str) -> str:
    taken = raising.taken_over(home.view("ann"), "document", changed)
    return home.revise("ann", first, **{"training": "read", "effective_on": day(14)} | taken)


def a_month_passes(page: Page) -> None:
    """Let the simulated clock of the home go on; the server follows it within a second, and ends everybody's session."""
    simulation.install()
    simulation.advance(timedelta(days=31))
    until = time.monotonic() + 10
    while "/login" not in page.url and time.monotonic() < until:
        page.goto("/me")
    clock.simulate(lambda real: real + timedelta(days=31))


def follow(page: Page, *numbers: str) -> None:
    """Go from each record to the next one by its link."""
    steps.sign_in(page, "qua")
    page.goto(f"/r/{numbers[0]}")
    for number in numbers[1:3]:
        page.locator(".i-list").get_by_role("link", name=number, exact=True).first.click()
        page.wait_for_url(f"**/r/{number}")
    page.get_by_role("link", name=numbers[3][:-3]).first.click()
    expect(page.get_by_role("main")).to_contain_text("Alarms of the tanks")
    assert Record.objects.get(number=numbers[3]).standing == "in_force"


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """Let no other test live a month later."""
    yield
    clock.simulate(None)
