"""What must not be in the project: traces of one machine, and habits that hide a fault.

Some patterns are written in halves, so that this file does not find itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import (
    PACKAGE,
    ROOT,
    is_test,
    project_files,
    python_files,
    relative,
    text_of,
    tree_of,
)

pytestmark = pytest.mark.engine_free
HOMES = r"(?<![\w.:~/-])/(?:home|Users|root)/[\w.-]+/|[A-Z]:\\\\?Users\\\\?"
MACHINE_PATHS = re.compile(f"{HOMES}|file://{'/'}[a-z]|{re.escape(str(ROOT))}(?=[/\\s'\"])")
REGISTRIES = re.compile(
    "|".join(
        (
            "index" + r"[-_]url",
            "find" + "-links",
            "trusted" + "-host",
            "pypi" + r"\.org/simple",
            "files.python" + "hosted",
            r'"resolved"\s*:\s*"http',
            r"^\s*registry\s*=\s*http",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)
LOCK_LINE = re.compile(r"[a-z0-9][a-z0-9._-]*==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    #( .*)?")
BROAD = {"Exception", "BaseException"}
TEST_SWITCHES = {"TESTING", "IS_TEST", "UNDER_TEST", "IN_TEST", "RUNNING_TESTS", "TEST_MODE"}
TEST_SIGNS = re.compile(r"^(?:PYTEST_\w+|INDELIBLE_TEST\w*|pytest)$")


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRIES], ids=["machine path", "registry address"])
def test_no_file_names_one_machine_or_registry(pattern: re.Pattern[str]) -> None:
    found = [
        f"{relative(path)}:{text.count(chr(10), 0, match.start()) + 1} {match.group()}"
        for path in project_files()
        if (text := text_of(path)) is not None
        for match in pattern.finditer(text)
    ]

    assert not found


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_every_locked_package_has_its_hashes_and_nothing_else(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if "==" in line]

    assert [line for line in lines if not LOCK_LINE.fullmatch(line)] == []
    assert [line for line in packages if not line.endswith("\\")] == []


def test_yaml_is_never_read_with_pyyaml() -> None:
    """PyYAML reads `no` as False and keeps the last of two equal keys without a word."""
    found = [
        where
        for path in project_files()
        if path.suffix == ".py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for where in _names_yaml(path, node)
    ]

    assert not found


def _names_yaml(path: Path, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    if any(module.split(".")[0] in {"yaml", "_yaml"} for module in modules):
        yield f"{relative(path)}:{node.lineno}"


def test_nothing_can_be_asked_to_skip_its_checks() -> None:
    """A `skip_` parameter is a hole with a name."""
    found = [
        f"{relative(path)}:{line} {name}"
        for path in python_files(tests=True)
        for line, name in _declared(tree_of(path))
        if name.startswith("skip_")
    ]

    assert not found


def _declared(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give every name that a parameter or an annotated attribute declares."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.lineno, node.target.id


def test_no_error_is_swallowed_unseen() -> None:
    """Whoever catches everything raises again, or uses what was caught."""
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files(tests=True)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler | ast.Call)
        and (_is_silent(node) if isinstance(node, ast.ExceptHandler) else _suppresses_everything(node))
    ]

    assert not found


def _is_silent(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = {ast.unparse(part).split(".")[-1] for part in _parts(handler.type)}
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    raises = any(isinstance(node, ast.Raise) for node in inside)
    uses = any(isinstance(node, ast.Name) and node.id == handler.name for node in inside)
    return bool(caught & BROAD) and not raises and not uses


def _parts(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _suppresses_everything(call: ast.Call) -> bool:
    broad = any(ast.unparse(argument) in BROAD for argument in call.args)
    return broad and ast.unparse(call.func).split(".")[-1] == "suppress"


def test_the_product_does_not_know_that_it_is_tested() -> None:
    """A branch that only a test takes is a branch that no customer runs."""
    found = [
        f"{relative(path)}:{line} {sign}"
        for path in python_files()
        if not _belongs_to_the_qualifier(path)
        for line, sign in _test_signs(tree_of(path))
    ]

    assert not found


def _belongs_to_the_qualifier(path: Path) -> bool:
    """The floor that runs OQ and PQ is a pytest plugin: it has to name pytest."""
    return PACKAGE / "assurance" in path.parents or is_test(path)


def _test_signs(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in TEST_SWITCHES:
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and node.attr in TEST_SWITCHES:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and TEST_SIGNS.match(node.value):
            yield node.lineno, node.value
