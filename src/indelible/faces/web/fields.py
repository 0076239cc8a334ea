"""The one table of how each field kind is asked for, read back from a form, and shown on a page.

Keyed by the kernel's kinds; a test says that it is total. The contexts are those that the partials name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.urls import reverse

from indelible.faces.web import markdown, wording
from indelible.faces.web.markdown import Ways
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Record
from indelible.kernel.parts import Column
from indelible.kernel.types import FieldDeclaration
from indelible.practice import choosing, lookup, queries, uploads
from indelible.practice.models import Upload
from indelible.practice.queries import Viewer

LONG = 300  # characters above which a text is asked for in several lines
Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field is shown or asked for: who looks, in which zone, on which record (None for a new one).

    `ways` is where its texts lead; `preview` is where a form shows a text as it would be read, empty where it cannot.
    """

    view: Viewer
    zone: str
    number: str | None = None
    ways: Ways = markdown.NOWHERE
    preview: str = ""


def cell(field: FieldDeclaration, value: Any, place: Place) -> Context:
    """Give a value as the `cell` partial shows it."""
    shown = {"kind": field.kind, "label": field.title, "value": value}
    return shown | (_CELLS[field.kind](field, value, place) if value is not None else {})


def widget(field: FieldDeclaration, value: Any, place: Place) -> Context:
    """Give a field as the `field` partial asks for it; `value` is canonical, or what was typed and refused."""
    asked = {
        "kind": field.kind,
        "name": field.name,
        "label": field.title,
        "value": value,
        "help": field.help,
        "required": field.required is not None,
        "full": field.kind in ("rich_text", "table", "files"),
    }
    return asked | _WIDGETS[field.kind](field, value, place)


def read(field: FieldDeclaration, sent: QueryDict, zone: str) -> Any:
    """Give what was sent for a field in the form in which the kernel parses it."""
    return _READERS[field.kind](field, sent, zone)


def _nothing(_field: FieldDeclaration, _value: Any, _place: Place) -> Context:
    return {}


def _choice_cell(field: FieldDeclaration, value: Any, _place: Place) -> Context:
    items = value if isinstance(value, list) else [value]
    words = [choice_label(field, item) for item in items]
    return {"value": words if field.many else words[0], "many": field.many}


def choice_label(field: FieldDeclaration, value: str) -> str:
    """Give a choice as people read it: its label, or its own name with a capital; GMP stays GMP."""
    words = value.replace("_", " ")
    return field.labels.get(value, words[:1].upper() + words[1:])


def _date_cell(_field: FieldDeclaration, value: Any, _place: Place) -> Context:
    return {"value": date.fromisoformat(value)}


def _time_cell(_field: FieldDeclaration, value: Any, place: Place) -> Context:
    return {"value": clock.parse(value).astimezone(ZoneInfo(place.zone))}


def _person_cell(field: FieldDeclaration, value: Any, _place: Place) -> Context:
    if field.many:
        return {"kind": "persons", "value": [{"name": item["name"]} for item in value]}
    return {"value": value["name"]}


def _links_cell(_field: FieldDeclaration, value: Any, place: Place) -> Context:
    return {"value": _links([item["number"] for item in value], place)}


def _links(numbers: list[str], place: Place) -> list[Context]:
    seen = queries.peek_all(place.view, numbers)
    return [
        {"number": number, "title": seen[number].title, "url": reverse("record", args=[number])} | _warned(seen[number])
        if number in seen
        else {"number": number}
        for number in numbers
    ]


def _warned(record: Record) -> Context:
    """Give the state of what is not simply in force, though its type knows that: not approved, or with conditions only."""
    if not choosing.restricted(records.type_of(record)) or choosing.unconditional(record):
        return {}
    return {"state": wording.state(records.state_of(record), record.state)}


def _files_cell(_field: FieldDeclaration, value: Any, place: Place) -> Context:
    return {
        "value": [
            {**item, "url": _file_url(item, place), "state": uploads.told(item.get("media_type", ""))} for item in value
        ]
    }


def _file_url(item: Mapping[str, Any], place: Place) -> str | None:
    return reverse("file", args=[place.number, item["sha256"]]) if place.number else None


