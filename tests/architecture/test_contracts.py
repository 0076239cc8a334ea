"""Which way imports run. import-linter judges; this file makes sure that nobody softens what it is asked."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest
from importlinter import api
from importlinter.application import use_cases

import indelible
from tests.architecture.source import PACKAGE, ROOT, is_test, project_files, relative, tree_of

pytestmark = pytest.mark.engine_free
CONFIGURATION = str(ROOT / "pyproject.toml")
FLOORS = ["project", "faces", "modules | assurance", "practice", "kernel", "infra"]


def contracts() -> dict[str, dict[str, Any]]:
    found = api.read_configuration(CONFIGURATION)["contracts_options"]
    return {contract["id"]: contract for contract in found}


def test_imports_run_downwards_only() -> None:
    assert Path(indelible.__file__).parent == PACKAGE, "the checkout is not what is installed"

    assert use_cases.lint_imports(CONFIGURATION, cache_dir=None, no_logo=True), "see the captured output"


def test_the_contracts_are_the_ones_of_the_house_plan() -> None:
    floors = contracts()["floors"]

    assert floors["layers"] == FLOORS
    assert floors["containers"] == ["indelible"]
    assert floors["exhaustive"] == "True"
    assert set(contracts()["faces"]["modules"]) == {f"indelible.faces.{face}" for face in ("web", "api", "cli")}
    assert contracts()["modules"]["modules"] == ["indelible.modules.*"]


def test_no_import_is_exempt() -> None:
    """A contract is cheap only while nothing is let through: the list of ignored imports stays empty."""
    exempt = {name: key for name, contract in contracts().items() for key in contract if "ignore" in key}

    assert not exempt


def test_the_verifier_stands_alone() -> None:
    """What checks our packages uses the standard library and nothing of ours, or it would prove nothing."""
    foreign = [
        f"{relative(path)} imports {name}"
        for path in project_files()
        if path.suffix == ".py" and ROOT / "verifier" in path.parents and not is_test(path)
        for node in ast.walk(tree_of(path))
        for name in _imported(node)
        if name not in sys.stdlib_module_names
    ]

    assert not foreign


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]] if not node.level else []
    return []
