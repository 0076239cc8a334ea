"""An author writes in a real browser: marks by button and by key, the text as it will be read, beside it or behind a tab."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.faces.browsing import effective
from tests.journeys import looking
from tests.journeys.site import Site
from tests.journeys.test_review import EVIL, picture, sideways

pytestmark = pytest.mark.chromium


def test_an_author_writes_with_buttons_keys_and_a_preview(here: Site, tmp_path: Path) -> None:
    home, ann = here.home, here.page("ann")
    other, draft = effective(home), home.draft(text="")
    ann.goto(f"/r/{draft}/edit")
    area, shown = ann.locator("#f-text"), ann.locator("#f-text-preview")
    expect(shown).to_contain_text("Nothing is written yet")

    write_with_keys(ann)
    expect(shown.locator("h2")).to_have_text("Purpose")
    expect(shown.locator("strong")).to_have_text("lost")
    expect(shown.locator("ol > li")).to_have_text(["Look at the label", "Write it down"])

    go_along_the_toolbar(ann)
    expect(shown.locator("table th")).to_have_text(["Column", "Column"])
    put_a_record(ann, other.partition(".")[0])
    put_a_picture(ann, tmp_path)
    area.press("Control+End")
    area.press_sequentially(f"\n\n{EVIL}", delay=0)
    expect(shown).to_contain_text("onerror=")
    assert shown.locator("script, img[onerror]").count() == 0
    assert ann.title().startswith("Edit ") or draft in ann.title()
    expect(shown.locator("a", has_text=other.partition(".")[0])).to_have_attribute("href", f"/r/{other.partition('.')[0]}")
    assert looking.faults(ann, "editor", 0) == {}

    on_a_phone(ann)
    ann.set_viewport_size({"width": 1360, "height": 900})
    ann.get_by_label("Reason", exact=True).fill("Written in the browser")
    as_previewed = shown.inner_text()
    ann.get_by_role("button", name="Save a version").click()
    ann.wait_for_url(f"**/r/{draft}")
    assert words(ann.locator(".i-doc").first.inner_text()) == words(as_previewed)
    assert here.faults == []


def test_a_document_is_begun_with_the_sections_of_its_class(here: Site) -> None:
    ann = here.page("ann")
    ann.goto("/records/document/new")
    ann.get_by_role("link", name="Work instruction").click()
    expect(ann.locator("#f-text-preview h2").first).to_have_text("1 What this is for")
    expect(ann.locator("#f-text-preview table")).to_have_count(2)
    assert looking.faults(ann, "begun", 0) == {}
    ann.get_by_label("Title").fill("Filling of vials")
    ann.locator("#f-text").press_sequentially("x", delay=0)
    expect(ann.locator("[data-draft-status]")).to_contain_text("Draft kept")
    ann.get_by_role("link", name="Policy").click()
    expect(ann.locator(".i-note", has_text="was not put in")).to_be_visible()
    expect(ann.locator("#f-text-preview")).to_contain_text("1 What this is for")


def words(text: str) -> list[str]:
    """Give the words of a text, without the way to comment that a page adds."""
    return text.replace("Comment on this passage", "").split()


def write_with_keys(page: Page) -> None:
    """Write a heading, a sentence with a bold word and a numbered list without the mouse."""
    area = page.locator("#f-text")
    area.press_sequentially("Purpose", delay=0)
    area.press("Control+Alt+KeyH")
    area.press_sequentially("\n\nNothing is ", delay=0)
    area.press("Control+b")
    area.press_sequentially("lost", delay=0)
    assert area.input_value() == "## Purpose\n\nNothing is **lost**"
    area.press("Control+End")
    area.press_sequentially("\n\nLook at the label\nWrite it down", delay=0)
    for _ in range(2):
        area.press("Shift+ArrowUp")
    area.press("Control+Shift+Digit7")
    assert area.input_value().endswith("1. Look at the label\n2. Write it down"), area.input_value()


def go_along_the_toolbar(page: Page) -> None:
    """Reach the toolbar with one Tab, go along it with arrows, and put a table in."""
    page.locator("#f-text").press("Shift+Tab")
    bar = page.get_by_role("toolbar", name="Formatting of Text")
    expect(bar.get_by_role("button", name="Bold")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(bar.get_by_role("button", name="Picture")).to_be_focused()
    page.keyboard.press("Home")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(bar.get_by_role("button", name="Table")).to_be_focused()
    assert [one.get_attribute("tabindex") for one in bar.get_by_role("button").all()].count("0") == 1
    page.keyboard.press("Enter")
    expect(page.locator("#f-text")).to_be_focused()


def put_a_record(page: Page, series: str) -> None:
    """Find a record by its title and put its number into the text."""
    page.locator("#f-text").press("Control+Alt+KeyL")
    dialog = page.get_by_role("dialog", name="A record in the text")
    dialog.get_by_label("Which record").press_sequentially("Handling", delay=0)
    expect(dialog.locator("datalist option").first).to_be_attached()
    dialog.get_by_label("Which record").fill(series)
    dialog.get_by_label("Which record").press("Enter")
    expect(page.locator("#f-text-preview")).to_contain_text(series)
    assert page.locator("#f-text").input_value().endswith(f"|  |  |\n{series}")
    assert "/edit" in page.url


def put_a_picture(page: Page, place: Path) -> None:
    """Attach a picture, choose it in the dialog, and see it before anything is saved."""
    (place / "the way (1).png").write_bytes(picture(60))
    page.set_input_files("[name=pictures_new]", place / "the way (1).png")
    expect(page.locator("#f-pictures-kept input").last).to_be_checked()
    page.get_by_role("button", name="Picture", exact=True).click()
    dialog = page.get_by_role("dialog", name="A picture in the text")
    dialog.get_by_label("Caption").fill("The way of a [sample]")
    dialog.get_by_role("button", name="Put it in").click()
    drawn = page.locator("#f-text-preview .i-shot img")
    expect(drawn).to_have_attribute("alt", "The way of a  sample ")
    expect(drawn).to_have_js_property("naturalWidth", 120)


def on_a_phone(page: Page) -> None:
    """Write or read, one at a time, without scrolling sideways."""
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator("#f-text-preview")).to_be_hidden()
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#f-text")).to_be_hidden()
    expect(page.locator("#f-text-preview h2")).to_have_text("Purpose")
    assert sideways(page) == 0
    page.get_by_role("button", name="Write", exact=True).click()
    expect(page.locator("#f-text")).to_be_visible()
    assert sideways(page) == 0