def _table_cell(field: FieldDeclaration, value: Any, _place: Place) -> Context:
    columns = [{"label": c.label, "numeric": c.kind == "number"} for c in field.columns]
    rows = [[{"kind": "text", "value": _word(row.get(c.name))} for c in field.columns] for row in value]
    return {"columns": columns, "value": rows}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _text_widget(field: FieldDeclaration, _value: Any, _place: Place) -> Context:
    limit = field.max_length or 300
    return {"rows": 3 if limit > LONG and field.max_length else None, "max_length": limit}


def _rich_widget(_field: FieldDeclaration, _value: Any, place: Place) -> Context:
    return {"rows": 22, "preview_url": place.preview, "find_url": reverse("find_numbers")}


def _date_widget(_field: FieldDeclaration, value: Any, _place: Place) -> Context:
    return {"value": value or ""}


def _time_widget(_field: FieldDeclaration, value: Any, place: Place) -> Context:
    zone = ZoneInfo(place.zone)
    offset = clock.in_zone(clock.now(), place.zone)[-6:]
    text = value or ""
    if isinstance(value, str) and value.endswith("Z"):
        text = f"{clock.parse(value).astimezone(zone):%Y-%m-%d %H:%M}"
    return {"value": text, "zone": f"{place.zone.rpartition('/')[2].replace('_', ' ')}, {offset}"}


def _choice_widget(field: FieldDeclaration, _value: Any, _place: Place) -> Context:
    choices = [{"value": c, "label": choice_label(field, c)} for c in field.choices]
    return {"choices": choices, "many": field.many}


def _person_widget(field: FieldDeclaration, value: Any, _place: Place) -> Context:
    people = [{"value": pk, "name": name, "title": title} for pk, name, title in lookup.list_people(away=True)]
    chosen = [_key(item, "person") for item in (value if isinstance(value, list) else [value] if value else [])]
    # Boxes are sent in the order in which they stand: the chosen ones first, so that saving changes no order.
    people.sort(key=lambda one: chosen.index(one["value"]) if one["value"] in chosen else len(chosen))
    kind, shown = ("persons", chosen) if field.many else ("person", chosen[0] if chosen else None)
    return {"people": people, "value": shown, "kind": kind}


def _links_widget(field: FieldDeclaration, value: Any, place: Place) -> Context:
    numbers = [_key(item, "number") for item in (value or [])]
    target = f"?type={','.join(field.to)}" if field.to else ""
    return {"value": _links([number for number in numbers if number], place), "find_url": reverse("find_numbers") + target}


def _files_widget(_field: FieldDeclaration, value: Any, place: Place) -> Context:
    kept = [{**item, "id": item["sha256"], "url": _file_url(item, place), "state": uploads.told(item.get("media_type", ""))}
            for item in files(value, place)]  # fmt: skip
    policies = place.view.configuration.policies
    accept = ",".join(f".{suffix}" for suffix in policies.upload_types)
    limit = f"At most {policies.upload_megabytes} MB each: {', '.join(policies.upload_types)}."
    return {"value": kept, "upload_url": reverse("upload"), "accept": accept, "limit": limit}


def files(value: Any, place: Place) -> list[Context]:
    """Give the files that a form sent by their hashes, or that a content names, with their names and kinds."""
    known = {row.sha256: row for row in Upload.objects.filter(sha256__in=[i for i in value or [] if isinstance(i, str)])}
    return [found for item in value or [] if (found := _file(item, known, place))]


def _file(item: Any, known: Mapping[str, Upload], place: Place) -> Context | None:
    """Give a kept file by what the form sent of it, its hash: it was brought just now, or the record has it already."""
    if isinstance(item, dict):
        return item
    if item in known:
        return {"name": known[item].name, "size": known[item].size, "sha256": item, "media_type": known[item].media_type}
    record = queries.peek(place.view, place.number) if place.number else None
    held = [one for value in record.content.values() if isinstance(value, list) for one in value] if record else []
    return next((one for one in held if isinstance(one, dict) and one.get("sha256") == item), None)


