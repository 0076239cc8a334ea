"""The only place that knows how a configuration folder is laid out, and that copies the shipped one into a new folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from indelible.assurance.configuration.values import suggestion

GENERAL = ("company", "roles", "meanings", "retention", "policies")
TYPES, SKELETONS = "types", "skeletons"
# Found by its place, because nothing imports a module.
SHIPPED = Path(__file__).parents[2] / "modules"
DEFAULTS = "defaults"
WELCOME = frozenset({"README.md"})


def type_files(folder: Path) -> list[Path]:
    """Give the files that declare types, in the order of their names."""
    return sorted(path for path in _entries(folder / TYPES) if path.suffix == ".yaml" and path.is_file())


def strangers(folder: Path) -> Iterator[tuple[str, str]]:
    """Find what does not belong into the folder, with what to do: a misspelt name must not be passed over in silence."""
    known = {f"{name}.yaml" for name in GENERAL}
    for path in _entries(folder):
        if path.name in (TYPES, SKELETONS) and path.is_dir():
            continue
        if path.name not in known or not path.is_file():
            yield printable(path.name), _what_to_do(path, {*known, TYPES, SKELETONS})
    if not (folder / TYPES).is_dir():
        yield TYPES, "The folder is missing; make it and put one file for each type into it."
    elif not type_files(folder):
        yield TYPES, "The folder declares no type; put one file for each type into it."
    for path in _entries(folder / TYPES):
        if path.suffix != ".yaml" or not path.is_file():
            yield f"{TYPES}/{printable(path.name)}", _what_to_do(path, ())


def skeleton_files(folder: Path) -> list[Path]:
    """Give what stands in the folder of texts with which records may begin."""
    return _entries(folder / SKELETONS)


@dataclass(frozen=True, slots=True)
class Preset:
    """A shipped configuration for a stage of a company: which types people begin records of, and what Part 211 is to them."""

    says: str
    leaves: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    modelled: bool = False

    def is_active(self, name: str) -> bool:
        """Say whether people can begin records of a type."""
        return name not in self.leaves and (self.only is None or name in self.only)


_PEOPLE = frozenset(
    {"person", "grant", "personnel_item", "absence", "delegation", "department", "company", "site", "installation"}
)
PRESETS = {
    "phase-2": Preset("Every type, on 21 CFR 210 and 211: phase 2 and later."),
    "phase-1": Preset("Every type but promises to authorities; 21 CFR 211 is a model only (210.2(c)).", frozenset({"commitment"}),
                      modelled=True),
    "pre-ind": Preset("Before an IND: without audits, complaints, lots, studies and promises to authorities; 21 CFR 211 is a model only.",
                      frozenset({"audit", "finding", "complaint", "lot", "study", "commitment"}), modelled=True),
    "blank": Preset("People, roles and documents, and changes, by which everything else is added.",
                    only=_PEOPLE | {"document", "controlled_copy", "change", "action"}),
}  # fmt: skip
_CREATED = re.compile(r"^create: .*$", re.MULTILINE)
_DECLARES = re.compile(r"^type:", re.MULTILINE)
_PREDICATE = re.compile(r"(predicate: \"?)(?=21 CFR 211)")


def assemble(target: Path, preset: str = "phase-2") -> None:
    """Copy the shipped defaults and the declaration of every module's types; raises FileExistsError, replaces nothing.

    All types stay declared, because links and reactions name them; one that the preset leaves out can be begun by nobody, and
    is opened by one line under a change.
    """
    copies = {SHIPPED / DEFAULTS / f"{name}.yaml": target / f"{name}.yaml" for name in GENERAL}
    for path in sorted(SHIPPED.glob("*/*.yaml")):
        if path.parent.name != DEFAULTS and _declares_a_type(path):
            copies[path] = target / TYPES / path.name
    copies |= {path: target / SKELETONS / path.name for path in sorted(SHIPPED.glob(f"*/{SKELETONS}/*.md"))}
    for place in copies.values():
        if place.exists():
            raise FileExistsError(f"{place} exists already: the shipped configuration goes into a new folder")
    for path, place in copies.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        if place.parent.name == TYPES:
            _fit(place, PRESETS[preset])


def _fit(place: Path, preset: Preset) -> None:
    text = before = place.read_text("utf-8")
    if not preset.is_active(place.stem):
        text = _CREATED.sub(
            lambda found: f"create: [system]  # this preset leaves the type out; it ships with: {found[0][8:]}", text
        )
    if preset.modelled:
        text = _PREDICATE.sub(r"\1As a model: ", text)
    if text != before:
        place.write_text(text, "utf-8")


def printable(name: str) -> str:
    """Give a file's name as it can stand in a message on one line."""
    return name if name.isprintable() else ascii(name)


def _entries(folder: Path) -> list[Path]:
    # Names with a dot in front are those of editors and version control, which keep their own things beside ours.
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and p.name not in WELCOME)


def _what_to_do(path: Path, known: set[str] | tuple[()]) -> str:
    if path.suffix == ".yml" and path.is_file():
        return f"Files here end in .yaml; rename it to {printable(path.stem)}.yaml."
    if path.name in known:
        return "A file belongs here, and this is none; put the file in its place."
    hint = suggestion(path.name, known)
    hint = f" {hint[0].upper()}{hint[1:]}" if known else " A type is a file that ends in .yaml."
    return f"This is not part of a configuration; take it away or rename it.{hint}"


@cache
def shipped_types() -> frozenset[str]:
    """Give the names of the types that modules declare."""
    return frozenset(
        path.stem for path in SHIPPED.glob("*/*.yaml") if path.parent.name != DEFAULTS and _declares_a_type(path)
    )


def _declares_a_type(path: Path) -> bool:
    # By its line alone: beside declarations lie files with hundreds of requirements, which take long to be read as YAML.
    return _DECLARES.search(path.read_text("utf-8")) is not None
