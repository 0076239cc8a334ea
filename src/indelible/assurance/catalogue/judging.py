"""What is wrong with an entry of the catalogue whose shape is right: unknown names, doubles, a "shall" too many, a missing reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

from pydantic import BaseModel

from indelible.assurance.catalogue.entry import AREAS, ObligationEntry
from indelible.assurance.catalogue.requirement import HIGH, Obligation, Requirement
from indelible.assurance.configuration import values
from indelible.assurance.configuration.positions import Problem
from indelible.kernel.configuration import Company, Meaning, Policies, RetentionClass, Role
from indelible.kernel.types import TypeDeclaration

NAMED = re.compile(r"URS-([A-Z]{3})-[0-9]{3}")
SHALL = re.compile(r"\bshall\b", re.IGNORECASE)
STEP = re.compile(r"\*{1,2}|[a-z][a-z0-9_]*|[0-9]+")
RULES = "rules"
# What stands below a section of the configuration: the grammar's keys, after so many names of the company's own.
SECTIONS: dict[str, tuple[int, type[BaseModel]]] = {
    "company": (0, Company), "policies": (0, Policies), "roles": (1, Role), "meanings": (1, Meaning),
    "retention": (1, RetentionClass), "types": (1, TypeDeclaration),
}  # fmt: skip
REQUIRED = ("text", "why", "csa_because")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: at which key of the entry, and a sentence that says what to do."""

    steps: tuple[str | int, ...]
    message: str


@dataclass(slots=True)
class Known:
    """What the product declares, against which entries are held."""

    types: Collection[str]
    rules: Collection[str] | None = None
    seen: dict[str, Problem] = field(default_factory=dict)  # obligations that others name, with what to say if there is none

    def unseen(self, found: Container[str]) -> list[Problem]:
        """Give what names an obligation that no file holds."""
        return [problem for name, problem in self.seen.items() if name not in found]

    def of_obligation(self, entry: ObligationEntry, found: Container[str]) -> Iterator[Fault]:
        """Find what is wrong with one obligation."""
        if entry.id in found:
            yield Fault(("id",), f"The obligation {entry.id!r} stands here a second time; each id is given once.")
        if entry.evidence is None and (entry.kind == "procedural" or entry.who == "customer"):
            yield Fault(
                ("kind",),
                "People do this: say under `evidence` what in the product does it or keeps its evidence, or `outside`.",
            )
        for index, name in enumerate(entry.evidence.types if entry.evidence else ()):
            if name not in self.types:
                yield Fault(("evidence", "types", index), _unknown("type", name, self.types))

    def of_requirement(
        self, one: Requirement, obligations: Mapping[str, Obligation], found: Container[str]
    ) -> Iterator[Fault]:
        """Find what is wrong with one requirement."""
        yield from _name(one, found)
        yield from _words(one)
        yield from _names(one, "clauses", obligations, "obligation")
        yield from _names(one, "types", self.types, "type")
        yield from _settings(one, self.rules)
        if not one.impact:
            yield Fault(("impact",), "Say what a failure could reach: patient, product or data.")
        yield from _rated(one)


def _name(one: Requirement, found: Container[str]) -> Iterator[Fault]:
    named = NAMED.fullmatch(one.id)
    if named is None:
        yield Fault(("id",), f"{one.id!r} is no id of a requirement; write URS-AREA-001, such as URS-SIG-004.")
    elif named[1] not in AREAS:
        yield Fault(("id",), f"The area {named[1]!r} is not known; {values.suggestion(named[1], AREAS)}")
    if one.id in found:
        yield Fault(("id",), f"The requirement {one.id!r} stands here a second time; each id is given once.")


def _words(one: Requirement) -> Iterator[Fault]:
    for key in REQUIRED:
        if not getattr(one, key).strip():
            yield Fault(
                ("csa", "because") if key == "csa_because" else (key,), "Nothing is written here; say it in a sentence."
            )
    said = len(SHALL.findall(one.text))
    if said == 0:
        yield Fault(("text",), 'The text holds no "shall": it says nothing that can be tested.')
    elif said > 1:
        yield Fault(("text",), f'The text holds {said} times "shall"; write one requirement for each.')


def _names(one: Requirement, key: str, known: Collection[str], what: str) -> Iterator[Fault]:
    names: tuple[str, ...] = getattr(one, key)
    if key == "clauses" and not names:
        yield Fault((key,), "A requirement names at least one obligation that asks for it.")
    for index, name in enumerate(names):
        if name not in known:
            yield Fault((key, index), _unknown(what, name, known))
        elif name in names[:index]:
            yield Fault((key, index), f"The {what} {name!r} stands here twice; name it once.")


def _settings(one: Requirement, rules: Collection[str] | None) -> Iterator[Fault]:
    for index, setting in enumerate(one.settings):
        if setting in one.settings[:index]:
            yield Fault(("settings", index), f"The setting {setting!r} stands here twice; name it once.")
        elif message := wrong_setting(setting, rules):
            yield Fault(("settings", index), message)


def wrong_setting(setting: str, rules: Collection[str] | None = None) -> str:
    """Say what is wrong with a pattern of keys or the name of a rule; "" where nothing is."""
    first, *rest = setting.split(".")
    if first == RULES:
        named = len(rest) == 1 and rest[0].isidentifier()
        if not named or (rules is not None and rest[0] not in rules):
            return _unknown("rule", ".".join(rest), rules or ())
        return ""
    if first not in SECTIONS:
        return f"No setting is called {setting!r}; it begins with {', '.join([*SECTIONS, RULES])}."
    if not rest or not all(STEP.fullmatch(step) for step in rest) or "**" in rest[:-1]:
        return f"{setting!r} is no key of the configuration; write steps with points, `*` for one of them, `**` for what follows."
    return _beside_the_grammar(setting, *SECTIONS[first])


def _beside_the_grammar(setting: str, names: int, grammar: type[BaseModel]) -> str:
    steps = setting.split(".")[1:][names:]
    for step in steps:
        if "*" in step:
            return ""
        if step not in grammar.model_fields:
            return f"No setting is called {setting!r}: {values.suggestion(step, grammar.model_fields)}"
        inner = _model_in(grammar.model_fields[step].annotation)
        if inner is None:
            return ""
        grammar = inner
    return ""


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Give the grammar of what a key holds where it is written below that key by keys alone."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    return found[0] if len(found) == 1 and type(None) in get_args(annotation) else None


def _rated(one: Requirement) -> Iterator[Fault]:
    if not one.risks:
        yield Fault(("risks",), "A requirement has at least one risk: say how it can fail, and rate it.")
        return
    for index, risk in enumerate(one.risks):
        for key in ("failure", "cause", "effect", "because", "control"):
            if not getattr(risk, key).strip():
                yield Fault(("risks", index, key), "Nothing is written here; say it in a sentence.")
    twice = [text for text, count in Counter(risk.failure for risk in one.risks).items() if count > 1]
    if twice:
        yield Fault(("risks",), f"The failure {twice[0]!r} is rated twice; rate it once.")
    below = one.touches != "other" and one.priority != HIGH
    if below and not one.below_high.strip():
        yield Fault(
            ("touches",), f"It touches {one.touches} and is rated {one.priority}: say under `below_high` why not high."
        )
    elif one.below_high and not below:
        yield Fault(("below_high",), "Nothing has to be excused here: take `below_high` away.")


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    return f"The {what} {name!r} is not known; {values.suggestion(name, known)}"
