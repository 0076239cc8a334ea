"""The only place that begins a record from another one: what may be begun, and what is taken over instead of typed again.

A record may follow from another one, or continue one that was entered as the wrong type.
"""

from __future__ import annotations

from typing import Any

from indelible.kernel import authority, contents, records
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import belonging, correcting, queries
from indelible.practice.queries import Viewer

UNTAKEN = frozenset({"files"})  # a file is brought by whoever answers for it


def list_beginnings(view: Viewer, record: Record) -> list[TypeDeclaration]:
    """List the types of which this person may begin a record from this one, by label."""
    creatable, of = queries.list_creatable(view), record.type
    found = [one for one in creatable if of in one.begins_from and one.begins_from[of].link != correcting.CONTINUES]
    adds = not belonging.ended(record)  # nothing is added to what is open: it is changed itself
    found = [one for one in found if not (adds and correcting.ADDS in one.keeps)]
    return sorted(found, key=lambda declared: declared.label)


def list_continuations(view: Viewer, record: Record) -> list[TypeDeclaration]:
    """List the types as which this person may let a record go on that was entered as the wrong one, by label."""
    case = queries.case_of(view, record)
    if not any(authority.holds(case, capacity) for capacity in correcting.can_move(case.declaration, case.state)):
        return []
    found = [
        one for one in queries.list_creatable(view) if (field := one.field(correcting.CONTINUES)) and record.type in field.to
    ]
    return sorted(found, key=lambda declared: declared.label)


def list_revisable(view: Viewer, record: Record) -> list[Record]:
    """List the effective revisions that this record names and of which this person may begin the next one from it."""
    kinds = {name for name, declared in view.configuration.types.items()
             if declared.revisions and record.type in declared.begins_from}  # fmt: skip
    fields = (f for f in records.type_of(record).live_fields() if f.kind == "links" and kinds & {*f.to})
    numbers = [item["number"] for f in fields for item in records.values(record).get(f.name) or []]
    seen = (one for one in queries.peek_all(view, numbers).values() if one.type in kinds and one.standing == "in_force")
    return [one for one in seen if any(p.verb == "revise" and p.allowed for p in queries.list_acts(view, one))]


def taken_over(view: Viewer, kind: str, number: str, *, continuing: bool = False) -> dict[str, Any]:
    """Give the values with which a record of a type begins when it is begun from another one; raises NotFound.

    Only what this person may see is taken, and only into fields that can hold it; a text that is too long is cut. What
    continues the other one names it as that, where it would otherwise name it as what led to it.
    """
    source = queries.get_record(view, number)
    declaration = view.configuration.type(kind)
    beginning = declaration.begins_from.get(source.type)
    if beginning is None:
        return {}
    values, there = records.values(source), records.type_of(source)
    if there.owner and source.owner_id:
        values[there.owner] = contents.find_person(str(source.owner_id)) or values[there.owner]
    found = {mine: values.get(theirs) for mine, theirs in beginning.fields.items()}
    taken = {name: value for name, raw in found.items() if (value := _fitting(declaration.field(name), raw)) is not None}
    return taken | {correcting.CONTINUES if continuing else beginning.link: [{"number": source.number}]}


def _fitting(field: FieldDeclaration | None, value: Any) -> Any:
    if field is None or field.kind in UNTAKEN or value in (None, [], ""):
        return None
    if field.kind in ("text", "rich_text") and isinstance(value, str) and field.max_length:
        return value[: field.max_length]
    return value if field.kind != "choice" or value in field.choices else None
