"""The only place that drives a real Chromium: pages in which somebody signs in by the form, pictures as evidence.

Playwright is looked for when a script asks for it; without it, or without a browser, the script is skipped.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .absent import Absent
from .site import PREFIX, Site
from .trace import Recorder

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PATIENCE = 20_000  # milliseconds for one step on a machine that does other work too
SIZE = {"width": 1360, "height": 900}


class Chromium:
    """One browser; each person keeps one context of it. What a page must never meet is in `faults`."""

    def __init__(self, browser: Any, site: Site, recorder: Recorder) -> None:
        self._browser, self.site, self.recorder = browser, site, recorder
        self.faults: list[str] = []
        self._pages: dict[str, Any] = {}

    def page(self, who: str) -> Any:
        """Give a page in which a person has signed in through the form."""
        user_id = who if who.startswith(PREFIX) else PREFIX + who
        if user_id not in self._pages:
            self._pages[user_id] = self._sign_in(user_id)
        return self._pages[user_id]

    def sign(self, who: str, number: str, move: str, reason: str = "") -> str:
        """Sign a move in the page's dialog; gives the heading that follows."""
        page = self.page(who)
        page.goto(f"{self.site.copy.address}/r/{number}/sign/{move}")
        if reason:
            page.fill("[name=reason]", reason)
        if page.locator("[name=user_id]").count():
            page.fill("[name=user_id]", who if who.startswith(PREFIX) else PREFIX + who)
        page.fill("main [name=password]", self.site.copy.password)
        page.locator("button", has_text="Sign as").click()
        page.wait_for_selector("#receipt-title")
        self.picture(page, f"{number}-{move}")
        return str(page.locator("#receipt-title").inner_text())

    def picture(self, page: Any, name: str) -> None:
        """Keep a picture of a page as it stands there."""
        self.recorder.file("page", f"{name}.png", page.screenshot())

    def _sign_in(self, user_id: str) -> Any:
        context = self._browser.new_context(base_url=self.site.copy.address, viewport=SIZE)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._asked)
        page.goto("/login")
        page.fill("[name=login]", user_id)
        page.fill("[name=password]", self.site.copy.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.site.copy.address, "data:", "blob:")):
            self.faults.append(f"foreign: {request.url}")


@contextmanager
def opened(site: Site, recorder: Recorder, told: Mapping[str, Any]) -> Iterator[Chromium]:
    """Open Chromium on the copy; raises Absent where Playwright or a browser is missing."""
    program = str(told.get("chromium") or "") or next((path for name in NAMES if (path := shutil.which(name))), "")
    if not program:
        raise Absent(f"no Chromium on this machine (looked for {', '.join(NAMES)})")
    try:
        playwright = importlib.import_module("playwright.sync_api")
    except ImportError:
        raise Absent("Playwright is not installed") from None
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield Chromium(browser, site, recorder)
        finally:
            browser.close()
