"""One door: nothing writes the kernel's tables but the few files listed in `tables.WRITERS`.

Imports cannot show this, so the syntax trees are read: ORM calls that write, and SQL that writes.
A call is judged by its name; where its model can be seen, also by what kind of table that is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest

from tests.architecture import tables
from tests.architecture.source import PACKAGE, docstrings, project_files, python_files, relative, tree_of

pytestmark = pytest.mark.engine_free
ALWAYS_WRITES = {
    "save",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "save_base",
}
ALWAYS_WRITES |= {f"a{verb}" for verb in ALWAYS_WRITES} | {"_raw_delete", "_update", "_insert"}
WRITES_WITH_KEYWORDS = {
    "create",
    "update",
    "acreate",
    "aupdate",
}  # a dict's or a hash's takes a value instead
WRITING_SQL = re.compile(
    r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?"
    r"|UPDATE(?=\s+\S+\s+SET\b)|COPY(?=\s+\S+\s.*\bFROM\b)|DROP\s+TRIGGER|DISABLE\s+TRIGGER"
    r"|SET\s+(?:LOCAL\s+)?session_replication_role)\s+[\"`{]*(?P<table>\w*)",
    re.IGNORECASE,
)
SECOND_DOORS = re.compile(r"django\.contrib\.admin|import_export|rest_framework")


@dataclass(frozen=True)
class Write:
    """One place that writes: `model` where it can be seen, else None."""

    file: str
    line: int
    text: str
    model: str | None

    def __str__(self) -> str:
        return f"src/indelible/{self.file}:{self.line} {self.text} ({self.model or 'model not visible'})"


def test_every_table_says_which_of_the_three_kinds_it_is() -> None:
    unsaid = {model.name: model.kind for model in tables.models().values() if model.kind not in tables.KINDS}

    assert tables.models()
    assert not unsaid


def test_tables_stand_in_the_kernel_and_only_scratch_in_the_practice() -> None:
    elsewhere = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in python_files()
        if not any(place in (path, *path.parents) for place in tables.MODELS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and tables.is_model(node)
    ]

    assert not elsewhere
    assert {model.kind for model in tables.models(tables.PRACTICE).values()} == {tables.SCRATCH}


def test_only_the_listed_files_write() -> None:
    strangers = sorted({str(write) for write in all_writes() if not is_allowed(write)})

    assert not strangers, "changes go through kernel.acts; see tests/architecture/tables.py:\n" + "\n".join(strangers)


@pytest.mark.parametrize("gate", tables.GATES, ids=lambda gate: f"{gate.module}.{gate.function}")
def test_only_the_door_reaches_what_writes_for_others(gate: tables.Gate) -> None:
    strangers = [
        f"src/indelible/{file}:{line}"
        for path in python_files()
        if not any(fnmatch(file := path.relative_to(PACKAGE).as_posix(), files) for files in gate.files)
        for line in _uses(tree_of(path), f"indelible.{gate.module}", gate.function)
    ]

    assert not strangers, gate.reason


def test_every_exemption_is_still_needed() -> None:
    """Rows for a whole kind are the house plan's; a row for one table or one call goes when its need goes."""
    writing = {write.file for write in all_writes()}
    present = [path.relative_to(PACKAGE).as_posix() for path in python_files()]
    single: list[tables.Exemption] = [w for w in tables.WRITERS if not set(w.tables) & set(tables.KINDS)]
    idle = [
        row.files
        for row in [*single, *tables.NOT_TABLES]
        if any(fnmatch(file, row.files) for file in present) and not any(fnmatch(file, row.files) for file in writing)
    ]

    assert not idle


def test_every_exemption_has_a_reason_and_names_real_tables() -> None:
    known = set(tables.models()) | set(tables.KINDS)

    reasons = [w.reason for w in tables.WRITERS] + [g.reason for g in tables.GATES]
    reasons += [n.reason for n in tables.NOT_TABLES]

    assert all(len(reason) > 10 for reason in reasons)
    assert not {table for row in tables.WRITERS for table in row.tables} - known


def test_no_second_door_is_installed() -> None:
    doors = [
        f"{relative(path)}: {match.group()}"
        for path in project_files()
        if PACKAGE in path.parents and path.suffix == ".py"
        for match in SECOND_DOORS.finditer(path.read_text(encoding="utf-8"))
    ]

    assert not doors


def _uses(tree: ast.Module, module: str, function: str) -> Iterator[int]:
    """Find `module.function` under whatever name the file imports either of them."""
    parent, _, last = module.rpartition(".")
    aliases = {module}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            yield from (node.lineno for alias in node.names if alias.name in {function, "*"})
        elif isinstance(node, ast.ImportFrom) and node.module == parent:
            aliases |= {alias.asname or alias.name for alias in node.names if alias.name == last}
        elif isinstance(node, ast.Import):
            aliases |= {alias.asname for alias in node.names if alias.name == module and alias.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == function and ast.unparse(node.value) in aliases:
            yield node.lineno


def all_writes() -> Iterator[Write]:
    for path in python_files(migrations=True):
        file = path.relative_to(PACKAGE).as_posix()
        tree = tree_of(path)
        prose = docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _orm_call(file, node)
            elif isinstance(node, ast.Attribute):
                yield from _orm_reference(file, node)
            elif isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in prose:
                yield from _sql_write(file, node)


def _orm_call(file: str, call: ast.Call) -> Iterator[Write]:
    if not isinstance(call.func, ast.Attribute):
        return
    verb = call.func.attr
    by_keywords = verb in WRITES_WITH_KEYWORDS and call.keywords and not call.args
    if verb in ALWAYS_WRITES or by_keywords:
        yield Write(file, call.lineno, f"{ast.unparse(call.func)}(", _model_in(call.func))


def _orm_reference(file: str, node: ast.Attribute) -> Iterator[Write]:
    """See `Model.objects.create` also where it is only passed on."""
    if node.attr in ALWAYS_WRITES | WRITES_WITH_KEYWORDS and (model := _model_in(node.value)):
        yield Write(file, node.lineno, f"{ast.unparse(node)}(", model)


def _model_in(node: ast.expr) -> str | None:
    """Find the model in `Model.objects.filter(...).update`, `models.Model(...).save`."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    names += [part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    return next((name for name in names if name in tables.models()), None)


def _sql_write(file: str, node: ast.Constant | ast.JoinedStr) -> Iterator[Write]:
    text = _text(node)
    by_table = {model.table: model.name for model in tables.models().values()}
    for match in WRITING_SQL.finditer(text):
        words, model = match.group().strip(), by_table.get(match["table"] or "")
        prose = not words[0].isupper() and model is None and "{" not in words
        if not prose:
            yield Write(file, node.lineno, words, model)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    """Read a string literal; what an f-string fills in stands as `{}`."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def is_allowed(write: Write) -> bool:
    if any(fnmatch(write.file, row.files) and write.text.endswith(row.call) for row in tables.NOT_TABLES):
        return True
    rows = [row for row in tables.WRITERS if fnmatch(write.file, row.files)]
    if write.model is None:
        return bool(rows)
    return any({write.model, tables.models()[write.model].kind} & set(row.tables) for row in rows)
