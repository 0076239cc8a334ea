"""The only place that turns what somebody sent into a record's content, field by field, and says what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models.lookups import Exact

from indelible.infra import clock, database
from indelible.kernel import authority, references
from indelible.kernel.case import Case
from indelible.kernel.context import SYSTEM
from indelible.kernel.decision import Decision
from indelible.kernel.effects import Effects
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.fields import kind_of
from indelible.kernel.fields.kinds import CONTROL, Reads, Wrong
from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Blob, Record
from indelible.kernel.projections import Insert, Operation
from indelible.kernel.references import Named
from indelible.kernel.types import FieldDeclaration, TypeDeclaration

__all__ = ["CONTROL", "apply", "blobs", "changed", "find_person", "marks", "parse", "visible_target"]


def parse(case: Case, inputs: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Give the whole new content by field id; raises Invalid naming every field that does not fit."""
    declaration, content = case.declaration, dict(present)
    problems = [
        Missing(f"{name!r} is not a field of {declaration.noun}.", field=name, rule="known_field")
        for name in inputs if (field := declaration.field(name)) is None or field.retired
    ]  # fmt: skip
    reads = _reads(case, inputs, present)
    for field in declaration.live_fields():
        if field.name in inputs:
            try:
                content[str(field.id)] = kind_of(field).parse(field, inputs[field.name], reads)
            except Wrong as wrong:
                problems.append(Missing(f"{field.title} {wrong}.", field=field.name, rule=f"kind_{field.kind}"))
    problems += _taken(case, content, inputs)
    if problems:
        raise Invalid(rule="input", text=_summary(problems), missing=tuple(problems), do="Correct the named fields.")
    return {key: value for key, value in content.items() if value is not None}


