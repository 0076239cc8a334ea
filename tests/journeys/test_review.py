"""A review in a real browser: comments, suggestions, and a redline that shows what changed and nothing else."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.homes import TestHome
from tests.journeys import looking
from tests.journeys.site import Site
from tests.journeys.test_browser import words_of

pytestmark = pytest.mark.chromium
EVIL = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
SENTENCE = "Each sample keeps its label, and the label says lot, day and place of storage. "
PROCEDURE = f"""## 1 Purpose

{SENTENCE * 4}

## 2 Receipt

1. Look at the parcel and at its label.
2. Write down the temperature within 15 minutes.

| System | When |
|---|---|
| Freezer F-01 | Daily |
| Reader ER-01 | Quarterly |

## 3 Storage

![The way of a sample](way.png)

Each box has a place, and the place is written on the box.

## 4 Finding

A query is answered within ten working days. {EVIL}

## 5 Records

Kept for fifteen years.
"""
FINDING = re.compile(r"## 4 Finding\n\n.*?\n\n", re.DOTALL)


def picture(shade: int) -> bytes:
    """Draw a small grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade]) * 120 for _ in range(60))
    head = struct.pack(">IIBBBBB", 120, 60, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def changed_text() -> str:
    """Give the text with a word, a table cell and the place of a section changed."""
    finding = FINDING.search(PROCEDURE)
    assert finding is not None
    without = PROCEDURE.replace(finding.group(), "").replace("15 minutes", "30 minutes").replace("| Daily", "| Hourly")
    return without.replace("## 2 Receipt", finding.group().replace("ten working", "five working") + "## 2 Receipt")


def in_force(home: TestHome, page: Page, place: Path) -> str:
    """Give a procedure in force, with a picture, written in the browser and approved through the door."""
    number = home.draft(text=PROCEDURE, title="Handling of samples")
    put_picture(page, number, place, 60)
    home.until(number, "effective")
    return number


def put_picture(page: Page, number: str, place: Path, shade: int) -> None:
    (place / "way.png").write_bytes(picture(shade))
    page.goto(f"/r/{number}/edit")
    for box in page.locator("#f-pictures-kept input[type=checkbox]:checked").all():
        box.uncheck()
    page.set_input_files("[name=pictures_new]", place / "way.png")
    expect(page.locator("#f-pictures-kept input").last).to_be_checked()
    page.get_by_role("button", name="Save a version").click()
    page.wait_for_url(f"**/r/{number}")


def marked(page: Page) -> list[tuple[str, str]]:
    """Give every word that the redline shows as taken out or put in."""
    found = page.locator(".i-redline .i-sec :is(del, ins)")
    return [(one.evaluate("e => e.tagName"), " ".join(one.inner_text().split())) for one in found.all()]


def sideways(page: Page) -> int:
    """Give by how many pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_a_review_with_comments_suggestions_and_a_redline_of_exactly_what_changed(here: Site, tmp_path: Path) -> None:
    home, ann, rob = here.home, here.page("ann"), here.page("rob")
    first = in_force(home, ann, tmp_path)
    number = home.act("ann", "document.revise", first).number
    fields = {"text": changed_text(), "title": "Handling of all samples", "effective_on": "2020-01-01"}
    home.act("ann", "document.edit", number, fields=fields)
    put_picture(ann, number, tmp_path, 200)

    rob.goto(f"/r/{number}")
    rob.keyboard.press("d")
    rob.wait_for_url(f"**/r/{number}/compare")
    expect(rob.locator("h1")).to_have_text("What changes in Handling of all samples")
    for count in ("2 text edits", "1 table cell", "1 image", "1 moved section", "1 field"):
        expect(rob.locator(".i-chip", has_text=count)).to_be_visible()
    shown = marked(rob)
    print(f"{number}: {shown}")
    assert [(op, words) for op, words in shown if "way.png" not in words] == [
        ("INS", "all"), ("DEL", "ten"), ("INS", "five"), ("DEL", "15"), ("INS", "30"), ("DEL", "Daily"), ("INS", "Hourly"),
    ]  # fmt: skip
    # The picture in the text, and the file of that name.
    assert [op for op, words in shown if "way.png" in words] == ["DEL", "INS", "DEL", "INS"]
    expect(rob.locator(".i-redline .i-moved")).to_contain_text("it stood after “3 Storage”")
    expect(rob.locator(".i-sec__left")).to_contain_text("4 Finding moved away from here")
    assert all(rob.locator(".i-shot img").evaluate_all("all => all.map(one => one.naturalWidth === 120)"))
    assert rob.title().startswith(number)

    jump_and_tick(rob)
    look_at_it_in_other_ways(rob, number)
    comment_and_answer(rob, ann, number)
    assert here.faults == []


def jump_and_tick(page: Page) -> None:
    """Go from change to change by keys, and tick a section as viewed."""
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator(":focus")).to_contain_text("Handling of all samples")
    page.keyboard.press("n")
    expect(page.locator(":focus")).to_contain_text("Moved: it stood after")
    page.keyboard.press("p")
    expect(page.locator(":focus")).to_contain_text("Handling of all samples")
    page.get_by_role("button", name="Viewed: Title").click()
    expect(page.locator("[data-viewed-count]")).to_have_text("1")
    page.reload()
    expect(page.get_by_role("button", name="Viewed: Title")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-viewed-count]")).to_have_text("1")


def look_at_it_in_other_ways(page: Page, number: str) -> None:
    """See the redline side by side, on a phone, on paper, and say what axe says."""
    page.get_by_role("link", name="Side by side").click()
    expect(page.locator(".i-change .i-pair", has_text="Write down the temperature")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    for address in (f"/r/{number}/compare", f"/r/{number}/compare?view=side", f"/r/{number}"):
        page.goto(address)
        assert sideways(page) == 0, address
    page.set_viewport_size({"width": 1360, "height": 900})
    page.goto(f"/r/{number}/compare")
    assert looking.faults(page, "compare", 0) == {}
    words = words_of(page, f"/r/{number}/compare.pdf")
    assert words.count("REDLINE, NOT A CONTROLLED COPY") >= words.count("Page 1 of")
    assert "Hourly" in words


def comment_and_answer(rob: Page, ann: Page, number: str) -> None:
    """Comment by keyboard, suggest words, accept one with a click, decline the other with a word."""
    rob.goto(f"/r/{number}")
    rob.locator("h1").click()
    for _ in range(4):  # purpose, finding, and the two steps of the receipt
        rob.keyboard.press("j")
    rob.keyboard.press("Enter")
    dialog = rob.get_by_role("dialog")
    dialog.get_by_label("Comment").fill("The courier needs an hour")
    dialog.get_by_label("The passage").fill("2. Write down the temperature within 60 minutes.")
    dialog.get_by_role("button", name="Send").click()
    expect(rob.locator("#comments")).to_contain_text("1 open")
    rob.get_by_role("link", name="Comment on a passage").click()
    rob.get_by_role("dialog").get_by_label("Passage").select_option(label="Audience")
    rob.get_by_role("dialog").get_by_label("Comment").fill(f"And the warehouse? {EVIL}")
    rob.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(rob.locator("#comments")).to_contain_text("2 open")

    ann.goto(f"/r/{number}")
    expect(ann.locator(".i-remark__s")).to_have_text(re.compile(r"within\s+30\s*60\s+minutes"))
    ann.locator("#comments").get_by_role("button", name="Accept").first.click()
    expect(ann.locator("#comments")).to_contain_text("1 open")
    expect(ann.locator(".i-doc").first).to_contain_text("within 60 minutes")
    ann.locator("#comments").get_by_role("link", name="Decline").click()
    ann.get_by_role("dialog").get_by_label("Reason").fill("The warehouse has a procedure of its own")
    ann.get_by_role("dialog").get_by_role("button", name="Decline").click()
    expect(ann.locator("#comments")).to_contain_text("0 open")

    rob.goto(f"/r/{number}/compare?from=looked")
    assert marked(rob) == [("DEL", "30"), ("INS", "60")]
    assert rob.title().startswith(number)


def test_a_comment_is_made_without_script(here: Site) -> None:
    number = here.home.draft(text=PROCEDURE)
    rob = here.page("rob", script=False)
    rob.goto(f"/r/{number}")
    rob.get_by_role("link", name="Comment on a passage").click()
    rob.select_option("[name=passage]", label="Text: Kept for fifteen years.")
    rob.fill("[name=text]", "From which day on?")
    rob.get_by_role("button", name="Send").click()

    expect(rob.locator("#comments")).to_contain_text("From which day on?")
    expect(rob.locator("#comments")).to_contain_text("Kept for fifteen years.")
