"""What the architecture tests look at: the project's files, their syntax trees, their functions.

This is the only place that decides what belongs to the project, so that every test judges the same files.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "indelible"
FLOORS = ("project", "faces", "modules", "assurance", "practice", "kernel", "infra")


@cache
def project_files() -> tuple[Path, ...]:
    """Give every file that is, or is about to be, under version control."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0") if listed.returncode == 0 else _walk()
    return tuple(sorted(path for name in names if name and (path := ROOT / name).is_file()))


def _walk() -> Iterator[str]:
    """Do without git (an unpacked archive): everything but hidden folders and what .gitignore names."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    ignored = [line.strip("/") for line in lines if not line.startswith("#")]
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        if not hidden and not any(fnmatch(part, pattern) for part in parts for pattern in ignored):
            yield str(path.relative_to(ROOT))


def relative(path: Path) -> str:
    """Name a file the way a reader finds it: from the root of the checkout."""
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str | None:
    """Read a text file; None for pictures, fonts and other bytes."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def is_migration(path: Path) -> bool:
    return "migrations" in path.parts


def is_test(path: Path) -> bool:
    return path.name.startswith(("test_", "conftest")) or ROOT / "tests" in path.parents


def python_files(*, tests: bool = False, migrations: bool = False) -> tuple[Path, ...]:
    """Give the package's Python files; tests that ship with it and migrations only when asked for."""
    return tuple(
        path
        for path in project_files()
        if path.suffix == ".py"
        and PACKAGE in path.parents
        and (tests or not is_test(path))
        and (migrations or not is_migration(path))
    )


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def docstrings(tree: ast.Module) -> set[int]:
    """Give the identities of the nodes that are docstrings, those below a class's attributes included: prose, not code."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node for node in ast.walk(tree) if isinstance(node, owners)]
    told = [node.body[0] for node in bodies if node.body]
    told += [prose for node in bodies if isinstance(node, ast.ClassDef) for _, prose in described(node)]
    return {id(node.value) for node in told if isinstance(node, ast.Expr)}


def described(owner: ast.ClassDef) -> Iterator[tuple[str, ast.Expr]]:
    """Give the attributes of a class that have a docstring of their own below them, with it."""
    for attribute, below in pairwise(owner.body):
        if not isinstance(attribute, ast.AnnAssign) or not isinstance(attribute.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            yield attribute.target.id, below


@dataclass(frozen=True)
class Function:
    """One function or method, its own lines counted from `def` to the end."""

    where: str
    name: str
    lines: int


def functions_in(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            end = node.end_lineno or node.lineno
            yield Function(f"{relative(path)}:{node.lineno}", node.name, end - node.lineno + 1)
