"""A real server on a copy of a home, and Chromium that writes down everything it should never meet."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from indelible.infra.home import Home, fresh_settings
from tests import homes, machine
from tests.homes import PASSWORD, TestHome

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TARGET = "tests.journeys.served:application"
SECONDS_TO_START = 40
PATIENCE = 20_000  # milliseconds for one step on a machine that does other work too
ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of (403|404|405|409|422)")


@dataclass
class Site:
    """One running installation and one browser; what went wrong in any page is in `faults`."""

    home: TestHome
    address: str
    browser: Browser
    password: str = PASSWORD
    code: Callable[[str], str] | None = None  # gives the one-time code of whoever is asked for one
    faults: list[str] = field(default_factory=list)
    contexts: dict[str, BrowserContext] = field(default_factory=dict)

    def page(self, user: str, *, script: bool = True) -> Page:
        """Give a page in which a person has signed in through the form; each person keeps one browser context."""
        if user in self.contexts and script:
            return self.watched(self.contexts[user].new_page())
        context = self.browser.new_context(
            base_url=self.address, viewport={"width": 1360, "height": 900}, java_script_enabled=script
        )
        context.set_default_timeout(PATIENCE)
        page = self.watched(context.new_page())
        page.goto("/login")
        self.sign_in(page, user)
        if script:
            self.contexts[user] = context
        return page

    def sign_in(self, page: Page, user: str) -> None:
        """Fill in the form of the sign-in, and the code of whoever is asked for one."""
        page.fill("[name=login]", user)
        page.fill("[name=password]", self.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: not url.partition("?")[0].endswith("/login"))
        if self.code is not None and page.url.endswith("/login/factor"):
            page.fill("[name=code]", self.code(user))
            page.press("[name=code]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    def watched(self, page: Page) -> Page:
        """Write down what a page must never meet; gives the page."""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error} at {page.url}"))
        page.on("request", self._asked)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # A refusal is answered with its status, which Chromium writes down; anything else is a fault of ours.
        if message.type in ("error", "warning") and not ANSWERED.search(message.text):
            self.faults.append(f"console: {message.text[:300]} at {message.location.get('url')}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"foreign: {request.url}")


@contextmanager
def served(place: Path, database: str, port: int = 0) -> Iterator[str]:
    """Serve a home on `port`, or a free one, in a process group of its own, and give its address."""
    Home(place).write(fresh_settings(database, "demo"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    log = (place / "server.log").open("wb")
    server = subprocess.Popen(
        [*command, TARGET],
        env={**os.environ, "INDELIBLE_HOME": str(place), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/login", server, place / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=SECONDS_TO_START)
        log.close()


@contextmanager
def browsing(home: TestHome, address: str) -> Iterator[Site]:
    """Open Chromium on an installation."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=ARGUMENTS)
        try:
            yield Site(home, address, browser)
        finally:
            browser.close()


def database_of(name: str) -> str:
    """Give what the settings of a home say of the database that the test uses now."""
    return "sqlite" if machine.engine() == "sqlite" else homes.url_of(name)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address, timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not answer:\n{log.read_text(encoding='utf-8')[-3000:]}")
