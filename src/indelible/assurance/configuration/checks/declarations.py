"""What must hold for a type as a whole: its number, its title, who owns it, what its page shows, its revisions."""

from __future__ import annotations

from collections.abc import Mapping

from indelible.assurance.configuration.checks import dues, trends
from indelible.assurance.configuration.checks.known import (
    Fault,
    Faults,
    Known,
    blank,
    capacities,
    live,
    named,
    one,
    repeated,
)
from indelible.assurance.configuration.positions import Steps
from indelible.kernel.types import RELATIONS, FieldDeclaration, GenericAct, TypeDeclaration

BEFORE_A_RECORD = frozenset({"its_author", "everybody", "system"})


def declaration(found: TypeDeclaration, known: Known) -> Faults:
    """Check what stands at the head of a declaration."""
    for key in ("label", "plural"):
        yield from blank(getattr(found, key), f"The {key}", (key,))
    if found.gxp is not None:
        yield from blank(found.gxp.predicate, "The predicate rule", ("gxp", "predicate"))
        yield from blank(found.gxp.rationale, "The rationale", ("gxp", "rationale"))
    yield from one(found.retention, known.retention, "retention class", ("retention",))
    yield from _number(found)
    yield from _references(found)
    yield from _page(found)
    yield from _revisions(found, known)
    yield from _acts(found, known)
    yield from named(found.keeps, known.rules, "rule", ("keeps",))
    yield from trends.trend(found)


def _number(found: TypeDeclaration) -> Faults:
    number = found.number
    if sum(way is not None for way in (number.prefix, number.by, number.under)) != 1:
        message = (
            "A number begins with `prefix`, with a prefix chosen `by` a field, or stands `under` its parent: write one."
        )
        yield Fault(("number",), message)
    parent = found.field(found.parent or "")
    if number.under is not None and (parent is None or parent.required != "at_creation" or number.assigned_by):
        message = "A number under its parent is given here, at creation: name a `parent` with `required: at_creation`."
        yield Fault(("number", "under"), message)
    if number.by is None:
        if number.prefixes:
            yield Fault(("number", "prefixes"), "Prefixes are chosen by a field; add `by`, or take them away.", key=True)
        return
    field = found.field(number.by)
    yield from live(found, number.by, ("number", "by"))
    if field is None or field.retired:
        return
    if field.kind != "choice" or field.many:
        yield Fault(("number", "by"), f"{field.name!r} is no single choice, so no prefix can follow from it; name one.")
        return
    if field.required != "at_creation":
        message = f"A number is given at creation, so {field.name!r} must be filled then; set `required: at_creation`."
        yield Fault(("number", "by"), message)
    yield from _prefixes(field, number.prefixes)


def _prefixes(field: FieldDeclaration, prefixes: Mapping[str, str]) -> Faults:
    for choice in prefixes:
        yield from one(choice, field.choices, f"choice of {field.name!r}", ("number", "prefixes", choice), key=True)
    if lacking := [choice for choice in field.choices if choice not in prefixes]:
        steps: Steps = ("number", "prefixes") if prefixes else ("number",)
        yield Fault(steps, f"No prefix is given for {', '.join(map(repr, lacking))} of {field.name!r}; add it.")
    taken: dict[str, str] = {}
    for choice, prefix in prefixes.items():
        if prefix in taken:
            message = f"The prefix {prefix} is that of {taken[prefix]!r} already; give another one."
            yield Fault(("number", "prefixes", choice), message)
        taken.setdefault(prefix, choice)


