"""The only place that reads a mapping: which column is which field, what stands for what, how far a row is taken.

It is YAML of the same strict kind as the configuration. Without a file the headings are matched with the fields' names
and labels, and nothing is guessed beyond that.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from indelible.assurance.configuration import positions, values
from indelible.assurance.configuration.positions import Broken, Source
from indelible.kernel.configuration import Configuration
from indelible.kernel.parts import Name
from indelible.kernel.types import TypeDeclaration

NUMBER, ROLES, IGNORE, HASH = "number", "roles", "ignore", "sha256_of_"
ALSO = {"number": NUMBER, "document number": NUMBER, "no": NUMBER, "no.": NUMBER, "roles": ROLES}


class Plan(BaseModel):
    """What a mapping file may say. `columns` maps a heading to a field, to `number`, `sha256_of_FIELD`, or `ignore`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    type: Name = "document"
    title: str = ""
    source: str = ""
    sheet: str = ""
    columns: dict[str, str] = {}
    defaults: dict[Name, str] = {}
    values: dict[Name, dict[str, str]] = {}
    then: list[Name] = []


SHIPPED = {
    "document": Plan(defaults={"origin": "imported"}, then=["bring_in"]),
    "person": Plan(type="person"),
    "training": Plan(type="training", defaults={"because": "imported", "kind": "class"}),
}


def read(path: Path) -> tuple[Plan, Source]:
    """Read a mapping file; raises Broken naming line and column of everything that is wrong with it."""
    with path.open("rb") as stream:
        source = positions.read(positions.shown(path.name)[1:-1], stream.read(positions.LARGEST + 1))
    found: Plan | None = values.take(source, Plan)
    if found is None or source.problems:
        raise Broken(source.problems)
    return found, source


def shipped(kind: str) -> tuple[Plan, Source]:
    """Give what goes for a type when there is no mapping file: headings alone decide, records stay as they begin."""
    return SHIPPED.get(kind, Plan(type=kind)), Source("mapping")


def check(plan: Plan, source: Source, configuration: Configuration) -> TypeDeclaration:
    """Give the type that a plan is for; raises Broken naming whatever the configuration does not know."""
    declared = configuration.types.get(plan.type)
    if declared is None:
        message = f"No type is called {plan.type!r}; {values.suggestion(plan.type, configuration.types)}"
        raise Broken([source.blame(("type",), message)])
    source.problems += _strangers(plan, source, declared)
    if source.problems:
        raise Broken(source.problems)
    return declared


def _strangers(plan: Plan, source: Source, declared: TypeDeclaration) -> Iterator[positions.Problem]:
    fields = {field.name for field in declared.live_fields()}
    known = fields | {NUMBER, IGNORE} | {f"{HASH}{f.name}" for f in declared.live_fields() if f.kind == "files"}
    known |= {ROLES} if plan.type == "person" else set()
    for heading, name in plan.columns.items():
        if name not in known:
            message = f"{name!r} is not a field of {declared.label.lower()}; {values.suggestion(name, known)}"
            yield source.blame(("columns", heading), message)
    for key in ("defaults", "values"):
        for name in getattr(plan, key):
            if name not in fields:
                message = f"{name!r} is not a field of {declared.label.lower()}; {values.suggestion(name, fields)}"
                yield source.blame((key, name), message, key=True)
    state = declared.lifecycle[declared.initial]
    for index, verb in enumerate(plan.then):
        move = state.moves.get(verb)
        if move is None or move.signs:
            why = (
                "is signed by a person in the product" if move else f"does not exist; {values.suggestion(verb, state.moves)}"
            )
            yield source.blame(("then", index), f"The move {verb!r} {why}.")
            return
        state = declared.lifecycle[move.to]


def assign(plan: Plan, declared: TypeDeclaration, headings: list[str]) -> dict[int, str]:
    """Say for each column what it is: from the mapping, else by the field's name or label; strangers are left out."""
    mapped = {plain(heading): name for heading, name in plan.columns.items()}
    by_name = {plain(form): f.name for f in declared.live_fields() for form in (f.name, f.title)}
    hashes = [f.name for f in declared.live_fields() if f.kind == "files"]
    by_name |= {f"sha-256 of {plain(name)}": f"{HASH}{name}" for name in hashes}
    by_name |= {plain(f"{HASH}{name}"): f"{HASH}{name}" for name in hashes}
    also = {**ALSO, **by_name, **mapped}
    if plan.type != "person":
        also.pop("roles", None)
    return {at: also[plain(heading)] for at, heading in enumerate(headings) if plain(heading) in also}


def plain(heading: str) -> str:
    """Give a heading without what makes no difference: case, underscores, doubled spaces."""
    return " ".join(heading.replace("_", " ").split()).casefold()
