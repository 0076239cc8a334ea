"""The only place that shows a text while it is being written, as its page will show it; nothing is kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from indelible.faces.web import fields, forms, markdown, reading
from indelible.faces.web.fields import Place
from indelible.faces.web.markdown import Ways
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.kernel.errors import NotFound
from indelible.kernel.fields import kind_of
from indelible.kernel.fields.kinds import Reads, Wrong
from indelible.kernel.types import TypeDeclaration
from indelible.practice import queries

Context = dict[str, Any]
NOTHING = Reads(lambda _: None, lambda *_: None, lambda _: None)  # a text names nobody and nothing
VERBS = frozenset({"edit", "amend"})


@require_POST
def new(request: Request, kind: str) -> HttpResponse:
    """Show the text of a record that does not exist yet, to whoever may make one."""
    view = request.view
    declaration = view.configuration.type(kind)
    if refusal := queries.may_create(view, kind):
        raise refusal
    return _shown(request, declaration, Place(view, view.configuration.company.zone))


@require_POST
def edit(request: Request, number: str, verb: str) -> HttpResponse:
    """Show the text that a record would have, to whoever may change it now."""
    record = queries.get_record(request.view, number)
    if verb not in VERBS:
        raise NotFound(f"{number} {verb}")
    forms.may_begin(request, record, verb)
    zone = records.configuration_of(record).company.zone
    return _shown(request, records.type_of(record), Place(request.view, zone, record.number))


def _shown(request: Request, declaration: TypeDeclaration, place: Place) -> HttpResponse:
    name = request.POST.get("preview", "")
    field = declaration.field(name)
    if field is None or field.kind != "rich_text" or field.retired:
        raise NotFound(f"{declaration.type} {name[:60]}")
    shown: Context = {"title": field.title, "name": field.name}
    try:
        text = kind_of(field).parse(field, request.POST.get(name), NOTHING) or ""
    except Wrong as wrong:
        shown["wrong"] = f"{field.title} {wrong}."
    else:
        ways = Ways(_pictures(request, declaration, place), reading.cited(place, [text]))
        shown["html"] = markdown.html(text, ways)
    template = "parts/preview.html" if request.htmx else "pages/preview.html"
    page = {"title": f"{field.title}, not saved", "subtitle": "As it will be read. Close this page to go on writing."}
    return render(request, template, {"preview": shown, "page": page}, status=422 if "wrong" in shown else 200)


def _pictures(request: Request, declaration: TypeDeclaration, place: Place) -> dict[str, str]:
    """Give the addresses of the images that the form would save: the record's own, and what this person has just brought."""
    sent = [sha for f in declaration.live_fields() if f.kind == "files" for sha in request.POST.getlist(f.name)]
    record = queries.peek(place.view, place.number) if place.number else None
    content = record.content.values() if record else ()
    held = {item["sha256"] for value in content if isinstance(value, list)
            for item in value if isinstance(item, dict) and "sha256" in item}  # fmt: skip
    return {
        item["name"]: reverse("file", args=[place.number, sha])
        if (sha := item["sha256"]) in held
        else reverse("own", args=[sha])
        for item in fields.files(sent, place)
        if str(item.get("media_type", "")).startswith("image/")
    }
