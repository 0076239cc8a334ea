"""The idle limit is changed in a browser: edited, planned, raised, approved by two, applied by an administrator, in force at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from indelible.kernel.models import Baseline, Record
from tests.configuration.changing import folder_of, said
from tests.journeys import looking, steps
from tests.journeys.site import Site

pytestmark = pytest.mark.chromium


def test_a_longer_idle_limit_goes_from_the_editor_to_everybodys_session(here: Site) -> None:
    home = here.home
    folder_of(home)
    ann, hed, own, qua, adm = (here.page(user) for user in ("ann", "hed", "sys", "qua", "adm"))

    ann.goto("/configuration")
    assert looking.faults(ann, "configuration", 0) == {}
    ann.get_by_role("link", name="Propose a change").click()
    ann.get_by_role("link", name="policies.yaml").click()
    editor = ann.get_by_label("policies.yaml")
    text = editor.input_value()
    editor.fill(text.replace("idle_minutes: 15", "idle_minuts: 20"))
    ann.get_by_role("button", name="Keep and check").click()
    expect(ann.get_by_role("alert")).to_contain_text("idle_minuts")
    assert looking.faults(ann, "configuration-broken", 0) == {}
    editor.fill(text.replace("idle_minutes: 15", "idle_minutes: 20"))
    ann.get_by_role("button", name="Keep and check").click()
    ann.get_by_role("link", name="Show the plan").click()
    expect(ann.get_by_role("main")).to_contain_text("policies.idle_minutes")
    plan = ann.locator("[data-plan]").inner_text()
    assert looking.faults(ann, "configuration-plan", 0) == {}
    ann.fill("[name=title]", "Longer sessions in the laboratory")
    ann.fill("[name=reason]", "Nobody finishes at a microscope in fifteen minutes")
    ann.select_option("[name=applied_by]", label="Adm Inistrator")
    ann.get_by_role("button", name="Raise the change").click()
    ann.wait_for_url("**/r/CC-*")
    number = ann.url.rpartition("/")[2]
    expect(ann.get_by_role("main")).to_contain_text(plan)

    given = {name: value for name, value in said(home).items() if name not in ("title", "reason", "applied_by")}
    home.act("ann", "change.edit", number, fields=given)
    steps.signed(ann, number, "submit", "ann")
    steps.signed(hed, number, "assess", "hed")
    steps.signed(hed, number, "approve", "hed")
    steps.signed(own, number, "approve", "sys")
    steps.signed(qua, number, "approve", "qua")
    assert Record.objects.get(number=number).state == "implementing"

    adm.goto(f"/r/{number}/act/apply")
    adm.get_by_role("button", name="Apply the configuration").last.click()
    adm.wait_for_url(f"**/r/{number}")
    assert Baseline.objects.count() == 2
    ann.goto("/about")
    expect(ann.get_by_role("main")).to_contain_text("locks after 20 min")
    ann.goto("/configuration")
    expect(ann.get_by_role("main")).to_contain_text("This is what runs: baseline 2")
    ann.goto("/configuration/baselines/compare")
    expect(ann.get_by_role("main")).to_contain_text("policies.idle_minutes")
    assert looking.faults(ann, "configuration-compared", 0) == {}
