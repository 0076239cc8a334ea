"""The reference cannot be stale: what lies there is what the source gives, and the source says it of every part."""

from __future__ import annotations

import re

import pytest

from indelible.assurance.configuration.loader import GRAMMAR
from indelible.faces.api.interface import api
from indelible.kernel import rules
from tests.architecture.source import PACKAGE, relative
from tests.documentation import commands, grammar, reference, refusals

pytestmark = pytest.mark.sqlite  # the same words on either engine


def test_every_page_is_what_the_source_gives() -> None:
    made, there = reference.pages(), reference.written()
    stale = [relative(path) for path in {*made, *there} if made.get(path) != there.get(path)]

    assert sorted(stale) == [], "write them with `python -m tests.documentation`"


@pytest.mark.parametrize("kind", GRAMMAR)
def test_every_key_of_the_grammar_has_its_sentence(kind: str) -> None:
    undescribed = [
        f"{part.__name__}.{name}"
        for part in grammar.parts(kind)
        for name, sentence in grammar.keys(part).items()
        if not re.fullmatch(r"[A-Z`].+\.", sentence)
    ]

    assert undescribed == []


def test_no_part_of_the_grammar_is_passed_over() -> None:
    for kind, schema in grammar.schemas().items():
        assert {part.__name__ for part in grammar.parts(kind)} >= set(schema.get("$defs", {})), kind


def test_every_command_that_ends_with_a_finding_says_which() -> None:
    said = {commands.place(command) for name, command in commands.commands() if name in commands.FINDINGS}

    assert said == commands.finding()
    assert all(name in dict(commands.commands()) for name in commands.FINDINGS)


def test_every_operation_of_the_api_stands_there() -> None:
    page = reference.pages()[reference.PLACE / "api.md"]
    paths = api.get_openapi_schema()["paths"]

    assert all(f"## {method.upper()} {path}\n" in page for path, found in paths.items() for method in found)


def test_every_rule_that_the_source_names_stands_there() -> None:
    """A second way of finding them: the text of the files, where the page reads their syntax."""
    written = {
        name for path in PACKAGE.rglob("*.py") if not path.name.startswith("test_")
        for name in re.findall(r'(?:Refused|Invalid|Conflict)\(\s*rule="([a-z_]+)"', path.read_text(encoding="utf-8"))
    }  # fmt: skip
    known = {one.rule for one in refusals.refusals()} | set(rules.known())

    assert written
    assert written - known == set()
