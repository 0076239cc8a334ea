"""What must hold for the fields of a type: identity for ever, keys that their kind knows, names that exist."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from indelible.assurance.configuration.checks.general import is_day
from indelible.assurance.configuration.checks.known import Fault, Faults, Known, blank, condition, named, one, repeated
from indelible.assurance.configuration.positions import Steps, shown
from indelible.kernel.parts import KINDS
from indelible.kernel.types import RELATIONS, FieldDeclaration, TypeDeclaration

FITS = {
    "choices": ("choice",),
    "labels": ("choice",),
    "to": ("links",),
    "pinned": ("links",),
    "columns": ("table",),
    "max_length": ("text", "rich_text"),
    "range": ("number", "date"),
    "not_in_future": ("date", "time"),
    "occurrence": ("time",),
    "many": ("choice", "person", "links", "files"),
    "unique": ("text", "number"),
    "begins_with": ("person",),
    "filterable": tuple(kind for kind in KINDS if kind not in ("rich_text", "files", "table")),
}


def fields(declaration: TypeDeclaration, known: Known) -> Faults:
    """Check every field of a type, retired ones too: a tombstone keeps its id and its name."""
    yield from _identity(declaration)
    for index, field in enumerate(declaration.fields):
        steps: Steps = ("fields", index)
        yield from _keys(field, steps)
        yield from _choices(field, steps)
        yield from _columns(field, steps)
        yield from _range(field, steps)
        yield from _states(declaration, field, steps)
        yield from condition(declaration, field.required_when, (*steps, "required_when"))
        yield from named(field.to, known.types, "type", (*steps, "to"))
        yield from _people(declaration, field, steps)
        if field.critical and declaration.confirm is None:
            message = "A second person confirms a critical value; add `confirm: {by: [...]}` to the type."
            yield Fault((*steps, "critical"), message)


def _identity(declaration: TypeDeclaration) -> Faults:
    ids: dict[int, str] = {}
    names: set[str] = set()
    for index, field in enumerate(declaration.fields):
        if field.id in ids:
            message = (
                f"The id {field.id} belongs to {ids[field.id]!r} for ever; give the next free one, {_free(declaration)}."
            )
            yield Fault(("fields", index, "id"), message)
        if field.name in names:
            yield Fault(("fields", index, "name"), f"Another field is called {field.name!r} already; rename this one.")
        ids.setdefault(field.id, field.name)
        names.add(field.name)


def _free(declaration: TypeDeclaration) -> int:
    return max(field.id for field in declaration.fields) + 1


def _keys(field: FieldDeclaration, steps: Steps) -> Faults:
    for key, kinds in FITS.items():
        if getattr(field, key) and field.kind not in kinds:
            message = f"A field of kind {field.kind} knows no {key!r}, only {', '.join(kinds)} does; take it away."
            yield Fault((*steps, key), message, key=True)


def _choices(field: FieldDeclaration, steps: Steps) -> Faults:
    yield from repeated(field.choices, "The choice", (*steps, "choices"))
    for index, choice in enumerate(field.choices):
        yield from blank(choice, "This choice", (*steps, "choices", index))
    if field.kind != "choice":
        return
    if not field.choices:
        yield Fault(steps, "A choice needs its choices; add `choices: [...]`.")
    for choice in field.labels:
        yield from one(choice, field.choices, "choice of this field", (*steps, "labels", choice), key=True)


def _columns(field: FieldDeclaration, steps: Steps) -> Faults:
    if field.kind == "table" and not field.columns:
        yield Fault(steps, "A table needs its columns; add `columns: [{name: ..., label: ...}]`.")
    names: set[str] = set()
    for index, column in enumerate(field.columns):
        at = (*steps, "columns", index)
        if column.name in names:
            yield Fault((*at, "name"), f"Another column is called {column.name!r} already; rename this one.")
        names.add(column.name)
        yield from blank(column.label, "The label", (*at, "label"))
        yield from repeated(column.choices, "The choice", (*at, "choices"))
        if column.kind == "choice" and not column.choices:
            yield Fault(at, "A choice needs its choices; add `choices: [...]`.")
        if column.kind != "choice" and column.choices:
            yield Fault((*at, "choices"), f"A column of kind {column.kind} knows no 'choices'; take them away.", key=True)


def _range(field: FieldDeclaration, steps: Steps) -> Faults:
    if field.range is None or field.kind not in FITS["range"]:
        return
    example = "a number, such as 12.50" if field.kind == "number" else "a day, such as 2026-12-25"
    read: dict[str, Any] = {}
    for end in ("min", "max"):
        text = getattr(field.range, end)
        if text is None:
            continue
        if (value := _READ[field.kind](text)) is None:
            yield Fault((*steps, "range", end), f"{shown(text)} does not fit the kind {field.kind}; write {example}.")
        read[end] = value
    low, high = read.get("min"), read.get("max")
    if low is not None and high is not None and low > high:
        yield Fault((*steps, "range"), "The smallest value is larger than the largest; exchange them.")
    if field.range.min is None and field.range.max is None:
        yield Fault((*steps, "range"), "A range without min and max limits nothing; write one, or take it away.")


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and text == text.strip() and "_" not in text else None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if is_day(text) else None


_READ: dict[str, Callable[[str], Any]] = {"number": _number, "date": _day}


def _states(declaration: TypeDeclaration, field: FieldDeclaration, steps: Steps) -> Faults:
    states = declaration.lifecycle
    yield from one(field.phase, states, "state", (*steps, "phase"))
    yield from named(field.required_in, states, "state", (*steps, "required_in"))
    entered = {move.to for state in states.values() for move in state.moves.values()}
    for index, name in enumerate(field.required_in):
        at = (*steps, "required_in", index)
        if name == declaration.initial and name not in entered:
            yield Fault(at, f"Records begin in {name!r} and no move enters it; write `required: at_creation`.")
        elif name in states and states[name].look == "void":
            yield Fault(at, f"The state {name!r} looks void and asks for no fields; take its name away.")


def _people(declaration: TypeDeclaration, field: FieldDeclaration, steps: Steps) -> Faults:
    if field.kind == "person" and field.name in RELATIONS and not declaration.owner == field.name == "owner":
        message = f"{field.name!r} is a relation to the record; give the field another name"
        hint = ", or declare `owner: owner`." if field.name == "owner" else "."
        yield Fault((*steps, "name"), message + hint)
