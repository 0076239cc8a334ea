"""The product speaks the language of the field: each declared word is explained, and none claims too much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.architecture.source import PACKAGE, ROOT, project_files, relative, text_of

pytestmark = pytest.mark.engine_free
TERM = re.compile(r"^\| \*\*(?P<terms>[^*]+)\*\* \|", re.MULTILINE)
CLAIM = re.compile(r"(?<!non-)(?<!not )\b[Cc]ompliant(?:ly)?\b")
MENTION = re.compile(r"[\"“'`*]{1,2}$")
LISTS = ("meanings.yaml", "roles.yaml")  # their keys are the words


def sections() -> Iterator[list[str]]:
    """Give the terms of GLOSSARY.md, section by section: its bold first cells, split at commas."""
    for section in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").split("\n## "):
        yield [term.strip().lower() for match in TERM.finditer(section) for term in match["terms"].split(",")]


def declarations() -> Iterator[tuple[str, Any]]:
    """Give each YAML file of the shipped configuration with what it says."""
    for path in project_files():
        if path.suffix in {".yaml", ".yml"} and PACKAGE in path.parents:
            yield relative(path), YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def declared_words() -> Iterator[tuple[str, str]]:
    """Give every state, meaning and role with the file that declares it."""
    for file, content in declarations():
        if not isinstance(content, dict):
            continue
        listed = set(content) if file.endswith(LISTS) else set()
        for word in listed | set(content.get("lifecycle") or ()) | _meanings(content):
            yield file, word


def _meanings(content: dict[str, Any]) -> set[str]:
    """Collect what is signed, wherever a move or a role says `signs`."""
    found = set()
    for node in _mappings(content):
        asked = node.get("signs")
        for entry in asked if isinstance(asked, list) else [asked]:
            meaning = entry.get("meaning") if isinstance(entry, dict) else entry
            if isinstance(meaning, str):
                found.add(meaning)
    return found


def _mappings(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _mappings(part)


def test_the_glossary_explains_every_declared_word() -> None:
    known = {term for section in sections() for term in section}
    unexplained = sorted(
        {f"{word} ({file})" for file, word in declared_words() if word.replace("_", " ").lower() not in known}
    )

    assert known
    assert not unexplained, "add them to GLOSSARY.md"


def test_no_section_explains_a_term_twice() -> None:
    """A word may be a state and a meaning; within one list it is one thing."""
    assert [terms for terms in sections() if len(terms) != len(set(terms))] == []


def test_the_product_claims_capability_and_no_more() -> None:
    """A tool is capable; that a company follows the rules, its people show. The word may be quoted."""
    claims = [
        f"{relative(path)}:{number} {line.strip()}"
        for path in project_files()
        if path.name != "LICENSE" and (text := text_of(path)) is not None
        for number, line in enumerate(text.splitlines(), 1)
        if claims_too_much(line)
    ]

    assert not claims


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        ("Indelible is Part 11 " + "compliant.", True),
        ('The word "' + 'compliant" is not ours to use.', False),
        ("The supplier was found non-" + "compliant.", False),
    ],
)
def test_a_claim_is_told_from_a_quotation(line: str, claim: bool) -> None:
    assert claims_too_much(line) is claim


def claims_too_much(line: str) -> bool:
    return any(not MENTION.search(line[: match.start()]) for match in CLAIM.finditer(line))
