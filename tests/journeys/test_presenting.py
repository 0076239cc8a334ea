"""A presentation in a browser: begun on the page of the inspection, seen on a wide screen and on a phone, and ended again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys import looking, steps
from tests.journeys.site import Site
from tests.modules.inspecting import inspection, request

pytestmark = pytest.mark.chromium


def test_a_host_presents_and_ends_it(here: Site) -> None:
    record = here.home.until(here.home.draft(), "effective")
    draft = here.home.draft(title="Nothing for other eyes")
    number = inspection(here.home, hosts=["ann"])
    request(here.home, number)
    page = steps.phone(here).new_page()
    steps.sign_in(page, "ann")

    page.goto(f"/r/{number}")
    steps.do(page, "Present")

    expect(page.locator(".i-presents")).to_contain_text(f"Inspector's view: {number}")
    assert page.evaluate(looking.BEYOND) == []
    page.goto(f"/r/{record}")
    expect(page.locator("h1")).to_contain_text("Handling of samples")
    expect(page.get_by_role("button", name="End")).to_be_visible()
    assert page.evaluate(looking.BEYOND) == []
    page.goto("/records/document")
    expect(page.locator("main")).not_to_contain_text("Nothing for other eyes")
    page.get_by_role("button", name="End").click()
    expect(page.locator("h1")).to_contain_text("Routine inspection")
    page.goto(f"/r/{draft}")
    expect(page.locator("h1")).to_contain_text("Nothing for other eyes")
