"""Every command in the pages is typed as it stands there, and prints what the page shows; what is not run says why."""

from __future__ import annotations

import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, relative
from tests.documentation.blocks import Block, blocks, run, shows

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
SHELLS = {"sh", "bash", "shell", "shell-session"}
# How many blocks each page holds that are not run. A new one is a decision: the block says why, and the number goes up here.
NOT_RUN = {
    "README.md": 1,
    "docs/guide/backup-and-restore.md": 1,
    "docs/guide/demo.md": 1,
    "docs/guide/drift.md": 1,
    "docs/guide/operating.md": 3,
    "docs/guide/qualifying.md": 5,
    "docs/guide/ten-minutes.md": 2,
}


@pytest.mark.sqlite
def test_every_command_does_what_its_page_says(tmp_path: Path) -> None:
    """One demonstration is loaded once; each page works in its own copy of it, from its first block to its last."""
    begun = tmp_path / "begun"
    begun.mkdir()
    load = Block(PAGES[0], 0, "console", "$ indelible --home demo-home demo --load-only\n", None, "")
    assert [*run(load, begun)] == []

    with ThreadPoolExecutor(2) as pool:
        found = [*pool.map(lambda page: _typed(page, begun, tmp_path), PAGES)]

    if told := [one for page in found for one in page]:
        pytest.fail("\n\n".join(told), pytrace=False)


def _typed(page: Path, begun: Path, place: Path) -> list[str]:
    todo = [*blocks(page)]
    if not any(block.word == "console" and not block.why_not for block in todo):
        return []
    own = place / relative(page).replace("/", "-").removesuffix(".md")
    shutil.copytree(begun, own)
    return [fault for block in todo for fault in run(block, own)]


def test_what_is_not_run_says_why_and_is_counted() -> None:
    marked = [block for page in PAGES for block in blocks(page) if block.word == "console" and block.why_not]

    assert all(len((block.why_not or "").split()) >= 4 for block in marked)
    assert Counter(relative(block.page) for block in marked) == NOT_RUN


def test_no_command_hides_in_a_block_of_another_kind() -> None:
    assert [f"{relative(page)}:{block.line}" for page in PAGES for block in blocks(page) if block.word in SHELLS] == []


def test_every_mark_is_understood() -> None:
    """A misspelt mark would be a block that is silently run otherwise than the page says."""
    unknown = [
        f"{relative(page)}:{block.line} {block.mark}"
        for page in PAGES
        for block in blocks(page)
        if block.mark and not (block.why_not or block.mark == f"ends with {block.code}")
    ]

    assert unknown == []


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [(["a", "…", "d"], "a\nb\nc\nd\n", True), (["a …, c"], "a b, c\n", True), (["…"], "anything\nat all\n", True),
     (["a"], "a\nb\n", False), (["a", "…"], "b\na\n", False), (["a … c"], "a b d\n", False), (["a.c"], "abc\n", False)],
)  # fmt: skip
def test_output_is_compared_line_by_line(shown: list[str], printed: str, fits: bool) -> None:
    assert shows(shown, printed) is fits


def test_a_page_that_is_wrong_is_found_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one\ntwo\n$ false\n```\n\n<!-- ends with 1 -->\n```console\n$ false\n```\n", "utf-8")
    told = [[*run(block, tmp_path)] for block in blocks(page)]

    assert [len(faults) for faults in told] == [2, 0]
    assert "printed:\none" in told[0][0]
    assert "ended with 1, not 0" in told[0][1]
