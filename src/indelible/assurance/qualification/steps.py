"""The only place that says what a step of a script is: declared before anything runs, with the result that is expected."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Unsound(Exception):
    """A script that cannot be planned: it declares no step, or a step without an expected result."""


@dataclass(frozen=True, slots=True)
class Step:
    """One declared step; `do` makes it and gives what was found, as text."""

    action: str
    given: str
    expected: str
    do: Callable[[], str]
    by: str = ""

    @property
    def table(self) -> dict[str, str]:
        """Give what is known of the step before it runs, as protocols print it."""
        return {"action": self.action, "given": self.given, "expected": self.expected, "by": self.by}


@dataclass(slots=True)
class Steps:
    """What a script's fixture `steps` is: called, it declares one step."""

    declared: list[Step] = field(default_factory=list)

    def __call__(
        self, action: str, given: str = "", expected: str = "", by: str = ""
    ) -> Callable[[Callable[[], str]], Callable[[], str]]:
        """Declare a step: what is done, with which input, and which text `do` must give. Raises Unsound without one of them."""
        if not all(isinstance(one, str) for one in (action, given, expected)):
            raise Unsound(f"Step {len(self.declared) + 1}: action, input and expected result are texts.")
        if not action.strip() or not expected.strip():
            raise Unsound(f"Step {len(self.declared) + 1} says not what is done, or not what is expected.")

        def declare(do: Callable[[], str]) -> Callable[[], str]:
            self.declared.append(Step(action, given, expected, do, by))
            return do

        return declare

    def sound(self) -> list[Step]:
        """Give the declared steps; raises Unsound where there is none."""
        if not self.declared:
            raise Unsound("The script declares no step, so it can show nothing.")
        return self.declared


def fingerprint(function: Callable[..., Any], case: str, declared: list[Step]) -> str:
    """Give the SHA-256 (hex) of a script: its text and what it shares, its case, its expected results."""
    said = {
        "text": _own_text(function), "case": case, "steps": [one.table for one in declared], "outside": shared(),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def shared() -> str:
    """Give the SHA-256 (hex) of what every script looks through: the ways from outside, and the reading of the configuration."""
    total = hashlib.sha256()
    for path in sorted([*(HERE / "outside").rglob("*.py"), HERE / "reading.py"]):
        total.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _own_text(function: Callable[..., Any]) -> str:
    """Give the text of a script with all that stands beside it in its file, without the other scripts there."""
    file = inspect.getsourcefile(function)
    if file is None:
        raise Unsound(f"The text of {function.__name__} cannot be read.")
    text = Path(file).read_text("utf-8")
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name != function.__name__:
            begin = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            del lines[begin - 1 : node.end_lineno]
    return "".join(line for line in lines if line.strip())
