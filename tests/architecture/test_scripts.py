"""Second eyes: the scripts that ship, and what they look through, import nothing of the product (docs/decisions/0039)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, relative, tree_of

pytestmark = pytest.mark.engine_free
QUALIFICATION = PACKAGE / "assurance" / "qualification"


def looking() -> list[Path]:
    """Give the files that judge from outside."""
    shipped = [path for path in PACKAGE.rglob("test_*.py") if "__pycache__" not in path.parts]
    return sorted([*shipped, *(QUALIFICATION / "outside").glob("*.py"), QUALIFICATION / "reading.py"])


def inside(tree: ast.Module, path: Path) -> Iterator[str]:
    """Give what of the product a file imports, by statement or by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.split(".")[0] == "indelible")
        elif isinstance(node, ast.ImportFrom):
            name = node.module or ""
            beside = node.level == 1 and path.parent == QUALIFICATION / "outside"
            if name.split(".")[0] == "indelible" or (node.level and not beside):
                yield "." * node.level + name
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (
                str(one.value)
                for one in node.args
                if isinstance(one, ast.Constant) and str(one.value).startswith("indelible")
            )


def test_who_judges_the_product_borrows_nothing_of_it() -> None:
    found = {relative(path): names for path in looking() if (names := sorted(inside(tree_of(path), path)))}

    assert len(looking()) > 5
    assert not found


@pytest.mark.parametrize(
    "text",
    ["import indelible.kernel.acts", "from indelible import infra", "from ..reading import Reading", "from ...infra import clock",
     "import importlib\nimportlib.import_module('indelible.kernel')"],
)  # fmt: skip
def test_whatever_way_it_is_borrowed_it_is_seen(text: str) -> None:
    assert list(inside(ast.parse(text), QUALIFICATION / "outside" / "site.py"))


def test_only_shipped_scripts_are_tests_and_each_test_is_a_script() -> None:
    bare = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in looking()
        if path.name.startswith("test_")
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if not any("mark.script(" in ast.unparse(one) for one in node.decorator_list)
    ]

    assert not bare
