"""The head of quality in a browser: from a bar to the records that it counts, by mouse and by keyboard; the review pack."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys import looking
from tests.journeys.site import Site
from tests.modules.events import capa, day, in_review, reported

pytestmark = pytest.mark.chromium


def test_from_a_figure_to_its_records_and_from_a_quarter_to_its_paper(here: Site) -> None:
    home = here.home
    home.sign("qua", "deviation.close", in_review(home))
    capa(home, reported(home))
    home.draft()

    page = here.page("qua")
    page.goto("/")
    page.get_by_role("link", name="Quality at a glance").click()
    expect(page.get_by_role("heading", name="Open by age")).to_be_visible()
    assert looking.faults(page, "glance", 0) | looking.faults(page, "glance", 1) == {}

    page.get_by_role("link", name=f"{day(0)[:7]}, Closed: 1").first.click()
    expect(page.get_by_role("main")).to_contain_text("1 record")
    expect(page.get_by_role("main")).to_contain_text(f"Ended from {day(0)[:7]}-01")
    page.go_back()

    bar = page.get_by_role("link", name="Deviations, 0 to 30 days: 1")
    bar.focus()
    page.keyboard.press("Enter")
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.go_back()
    table = page.locator(".i-charts__one", has_text="Open by age")
    table.get_by_text("The same figures as a table").click()
    expect(table.get_by_role("row", name="Deviations")).to_contain_text("1")
    assert looking.faults(page, "glance with its table", 1) == {}

    page.get_by_role("link", name="Review pack").click()
    page.locator("summary", has_text="Other days").click()
    page.fill("[name=days_from]", day(-1))
    page.fill("[name=days_until]", day(0))
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row", name="Deviations").first).to_contain_text("2")
    assert looking.faults(page, "review", 0) | looking.faults(page, "review", 1) == {}
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PDF").click()
    content = waiting.value.path().read_bytes()
    assert f"{day(-1)} to {day(0)}" in PdfReader(io.BytesIO(content)).pages[0].extract_text()


def test_both_pages_work_without_script(here: Site) -> None:
    reported(here.home)
    plain = here.page("qua", script=False)
    plain.goto("/panels/quality")
    bar = plain.get_by_role("link", name="Deviations, 0 to 30 days")
    counted = int((bar.get_attribute("aria-label") or "").rpartition(" ")[2])
    bar.click()
    expect(plain.locator("main tbody tr")).to_have_count(counted)
    plain.goto("/review")
    expect(plain.get_by_role("heading", name="What came and went")).to_be_visible()
    plain.context.close()
