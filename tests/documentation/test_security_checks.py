"""The table of security checks names tests that exist, and passes no check over."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

pytestmark = pytest.mark.engine_free
PAGE = ROOT / "docs" / "explanation" / "security-checks.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
WHY_NONE = "Does not apply"


def absent(words: str) -> list[str]:
    """Give the tests that a text names and that no file holds."""
    return [f"{file}::{name}" for file, name in NAMED.findall(words) if name not in _tests(ROOT / file)]


def _tests(file: Path) -> set[str]:
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def unheld(words: str) -> list[str]:
    """Give the numbers of the rows that name neither a test nor why the check does not apply."""
    return [number for number, _, held in ROW.findall(words) if not NAMED.search(held) and not held.startswith(WHY_NONE)]


def test_every_check_has_its_row_once_and_in_order() -> None:
    assert [int(number) for number, _, _ in ROW.findall(PAGE.read_text("utf-8"))] == [*range(1, 61)]


def test_every_test_that_is_named_exists() -> None:
    assert absent(PAGE.read_text("utf-8")) == []


def test_every_check_is_held_by_a_test_or_says_why_it_does_not_apply() -> None:
    assert unheld(PAGE.read_text("utf-8")) == []


def test_nothing_that_looks_like_a_test_is_passed_over_by_the_reading() -> None:
    words = PAGE.read_text("utf-8")

    assert len(re.findall(r"tests/[^`]*::", words)) == len(NAMED.findall(words))


@pytest.mark.parametrize(
    "wrong",
    ["`tests/faces/test_web_login.py::test_that_nobody_wrote`", "`tests/faces/test_nowhere.py::test_x`",
     "`tests/faces/test_web_login.py::try_login`"],
)  # fmt: skip
def test_a_name_that_leads_nowhere_is_found(wrong: str) -> None:
    assert absent(f"| 1 | x | {wrong} |") == [wrong.strip("`")]


def test_a_row_without_test_and_without_reason_is_found() -> None:
    assert unheld("| 7 | Something is tried | We are careful. |") == ["7"]
