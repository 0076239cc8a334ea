"""The only place that lays out a record's content for reading: cards of facts, long text as a page, files as rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from indelible.faces.web import fields, markdown
from indelible.faces.web.fields import Place
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import uploads
from indelible.practice.history import Happening

Context = dict[str, Any]
PAGE = 600  # characters from which a text is a page of its own instead of a value among others


def cards(declaration: TypeDeclaration, values: Context, place: Place, note: str = "") -> list[Context]:
    """Give the cards of a record in declared order; a long text stands as a page of its own."""
    by_name = {f.name: f for f in declaration.live_fields() if f.kind != "files"}
    found: list[Context] = []
    for section in declaration.layout:
        found += _section(section.title, [by_name.pop(name) for name in section.fields if name in by_name], values, place)
    found += _section("More", list(by_name.values()), values, place)
    if found and note:
        found[0]["note"] = note
    return found


def files(declaration: TypeDeclaration, values: Context, events: Iterable[Happening], place: Place) -> list[Context]:
    """Give every file of the content as a row: who brought it and when, and whether it could run something."""
    zone, told = ZoneInfo(place.zone), list(events)
    rows = []
    for field in (f for f in declaration.live_fields() if f.kind == "files"):
        brought = next((e for e in reversed(told) if any(c.id == field.id for c in e.changes)), None)
        for item in fields.cell(field, values.get(field.name) or [], place)["value"]:
            row = {**item, "state": uploads.told(item.get("media_type", ""))}
            rows.append(row | ({"at": brought.at.astimezone(zone), "by": brought.who} if brought else {}))
    return rows


def _section(title: str, shown: list[FieldDeclaration], values: Context, place: Place) -> list[Context]:
    pages = [f for f in shown if f.kind == "rich_text" and len(values.get(f.name) or "") > PAGE]
    facts = [_fact(f, values, place) for f in shown if f not in pages]
    found: list[Context] = [{"title": title, "facts": facts}] if facts else []
    return found + [_page(f, values[f.name]) for f in pages]


def _page(field: FieldDeclaration, text: str) -> Context:
    html, headings = markdown.page(text)
    return {"template": "parts/book.html", "data": {"title": field.title, "html": html, "headings": headings}}


def _fact(field: FieldDeclaration, values: Context, place: Place) -> Context:
    return fields.cell(field, values.get(field.name), place) | {"wide": field.kind in ("rich_text", "table")}
