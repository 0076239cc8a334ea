"""Looks at a page as axe does: in both themes, on a desk and on a phone, and whether anything stands beyond its edge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}
DESK, PHONE = (1280, 900), (360, 740)
Theme = Literal["light", "dark"]
# Both themes and both widths for each page; which goes with which changes from page to page, so that all four are met.
WAYS: tuple[tuple[tuple[tuple[int, int], Theme], ...], ...] = (
    ((DESK, "light"), (PHONE, "dark")),
    ((DESK, "dark"), (PHONE, "light")),
)
# What a second way of looking can change: the rest of a page is the same in each theme and width.
OF_LOOKS = {"runOnly": ["color-contrast", "scrollable-region-focusable", "target-size", "nested-interactive"]}
BEYOND = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const shown = one.checkVisibility() && box.width > 1;
  return text && shown && box.right > innerWidth + 1 && !one.closest(".i-scroll, .i-read");
}).map((one) => one.outerHTML.slice(0, 120))"""


def faults(page: Page, name: str, turn: int) -> dict[str, list[str]]:
    """Give what is grave on the page as it stands now, by theme and width; open dialogs and menus stay open."""
    found: dict[str, list[str]] = {}
    page.evaluate(AXE_SCRIPT)
    for number, ((width, height), theme) in enumerate(WAYS[turn % len(WAYS)]):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        if grave := [*_axe(page, OF_LOOKS if number else {})]:
            found[f"{name}, {theme}, {width} px"] = grave
        if beyond := page.evaluate(BEYOND):
            found[f"{name}, beyond {width} px"] = beyond
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    return found


def _axe(page: Page, options: dict[str, list[str]]) -> Iterator[str]:
    asked = json.dumps({"resultTypes": ["violations"], **options})
    for one in page.evaluate(f"axe.run({asked}).then((results) => results.violations)"):
        if one["impact"] in GRAVE:
            yield f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0].get('failureSummary', '')[:200]}"
