"""Pictures: each that a page shows is there, is told in words to who cannot see it, is small, and none lies there unused."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT, project_files, relative

PAGES = tuple(
    path for path in project_files() if path.suffix == ".md" and not {ROOT / "src", ROOT / "tests"} & {*path.parents}
)
PICTURE = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<target>[^)#\s]+)[^)]*\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
LARGEST = 250_000
SHOWN = [
    (page, match["words"], (page.parent / match["target"]).resolve())
    for page in PAGES
    for match in PICTURE.finditer(CODE.sub("", page.read_text(encoding="utf-8")))
]

pytestmark = pytest.mark.sqlite  # files, the same on either engine


def test_every_picture_is_there_and_is_told_in_words() -> None:
    assert SHOWN
    assert [f"{relative(page)}: {path.name}" for page, _, path in SHOWN if not path.is_file()] == []
    assert [f"{relative(page)}: {path.name}" for page, words, path in SHOWN if len(words.split()) < 4] == []


def test_every_picture_is_small_and_shown_somewhere() -> None:
    lying = set((ROOT / "docs" / "pictures").iterdir())

    assert lying == {path for _, _, path in SHOWN}
    assert [path.name for path in lying if path.stat().st_size > LARGEST] == []
