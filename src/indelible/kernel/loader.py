"""The only place that turns a configuration folder into a `Configuration`, or into every reason why it cannot be one.

Strict on purpose: what it accepts becomes a baseline under which people sign. It imports no Django, so that
`indelible config check` answers without a site.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from indelible.kernel import positions, values
from indelible.kernel.configuration import Configuration
from indelible.kernel.positions import Broken, Problem, Source
from indelible.kernel.types import Company, Meaning, Name, Policies, RetentionClass, Role, TypeDeclaration

__all__ = ["Broken", "Configuration", "Problem", "load"]

GRAMMAR: dict[str, Any] = {
    "company": Company,
    "roles": dict[Name, Role],
    "meanings": dict[Name, Meaning],
    "retention": dict[Name, RetentionClass],
    "policies": Policies,
}


def load(folder: Path, *, rules: Collection[str]) -> Configuration:
    """Read a configuration folder; raises Broken with every problem, each with its file, line and column."""
    problems: list[Problem] = []
    found: dict[str, Any] = {}
    for kind, grammar in GRAMMAR.items():
        source = positions.read(f"{kind}.yaml", (folder / f"{kind}.yaml").read_bytes())
        found[kind] = values.take(source, grammar)
        problems += source.problems
    types: dict[str, Any] = {}
    for path in sorted((folder / "types").glob("*.yaml")):
        source = positions.read(f"types/{path.name}", path.read_bytes())
        types[path.stem] = values.take(source, TypeDeclaration)
        problems += source.problems
    if problems:
        raise Broken(problems)
    return Configuration(**found, types=types)
