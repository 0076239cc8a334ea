"""The only place that writes a type's fields, states, moves and signatures as rows of a specification, and who may do what over all types."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.assurance.configuration.checks.invariants import SEPARATING
from indelible.assurance.specification import diagram
from indelible.kernel.config import Configuration
from indelible.kernel.types import FieldDeclaration, Move, SignatureNeed, State, TypeDeclaration

DASH = "–"
APART = frozenset({*SEPARATING, "signers_of_a_step_are_distinct"})
GENERIC = ("comment", "resolve", "link", "reassign", "extend", "postpone", "restrict", "confirm", "certify")
drawn = diagram.svg

Row = tuple[str, ...]


def rights(running: Configuration) -> tuple[Row, list[Row]]:
    """Give the matrix of all types: the columns are the roles, the cells the letters of what a role may do in some state."""
    roles = list(running.roles)
    rows = [(declared.label, *(_letters(declared, role) for role in roles)) for _, declared in sorted(running.types.items())]
    return ("Type", *(running.roles[role].label for role in roles)), rows


def _letters(declared: TypeDeclaration, role: str) -> str:
    states = declared.lifecycle.values()
    moves = [move for state in states for move in state.moves.values()]
    can = {
        "C": role in declared.create, "E": any(role in [*state.edit, *(state.amend.by if state.amend else [])] for state in states),
        "M": any(role in move.by for move in moves if not move.signs), "S": any(role in need.by for move in moves for need in move.signs),
        "R": any(role in state.seen_by for state in states),
    }  # fmt: skip
    return "".join(letter for letter, may in can.items() if may)


def signatures(running: Configuration) -> Iterator[Row]:
    """Give every signature of every step: type, step, meaning, role, count, order, condition, and what keeps its signers apart."""
    for _, declared in sorted(running.types.items()):
        for _, state, verb in diagram.numbered(declared):
            move = declared.lifecycle[state].moves[verb]
            apart = ", ".join(name for name in move.requires if _separates(name)) or DASH
            for need in move.signs:
                yield (declared.label, f"{_label(declared, state)}: {move.label or _words(verb)}", running.meanings[need.meaning].label,
                       ", ".join(need.by), str(need.count), move.order if len(move.signs) > 1 else DASH, _when(need.when), apart)  # fmt: skip


def _separates(rule: str) -> bool:
    return rule in APART or any(word in rule for word in ("is_not", "does_not_approve", "are_distinct"))


def number(declared: TypeDeclaration) -> str:
    """Say how numbers of a type look."""
    told = declared.number
    if told.under:
        return f"PARENT-{told.under}{'0' * (told.digits - 1)}1"
    prefixes = [told.prefix] if told.prefix else sorted(set(told.prefixes.values()))
    revision = f".{'0' * (declared.revisions.digits - 1)}1" if declared.revisions else ""
    return ", ".join(f"{prefix}-{'0' * (told.digits - 1)}1{revision}" for prefix in prefixes)


def fields(declared: TypeDeclaration) -> Iterator[Row]:
    """Give each field, also one that is no longer used: its id is for ever."""
    for one in declared.fields:
        yield str(one.id), one.name, one.title, _kind(one), _required(one), _further(one)


def _kind(one: FieldDeclaration) -> str:
    return f"{one.kind}, several" if one.many else one.kind


def _required(one: FieldDeclaration) -> str:
    told = [one.required.replace("_", " ")] if one.required else []
    told += [f"in {', '.join(one.required_in)}"] if one.required_in else []
    told += [f"when {_when(one.required_when)}"] if one.required_when else []
    return "; ".join(told) or DASH


def _further(one: FieldDeclaration) -> str:
    told = ["no longer used"] if one.retired else []
    told += [f"one of: {', '.join(one.choices)}"] if one.choices else []
    told += [f"to {', '.join(one.to)}"] if one.to else []
    told += [f"{one.range.min or ''} to {one.range.max or ''}"] if one.range else []
    told += [f"at most {one.max_length} characters"] if one.max_length else []
    told += [f"entered from {one.phase} on"] if one.phase else []
    told += [f"columns: {', '.join(column.label for column in one.columns)}"] if one.columns else []
    told += ["not in the future"] if one.not_in_future else []
    told += [f"late after {one.occurrence.tolerance_hours} h"] if one.occurrence else []
    told += [word for word, has in (("critical", one.critical), ("pinned", one.pinned), ("unique", one.unique)) if has]
    return "; ".join(told) or DASH


def states(declared: TypeDeclaration) -> Iterator[Row]:
    """Give each state in its order."""
    for name in declared.order:
        state = declared.lifecycle[name]
        amend = [f"amended by {', '.join(state.amend.by)}"] if state.amend else []
        edited = "; ".join([*([", ".join(state.edit)] if state.edit else []), *amend]) or DASH
        yield (
            name,
            state.label or name,
            state.look,
            ", ".join(state.seen_by),
            edited,
            _due(state),
            ", ".join(state.requires) or DASH,
        )


def _due(state: State) -> str:
    if state.due is None:
        return DASH
    given = state.due.model_dump(mode="json", exclude_defaults=True)
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in given.items()) or DASH


def moves(declared: TypeDeclaration) -> Iterator[Row]:
    """Give each move with the number under which it is drawn."""
    for count, state, verb in diagram.numbered(declared):
        move = declared.lifecycle[state].moves[verb]
        yield (str(count), _label(declared, state), move.label or _words(verb), _label(declared, move.to), ", ".join(move.by), _signs(move),
               _asks(move))  # fmt: skip
    for verb in GENERIC:
        if act := getattr(declared, verb):
            yield DASH, "any state that allows it", verb.capitalize(), DASH, ", ".join(act.by), DASH, DASH


def _signs(move: Move) -> str:
    return "; ".join(_need(need) for need in move.signs) or DASH


def _need(need: SignatureNeed) -> str:
    count = "" if need.count == 1 else f", {need.count}"
    when = f", when {_when(need.when)}" if need.when else ""
    return f"{need.meaning} by {' or '.join(need.by)}{count}{when}"


def _asks(move: Move) -> str:
    told = ["reason"] if move.reason == "required" else []
    told += [f"when {_when(move.when)}"] if move.when else []
    told += [f"by the system at {move.at}"] if move.at else []
    return ", ".join([*told, *move.requires]) or DASH


def described(declared: TypeDeclaration) -> str:
    """Say in words what the drawing shows."""
    told = [
        f"{count}: {_label(declared, state)} to {_label(declared, declared.lifecycle[state].moves[verb].to)}"
        for count, state, verb in diagram.numbered(declared)
    ]
    return f"Lifecycle of a {declared.noun}, begun in {_label(declared, declared.initial)}. {'; '.join(told)}."


def _label(declared: TypeDeclaration, name: str) -> str:
    return declared.lifecycle[name].label or _words(name)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _when(condition: dict[str, list[str]]) -> str:
    return " and ".join(f"{name} is {' or '.join(values)}" for name, values in condition.items()) or DASH
