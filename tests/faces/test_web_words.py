"""The web face knows no type of record by name: what it shows comes from the Configuration (D23)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.loader import get_template

from indelible.faces import web
from indelible.kernel.parts import KINDS
from tests.homes import TestHome

FACE = Path(web.__path__[0])


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Give the texts of a Python file that are neither prose nor the name of something that a template shows."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    for node in ast.walk(tree):
        if (
            id(node) not in names
            and isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "\n" not in node.value
        ):
            yield node.lineno, node.value


@pytest.fixture
def types(home: TestHome) -> set[str]:
    """Give the names of the types that the product ships with."""
    return set(home.view("ann").configuration.types)


def test_no_type_of_record_is_named_in_the_web_face(types: set[str]) -> None:
    banned = re.compile(rf"(?:{'|'.join(sorted(types - set(KINDS)))})|(?:{'|'.join(sorted(types))})\.\w+")

    named = [
        f"{path.name}:{line} {text}" for path in FACE.glob("*.py") for line, text in strings(path) if banned.fullmatch(text)
    ]

    assert len(types) > 5
    assert not named


def test_no_template_names_a_type_of_record(types: set[str]) -> None:
    banned = re.compile(rf"""["'](?:{"|".join(sorted(types - set(KINDS)))})["']|/records/\w""")
    templates = sorted((FACE / "templates").rglob("*.html"))

    named = [
        f"{path.name} {match.group()}"
        for path in templates
        for match in banned.finditer(
            re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        )
    ]

    assert not named
    assert get_template("shell.html") is not None


@pytest.mark.parametrize("path", sorted((FACE / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_a_script_or_a_style_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"""<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=["']|hx-on|hx-vals=.?js:|javascript:""", text)
    assert "http://" not in text
    assert "https://" not in text
