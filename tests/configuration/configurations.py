"""Configuration folders for tests: the valid one, overlays on it, and YAML written from nodes in any order of keys."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from indelible.assurance.configuration import loader, positions
from indelible.assurance.configuration.positions import Mapping, Node, Sequence, Text

HERE = Path(__file__).parent
VALID, BROKEN = HERE / "valid", HERE / "broken"
RULES = frozenset({"approver_is_not_author", "text_is_complete", "trends_are_decided"})
ACTS = frozenset({"note.close", "procedure.revise", "unheard.of"})
TYPES = frozenset({"note"})
EXPECTED = "expected.txt"
FILES = sorted(path.relative_to(VALID).as_posix() for path in VALID.rglob("*.yaml"))
MANY = os.environ.get("INDELIBLE_CAMPAIGN") == "large"


def examples(few: int) -> int:
    """Give how many examples a property is tried with: a campaign tries many more."""
    return few * 50 if MANY else few


def load(folder: Path) -> loader.Configuration:
    return loader.load(folder, rules=RULES, acts=ACTS, types=TYPES)


def problems(folder: Path) -> list[str]:
    """Give what the loader says about a folder, one problem a line; nothing where it loads."""
    try:
        load(folder)
    except loader.Broken as broken:
        return str(broken).splitlines()
    return []


def overlaid(target: Path, case: Path | None = None) -> Path:
    """Copy the valid configuration, and what a case lays over it."""
    shutil.copytree(VALID, target)
    if case is not None:
        shutil.copytree(case, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(EXPECTED))
    return target


def replaced(target: Path, file: str, content: bytes) -> Path:
    """Copy the valid configuration with one file of other bytes."""
    overlaid(target)
    (target / file).write_bytes(content)
    return target


def tree(file: str) -> Node:
    """Read one file of the valid configuration as nodes."""
    root = positions.read(file, (VALID / file).read_bytes()).root
    assert root is not None
    return root


Order = Callable[[tuple[str, ...], list[str]], list[str]]


def written(node: Node, order: Order, path: tuple[str, ...] = ()) -> str:
    """Write nodes as YAML on one line, the keys of each mapping in the order that is asked for."""
    if isinstance(node, Mapping):
        names = order(path, [*node.items])
        parts = (f"{_scalar(node.items[n][0])}: {written(node.items[n][1], order, (*path, n))}" for n in names)
        return "{" + ", ".join(parts) + "}"
    if isinstance(node, Sequence):
        return "[" + ", ".join(written(item, order, (*path, "[]")) for item in node.items) + "]"
    assert isinstance(node, Text)
    return _scalar(node)


def _scalar(node: Text) -> str:
    # Words and digits stay plain, because a number in quotes is none; everything else needs its quotes in one line.
    return node.text if node.plain and node.text.isalnum() else json.dumps(node.text)


def plain(node: Node) -> Any:
    """Give nodes as lists, dictionaries and texts, for tests that change them."""
    if isinstance(node, Mapping):
        return {name: plain(inner) for name, (_, inner) in node.items.items()}
    if isinstance(node, Sequence):
        return [plain(inner) for inner in node.items]
    assert isinstance(node, Text)
    return node if node.plain else Text(node.line, node.column, node.text, plain=False)


def dumped(value: Any) -> str:
    """Write what `plain` gave, or anything like it, as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {dumped(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dumped, value)) + "]"
    return _scalar(value) if isinstance(value, Text) else json.dumps(value)
