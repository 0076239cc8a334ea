"""The only place in here that reads the declaration of types: of which type a number is, who has to act for a move.

What is expected of the product, scripts take from the fixture `reading`; this is for finding the way from outside.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SPOKEN: dict[Any, Any] = {True: "yes", False: "no"}


class Declared:
    """A configuration as it was written."""

    def __init__(self, folder: Path) -> None:
        read = YAML(typ="safe", pure=True).load
        self.roles: dict[str, Any] = read(folder / "roles.yaml")
        self.policies: dict[str, Any] = read(folder / "policies.yaml")
        declared = [read(path) for path in sorted((folder / "types").glob("*.yaml"))]
        self.types: dict[str, Any] = {each["type"]: each for each in declared}

    def states(self, kind: str) -> dict[str, Any]:
        """Give the states of a type, in written order."""
        found: dict[str, Any] = self.types[kind]["lifecycle"]
        return found

    def moves(self, kind: str, state: str) -> dict[str, Any]:
        """Give the moves that a state declares."""
        return dict(self.states(kind).get(state, {}).get("moves") or {})

    def prefixes(self, kind: str) -> list[str]:
        """Give with what the numbers of a type begin; nothing for a part of another record, whose number goes on with its own letter."""
        said = self.types[kind]["number"]
        return [said["prefix"]] if "prefix" in said else [*said.get("prefixes", {}).values()]

    def type_of(self, number: str) -> str:
        """Give the type of a record by its number; the number itself where no type has such."""
        parts = number.split("-")
        under = re.match(r"[A-Z]+", parts[-1]) if len(parts) > 2 else None
        for kind, declared in self.types.items():
            said = declared["number"]
            if (under and said.get("under") == under[0]) or (
                not under and {parts[0], number.rpartition("-")[0]} & {*self.prefixes(kind)}
            ):
                return kind
        return number or "none"

    def holds(self, when: dict[str, list[str]], values: dict[str, Any]) -> bool:
        """Say whether a condition holds for values: each field that it names has one of the values named."""

        def spoken(value: Any) -> Any:
            return value if isinstance(value, (list, dict)) else SPOKEN.get(value, value)

        return all(spoken(values.get(name)) in wanted for name, wanted in when.items())