def with_another_row(asked: Context) -> Context:
    """Give a table that is asked for with one empty row more."""
    number = str(asked["next"])
    row = [{**one, "name": one["name"].replace("__row__", number)} for one in asked["blank"]]
    return asked | {"rows": [*asked["rows"], row], "next": asked["next"] + 1}


def _table_widget(field: FieldDeclaration, value: Any, place: Place) -> Context:
    rows = [row for row in value or [] if isinstance(row, dict)] or [{}]
    return {
        "columns": [{"label": column.label} for column in field.columns],
        "next": len(rows),
        "rows": [
            [_cell_widget(field, column, index, row, place) for column in field.columns] for index, row in enumerate(rows)
        ],
        "blank": [_cell_widget(field, column, "__row__", {}, place) for column in field.columns],
    }


def _cell_widget(field: FieldDeclaration, column: Column, index: int | str, row: Mapping[str, Any], place: Place) -> Context:
    declared = FieldDeclaration(id=1, name=column.name, kind=column.kind, label=column.label, choices=column.choices)
    return widget(declared, row.get(column.name), place) | {
        "name": f"{field.name}.{index}.{column.name}",
        "aria": column.label,
    }


def _key(item: Any, name: str) -> str:
    return str(item.get(name, "")) if isinstance(item, dict) else str(item)


def _one(field: FieldDeclaration, sent: QueryDict, _zone: str) -> Any:
    return sent.get(field.name, "")


def _read_time(field: FieldDeclaration, sent: QueryDict, zone: str) -> Any:
    typed = sent.get(field.name, "").strip()
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return moment.isoformat() if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)).isoformat()


def _read_choice(field: FieldDeclaration, sent: QueryDict, _zone: str) -> Any:
    return sent.getlist(field.name) if field.many else sent.get(field.name, "")


def _read_links(field: FieldDeclaration, sent: QueryDict, _zone: str) -> Any:
    typed = [part for item in sent.getlist(field.name) for part in item.replace(",", " ").split()]
    return list(dict.fromkeys(typed))


def _read_files(field: FieldDeclaration, sent: QueryDict, _zone: str) -> Any:
    return list(dict.fromkeys(sent.getlist(field.name)))


def _read_table(field: FieldDeclaration, sent: QueryDict, _zone: str) -> Any:
    rows: dict[str, dict[str, Any]] = {}
    for name in sent:
        parts = name.split(".")
        if len(parts) == 3 and parts[0] == field.name and parts[1] != "__row__":  # NAME.ROW.COLUMN
            rows.setdefault(parts[1], {})[parts[2]] = sent.get(name, "")
    return [row for row in rows.values() if any(str(value).strip() for value in row.values())]


_CELLS: dict[str, Callable[[FieldDeclaration, Any, Place], Context]] = {
    "text": _nothing,
    "rich_text": lambda _f, value, place: {"value": markdown.html(value, place.ways)},
    "number": _nothing,
    "date": _date_cell,
    "time": _time_cell,
    "yes_no": _nothing,
    "choice": _choice_cell,
    "person": _person_cell,
    "links": _links_cell,
    "files": _files_cell,
    "table": _table_cell,
}
_WIDGETS: dict[str, Callable[[FieldDeclaration, Any, Place], Context]] = {
    "text": _text_widget,
    "rich_text": _rich_widget,
    "number": _nothing,
    "date": _date_widget,
    "time": _time_widget,
    "yes_no": _nothing,
    "choice": _choice_widget,
    "person": _person_widget,
    "links": _links_widget,
    "files": _files_widget,
    "table": _table_widget,
}
_READERS: dict[str, Callable[[FieldDeclaration, QueryDict, str], Any]] = {
    "text": _one,
    "rich_text": _one,
    "number": _one,
    "date": _one,
    "time": _read_time,
    "yes_no": _one,
    "choice": _read_choice,
    "person": _read_choice,
    "links": _read_links,
    "files": _read_files,
    "table": _read_table,
}
KINDS = frozenset(_CELLS) & frozenset(_WIDGETS) & frozenset(_READERS)


def as_text(field: FieldDeclaration, value: Any) -> str:
    """Give a value as plain words, for lists, titles and exports."""
    return kind_of(field).show(field, value)