def _references(found: TypeDeclaration) -> Faults:
    wanted: dict[str, tuple[tuple[str, ...], str]] = {
        "title": (("text", "choice"), "a single text or choice"),
        "owner": (("person",), "one person"),
        "department": (("links",), "one link"),
        "parent": (("links",), "one link"),
    }
    for key, (kinds, words) in wanted.items():
        name = getattr(found, key)
        if name is None:
            continue
        yield from live(found, name, (key,))
        field = found.field(name)
        if field is not None and not field.retired and (field.kind not in kinds or field.many):
            yield Fault((key,), f"The {key} is {words}, and {name!r} is not; name a field that is.")
    title = found.field(found.title)
    if title is not None and not title.retired and title.required is None:
        message = f"Every record needs its title; set `required: at_creation` (or always) for {title.name!r}."
        yield Fault(("title",), message)


def _page(found: TypeDeclaration) -> Faults:
    yield from repeated(found.columns, "The column", ("columns",))
    for index, name in enumerate(found.columns):
        yield from live(found, name, ("columns", index))
    shown: dict[str, str] = {}
    for index, section in enumerate(found.layout):
        yield from blank(section.title, "The title", ("layout", index, "title"))
        for place, name in enumerate(section.fields):
            steps = ("layout", index, "fields", place)
            yield from live(found, name, steps)
            if name in shown:
                yield Fault(steps, f"The field {name!r} stands in {shown[name]!r} already; keep one.")
            shown.setdefault(name, section.title)
    lost = [field.name for field in found.live_fields() if found.layout and field.name not in shown]
    if lost:
        yield Fault(("layout",), f"The page shows no {', '.join(map(repr, lost))}; add to one of its sections.")


def _revisions(found: TypeDeclaration, known: Known) -> Faults:
    if found.revisions is None:
        return
    yield from capacities(known, found, found.revisions.by, ("revisions", "by"))
    yield from capacities(known, found, found.revisions.first_brought_by, ("revisions", "first_brought_by"))
    for index, name in enumerate(found.revisions.first_brought_by):
        if name not in found.number.assigned_by:
            message = f"Who brings a revision brings its number, too; name {name!r} in `number: assigned_by`."
            yield Fault(("revisions", "first_brought_by", index), message)
    for index, name in enumerate(found.revisions.clears):
        steps = ("revisions", "clears", index)
        yield from live(found, name, steps)
        field = found.field(name)
        if field is not None and field.required == "at_creation":
            yield Fault(steps, f"{name!r} is required at creation, so a new revision cannot begin without it; keep it.")


def _acts(found: TypeDeclaration, known: Known) -> Faults:
    yield from capacities(known, found, found.create, ("create",))
    for index, name in enumerate(found.create):
        field = found.field(name)
        if name in RELATIONS - BEFORE_A_RECORD or (field is not None and field.kind == "person"):
            message = f"Before there is a record nobody is its {name!r}; name a role or everybody."
            yield Fault(("create", index), message)
    yield from dues.postponement(found)
    for verb, act in _generic(found):
        yield from capacities(known, found, act.by, (verb, "by"))
        for index, name in enumerate(act.fields):
            yield from live(found, name, (verb, "fields", index))


def _generic(found: TypeDeclaration) -> list[tuple[str, GenericAct]]:
    verbs = [name for name, field in TypeDeclaration.model_fields.items() if field.annotation == GenericAct | None]
    return [(verb, act) for verb in verbs if (act := getattr(found, verb)) is not None]


def prefixes(declarations: Mapping[str, TypeDeclaration]) -> list[tuple[str, Fault]]:
    """Find prefixes that two types would share: a number must say what it is a number of."""
    taken: dict[str, str] = {}
    found = []
    for name, declared in sorted(declarations.items()):
        places: dict[Steps, str] = {("number", "prefixes", c): p for c, p in declared.number.prefixes.items()}
        if declared.number.prefix is not None:
            places[("number", "prefix")] = declared.number.prefix
        if declared.number.under is not None:
            places[("number", "under")] = declared.number.under
        for steps, prefix in places.items():
            if taken.setdefault(prefix, name) != name:
                message = f"The prefix {prefix} is that of the type {taken[prefix]!r} already; give another one."
                found.append((name, Fault(steps, message)))
    return found
