"""The only place that reads which scripts ship, and what each says of itself, without running or importing any.

Their cases and steps depend on the configuration and are known once they are planned; which requirement has a test at all is known here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from indelible.assurance.catalogue.planned import Planned
from indelible.assurance.qualification import planning

MARK = "script"


def scripts(own: Path | None = None) -> list[Planned]:
    """List the scripts that ship with this build, and those of a company's own folder, each once, whatever cases it has."""
    found = planning.files(own)
    return [one for path in found for one in _of_file(path, path.stat().st_mtime_ns)]


@lru_cache(maxsize=400)
def _of_file(path: Path, _changed: int) -> tuple[Planned, ...]:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return ()  # planning it says why
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    return tuple(one for node in functions for one in _marked(node))


def _marked(node: ast.FunctionDef) -> Iterator[Planned]:
    for mark in node.decorator_list:
        if not (isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == MARK):
            continue
        given = [_value(one) for one in mark.args]
        said = {one.arg: _value(one.value) for one in mark.keywords if one.arg}
        if given and isinstance(given[0], str):
            names = tuple(str(one) for one in said.get("requirements") or ())
            yield Planned(given[0], given[0], "", names, given[0].partition("-")[0], negative=bool(said.get("negative")))


def _value(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
