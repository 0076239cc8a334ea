"""The only place that reads the catalogue: shipped YAML files into obligations and requirements, or every reason why not.

Strict as the configuration's reader is, and by the same parts: what it takes is printed as a specification and signed. It is
pure and imports no Django; whoever knows the named rules gives them, otherwise `rules.NAME` is judged by its form alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from indelible.assurance.catalogue import judging
from indelible.assurance.catalogue.entry import (
    AREAS,
    DraftFile,
    ObligationEntry,
    ObligationsFile,
    RequirementEntry,
    RequirementsFile,
)
from indelible.assurance.catalogue.requirement import Duty, Obligation, Requirement, Risk
from indelible.assurance.configuration import folder, positions, values
from indelible.assurance.configuration.positions import Broken, Problem, Source

__all__ = ["AREAS", "Broken", "Catalogue", "Draft", "Problem", "load", "read"]

Grammar = TypeVar("Grammar")
PACKAGE = Path(__file__).parents[2]
OBLIGATIONS = Path(__file__).parent / "obligations"
REQUIREMENTS, DRAFTS = "requirements.yaml", "_draft.yaml"


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that is not in force: what it would add, chapter by chapter. Never an obligation, never covered."""

    source: str
    binding: str
    chapters: tuple[Mapping[str, str | int], ...]  # chapter, title, adds, has, lacks


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Obligations and requirements by id; `excluded` says why a company leaves a requirement out, `rated` why it rated anew."""

    obligations: dict[str, Obligation]
    requirements: dict[str, Requirement]
    excluded: dict[str, str] = field(default_factory=dict)
    rated: dict[str, str] = field(default_factory=dict)
    drafts: tuple[Draft, ...] = ()

    def naming(self, obligation: str) -> list[Requirement]:
        """Give the requirements that name an obligation, by id."""
        return sorted((one for one in self.requirements.values() if obligation in one.clauses), key=lambda one: one.id)


@lru_cache(maxsize=1)
def _shipped(stamps: tuple[tuple[str, int, int], ...]) -> Catalogue:
    found = [Path(name) for name, *_ in stamps]
    return read([path for path in found if path.name == REQUIREMENTS], [path for path in found if path.name != REQUIREMENTS])


def load() -> Catalogue:
    """Give the shipped catalogue; raises Broken with every fault, each with file and line. Read once, and again when a file changes."""
    found = [
        *sorted(PACKAGE.glob(f"*/{REQUIREMENTS}")),
        *sorted(PACKAGE.glob(f"modules/*/{REQUIREMENTS}")),
        *sorted(OBLIGATIONS.glob("*.yaml")),
    ]
    return _shipped(tuple((str(path), (stat := path.stat()).st_mtime_ns, stat.st_size) for path in found))


def read(requirements: Iterable[Path], obligations: Iterable[Path], *, rules: Collection[str] | None = None) -> Catalogue:
    """Read files of requirements and of obligations; raises Broken with every fault. `rules` are the names of the rules of Python."""
    problems: list[Problem] = []
    known = judging.Known(types=folder.shipped_types(), rules=rules)
    duties = dict[str, Obligation]()
    drafts = list[Draft]()
    for path in obligations:
        if path.name.endswith(DRAFTS):
            drafts += _draft(path, problems)
        else:
            _obligations(path, duties, known, problems)
    problems += known.unseen(duties)
    if problems:
        raise Broken(problems)  # every clause would be unknown as well
    found = dict[str, Requirement]()
    for path in requirements:
        _requirements(path, found, duties, known, problems)
    if problems:
        raise Broken(problems)
    return Catalogue(duties, found, drafts=tuple(drafts))


def _parsed(path: Path, grammar: type[Grammar], problems: list[Problem]) -> tuple[Source, Grammar | None]:
    name = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name
    try:
        source = positions.read(name, path.read_bytes())
    except OSError as fault:
        problems.append(Problem(name, 1, 1, "", f"The file cannot be read: {fault.strerror}."))
        return Source(name), None
    value = values.take(source, grammar)
    problems += source.problems
    return source, value


def _obligations(path: Path, found: dict[str, Obligation], known: judging.Known, problems: list[Problem]) -> None:
    source, value = _parsed(path, ObligationsFile, problems)
    for index, entry in enumerate(value.obligations if value else ()):
        steps = ("obligations", index)
        problems += (source.blame((*steps, *fault.steps), fault.message) for fault in known.of_obligation(entry, found))
        for other in entry.see_also:
            known.seen.setdefault(other, source.blame((*steps, "see_also"), f"The obligation {other!r} is not known."))
        if value is not None:
            found.setdefault(entry.id, _obligation(entry, value))


def _obligation(entry: ObligationEntry, file: ObligationsFile) -> Obligation:
    says = entry.evidence
    duty = Duty(says.kind, says.says, tuple(says.types), says.where) if says else None
    return Obligation(
        entry.id, file.source, entry.clause, entry.title, entry.text, entry.kind, entry.who, entry.risk, entry.shown_by,
        tuple(entry.see_also), file.binding, entry.open, duty,
    )  # fmt: skip


def _requirements(
    path: Path,
    found: dict[str, Requirement],
    duties: Mapping[str, Obligation],
    known: judging.Known,
    problems: list[Problem],
) -> None:
    source, value = _parsed(path, RequirementsFile, problems)
    for index, entry in enumerate(value.requirements if value else ()):
        steps = ("requirements", index)
        line, _ = source.place(steps)
        made = _requirement(entry, f"{source.file}:{line}")
        faults = known.of_requirement(made, duties, found)
        problems += (source.blame((*steps, *fault.steps), fault.message) for fault in faults)
        found.setdefault(entry.id, made)


def _requirement(entry: RequirementEntry, place: str) -> Requirement:
    return Requirement(
        id=entry.id, area=entry.id.split("-")[1] if entry.id.count("-") == 2 else "", text=entry.text, why=entry.why,
        clauses=tuple(entry.clauses), impact=tuple(entry.impact), must=entry.must, category=entry.category, touches=entry.touches,
        risks=tuple(Risk(**one.model_dump()) for one in entry.risks), csa_high=entry.csa.high, csa_because=entry.csa.because,
        settings=tuple(entry.settings), types=tuple(entry.types), below_high=entry.below_high, place=place,
    )  # fmt: skip


def _draft(path: Path, problems: list[Problem]) -> list[Draft]:
    _, value = _parsed(path, DraftFile, problems)
    return [Draft(value.source, value.binding, tuple(one.model_dump() for one in value.chapters))] if value else []
