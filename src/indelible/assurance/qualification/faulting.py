"""The only place that reads `faults/`: faults that are seeded on purpose into a copy of the product, to prove that its tests can fail.

A fault is one textual change of one file. Each is checked before anything runs: an anchor that is not there, or there twice, would
seed nothing or something else, and a fault that nothing looks for would prove nothing.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from indelible.assurance.qualification.planning import Script
from indelible.infra import build

FOLDER = Path(__file__).with_name("faults")  # one file for each area
AREAS = ("signing", "authority", "ledger", "gates", "trail", "copies", "time", "training", "identity", "records")
ENGINES = ("", "sqlite", "postgresql")
TEXTS = ("id", "title", "area", "file", "find", "replace", "requirement")
OPTIONAL = ("caught_by", "founding", "engine")


@dataclass(frozen=True, slots=True)
class Fault:
    """One seeded fault: what is changed where, which requirement it breaks, and which scripts have to notice."""

    id: str
    title: str
    area: str
    file: str  # below the package: kernel/signatures.py
    find: str  # occurs exactly once in that file
    replace: str
    requirement: str
    caught_by: tuple[str, ...] = ()  # scripts, or single cases of them; without any every script of the requirement
    founding: bool = False  # it breaks what only the making of a home does: its copy is made anew
    engine: str = ""  # the only kind of database on which it is one; empty for any
    source: str = ""  # file and line of this entry

    def slice(self, scripts: Iterable[Script]) -> list[Script]:
        """Give the planned scripts that have to notice."""
        wanted = {*self.caught_by}
        if not wanted:
            return [one for one in scripts if self.requirement in one.requirements]
        return [one for one in scripts if {one.script, one.key} & wanted]

    def patched(self, text: str) -> str:
        """Give the file's text with the fault in it; raises ValueError unless the anchor is there exactly once."""
        if (found := text.count(self.find)) != 1:
            raise ValueError(f"{self.id}: what it looks for stands {found} times in {self.file}; it must stand there once.")
        return text.replace(self.find, self.replace)


class Broken(Exception):
    """The faults cannot be used; `errors` names each with file and line."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("\n".join(errors))


def load(place: Path = FOLDER) -> list[Fault]:
    """Read the faults of a folder, or of one file, in the order of their ids; raises Broken with everything that is not as it must be."""
    errors: list[str] = []
    found: dict[str, Fault] = {}
    for file in sorted(place.glob("*.yaml")) if place.is_dir() else [place]:
        for where, entry in _entries(file, errors):
            fault = _fault(entry, where, errors)
            if fault is not None and found.setdefault(fault.id, fault) is not fault:
                errors.append(f"{where} id: {fault.id} stands in {found[fault.id].source} already.")
    if errors or not found:
        raise Broken(errors or [f"{place.name}: there are no faults."])
    return [found[one] for one in sorted(found)]


def _entries(file: Path, errors: list[str]) -> list[tuple[str, Any]]:
    """Give the entries of one file, each with where it begins."""
    try:
        read = YAML(typ="rt", pure=True).load(file.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError) as problem:
        errors.append(f"{file.name}: {problem}")
        return []
    entries: Any = read.get("faults") if isinstance(read, dict) else None
    if not isinstance(entries, list) or not entries:
        errors.append(f"{file.name}:1 faults: a list of faults.")
        return []
    places: Any = entries  # what reads for a round trip keeps where each item stands
    return [(f"{file.name}:{places.lc.item(at)[0] + 1}", entry) for at, entry in enumerate(entries)]


def _fault(entry: Any, where: str, errors: list[str]) -> Fault | None:
    if not isinstance(entry, dict):
        errors.append(f"{where} faults: a fault is a mapping with {', '.join(TEXTS)}.")
        return None
    wrong = [f"{where} {name}: no such field." for name in entry if name not in (*TEXTS, *OPTIONAL)]
    wrong += [
        f"{where} {name}: a text is needed." for name in TEXTS
        if not isinstance(entry.get(name), str) or (not entry[name] and name != "replace")
    ]  # fmt: skip
    caught_by, founding, engine = entry.get("caught_by", []), entry.get("founding", False), entry.get("engine", "")
    if not isinstance(caught_by, list) or not all(isinstance(one, str) for one in caught_by):
        wrong.append(f"{where} caught_by: a list of ids of scripts.")
    if not isinstance(founding, bool):
        wrong.append(f"{where} founding: true or false.")
    if engine not in ENGINES:
        wrong.append(f"{where} engine: {', '.join(filter(None, ENGINES))}, or not at all.")
    if entry.get("area") not in AREAS:
        wrong.append(f"{where} area: one of {', '.join(AREAS)}.")
    if entry.get("find") == entry.get("replace"):
        wrong.append(f"{where} replace: it changes nothing.")
    errors += wrong
    texts = {name: str(entry.get(name)) for name in TEXTS}
    return None if wrong else Fault(**texts, caught_by=tuple(caught_by), founding=founding, engine=engine, source=where)


def check(
    faults: Iterable[Fault], scripts: Collection[Script], requirements: Collection[str], left_out: Collection[str] = (),
    package: Path = build.PACKAGE,
) -> None:  # fmt: skip
    """Check faults against the package, the planned scripts and the known requirements; raises Broken with all that does not fit.

    `left_out` are the scripts about something that this configuration does not have: a fault that only these would notice is none here.
    """
    known = {*(one.script for one in scripts), *(one.key for one in scripts), *left_out}
    errors: list[str] = []
    for fault in faults:
        where = f"{fault.source} {fault.id}"
        errors += [f"{where} file: {text}" for text in _unfit(fault, package)]
        if fault.requirement not in requirements:
            errors.append(f"{where} requirement: {fault.requirement} is unknown.")
        errors += [f"{where} caught_by: there is no script {one}." for one in fault.caught_by if one not in known]
        if not fault.caught_by and not fault.slice(scripts) and not left_out:
            errors.append(f"{where} requirement: no script tests {fault.requirement}, so nothing could notice.")
    if errors:
        raise Broken(errors)


def requirements(package: Path = build.PACKAGE) -> set[str]:
    """Give the ids of the requirements that ship."""
    files = (YAML(typ="safe", pure=True).load(path.read_text("utf-8")) for path in package.rglob("requirements.yaml"))
    return {str(one["id"]) for read in files for one in read["requirements"]}


def _unfit(fault: Fault, package: Path) -> list[str]:
    path = package / fault.file
    if package.resolve() not in path.resolve().parents or not path.is_file():
        return [f"the package has no file {fault.file}."]
    if path.name.startswith("test_"):
        return [f"{fault.file} is a test: what is broken on purpose is the product."]
    try:
        text = fault.patched(path.read_text("utf-8"))
        if path.suffix == ".py":
            ast.parse(text)
    except ValueError as problem:
        return [str(problem)]
    except SyntaxError as problem:
        return [f"{fault.id}: {fault.file} with the fault is no Python any more, line {problem.lineno}."]
    return []


def drawn(faults: Iterable[Fault], number: int) -> Fault:
    """Give the fault that a number draws: SHA-256 of its decimal digits, as a whole number, modulo the faults in order of their ids."""
    inorder = sorted(faults, key=lambda one: one.id)
    value = int.from_bytes(hashlib.sha256(str(number).encode()).digest(), "big")
    return inorder[value % len(inorder)]
