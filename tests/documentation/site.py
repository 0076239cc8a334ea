"""What MkDocs cannot know by itself (its hook): pages and files outside docs/, and which decisions and types there are.

A link in a page is written as it works in a checkout. Where it leads out of docs/, it is led to the same file in the site.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)(?P<target>[^)#\s]+)")
TITLE = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)
# Where a file of the checkout stands in the site.
OUTSIDE = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "GLOSSARY.md": "project/glossary.md",
    "SECURITY.md": "project/security.md",
    "LICENSE": "project/LICENSE.txt",
    "src/indelible/faces/web/static/indelible/brand.svg": "site/brand.svg",
    **{f"deploy/{path.name}": f"deploy/{path.name}" for path in sorted((ROOT / "deploy").iterdir())},
}
OVERVIEW = "decisions/index.md"
FOLDERS = {"docs/decisions": OVERVIEW, "docs": "index.md", "deploy": "deploy/indelible.service"}
INSIDE = {place: name for name, place in OUTSIDE.items()}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name every decision and every type in the navigation."""
    assert config.nav is not None
    decisions = [path.relative_to(ROOT / "docs").as_posix() for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    types = [path.relative_to(ROOT / "docs").as_posix() for path in sorted((ROOT / "docs/reference/types").glob("*.md"))]
    _section(config.nav, "Decisions").extend([{"All decisions": OVERVIEW}, *decisions])
    _section(_section(config.nav, "Reference"), "Types").extend(types)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands outside docs/, and the list of decisions."""
    for name, place in OUTSIDE.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / name)))
    lines = [f"- [{_title(path)}]({path.name})" for path in sorted((ROOT / "docs/decisions").glob("*.md"))]
    told = "What was chosen where another way was possible, and why.\n\n"
    files.append(File.generated(config, OVERVIEW, content=f"# Decisions\n\n{told}" + "\n".join(lines) + "\n"))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Lead links out of docs/ to the same file in the site."""
    here = page.file.src_uri
    source = INSIDE.get(here, f"docs/{here}")

    def led(match: re.Match[str]) -> str:
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), match["target"]))
        place = FOLDERS.get(wanted) or OUTSIDE.get(wanted) or wanted.removeprefix("docs/")
        return posixpath.relpath(place, posixpath.dirname(here) or ".")

    return LINK.sub(led, markdown)


def _title(path: Path) -> str:
    found = TITLE.search(path.read_text(encoding="utf-8"))
    return found["title"] if found else path.stem


def _section(nav: list[Any], name: str) -> list[Any]:
    """Find a section of the navigation by its name."""
    found: list[Any] = next(entry[name] for entry in nav if isinstance(entry, dict) and name in entry)
    return found
