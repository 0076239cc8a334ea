"""The demo company as whoever tries the product meets it: loaded and served by the installed command, and looked at in Chromium."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from indelible.project.demo.hiring import PASSWORD
from tests import homes
from tests.faces.terminal import Terminal
from tests.journeys import site, steps
from tests.journeys.site import Site

TODAY = "2026-11-23"
LONG = 600  # seconds for a load that takes less than one minute on a machine that does nothing else
AS_SERVED = {"INDELIBLE_WORKERS": "1"}


@dataclass
class Company:
    """The company's home, its terminal, and the site while it is served."""

    shell: Terminal
    port: int

    @contextmanager
    def served(self) -> Iterator[Site]:
        """Serve it, and open a browser that signs people in as they do: with the password, and some with a code."""
        with self.shell.serving(self.port, log=self.shell.home.with_suffix(".log")):
            made = homes.TestHome(self.shell.home, {}, {})
            with site.browsing(made, f"http://127.0.0.1:{self.port}") as opened:
                opened.password, opened.code = PASSWORD, self.code
                yield opened

    def code(self, user: str) -> str:
        """Look at somebody's telephone."""
        answer = self.shell.run("demo", "code", user)
        assert answer.code == 0, answer.err
        return answer.out.strip()


def load(place: Path) -> Terminal:
    """Load the company into a folder, as it stands on one day."""
    shell = Terminal(place, environment=AS_SERVED)
    loaded = shell.run("demo", "--load-only", "--as-of", TODAY, seconds=LONG)
    assert loaded.code == 0, loaded.err
    return shell


def copied(loaded: Path, place: Path) -> Company:
    """Give a company of one's own: a copy of the loaded one."""
    shutil.copytree(loaded, place, dirs_exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Company(Terminal(place, environment=AS_SERVED), free.getsockname()[1])


def sign(page: Page, number: str, verb: str, user: str, reason: str = "") -> None:
    """Sign an act as somebody of the company."""
    steps.signed(page, number, verb, user, reason, PASSWORD)
