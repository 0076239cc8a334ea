"""The only place that makes mutants: one small wrong thing in the code that decides about signing, authority, ledger and gates.

Which ones a run makes is drawn by a seed, so a run can be repeated and nobody chooses the easy ones.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indelible.infra import build

FILES = (
    "kernel/signatures.py", "kernel/statements.py", "kernel/authority.py", "kernel/ledger.py", "kernel/gates.py",
    "kernel/lifecycles.py", "practice/separation.py",
)  # fmt: skip
AREAS = ("SIG", "AUT", "TRL", "LED", "REC")  # of the requirements whose scripts have to notice
FLIPPED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=", ast.NotEq: "==", ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.In: "not in", ast.NotIn: "in",
    ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one place: `start` and `end` are places in the file's text, `now` is what stands there instead of `was`."""

    file: str
    line: int
    kind: str
    start: int
    end: int
    was: str
    now: str

    @property
    def id(self) -> str:
        """Give its name: MUT-signatures-84-comparison."""
        return f"MUT-{Path(self.file).stem}-{self.line}-{self.start}-{self.kind}"

    @property
    def title(self) -> str:
        """Give what was changed, in words."""
        return f"{self.file}:{self.line}: {' '.join(self.was.split())} became {' '.join(self.now.split())}"

    def patched(self, text: str) -> str:
        """Give the file's text with the change."""
        return text[: self.start] + self.now + text[self.end :]


def drawn(count: int, seed: int, package: Path = build.PACKAGE) -> list[Mutant]:
    """Draw mutants by a seed, without one twice; fewer where there are not so many."""
    everything = sorted(
        (one for file in FILES for one in possible(file, (package / file).read_text("utf-8"))), key=lambda one: (one.file, one.start, one.kind)
    )  # fmt: skip
    # Not for secrets: the same seed has to give the same mutants on every machine.
    return random.Random(seed).sample(everything, min(count, len(everything)))  # noqa: S311 - drawn again by its seed, no secret


def possible(file: str, text: str) -> Iterator[Mutant]:
    """Give every mutant of one file that is still Python."""
    tree, places = ast.parse(text), _Places(text)
    annotations = {id(part) for node in ast.walk(tree) for given in _unexecuted(node) for part in ast.walk(given)}
    for node in ast.walk(tree):
        if id(node) in annotations:
            continue
        for kind, start, end, now in _changes(node, places, text):
            yield Mutant(file, places.line(start), kind, start, end, text[start:end], now)


def _unexecuted(node: ast.AST) -> list[ast.AST]:
    """Give what is never executed, or decides nothing: annotations, decorators, defaults of declarations."""
    found = [getattr(node, "annotation", None), getattr(node, "returns", None), *getattr(node, "decorator_list", [])]
    return [one for one in found if isinstance(one, ast.AST)]


def _changes(node: ast.AST, places: _Places, text: str) -> Iterator[tuple[str, int, int, str]]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            first, last = places.of(node)
            yield "comparison", first, last, f"{places.text(left)} {FLIPPED[type(op)]} {places.text(right)}"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            first, last = places.of(node)
            yield "not", first, last, f"({places.text(operand)})"
        case ast.BoolOp(op=op, values=values):
            joined = " and " if isinstance(op, ast.Or) else " or "
            first, last = places.of(node)
            yield "connective", first, last, joined.join(places.text(one) for one in values)
        case ast.Raise():
            first, last = places.of(node)
            yield "refusal", first, last, "pass"
        case ast.Return(value=value) if isinstance(value, (ast.Constant, ast.IfExp, ast.JoinedStr)) and _refuses(value):
            first, last = places.of(node)
            yield "refusal", first, last, "return None"
        case ast.Constant(value=value) if isinstance(value, int) and not isinstance(value, bool):
            first, last = places.of(node)
            if text[first:last].isdigit():  # not inside of a text with places in it
                yield "constant", first, last, str(value + 1)


def _refuses(value: ast.expr) -> bool:
    """Say whether a returned value can be a refusal in words, as the rules of separation give it."""
    parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    return any(
        isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str)) for one in parts
    )


class _Places:
    """Where a node stands in the text: `ast` counts lines, and bytes within a line."""

    def __init__(self, text: str) -> None:
        self._text, self._lines, self._starts = text, text.splitlines(keepends=True), [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def of(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Give start and end of a node."""
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def text(self, node: ast.expr | ast.stmt) -> str:
        """Give the text of a node, in brackets where it could be read otherwise in another place."""
        start, end = self.of(node)
        simple = isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Constant, ast.Subscript))
        return self._text[start:end] if simple else f"({self._text[start:end]})"

    def line(self, at: int) -> int:
        """Give the number of the line in which a place is."""
        return self._text.count("\n", 0, at) + 1

    def _at(self, line: int, offset: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:offset].decode())
