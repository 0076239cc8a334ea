"""The site as it is built: no warning, nothing asked of another host, readable on a phone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests import machine
from tests.architecture.source import ROOT
from tests.journeys.looking import BEYOND
from tests.journeys.site import ARGUMENTS

pytestmark = [pytest.mark.sqlite, pytest.mark.chromium]
LOOKED_AT = (
    "index.html",
    "guide/own-type.html",
    "reference/types/document.html",
    "reference/declarations.html",
    "decisions/index.html",
)
# What a page would fetch by itself; a link that a reader follows is none.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"?(?:https?:)?//|<link\b[^>]*\bhref=\"?(?:https?:)?//|@import|url\(\"?(?:https?:)?//"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("documentation") / "site"
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--config-file",
        "docs/site/mkdocs.yml",
        "--site-dir",
        str(place),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    texts = {
        path.relative_to(site).as_posix(): path.read_text("utf-8")
        for end in ("html", "css")
        for path in site.rglob(f"*.{end}")
    }

    assert {"index.html", "reference/command-line.html", "project/glossary.html"} <= set(texts)
    assert [name for name, text in texts.items() if FETCHED.search(text)] == []


@pytest.fixture(scope="module")
def looked(site: Path) -> tuple[list[str], list[str]]:
    """Open some pages on a desk and on a phone; give what they asked for and what stood beyond the edge."""
    asked: list[str] = []
    beyond: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=machine.chromium(), args=[*ARGUMENTS, "--allow-file-access-from-files"]
        )
        for width, scheme in ((1360, "light"), (360, "dark")):
            context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            for name in LOOKED_AT:
                page.goto((site / name).as_uri())
                page.wait_for_timeout(200)
                if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
                    beyond.append(f"{name} at {width}: {page.evaluate(BEYOND)[:3]}")
        browser.close()
    return asked, beyond


def test_no_request_leaves_the_site(site: Path, looked: tuple[list[str], list[str]]) -> None:
    asked, _ = looked

    assert len(asked) > len(LOOKED_AT)
    assert [url for url in asked if not url.startswith((site.as_uri(), "data:", "blob:"))] == []


def test_no_page_is_wider_than_its_window(looked: tuple[list[str], list[str]]) -> None:
    _, beyond = looked

    assert beyond == []
