"""The only place that shows what a search found: numbers, titles, then texts, narrowed by what stands in the address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import wording
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.kernel.errors import Invalid
from indelible.practice import directory, searching
from indelible.practice.queries import Viewer
from indelible.practice.searching import Asked, Found, Hit

Context = dict[str, Any]
Chosen = dict[str, list[str]]
NAMES = {"type": "Type", "state": "State", "owner": "Owner", "since": "Changed since"}


@require_safe
def search(request: Request) -> HttpResponse:
    """Search everything that this person may see."""
    view, text = request.view, request.GET.get("q", "").strip()[: searching.LONGEST]
    chosen = _chosen(request)
    asked = _asked(view, text, chosen)
    here = request.GET.get("from", "")[:80]
    found = searching.find(view, asked, cursor=here) if asked.terms or asked.number else Found([], None, behind=False)
    context = {
        "page": {"title": "Search", "subtitle": "Numbers first, then titles, then the text of fields and files."},
        "filters": _filters(view, text, chosen),
        "hits": [_hit(hit, ZoneInfo(view.configuration.company.zone)) for hit in found.hits],
        "pager": _pager(found, text, chosen, here),
        "empty": _empty(asked, text),
        "note": "The newest changes are still being read: their text is found in a moment." if found.behind else "",
    }
    return render(request, "pages/search.html", context)


def _chosen(request: Request) -> Chosen:
    configuration, given = request.view.configuration, request.GET
    kinds = [kind for kind in given.getlist("type") if kind in configuration.types]
    states = _states(request.view, kinds)
    found: Chosen = {
        "type": kinds,
        "state": [one for one in given.getlist("state") if one in states],
        "owner": [one for one in given.getlist("owner")[:1] if _person(one)],
        "since": [one for one in given.getlist("since")[:1] if _is_day(one)],
    }
    return {name: values for name, values in found.items() if values}


def _asked(view: Viewer, text: str, chosen: Chosen) -> Asked:
    since, owner = chosen.get("since"), chosen.get("owner")
    return Asked(
        text, kinds=tuple(chosen.get("type", ())), states=tuple(chosen.get("state", ())),
        owner=_person(owner[0]) if owner else None,
        since=searching.day_begins(since[0], view.configuration.company.zone) if since else None,
    )  # fmt: skip


def _person(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None  # what names nobody narrows nothing, and no filter is shown


def _is_day(text: str) -> bool:
    try:
        searching.day_begins(text, "UTC")
    except Invalid:
        return False
    return True


def _states(view: Viewer, kinds: list[str]) -> dict[str, str]:
    """Give the states of the chosen types (of all, if none is chosen) with their labels."""
    found: dict[str, str] = {}
    for kind in kinds or view.configuration.types:
        for name, state in view.configuration.type(kind).lifecycle.items():
            found.setdefault(name, state.label or name.replace("_", " ").capitalize())
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def _url(text: str, chosen: Chosen, **more: str) -> str:
    pairs = [("q", text), *((name, value) for name, values in chosen.items() for value in values), *more.items()]
    return f"{reverse('search')}?{urlencode([(name, value) for name, value in pairs if value])}"


def _filters(view: Viewer, text: str, chosen: Chosen) -> Context:
    kinds = sorted(((d.type, d.plural) for d in view.configuration.types.values()), key=lambda pair: pair[1])
    options = {
        "type": dict(kinds),
        "state": _states(view, chosen.get("type", [])),
        "owner": dict(directory.list_everybody(view)),
    }
    shapes = {"type": "choices", "state": "choices", "owner": "person", "since": "date"}
    more = [
        {"label": label, "name": name, "kind": shapes[name], "value": _value(shapes[name], chosen.get(name, [])),
         "options": [{"value": value, "label": shown} for value, shown in options.get(name, {}).items()]}
        for name, label in NAMES.items()
    ]  # fmt: skip
    active = [
        {"label": f"{NAMES[name]}: {', '.join(options.get(name, {}).get(value, value) for value in values)}",
         "remove_url": _url(text, {other: kept for other, kept in chosen.items() if other != name})}
        for name, values in chosen.items()
    ]  # fmt: skip
    return {
        "url": reverse("search"), "find": {"name": "q", "value": text, "label": "Number, title, text"}, "more": more,
        "active": active, "clear_url": _url(text, {}),
    }  # fmt: skip


def _value(shape: str, values: list[str]) -> str | list[str]:
    return values if shape == "choices" else next(iter(values), "")


def _hit(hit: Hit, zone: ZoneInfo) -> Context:
    declaration = records.type_of(hit.record)
    return {
        "url": reverse("record", args=[hit.record.number]), "number": hit.record.number, "title": hit.title,
        "icon": declaration.icon, "kind": declaration.label, "pieces": hit.pieces, "file": hit.file, "unindexed": hit.unindexed,
        "state": wording.state(records.state_of(hit.record), hit.record.state),
        "at": hit.record.updated_at.astimezone(zone),
    }  # fmt: skip


def _pager(found: Found, text: str, chosen: Chosen, here: str) -> Context | None:
    if not here and found.next is None:
        return None
    return {
        "newer_url": _url(text, chosen) if here else None,
        "newer": "First page",
        "older_url": _url(text, chosen, **{"from": found.next}) if found.next else None,
        "older": "Next",
        "note": f"{len(found.hits)} shown" + (", more may follow" if found.next else ""),
    }


def _empty(asked: Asked, text: str) -> Context:
    if not text:
        return {"title": "What are you looking for?", "icon": "find",
                "text": "A number such as SOP-014, or words: all of them must be there, longer forms are found as well."}  # fmt: skip
    if not asked.terms:
        return {"title": "Nothing to look for", "text": "Type letters or digits: punctuation alone is not searched.",
                "icon": "find"}  # fmt: skip
    return {"title": f"Nothing with “{text}”", "icon": "find",
            "text": "No number, title or text that you may see has all of these words. Fewer words find more."}  # fmt: skip
