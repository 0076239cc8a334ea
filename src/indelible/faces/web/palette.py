"""The only place of the palette: records by number, title or text, acts, pages to go to, records to begin; only the permitted."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import offering, presenting, shell, wording
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.kernel.errors import Invalid
from indelible.kernel.models import Record
from indelible.practice import lookup, narrowing, queries, searching
from indelible.practice.queries import Viewer
from indelible.practice.searching import Asked, Hit

Context = dict[str, Any]
LONGEST, SHORTEST, MOST_TEXT = 80, 2, 5
AS_OF = re.compile(r"(\S+)\s+(?:as of\s+)?(\d{4}-\d{2}-\d{2})", re.IGNORECASE)


@require_safe
def palette(request: Request) -> HttpResponse:
    """Answer what fits the typed words, as the list inside the palette."""
    words = _words(request)
    return render(request, "parts/palette_results.html", {"groups": _found(request, words), "q": words})


@require_safe
def find(request: Request) -> HttpResponse:
    """Show the same as a page, for whoever has no script."""
    words = _words(request)
    page = {"title": "Find or do", "subtitle": "Numbers, titles, pages, and what you may begin."}
    return render(
        request, "pages/find.html", {"page": page, "groups": _found(request, words), "q": words, "find_url": reverse("find")}
    )


@require_safe
def numbers(request: Request) -> HttpResponse:
    """Answer the records that fit a half-typed number, as options of the field that asks for one."""
    kinds = [kind for kind in request.GET.get("type", "").split(",") if kind in request.view.configuration.types]
    typed = next((request.GET.get(name, "") for name in request.GET if name != "type"), "")
    found = searching.titled(request.view, typed.rpartition(",")[2][:LONGEST], kinds=kinds)
    return render(request, "parts/options.html", {"options": [{"value": r.number, "label": r.title} for r in found]})


def _as_of(request: Request, words: str) -> list[Context]:
    """Give the revision of a series that was in force on a day: `SOP-014 2026-03-14`."""
    asked = AS_OF.fullmatch(words)
    if asked is None:
        return []
    number, day = asked[1].upper(), asked[2]
    try:
        found = lookup.in_force_at(request.view, number, narrowing.end_of(day, request.view.configuration.company.zone))
    except Invalid:
        return []
    return [_record(found) | {"detail": f"in force at the end of {day}"}] if found else []


def _words(request: Request) -> str:
    return request.GET.get("q", "").strip()[:LONGEST]


def _found(request: Request, words: str) -> list[Context]:
    titled = searching.titled(request.view, words)
    named = [
        {"label": "On that day", "items": _as_of(request, words)},
        {"label": "Records", "items": [_record(record) for record in titled]},
        {"label": "Do", "items": _acts(request.view, words, titled)},
        {"label": "Text", "items": _text(request.view, words, titled)},
        {"label": "Go to", "items": _fitting(_places(request), words)},
        {"label": "Begin", "items": _fitting(_beginnings(request.view), words)},
    ]
    return [group for group in named if group["items"]]


def _acts(view: Viewer, words: str, found: list[Record]) -> list[Context]:
    """Give what this person can do now with the record whose number was typed."""
    asked = words.casefold()
    exact = [record for record in found if asked in (record.number.casefold(), (record.series or "").casefold())]
    if not exact:
        return []
    record = queries.get_record(view, exact[0].number if asked == exact[0].number.casefold() else exact[0].series or "")
    return [
        item | {"detail": record.number}
        for item in offering.permitted(record, queries.list_acts(view, record), own=record.pk == view.ctx.person_id)
    ]


def _text(view: Viewer, words: str, titled: list[Record]) -> list[Context]:
    """Give the first records whose text has the words, and the page with all of them."""
    if len(words) < SHORTEST:
        return []
    hits = searching.find(view, Asked(words), cursor=searching.TEXTS_ONLY, size=MOST_TEXT).hits
    if not hits and not titled:
        return []
    everything = {
        "url": f"{reverse('search')}?{urlencode({'q': words})}",
        "label": f"Everything with “{words}”",
        "icon": "find",
    }
    return [*(_hit(hit) for hit in hits), everything]


def _hit(hit: Hit) -> Context:
    return _record(hit.record) | {"pieces": hit.pieces, "file": hit.file}


def _record(record: Record) -> Context:
    declaration, state = records.type_of(record), records.state_of(record)
    label = state.label or record.state.replace("_", " ")
    return {
        "url": reverse("record", args=[record.number]),
        "number": record.number,
        "label": wording.title(record),
        "icon": declaration.icon,
        "detail": label,
    }


def _places(request: Request) -> list[Context]:
    found = [
        {
            "url": item["url"],
            "label": item["label"],
            "icon": item["icon"],
            "hotkey": f"g {item['key']}" if item.get("key") else "",
        }
        for group in shell.places(request, request.view)
        for item in group["items"]
    ]
    more = (
        ("Search everything", "search", "find"),
        ("Refused attempts", "refusals", "stop"),
        ("My roles, password and tokens", "me", "person"),
        ("About this installation", "about", "info"),
    )
    open_now = [one for one in more if presenting.is_open(request.view, one[1])]
    return found + [{"url": reverse(name), "label": label, "icon": icon} for label, name, icon in open_now]


def _beginnings(view: Viewer) -> list[Context]:
    permitted = queries.list_creatable(view)
    return [{"url": reverse("new", args=[d.type]), "label": f"New {d.noun}", "icon": "plus"} for d in permitted]


def _fitting(items: list[Context], words: str) -> list[Context]:
    parts = words.casefold().split()
    return [item for item in items if all(part in item["label"].casefold() for part in parts)]
