"""The pictures of the pages, taken of the demonstration: `python -m tests.documentation.pictures` writes docs/pictures/.

It loads the company into a folder that is thrown away, serves it, and looks at it with Chromium as a person would. Pictures
are committed; taking them again is for when the pages of the product have changed.
"""

from __future__ import annotations

import io
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests import machine
from tests.architecture.source import ROOT
from tests.faces.terminal import Terminal

PLACE = ROOT / "docs" / "pictures"
APPROVER = "dwhitfield"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
PATIENCE = 20_000  # milliseconds for one step
DESK, PHONE = {"width": 1360, "height": 900}, {"width": 360, "height": 900}
COLOURS = 256


def take() -> Iterator[Path]:
    """Take every picture, in both colour schemes where a page shows both; gives what was written."""
    with tempfile.TemporaryDirectory() as place, _demonstration(Path(place) / "demo-home") as (address, password):
        fonts = _fonts(Path(place))
        for theme, suffix in (("light", ""), ("dark", "-dark")):
            with _signed_in(address, password, theme, fonts) as page:
                number = _awaiting(page)
                yield _keep(page, f"record{suffix}")
                page.locator(".i-head .i-btn--primary").click()
                page.get_by_role("dialog").get_by_label("Password").fill("x" * 24)
                yield _keep(page, f"sign{suffix}")
                if theme == "light":
                    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
                    page.goto(f"/r/{number}")
                    yield _keep(page, "record-360")


@contextmanager
def _demonstration(home: Path) -> Iterator[tuple[str, str]]:
    shell = Terminal(home)
    loaded = shell.run("demo", "--load-only", "--json").json
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with shell.serving(port):
        yield f"http://127.0.0.1:{port}", loaded["people"][0]["password"]


@contextmanager
def _signed_in(address: str, password: str, theme: str, fonts: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=ARGUMENTS,
                                              env={**os.environ, "FONTCONFIG_FILE": str(fonts)})  # fmt: skip
        context = browser.new_context(base_url=address, viewport=DESK, color_scheme=theme)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto("/login")
        page.fill("[name=login]", APPROVER)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        yield page
        browser.close()


def _fonts(place: Path) -> Path:
    """Let the browser find the face of the product's pages in its wheel, whatever this machine has installed."""
    wheel = files("fontpkg_inter") / "files"
    told = place / "fonts.conf"
    told.write_text(
        f"<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig><include ignore_missing='yes'>"
        f"/etc/fonts/fonts.conf</include><dir>{wheel}</dir><cachedir>{place / 'fonts'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return told


def _awaiting(page: Page) -> str:
    """Open the procedure that awaits the approver's own signature, and give its number."""
    page.goto("/records/document?state=in_approval")
    hrefs = [str(link.get_attribute("href")) for link in page.locator("main a[href^='/r/']").all()]
    for href in dict.fromkeys(hrefs):
        page.goto(href)
        if page.locator(".i-head .i-btn--primary", has_text="Approve").count():
            return href.rpartition("/")[2]
    raise LookupError("no document awaits this approver; the demonstration has changed, so choose another one")


def _keep(page: Page, name: str) -> Path:
    """Write what is seen as a PNG with few colours, which is a third of the size."""
    seen = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    target = PLACE / f"{name}.png"
    seen.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    return target


if __name__ == "__main__":
    os.environ.setdefault("INDELIBLE_LOG", "warning")
    for written in take():
        print(f"{written.relative_to(ROOT)} {written.stat().st_size:,} bytes")