def changed(declaration: TypeDeclaration, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[int]:
    """Give the ids of the fields whose values differ between two contents, in order."""
    return [f.id for f in declaration.fields if kind_of(f).differs(old.get(str(f.id)), new.get(str(f.id)))]


def apply(case: Case, effects: Effects, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Put into the effects what follows from the content: title, owner, department, links, parties, late entries."""
    declaration = case.declaration
    by_name = {field.name: new.get(str(field.id)) for field in declaration.fields}
    title = str(by_name.get(declaration.title) or "")
    if case.record is None or title != case.record.title:
        effects.head["title"] = title
    if declaration.department:
        linked = by_name.get(declaration.department)
        department = linked[0]["number"] if linked else None
        if case.record is None or department != case.record.department:
            effects.head["department"] = department
    _difference(effects.links, _links(declaration, old), _links(declaration, new))
    _difference(effects.parties, _parties(declaration, old), _parties(declaration, new))
    field = declaration.field(declaration.owner) if declaration.owner else None
    if field is not None and (case.record is None or kind_of(field).differs(old.get(str(field.id)), new.get(str(field.id)))):
        own(case, effects, next(iter(_people(new.get(str(field.id)))), None))


def forget(case: Case, effects: Effects) -> None:
    """Take away what only the content said of others: who is named in it, and what it links to."""
    _difference(effects.links, _links(case.declaration, case.head.content), set())
    _difference(effects.parties, _parties(case.declaration, case.head.content), set())


def own(case: Case, effects: Effects, owner: str | None) -> None:
    """Put a record's owner into the effects: named by its content, or by a reassignment that came later."""
    before = str(case.record.owner_id) if case.record and case.record.owner_id else None
    effects.head["owner_id"] = owner
    if before != owner:
        effects.parties.setdefault("drop", []).extend([["owner", before]] if before else [])
        effects.parties.setdefault("add", []).extend([["owner", owner]] if owner else [])


def marks(case: Case, fields: list[int], new: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Give the head's marks after an edit: editors, late entries, critical values that await a second person."""
    result = {**present}
    who = str(case.person.id) if case.person else None
    result["editors"] = sorted({*present.get("editors", []), *([who] if who else [])})
    for field in (f for f in case.declaration.fields if f.id in fields):
        value = new.get(str(field.id))
        if field.occurrence and value:
            _late(case, field, value, result)
        if field.critical:
            result["unconfirmed"] = {**result.get("unconfirmed", {}), str(field.id): who}
    return result


def _late(case: Case, field: FieldDeclaration, value: str, result: dict[str, Any]) -> None:
    tolerance = timedelta(hours=field.occurrence.tolerance_hours if field.occurrence else 24)
    if case.at - clock.parse(value) <= tolerance:
        result["late"] = {k: v for k, v in result.get("late", {}).items() if k != str(field.id)}
        return
    if not case.reason.strip():
        raise Refused(
            rule="late_entry",
            text=f"{field.title} lies more than {tolerance.total_seconds() / 3600:.0f} hours back: say why it is entered late.",
            missing=(Missing("A reason for the late entry.", field="reason"),), do="Give the reason; the entry is marked late.",
        )  # fmt: skip
    result["late"] = {**result.get("late", {}), str(field.id): {"occurred": value, "entered": clock.iso(case.at)}}


def _reads(case: Case, inputs: Mapping[str, Any], present: Mapping[str, Any]) -> Reads:
    asked = references.mentioned(case.declaration, inputs)
    if not asked <= case.named.asked:
        case.named = references.read(case.ctx, asked)
    known = {**case.named.files, **_kept(present)}
    return Reads(person=case.named.person, target=_targets(case, case.named), upload=known.get)


def find_person(key: str) -> dict[str, Any] | None:
    """Find a person by id, number or user id and give the reference that content keeps; None for nobody."""
    return None if CONTROL.search(key) else references.read(SYSTEM, frozenset({("person", key)})).person(key)


def visible_target(case: Case, number: str) -> str | None:
    """Give the number under which another record can be linked, None for one that this person may not know of."""
    asked = frozenset({("record", number)})
    found = None if CONTROL.search(number) else _targets(case, references.read(case.ctx, asked))(number, [], False)
    return found["number"] if found else None


def _targets(case: Case, named: Named) -> Callable[[str, list[str], bool], dict[str, Any] | None]:
    def find(number: str, kinds: list[str], pinned: bool) -> dict[str, Any] | None:
        seen = (one for one, related in named.of(number, kinds) if authority.shows(case.ctx, one, case.held, related))
        if (record := next(seen, None)) is None:  # a revision in work hides neither itself nor the one in force
            return None
        if pinned:
            return {"number": record.number, "sha256": bytes(record.version_sha256).hex()}
        return {"number": number}

    return find


def blobs(case: Case, decision: Decision) -> list[Operation]:
    """Give the rows of the files that an act names; the ledger writes those that it does not have yet."""
    content = decision.content or {}
    in_fields = (item for f in case.declaration.fields if f.kind == "files" for item in content.get(str(f.id)) or [])
    before = _kept(case.record.content) if case.record else {}
    named = {item["sha256"]: item for item in [*in_fields, *decision.files] if item["sha256"] not in before}
    return [
        Insert(Blob, {"sha256": key, "size": item["size"], "media_type": item["media_type"], "at": case.at}, once="sha256")
        for key, item in named.items()
    ]  # fmt: skip


def _kept(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the files that a content names, by hash."""
    items = (item for value in content.values() if isinstance(value, list) for item in value if isinstance(item, dict))
    return {item["sha256"]: item for item in items if "sha256" in item and "size" in item}


def _taken(case: Case, content: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Missing]:
    unique = [f for f in case.declaration.live_fields() if f.unique and f.name in inputs]
    asked = [f for f in unique if case.record is None or content.get(str(f.id)) != case.record.content.get(str(f.id))]
    problems = []
    if asked:
        database.come_alone()
    for field in asked:
        value = content.get(str(field.id))
        same = Record.objects.filter(Exact(Stored(field.id), value), type=case.type)
        same = same.exclude(pk=case.record.pk) if case.record else same
        if value is not None and (first := same.first()):
            problems.append(Missing(f"{field.title} {value!r} is used by {first.number}; it is never given twice.",
                                    field=field.name, rule="unique"))  # fmt: skip
    return problems


def _people(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [item["person"] for item in items]


def _links(declaration: TypeDeclaration, content: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (identifier, field.name)
        for field in declaration.fields
        for what, identifier in kind_of(field).references(field, content.get(str(field.id)))
        if what == "record"
    }


def _parties(declaration: TypeDeclaration, content: Mapping[str, Any]) -> set[tuple[str, str]]:
    # Who owns the record is kept apart, because a reassignment changes it without the content.
    return {
        (field.name, identifier)
        for field in declaration.fields
        for what, identifier in kind_of(field).references(field, content.get(str(field.id)))
        if what == "person" and field.name != "owner"
    }


def _difference(into: dict[str, list[list[str]]], old: set[tuple[str, str]], new: set[tuple[str, str]]) -> None:
    if old - new:
        into["drop"] = [list(pair) for pair in sorted(old - new)]
    if new - old:
        into["add"] = [list(pair) for pair in sorted(new - old)]


def _summary(problems: list[Missing]) -> str:
    return problems[0].text if len(problems) == 1 else f"{len(problems)} fields need another value."
