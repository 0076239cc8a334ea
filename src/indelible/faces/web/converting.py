"""The only place where text goes out as a word processor's file and comes back: shown first, taken over by an edit."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from indelible.faces.web import markdown, offering, reading
from indelible.faces.web import record as record_page
from indelible.faces.web.fields import Place
from indelible.faces.web.markdown import Ways
from indelible.faces.web.requests import Request
from indelible.infra.recognition import WORD
from indelible.kernel import records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.practice import conversion, queries, uploads
from indelible.practice.conversion import Converted, Unreadable

Context = dict[str, Any]
FROM = "from"  # the parameter by which the form begins with the text of a file


@require_safe
def show(request: Request, number: str, sha256: str) -> HttpResponse:
    """Show the text of a file as it would be read, and what it does not carry; nothing is kept."""
    record = queries.get_record(request.view, number)
    field = offering.text_field(record)
    if field is None:
        raise NotFound(f"{number} text")
    name, found = _read(request, record, sha256)
    notes = _notes(name, found)
    place = Place(request.view, records.configuration_of(record).company.zone, record.number)
    cards = [_page(field.title, found.text, place)] if isinstance(found, Converted) else []
    page = record_page.head(record, _acts(request, record, sha256) if cards else [], title=f"Text of {name}")
    return render(request, "pages/record.html", {"page": page, "notes": notes, "cards": cards})


@require_safe
def docx(request: Request, number: str) -> HttpResponse:
    """Give the text of a record as a DOCX to work on elsewhere, marked as a working copy."""
    record = queries.get_record(request.view, number)
    field = offering.text_field(record)
    text = records.values(record).get(field.name) if field else None
    if not text:
        raise NotFound(f"{number} text")
    answer = HttpResponse(conversion.to_docx(text, title=record.title, number=record.number), content_type=WORD)
    name = f"{record.number} working copy.docx"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return answer


def taken(request: Request, record: Record) -> tuple[Context, list[Context]]:
    """Give the value with which a form begins that takes its text from a file, and what to know of it; nothing without."""
    sha256, field = request.GET.get(FROM, ""), offering.text_field(record)
    if not sha256 or field is None:
        return {}, []
    name, found = _read(request, record, sha256)
    return ({field.name: found.text} if isinstance(found, Converted) else {}), _notes(name, found)


def _read(request: Request, record: Record, sha256: str) -> tuple[str, Converted | Unreadable]:
    opened = uploads.open_file(request.view, record, sha256)
    if opened.media_type != WORD:
        raise NotFound(f"{record.number} {sha256[:12]}")
    try:
        return opened.name, conversion.from_docx(b"".join(opened.chunks))
    except Unreadable as problem:
        return opened.name, problem


def _page(title: str, text: str, place: Place) -> Context:
    html, headings = markdown.page(text, Ways(cited=reading.cited(place, [text])))
    return {"template": "parts/book.html", "data": {"title": title, "html": html, "headings": headings}}


def _notes(name: str, found: Converted | Unreadable) -> list[Context]:
    if isinstance(found, Unreadable):
        return [{"lead": f"{name} was not taken over.", "text": str(found), "tone": "bad"}]
    lost = [{"lead": "Not as in the file:", "text": warning, "tone": "warn"} for warning in found.warnings]
    return [
        {"lead": f"The text of {name}, not saved yet.", "text": "Compare it with the file; the file itself is kept."},
        *lost,
    ]


def _acts(request: Request, record: Record, sha256: str) -> list[Context]:
    verbs = {p.verb for p in queries.list_acts(request.view, record) if p.allowed}
    verb = next((verb for verb in ("edit", "amend") if verb in verbs), None)
    if verb is None:
        return []
    url = f"{reverse(verb, args=[record.number])}?{FROM}={sha256}"
    return [{"label": "Use this text", "url": url, "tone": "primary"}]
