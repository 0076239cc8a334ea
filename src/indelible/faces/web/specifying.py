"""The only place that puts a configuration into tables for people: types, roles, meanings, policies; fields, states, moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse

from indelible.faces.web import wording
from indelible.kernel import lifecycles
from indelible.kernel.configuration import Configuration, Policies
from indelible.kernel.types import FieldDeclaration, Move, SignatureNeed, TypeDeclaration

Context = dict[str, Any]


def cards(found: Configuration, on: str) -> list[Context]:
    """Give the tables of a whole configuration; `on` is what the addresses of types end in to mean the same baseline."""
    return [
        {"table": _table("Types of record", ("Type", "Number", "Predicate rule", "Retention", "Fields", "States"),
                         [_type(found, one, on) for _, one in sorted(found.types.items())])},
        {"table": _table("Policies", ("Policy", "Value", "What it means"), [*_policies(found.policies)])},
        {"table": _table("Roles", ("Role", "May sign", "Never together with", "Personnel file"),
                         [[_text(f"{role.label} ({name})"), _joined(role.signs), _joined(role.never_with), _joined(role.file)]
                          for name, role in sorted(found.roles.items())])},
        {"table": _table("Meanings of signatures", ("Meaning", "Sentence", "In a series", "Freezes content"),
                         [[_text(f"{one.label} ({name})"), _text(one.text), _yes(one.series), _yes(one.covers)]
                          for name, one in sorted(found.meanings.items())])},
        {"table": _table("Retention", ("Class", "Clock starts with", "Years", "Rule"),
                         [[_text(f"{one.label} ({name})"), _text(one.starts), _text(str(one.years or "kept for ever")), _text(one.rule)]
                          for name, one in sorted(found.retention.items())])},
        {"table": _table("Who signs what: every step of every type", ("Type", "Step", "Meaning", "By", "Rules"), [*_signatures(found)])},
    ]  # fmt: skip


def type_cards(found: Configuration, declared: TypeDeclaration) -> list[Context]:
    """Give the tables of one type: what it is, its fields, its states with the moves out of each."""
    retention = found.retention[declared.retention]
    facts = [
        {"label": "Number", "kind": "text", "value": _number(declared)},
        {"label": "Created by", "kind": "text", "value": ", ".join(declared.create)},
        {"label": "Predicate rule", "kind": "text", "value": declared.gxp.predicate if declared.gxp else "", "none": "not regulated"},
        {"label": "Why", "kind": "text", "value": declared.gxp.rationale if declared.gxp else ""},
        {"label": "Retention", "kind": "text", "value": f"{retention.label}: {retention.years or 'for ever'}"},
        {"label": "Always holds", "kind": "text", "value": ", ".join(declared.keeps)},
    ]  # fmt: skip
    states = [_state(declared, name) for name in declared.order]
    return [
        {"title": f"{declared.label} ({declared.type})", "facts": facts},
        {"table": _table("Fields", ("Id", "Field", "Kind", "Filled in", "Checks"), [_field(one) for one in declared.fields], main=1)},
        {"table": _table("States", ("State", "Seen by", "Edited by", "Due", "Ways out"), states)},
        {"table": _table("Moves", ("From", "Move", "To", "By", "Signatures", "Rules"), [*_moves(declared)], main=1)},
    ]  # fmt: skip


def _type(found: Configuration, one: TypeDeclaration, on: str) -> list[Context]:
    return [
        {"kind": "record", "value": one.label, "url": reverse("configuration_type", args=[one.type]) + on}, _text(_number(one)),
        _text(one.gxp.predicate if one.gxp else "not regulated"), _text(found.retention[one.retention].label),
        {"kind": "number", "value": len([*one.live_fields()])}, {"kind": "number", "value": len(one.lifecycle)},
    ]  # fmt: skip


def _policies(found: Policies) -> Iterable[list[Context]]:
    for name, declared in Policies.model_fields.items():
        value = getattr(found, name)
        yield [_text(name), _text(_value(value)), _text(declared.description or "")]


def _signatures(found: Configuration) -> Iterable[list[Context]]:
    for _, declared in sorted(found.types.items()):
        for state in declared.order:
            for verb, move in declared.lifecycle[state].moves.items():
                for need in move.signs:
                    yield [_text(declared.label), _text(f"{_named(move, verb)} (from {state})"), _text(found.meanings[need.meaning].label),
                           _text(_by(need)), _joined(move.requires)]  # fmt: skip


def _field(one: FieldDeclaration) -> list[Context]:
    checks = [
        "retired" if one.retired else "", "critical: confirmed by a second person" if one.critical else "", "no two the same" if one.unique else "",
        "not in the future" if one.not_in_future else "", f"at most {one.max_length} characters" if one.max_length else "",
        f"from {one.range.min or '...'} to {one.range.max or '...'}" if one.range else "",
        f"one of: {', '.join(one.choices)}" if one.choices else "", f"to {', '.join(one.to)}" if one.to else "",
    ]  # fmt: skip
    when = [one.required.replace("_", " ") if one.required else "", *(f"before {state}" for state in one.required_in)]
    when += [f"where {name} is {' or '.join(values)}" for name, values in one.required_when.items()]
    kind = f"{one.kind}{' (several)' if one.many else ''}"
    return [_text(str(one.id)), _text(f"{one.title} ({one.name})"), _text(kind), _words(when), _words(checks)]


def _state(declared: TypeDeclaration, name: str) -> list[Context]:
    state = declared.lifecycle[name]
    due = state.due
    told = (
        f"{due.days if due.days is not None else due.months} {'months' if due.months else f'{due.calendar} days'}"
        if due
        else ""
    )
    return [
        {"kind": "state", "value": wording.state(state, name)}, _joined(state.seen_by), _joined(state.edit), _text(told),
        _text(", ".join(_named(move, verb) for verb, move in state.moves.items()) or "final"),
    ]  # fmt: skip


def _moves(declared: TypeDeclaration) -> Iterable[list[Context]]:
    for name in declared.order:
        for verb, move in declared.lifecycle[name].moves.items():
            signs = "; then ".join if move.order == "sequence" else " and ".join
            yield [
                _text(lifecycles.label(declared.lifecycle[name], name)), _text(f"{_named(move, verb)} ({verb})"),
                _text(lifecycles.label(declared.lifecycle[move.to], move.to)), _joined(move.by),
                _text(signs(f"{one.meaning} by {_by(one)}" for one in move.signs)), _joined(move.requires),
            ]  # fmt: skip


def _by(need: SignatureNeed) -> str:
    count = "each of " if need.count == "each" else f"{need.count} of " if need.count != 1 else ""
    when = "".join(f", where {name} is {' or '.join(values)}" for name, values in need.when.items())
    return f"{count}{' or '.join(need.by)}{when}"


def _named(move: Move, verb: str) -> str:
    return move.label or verb.replace("_", " ").capitalize()


def _number(declared: TypeDeclaration) -> str:
    number = declared.number
    if number.under:
        return f"below that of the parent, {number.under}..."
    return ", ".join(
        f"{prefix}-{'0' * (number.digits - 1)}1"
        for prefix in dict.fromkeys([number.prefix, *number.prefixes.values()])
        if prefix
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table(caption: str, heads: Sequence[str], rows: list[list[Context]], main: int = 0) -> Context:
    columns = [{"label": label, "main": at == main} for at, label in enumerate(heads)]
    empty = {"title": "Nothing here", "text": "The configuration declares none."}
    return {
        "caption": caption,
        "title": caption,
        "columns": columns,
        "rows": [{"cells": cells} for cells in rows],
        "empty": empty,
    }


def _text(value: str) -> Context:
    return {"kind": "text", "value": value}


def _joined(values: Iterable[str]) -> Context:
    return _text(", ".join(values))


def _words(values: Iterable[str]) -> Context:
    return _text("; ".join(value for value in values if value))


def _yes(value: bool) -> Context:
    return {"kind": "yes_no", "value": value}
