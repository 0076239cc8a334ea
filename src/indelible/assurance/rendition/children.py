"""The only place that reads what belongs to a record for its printed copy: findings of an audit, actions of a deviation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from indelible.assurance.rendition import data as shapes
from indelible.infra import clock
from indelible.kernel import lifecycles, records
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import lookup
from indelible.practice.queries import Viewer


def belonging(view: Viewer, record: Record) -> list[shapes.Children]:
    """Give the records whose declared parent this one is, type by type, as they are now and as far as this person may see them."""
    found = lookup.list_children(view, record)
    return [_table(view, record, list(rows)) for _, rows in groupby(found, key=lambda child: child.type)]


def _table(view: Viewer, parent: Record, found: list[Record]) -> shapes.Children:
    declaration = view.configuration.type(found[0].type)
    fields = _own(declaration, parent.type)
    columns = [field for field in fields if field.name in declaration.columns]
    beside = [field for field in fields if field.name not in declaration.columns]
    values = [(child, records.values(child)) for child in found]
    linked = (item["number"] for _, said in values for field in fields if field.kind == "links"
              for item in said.get(field.name) or [])  # fmt: skip
    titles = lookup.titles(view, linked)
    rows = [shapes.Child(
        number=child.number, state_label=lifecycles.label(declaration.lifecycle[child.state], child.state),
        version_number=child.version, version_sha256_prefix=bytes(child.version_sha256).hex()[:16],
        cells=[_text(field, said.get(field.name), titles) for field in columns],
        more=[*_more(beside, said, titles), *_signed(view, child)],
    ) for child, said in values]  # fmt: skip
    return shapes.Children(label=declaration.plural, columns=[field.title for field in columns], rows=rows)


def _own(declaration: TypeDeclaration, parent: str) -> list[FieldDeclaration]:
    """Give the fields that say something beside the parent: neither the link to it nor what was taken over from it."""
    begun = declaration.begins_from.get(parent)
    taken = {declaration.parent, *(begun.fields if begun else ())}
    order = [*declaration.columns, *(name for part in declaration.layout for name in part.fields)]
    live = {field.name: field for field in declaration.live_fields() if field.name not in taken}
    return [live[name] for name in dict.fromkeys([*order, *live]) if name in live]


def _more(fields: Iterable[FieldDeclaration], values: dict[str, Any], titles: dict[str, str]) -> Iterator[shapes.Said]:
    for field in fields:
        if (text := _text(field, values.get(field.name), titles)).strip():
            yield shapes.Said(label=field.title, text=text)


def _signed(view: Viewer, child: Record) -> Iterator[shapes.Said]:
    """Give who signed it, with the meaning and the time, of the signatures that count now."""
    counting = [*child.signed.get("done", []), *child.signed.get("open", [])]
    meanings, zone = view.configuration.meanings, view.configuration.company.zone
    told = (
        f"{one['name']}, {meanings[one['meaning']].label}, {clock.in_zone(clock.parse(one['at']), zone)}" for one in counting
    )
    if text := "; ".join(told):
        yield shapes.Said(label="Signed", text=text)


def _text(field: FieldDeclaration, value: Any, titles: dict[str, str]) -> str:
    if field.kind == "links":
        return "; ".join(f"{item['number']} {titles.get(item['number'], '')}".strip() for item in value or [])
    return kind_of(field).show(field, value)
