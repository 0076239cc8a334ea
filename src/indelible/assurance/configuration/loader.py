"""The only place that turns a configuration folder into a `Configuration`, or into every reason why it cannot be one.

Strict on purpose: what it accepts becomes a baseline under which people sign. It imports no Django, so that
`indelible config check` answers without a site. A file whose shape is wrong is named with all that is wrong with
its shape; what it says is checked against the other files once the shape is right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from indelible.assurance.configuration import folder as layout
from indelible.assurance.configuration import positions, skeletons, values
from indelible.assurance.configuration.checks import beginnings, declarations, fields, files, general, invariants, lifecycles
from indelible.assurance.configuration.checks.known import Fault, Faults, Known
from indelible.assurance.configuration.checks.staffing import Shortage, warnings
from indelible.assurance.configuration.positions import Broken, Problem, Source
from indelible.kernel.configuration import Company, Configuration, Meaning, Policies, RetentionClass, Role
from indelible.kernel.parts import Name
from indelible.kernel.types import GENERIC, TypeDeclaration

__all__ = ["Broken", "Configuration", "Problem", "Shortage", "json_schema", "load", "warnings"]

GRAMMAR: dict[str, Any] = {
    "company": Company,
    "roles": dict[Name, Role],
    "meanings": dict[Name, Meaning],
    "retention": dict[Name, RetentionClass],
    "policies": Policies,
    "type": TypeDeclaration,
}
CHECKS: dict[str, tuple[Callable[[Any, Known], Faults], ...]] = {
    "company": (general.company,),
    "roles": (general.roles, invariants.quality_is_somebody),
    "meanings": (general.meanings,),
    "retention": (general.retention,),
    "policies": (general.policies,),
    "type": (declarations.declaration, fields.fields, lifecycles.lifecycle, invariants.invariants, skeletons.skeletons),
}


@dataclass(frozen=True, slots=True)
class _File:
    """One file of the folder: what it was read from, and what it says (None while its shape is wrong)."""

    kind: str
    source: Source
    value: Any


@dataclass(slots=True)
class _Folder:
    general: dict[str, _File] = field(default_factory=dict)
    types: dict[str, _File] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def sound_types(self) -> dict[str, TypeDeclaration]:
        """Give the declarations whose shape is right."""
        return {name: file.value for name, file in self.types.items() if file.value is not None}


def load(
    folder: Path,
    *,
    rules: Collection[str],
    acts: Collection[str] = (),
    types: Collection[str] = (),
    separating: Collection[str] = invariants.SEPARATING,
) -> Configuration:
    """Read a configuration folder; raises Broken with every problem, each with its file, line and column.

    `rules` are the names of the rules that Python offers, `separating` those among them that keep authors from
    approving. `acts` (`grant.approve`) and `types` are what the product's own code builds on and must stay declared.
    """
    read = _read(folder)
    known = _known(read, rules, separating)
    for file in [*read.general.values(), *read.types.values()]:
        read.problems += file.source.problems
        if file.value is not None:
            faults = (fault for check in CHECKS[file.kind] for fault in check(file.value, known))
            read.problems += [_placed(file, fault) for fault in faults]
    read.problems += _between(read, acts, types)
    declared, missing = skeletons.put_in(folder, read.sound_types())
    read.problems += missing
    if read.problems:
        raise Broken(read.problems)
    found = {kind: file.value for kind, file in read.general.items()}
    return Configuration(**found, types=declared)


def json_schema(kind: str) -> dict[str, Any]:
    """Give the JSON Schema of one kind of file, by which editors complete and check while somebody writes."""
    if kind not in GRAMMAR:
        raise ValueError(f"no kind of file is called {kind!r}; {values.suggestion(kind, GRAMMAR)}")
    schema = TypeAdapter(GRAMMAR[kind]).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind, **schema}


def _read(folder: Path) -> _Folder:
    found = _Folder()
    if not folder.is_dir():
        message = "There is no folder here; `indelible init` makes one with the shipped configuration."
        raise Broken([Problem(layout.printable(folder.name), 1, 1, "", message)])
    found.problems += [Problem(name, 1, 1, "", message) for name, message in layout.strangers(folder)]
    for kind in layout.GENERAL:
        found.general[kind] = _file(kind, folder / f"{kind}.yaml", f"{kind}.yaml")
    for path in layout.type_files(folder):
        found.types[path.stem] = _file("type", path, f"{layout.TYPES}/{layout.printable(path.name)}")
    return found


def _file(kind: str, path: Path, name: str) -> _File:
    try:
        with path.open("rb") as stream:
            return _parsed(kind, name, stream.read(positions.LARGEST + 1))
    except FileNotFoundError:
        message = "The file is missing; `indelible init` shows one that can be copied."
    except OSError as fault:
        message = f"The file cannot be read: {fault.strerror}."
    source = Source(name)
    source.refuse((1, 1), message)
    return _File(kind, source, None)


@lru_cache(maxsize=128)
def _parsed(kind: str, name: str, content: bytes) -> _File:
    # Most of the time goes into YAML, and an edit touches one file of forty: the others say what they said before.
    source = positions.read(name, content)
    return _File(kind, source, values.take(source, GRAMMAR[kind]))


def _known(read: _Folder, rules: Collection[str], separating: Collection[str]) -> Known:
    def names(kind: str) -> Collection[str] | None:
        root = read.general[kind].source.root
        return None if root is None else frozenset(positions.keys(root))

    signers: Mapping[str, Role] = read.general["roles"].value or {}
    return Known(
        rules=frozenset(rules), separating=frozenset(separating), roles=names("roles"), meanings=names("meanings"),
        retention=names("retention"), types=frozenset(read.types), signers=signers,
    )  # fmt: skip


def _placed(file: _File, fault: Fault) -> Problem:
    return file.source.blame(fault.steps, fault.message, key=fault.key)


def _between(read: _Folder, acts: Collection[str], types: Collection[str]) -> Iterator[Problem]:
    """Find what only all types together show."""
    for name, fault in declarations.prefixes(read.sound_types()):
        yield _placed(read.types[name], fault)
    for name, fault in beginnings.beginnings(read.sound_types(), set(types) | set(read.types)):
        yield _placed(read.types[name], fault)
    if (roles := read.general["roles"]).value is not None and files.ITEM not in set(read.types) - set(read.sound_types()):
        yield from (_placed(roles, fault) for fault in files.asked(roles.value, read.sound_types()))
    if (policies := read.general["policies"]).value is not None and (people := read.sound_types().get("person")) is not None:
        yield from (_placed(policies, fault) for fault in general.reachable(policies.value, set(people.create) - {"system"}))
    for name, declared in read.sound_types().items():
        if declared.type != name:
            message = f"The file is called {name}.yaml and declares {declared.type!r}; rename one of them."
            yield read.types[name].source.blame(("type",), message)
    for name in sorted(set(types) - set(read.types)):
        message = f"The product itself needs the type {name!r}; copy its file back from the shipped configuration."
        yield Problem(f"{layout.TYPES}/{name}.yaml", 1, 1, "", message)
    for act in sorted(acts):
        name, _, verb = act.partition(".")
        holder = read.sound_types().get(name)
        if holder is not None and verb not in GENERIC | {v for s in holder.lifecycle.values() for v in s.moves}:
            message = f"The product follows up the act {act!r}, which is declared no more; keep a move called {verb!r}."
            yield read.types[name].source.blame(("lifecycle",), message, key=True)
