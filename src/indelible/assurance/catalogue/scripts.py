"""Which scripts the product ships, read from their marks as text: nothing is imported, collected or run."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2]
FILES, MARK = "test_*.py", "pytest.mark.script"


@dataclass(frozen=True, slots=True)
class Shipped:
    """One script as its mark says it: id, title, requirements, level, whether it holds negative steps, and file:line."""

    script: str
    title: str
    requirements: tuple[str, ...]
    level: str
    negative: bool
    place: str


@lru_cache(maxsize=1)
def shipped() -> tuple[Shipped, ...]:
    """Give every script of the installed package, in the order of files; raises ValueError for a mark that is no plain data."""
    return tuple(one for path in sorted(PACKAGE.rglob(FILES)) for one in read(path))


def read(path: Path) -> list[Shipped]:
    """Give the scripts of one file."""
    name = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name
    tree = ast.parse(path.read_text("utf-8"), name)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    marks = [mark for node in functions for mark in node.decorator_list if isinstance(mark, ast.Call)]
    return [_script(mark, f"{name}:{mark.lineno}") for mark in marks if ast.unparse(mark.func) == MARK]


def _script(mark: ast.Call, place: str) -> Shipped:
    try:
        script = ast.literal_eval(mark.args[0])
        said: dict[str, Any] = {one.arg: ast.literal_eval(one.value) for one in mark.keywords if one.arg}
        named, level = tuple(said.get("requirements", ())), script.split("-")[0]
    except (AttributeError, IndexError, TypeError, ValueError) as fault:
        raise ValueError(f"{place}: the mark of a script holds plain values only: id, title, requirements") from fault
    return Shipped(script, str(said.get("title", "")), named, level, bool(said.get("negative", False)), place)
