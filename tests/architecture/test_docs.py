"""Documentation is a tested promise: links lead somewhere, commands exist, decisions have their shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, project_files, relative

pytestmark = pytest.mark.engine_free
PAGES = tuple(path for path in project_files() if path.suffix == ".md" and PACKAGE not in path.parents)
DECISIONS = tuple(sorted((ROOT / "docs" / "decisions").glob("*.md")))
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)(?P<target>[^)#\s]+)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
MAKE = re.compile(r"(?:^|`)make (?P<target>[a-z]+)", re.MULTILINE)
TARGET = re.compile(r"^(?P<target>[a-z]+):", re.MULTILINE)
HEADINGS = ["Situation", "Decision", "Left out", "What would change it"]


def _prose(page: Path) -> str:
    return COMMENT.sub("", page.read_text(encoding="utf-8"))


def _links(page: Path) -> Iterator[tuple[str, Path]]:
    for match in LINK.finditer(_prose(page)):
        yield match["target"], (page.parent / match["target"]).resolve()


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_to_a_file_of_this_project(page: Path) -> None:
    broken = [target for target, path in _links(page) if not path.exists() or ROOT not in path.parents]

    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_make_command_exists(page: Path) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))

    named = {target for code in CODE.findall(_prose(page)) for target in MAKE.findall(code)}

    assert named <= targets


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [path.name[:5] for path in DECISIONS]

    assert numbers == [f"{number:04}-" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", DECISIONS, ids=relative)
def test_every_decision_has_its_shape(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"# {page.name[:4]} ")
    assert re.search(r"^\*\*Status:\*\* (in force|replaced by \d{4})", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
