"""Which requirements a changed setting concerns, and which shipped scripts test them: what a plan and a drift say of a key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from indelible.assurance.catalogue import loading, scripts
from indelible.assurance.catalogue.judging import RULES
from indelible.assurance.configuration import keys
from indelible.assurance.configuration.differing import Difference


def requirements(key: str, *changed: Any) -> tuple[str, ...]:
    """Give the ids of the requirements that a key of the configuration concerns, in order; none for what is harmless.

    They are those whose settings fit the key or lie below it, those of its type, and those of named rules that stand in one of
    the values `changed` and not in all of them. Raises Broken where the shipped catalogue cannot be read.
    """
    if not keys.is_gxp(key):
        return ()
    steps = key.split(".")
    kind = steps[1] if steps[0] == "types" and len(steps) > 1 else ""
    rules = {f"{RULES}.{name}" for name in _rules(changed)}
    found = (
        one.id
        for one in loading.load().requirements.values()
        if kind in one.types or any(setting in rules or keys.touches(setting, key) for setting in one.settings)
    )
    return tuple(sorted(found))


def tests(names: Iterable[str]) -> tuple[str, ...]:
    """Give the ids of the shipped scripts that name any of these requirements, in order."""
    wanted = frozenset(names)
    return tuple(sorted({one.script for one in scripts.shipped() if wanted & {*one.requirements}}))


def of_change(one: Difference) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give requirements and what is tested again for one changed key: scripts, or in words where none ships yet."""
    named = requirements(one.key, one.before, one.after)
    return named, tests(named) or keys.tests(one.key)


def of_changes(changes: Iterable[Difference]) -> tuple[list[str], list[str]]:
    """Give requirements and what is tested again for several changed keys, each once and in order."""
    found = [of_change(one) for one in changes]
    return sorted({name for named, _ in found for name in named}), sorted({test for _, again in found for test in again})


def _rules(values: Iterable[Any]) -> set[str]:
    said: list[set[str]] = [set(_words(value)) for value in values]
    everywhere = said[0].intersection(*said) if len(said) > 1 else set[str]()
    return {word for words in said for word in words} - everywhere


def _words(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _words(inner)
