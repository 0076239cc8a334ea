"""The reference of what ships: each type from its YAML, and the lists of roles and meanings."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.kernel.configuration import Configuration
from indelible.kernel.types import Due, FieldDeclaration, Move, SignatureNeed, State, TypeDeclaration
from tests.documentation.tables import code, codes, page, plain, table

FACTS = ("create", "opens", "owner", "department", "retention")
DEEDS = ("comment", "resolve", "link", "reassign", "extend", "postpone", "restrict", "confirm", "certify")
FIELD = ("filterable", "many", "pinned", "critical", "unique", "not_in_future")


def type_page(declared: TypeDeclaration) -> str:
    """Give the page of one type."""
    regulated = (
        f"Asked for by {plain(declared.gxp.predicate)}. {plain(declared.gxp.rationale)}"
        if declared.gxp
        else "Not a regulated record."
    )
    told = "\n\n".join(part for part in (plain(declared.help), regulated) if part)
    return page(declared.label, told, _facts(declared), _states(declared), _moves(declared), _fields(declared))


def roles(configuration: Configuration) -> str:
    """Give the page of the roles that ship."""
    told = ("Who may do what. A role is granted by a record, from a day to a day, perhaps for one department, and approved by "
            "others; nobody grants one to themselves. This is what ships; a company changes its copy.")  # fmt: skip
    rows = [
        (
            code(name),
            plain(role.label),
            plain(role.help),
            codes(role.signs) or "nothing",
            codes(role.file),
            codes(role.never_with),
            _held(role.scoped, role.everybody),
        )
        for name, role in configuration.roles.items()
    ]
    columns = ("Role", "Label", "What its holders do", "May sign", "Sleeps without", "Never together with", "Held")
    return page("Roles", told, table(columns, rows))


def meanings(configuration: Configuration) -> str:
    """Give the page of the meanings of signatures that ship."""
    told = ("What a signer says (21 CFR 11.50(a)(3)). The sentence stands in the dialog, on the record and on every printed "
            "copy, with printed name, date and time with zone.")  # fmt: skip
    signers = {
        name: [role for role, held in configuration.roles.items() if name in held.signs] for name in configuration.meanings
    }
    rows = [
        (code(name), plain(meaning.label), plain(meaning.text), codes(signers[name]), "yes" if meaning.covers else "no")
        for name, meaning in configuration.meanings.items()
    ]
    return page(
        "Meanings of signatures",
        told,
        table(("Meaning", "Label", "The sentence", "Roles that may sign it", "Freezes content"), rows),
    )


def _held(scoped: bool, everybody: bool) -> str:
    return "by every active person" if everybody else "for one department" if scoped else "for the company"


def _facts(declared: TypeDeclaration) -> list[str]:
    number = declared.number
    prefixes = number.prefix or ", ".join(f"{prefix} ({choice})" for choice, prefix in number.prefixes.items())
    rows = [("Name", code(declared.type)), ("Numbers", f"{prefixes}; {number.digits} digits")]
    rows += [("Numbers brought by", codes(number.assigned_by))] if number.assigned_by else []
    rows += [("Revisions begun by", codes(declared.revisions.by))] if declared.revisions else []
    for name in FACTS:
        value = getattr(declared, name)
        rows += [(name.capitalize(), codes(value) if isinstance(value, list) else code(value))] if value else []
    deeds = [(f"May {verb}", codes(act.by)) for verb in DEEDS if (act := getattr(declared, verb)) is not None]
    return [*table(("What", "Is"), [*rows, *deeds])]


def _states(declared: TypeDeclaration) -> list[str]:
    rows = [
        (code(name) + (" (first)" if name == declared.initial else ""), state.label or name.replace("_", " ").capitalize(),
         codes(state.seen_by), codes(state.edit) + (f" amend: {codes(state.amend.by)}" if state.amend else ""), _due(state))
        for name, state in declared.lifecycle.items()
    ]  # fmt: skip
    return ["## States", "", *table(("State", "Label", "Seen by", "Edited by", "Due"), rows)]


def _due(state: State) -> str:
    due: Due | None = state.due
    if due is None:
        return ""
    words = f"{due.days} {due.calendar} days" if due.days is not None else f"{due.months} months"
    words += "".join(f", {months} for {value}" for value, months in due.months_by.items())
    return words + (f"; shown {due.ahead_days} days before" if due.ahead_days else "")


def _moves(declared: TypeDeclaration) -> list[str]:
    rows = [
        (code(name), code(verb), code(move.to), codes(move.by), _signs(move), _conditions(declared.lifecycle, move))
        for name, state in declared.lifecycle.items()
        for verb, move in state.moves.items()
    ]
    return ["## Acts that move it", "", *table(("From", "Act", "To", "Who", "Signatures", "Conditions"), rows)]


def _signs(move: Move) -> str:
    joined = ", then " if move.order == "sequence" else "; "
    return joined.join(_signature(need) for need in move.signs)


def _signature(need: SignatureNeed) -> str:
    many = " by each of " if need.count == "each" else " by " if need.count == 1 else f" by {need.count} of "
    return f"*{need.meaning.replace('_', ' ')}*{many}{codes(need.by)}" + _when(need.when)


def _conditions(states: dict[str, State], move: Move) -> str:
    return "; ".join(_asked(states, move))


def _asked(states: dict[str, State], move: Move) -> Iterator[str]:
    if move.when:
        yield _when(move.when).strip()
    if rules := [*move.requires, *(states[move.to].requires if move.to in states else ())]:
        yield codes(rules)
    if move.reason == "required":
        yield "a reason"
    if move.at:
        yield f"by itself when {code(move.at)} has come"
    if move.renews:
        yield "the time begins anew"


def _when(condition: dict[str, list[str]]) -> str:
    return "".join(f" where {name} is {', '.join(values)}" for name, values in condition.items())


def _fields(declared: TypeDeclaration) -> list[str]:
    rows = [
        (str(one.id), code(one.name), plain(one.title), _kind(one), _needed(one), plain(one.help)) for one in declared.fields
    ]
    return ["## Fields", "", *table(("Id", "Name", "Label", "Kind", "Must be filled", "Help"), rows)]


def _kind(field: FieldDeclaration) -> str:
    words = [field.kind.replace("_", " "), *(key.replace("_", " ") for key in FIELD if getattr(field, key))]
    words += [f"to {codes(field.to)}"] if field.to else []
    words += [f"one of {', '.join(field.choices)}"] if field.choices else []
    words += [f"{field.range.min or ''} to {field.range.max or ''}"] if field.range else []
    words += [f"at most {field.max_length:,} characters"] if field.max_length else []
    return ", ".join([*words, *(["retired"] if field.retired else [])])


def _needed(field: FieldDeclaration) -> str:
    words = [field.required.replace("_", " ")] if field.required else []
    words += [f"in {codes(field.required_in)}"] if field.required_in else []
    return ", ".join(words) + _when(field.required_when)
