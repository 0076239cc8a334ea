"""What is declared anywhere in a configuration, and the one sentence for a name that is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from indelible.assurance.configuration.positions import Steps, shown
from indelible.assurance.configuration.values import suggestion
from indelible.kernel.configuration import Role
from indelible.kernel.types import RELATIONS, FieldDeclaration, TypeDeclaration

Names: TypeAlias = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend in a file: at which value (or key), and the sentence."""

    steps: Steps
    message: str
    key: bool = False


Faults: TypeAlias = Iterator[Fault]


@dataclass(frozen=True, slots=True)
class Known:
    """Names that a declaration may use; None where their file could not be read, so that nobody is blamed for it."""

    rules: Names
    separating: Collection[str]
    roles: Names
    meanings: Names
    retention: Names
    types: Names
    signers: Mapping[str, Role]

    def can_sign(self, role: str, meaning: str) -> bool:
        """Say whether a holder of this role may sign this meaning: by the role, or as everybody may."""
        everybody = any(meaning in other.signs for other in self.signers.values() if other.everybody)
        return everybody or meaning in self.signers[role].signs


def named(names: Iterable[str], known: Names, what: str, steps: Steps) -> Faults:
    """Find the names in a list that are not declared."""
    for index, name in enumerate(names):
        yield from one(name, known, what, (*steps, index))


def one(name: str | None, known: Names, what: str, steps: Steps, *, key: bool = False) -> Faults:
    """Find a name that is not declared."""
    if name is not None and known is not None and name not in known:
        yield Fault(steps, f"No {what} is called {shown(name)}; {suggestion(name, known)}", key)


def live(declaration: TypeDeclaration, name: str, steps: Steps, *, key: bool = False) -> Faults:
    """Find a field name that the type does not have, or has retired."""
    field = declaration.field(name)
    if field is None:
        yield from one(name, [f.name for f in declaration.live_fields()], "field of this type", steps, key=key)
    elif field.retired:
        yield Fault(steps, f"The field {name!r} is retired; take its name away here.", key)


def capacities(known: Known, declaration: TypeDeclaration, names: list[str], steps: Steps) -> Faults:
    """Find what is neither a role nor a relation nor a person field of this type, or a relation the type lacks."""
    people = {field.name for field in declaration.live_fields() if field.kind == "person"}
    for index, name in enumerate(names):
        field, at = declaration.field(name), (*steps, index)
        if known.roles is not None and name not in {*known.roles, *RELATIONS, *people}:
            if field is None:
                every = {*known.roles, *RELATIONS, *people}
                yield from one(name, every, "role, relation or person field", at)
            else:
                yield Fault(at, f"{name!r} is a field, but none in use that names people; name a role or a person.")
        elif name in people and name in (known.roles or ()):
            yield Fault(at, f"{name!r} is a role and a field of this type, and means the role; rename the field.")
        elif message := _lacking(declaration, name):
            yield Fault(at, message)


def _lacking(declaration: TypeDeclaration, relation: str) -> str | None:
    if relation == "owner" and declaration.owner is None:
        return "This type says no owner; add `owner: <a person field>`, or name somebody else."
    if relation == "head_of_department" and declaration.department is None:
        return "This type says no department; add `department: <a links field>`, or name somebody else."
    if relation == "subject" and declaration.type != "person":
        return "Only a person is the subject of a record; name somebody else."
    return None


def repeated(values: Iterable[str], what: str, steps: Steps) -> Faults:
    """Find what stands a second time in a list."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield Fault((*steps, index), f"{what} {shown(value)} stands here a second time; keep one.")
        seen.add(value)


def blank(value: str, what: str, steps: Steps) -> Faults:
    """Find a text that says nothing."""
    if not value.strip():
        yield Fault(steps, f"{what} says nothing; write it.")


def answers(field: FieldDeclaration) -> list[str] | None:
    """Give the values that a condition can ask for; None where the kind has no fixed ones."""
    if field.kind == "yes_no":
        return ["yes", "no"]
    return field.choices if field.kind == "choice" and not field.many else None


def condition(declaration: TypeDeclaration, when: Mapping[str, list[str]], steps: Steps) -> Faults:
    """Find what is wrong with `when`: fields that are no single choice or yes/no, and values that they never have."""
    for name, wanted in when.items():
        field, at = declaration.field(name), (*steps, name)
        yield from live(declaration, name, at, key=True)
        if field is None or field.retired:
            continue
        possible = answers(field)
        if possible is None:
            yield Fault(at, f"A condition asks a yes_no field or a single choice; {name!r} is neither.", key=True)
            continue
        yield from named(wanted, possible, f"value of {name!r}", at)
        if not wanted:
            yield Fault(at, "A condition without a value never holds; name at least one.", key=True)
