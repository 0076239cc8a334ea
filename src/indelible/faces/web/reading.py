"""The only place that lays out a record's content for reading: cards of facts, long text as a page, files as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from indelible.faces.web import fields, markdown
from indelible.faces.web.fields import Place
from indelible.faces.web.markdown import Ways
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import chapters, citing, uploads
from indelible.practice.history import Happening

Context = dict[str, Any]
Remark = Callable[[FieldDeclaration], str]


def cards(
    declaration: TypeDeclaration, values: Context, place: Place, note: str = "", remark: Remark = lambda _field: ""
) -> list[Context]:
    """Give the cards of a record in declared order; a long text stands as a page of its own.

    What a later step asks for is not there before it is filled in, nor is a card that would say nothing.
    `remark` gives where a field is commented on, empty where it cannot be.
    """
    asked = (f for f in declaration.live_fields() if not f.phase or values.get(f.name) not in (None, [], ""))
    by_name = {f.name: f for f in asked if f.kind != "files"}
    ways = Ways(_pictures(declaration, values, place), cited(place, citing.texts(declaration, values)))
    place = replace(place, ways=ways)
    found: list[Context] = []
    for section in declaration.layout:
        named = [by_name.pop(name) for name in section.fields if name in by_name]
        found += _section(section.title, named, values, place, remark)
    found += _section("More", list(by_name.values()), values, place, remark)
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


def cited(place: Place, texts: Iterable[str]) -> dict[str, str]:
    """Give the addresses of the records that texts name, as far as this reader may see them."""
    return {number: reverse("record", args=[number]) for number in citing.known(place.view, texts)}


def _section(title: str, shown: list[FieldDeclaration], values: Context, place: Place, remark: Remark) -> list[Context]:
    pages = [f for f in shown if f.kind == "rich_text" and len(values.get(f.name) or "") > chapters.LONG]
    facts = [_fact(f, values, place) for f in shown if f not in pages]
    told = any(values.get(f.name) not in (None, [], "") for f in shown)
    found: list[Context] = [{"title": title, "facts": facts}] if facts and told else []
    return found + [_page(f, values[f.name], replace(place.ways, remark=remark(f))) for f in pages]


def _pictures(declaration: TypeDeclaration, values: Context, place: Place) -> dict[str, str]:
    """Give the addresses of the images among the files of a content, by the names that its texts use."""
    found = uploads.pictures(declaration, values) if place.number else {}
    return {name: reverse("file", args=[place.number, item["sha256"]]) for name, item in found.items()}


def _page(field: FieldDeclaration, text: str, ways: Ways) -> Context:
    html, headings = markdown.page(text, ways)
    return {"template": "parts/book.html", "data": {"title": field.title, "html": html, "headings": headings}}


def _fact(field: FieldDeclaration, values: Context, place: Place) -> Context:
    return fields.cell(field, values.get(field.name), place) | {"wide": field.kind in ("rich_text", "table")}
