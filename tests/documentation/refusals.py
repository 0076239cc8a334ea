"""The reference of refusals, from the source: the named rules, and every refusal that the product itself can give."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from indelible.faces.api.problems import status_of
from indelible.kernel import rules
from indelible.kernel.configuration import Configuration
from indelible.kernel.errors import Conflict, Invalid, Refused
from tests.architecture.source import python_files, tree_of
from tests.documentation.tables import code, codes, page, plain, table

NAME = re.compile(r"[a-z][a-z_]+")
OUTCOMES = {"Refused": Refused, "Invalid": Invalid, "Conflict": Conflict}
TOLD = """A refusal says which rule stood in the way, what is missing, who could, and what to do. The same name stands on the page, in
the problem document of the API, in the answer of the command line, and in the record of refused attempts (11.10(d), (g))."""


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One refusal as the source writes it; `…` stands for what depends on the case."""

    rule: str
    text: str
    do: str
    status: str


def reference(configuration: Configuration) -> str:
    """Give the page."""
    uses: dict[str, set[str]] = defaultdict(set)
    for declared in configuration.types.values():
        for state in declared.lifecycle.values():
            for name in [*state.requires, *(name for move in state.moves.values() for name in move.requires)]:
                uses[name].add(declared.type)
    beside = "These hold whatever a company declares. `…` stands for what depends on the case; the last column is the status of the API."
    named = [(code(name), sentence, codes(sorted(uses[name]))) for name, sentence in rules.known().items()]
    others = [(code(one.rule), plain(one.text), plain(one.do), one.status) for one in sorted(set(refusals()))]
    return page(
        "Rules of refusals", TOLD,
        ["## Named rules", "", "A declaration names them with `requires`. Each is one Python function.", "",
         *table(("Rule", "What holds", "Asked for by"), named)],
        ["## Refusals of the product", "", beside, "",
         *table(("Rule", "It says", "What to do", "HTTP"), others)],
    )  # fmt: skip


def refusals() -> Iterator[Refusal]:
    """Find every place of the source that refuses with a rule whose name stands there."""
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and (found := _refusal(node)) is not None:
                yield found


def _refusal(call: ast.Call) -> Refusal | None:
    name = ast.unparse(call.func).rpartition(".")[2]
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in OUTCOMES:
        given |= dict(zip(("rule", "text"), call.args, strict=False))
    elif name in ("respond", "Unacceptable"):
        given |= dict(zip(("status", "rule", "text") if name == "Unacceptable" else ("", "status"), call.args, strict=False))
    elif name in ("_invalid", "Unfit"):
        given |= dict(zip(("rule", "text", "missing"), call.args, strict=False))
    else:
        return None
    rule = given.get("rule")
    if not isinstance(rule, ast.Constant) or not NAME.fullmatch(word := str(rule.value)) or "text" not in given:
        return None
    if "status" in given:
        status = str(given["status"].value) if isinstance(given["status"], ast.Constant) else "…"
    else:
        status = str(status_of(OUTCOMES.get(name, Invalid)(rule=word, text="")))
    return Refusal(word, _words(given["text"]), _words(given["do"]) if "do" in given else "", status)


def _words(node: ast.expr) -> str:
    """Write a text as the source has it, with `…` for what is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.IfExp):
        return f"{_words(node.body)} / {_words(node.orelse)}"
    return "…"
