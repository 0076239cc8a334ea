"""The only place that lists the records of a type: filters in the address, pages by number, the same rows as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import exports, fields, panels, wording
from indelible.faces.web.addresses import query_of
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.errors import Invalid
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import correcting, directory, lookup, narrowing, queries, views, waiting
from indelible.practice.queries import Page, Viewer

Context = dict[str, Any]
Filters = dict[str, str]
MOST_OPTIONS = 60
MOST_NUMBERS = 20


@require_safe
def show(request: Request, kind: str) -> HttpResponse:
    """List the records of a type that this person may see."""
    view, declaration = request.view, request.view.configuration.type(kind)
    chosen = read_filters(request, declaration)
    page = queries.list_records(
        view, kind, filters=chosen, cursor=request.GET.get("after"), before=request.GET.get("before")
    )
    saved, query = _saved(view, kind, query_of(chosen)), query_of(chosen)
    context = {
        "page": _head(request, declaration, chosen, kept=bool(saved)),
        "tabs": _tabs(declaration, chosen) + saved,
        "save_url": f"{reverse('views', args=[kind])}?{query}" if chosen else None,
        "pager": _pager(kind, page, chosen, request),
        "table": _table(view, declaration, page.records, chosen),
        "filters": _filters(view, declaration, chosen, page),
        "numbers": _never_given(view, kind),
        "charts": [] if chosen or not page.records else panels.above(view, kind),
    }
    return render(request, "pages/list.html", context)


@require_safe
def export(request: Request, kind: str) -> HttpResponseBase:
    """Give exactly the rows that the list with these filters shows, all its pages, as CSV."""
    declaration = request.view.configuration.type(kind)
    zone = ZoneInfo(request.view.configuration.company.zone)
    shown = [f for f in map(declaration.field, declaration.columns) if f is not None]
    head = ["Number", *(f.title for f in shown), "State", "Due", "Begun", "Last changed", "Version"]
    chosen = read_filters(request, declaration)
    rows = (_line(record, zone) for record in _every(request.view, kind, chosen))
    return exports.csv_answer(request, declaration.plural, head, rows, _in_words(request.view, declaration, chosen))


def _every(view: Viewer, kind: str, chosen: Filters) -> Iterator[Record]:
    cursor: str | None = None
    while True:
        page = queries.list_records(view, kind, filters=chosen, cursor=cursor)
        yield from page.records
        if page.next is None:
            return
        cursor = page.next


def _line(record: Record, zone: ZoneInfo) -> list[str]:
    declaration, values = records.type_of(record), records.values(record)
    shown = [fields.as_text(f, values.get(f.name)) for f in map(declaration.field, declaration.columns) if f is not None]
    state = declaration.lifecycle[record.state].label or record.state
    times = [_written(at, zone) for at in (record.due_at, record.created_at, record.updated_at)]
    return [record.number, *shown, state, *times, str(record.version)]


def _written(at: datetime | None, zone: ZoneInfo) -> str:
    return clock.in_zone(at, zone.key) if at else ""


def _never_given(view: Viewer, kind: str) -> str:
    """Say which numbers below the highest one were never given: what is missing from a list is not missing by deletion."""
    gone = [number for numbers in lookup.account_of_numbers(view, kind).values() for number in numbers]
    if not gone:
        return "Every number up to the highest one was given: none is missing."
    more = f" and {len(gone) - MOST_NUMBERS} more" if len(gone) > MOST_NUMBERS else ""
    return f"Numbers never given: {', '.join(gone[:MOST_NUMBERS])}{more}."


def read_filters(request: Request, declaration: TypeDeclaration) -> Filters:
    """Give the filters that stand in the address and that the list of this type knows."""
    given = request.GET
    found = {
        "q": given.get("q", "").strip()[:200],
        "state": ",".join(s for s in given.getlist("state") if s in declaration.lifecycle),
    }
    found["late"] = late if (late := given.get("late", "")) in ("0", "1") else ""
    found["as_of"] = _day(request, given.get("as_of", "")) if goes_in_force(declaration) else ""
    found |= {name: _day(request, given.get(name, "")) for name in narrowing.DAYS}
    known = [one.name for one in narrowing.list_parts(declaration.type)]
    found[narrowing.AMONG] = ",".join(one for one in given.get(narrowing.AMONG, "").split(",") if one in known)
    found |= {f.name: given.get(f.name, "")[:200] for f in _filterable(declaration)}
    return {name: value for name, value in found.items() if value}


def _day(request: Request, text: str) -> str:
    try:
        narrowing.end_of(text, request.view.configuration.company.zone)
    except Invalid:
        return ""  # what is no day filters nothing, and no filter is shown
    return text


def _filterable(declaration: TypeDeclaration) -> list[FieldDeclaration]:
    return [
        f
        for f in declaration.live_fields()
        if f.filterable and f.name not in ("q", "state", "as_of", "after", "before", *narrowing.NAMES)
    ]


def said(view: Viewer, declaration: TypeDeclaration, chosen: Filters) -> list[str]:
    """Give in words what each filter leaves in the list."""
    more = _more(view, declaration, chosen)
    labels = {"q": "Number or title"} | {one["name"]: one["label"] for one in more}
    return [_said(declaration, name, value, labels, more) for name, value in chosen.items()]


def _url(kind: str, chosen: Filters, *, name: str = "list", **more: str) -> str:
    query = query_of(chosen, **more)
    return reverse(name, args=[kind]) + (f"?{query}" if query else "")


def _head(request: Request, declaration: TypeDeclaration, chosen: Filters, *, kept: bool) -> Context:
    refusal = queries.may_create(request.view, declaration.type)
    new: Context = {
        "label": f"New {declaration.noun}",
        "url": reverse("new", args=[declaration.type]),
        "icon": "plus",
        "tone": "primary",
        "refusal": wording.refusal(refusal) if refusal else None,
    }
    csv = {"label": "CSV", "url": _url(declaration.type, chosen, name="export"), "icon": "save"}
    people = declaration.create != ["system"]
    views_page = {"label": "Views", "url": reverse("views", args=[declaration.type]), "icon": "sliders"}
    return {
        "title": declaration.plural,
        "subtitle": declaration.help,
        "acts": [*([views_page] if kept else []), csv, *([new] if people else [])],
    }


def _tabs(declaration: TypeDeclaration, chosen: Filters) -> list[Context]:
    names = declaration.order
    final = [s for s in names if declaration.lifecycle[s].standing == "past" or declaration.lifecycle[s].look == "void"]
    running = [s for s in names if s not in final]
    here = sorted(chosen.get("state", "").split(",")) if "state" in chosen else []
    ready: list[tuple[str, Filters, bool]] = [("All", {}, not chosen)]
    if final and running:
        ready.append(("Present", {"state": ",".join(running)}, here == sorted(running)))
        ready.append(("Past and void", {"state": ",".join(final)}, here == sorted(final)))
    if any(state.due for state in declaration.lifecycle.values()):
        ready.append(("Late", {"late": "1"}, chosen == {"late": "1"}))
    if waiting.takes_part(declaration):
        those = {narrowing.AMONG: f"{waiting.PART}-{declaration.type}"}
        ready.append(("Waiting", those, chosen == those))
    return [
        {"label": label, "url": _url(declaration.type, filters), "current": current} for label, filters, current in ready
    ]


def _saved(view: Viewer, kind: str, query: str) -> list[Context]:
    """Give the saved views as tabs; whose a shared one is stands beside it."""
    saved = views.list_for(view, kind)
    names = directory.names(one.person_id for one in saved if one.person_id != view.ctx.person_id)
    return [
        {"label": f"{one.name} ({names[one.person_id]})" if one.person_id in names else one.name,
         "url": f"{reverse('list', args=[kind])}?{one.query}", "current": bool(query) and one.query == query}
        for one in saved
    ]  # fmt: skip


def _table(view: Viewer, declaration: TypeDeclaration, rows: list[Record], chosen: Filters) -> Context:
    shown = [f for f in map(declaration.field, declaration.columns) if f is not None]
    dated = any(state.due for state in declaration.lifecycle.values())
    columns = [
        _column("Number", fit=True),
        *(
            _column(f.title, main=f.name == declaration.title, fit=f.kind == "date", numeric=f.kind == "number")
            for f in shown
        ),
        _column("State", fit=True),
        *([_column("Due", fit=True)] if dated else []),
    ]
    place = Place(view, view.configuration.company.zone)
    known = lookup.titles(view, (number for row in rows for number in _linked(row, shown)))
    return {
        "caption": declaration.plural, "columns": columns, "bulk": None, "empty": _empty(declaration, chosen),
        "rows": [_row(record, shown, place, known, dated=dated) for record in rows],
    }  # fmt: skip


def _column(label: str, *, main: bool = False, fit: bool = False, numeric: bool = False) -> Context:
    # All of them are said: what a template asks for each cell and does not find costs more than drawing the cell.
    return {"label": label, "main": main, "fit": fit, "numeric": numeric, "sorted": None, "sort_url": None}


def _row(record: Record, shown: list[FieldDeclaration], place: Place, known: dict[str, str], *, dated: bool) -> Context:
    values, zone = records.values(record), ZoneInfo(place.zone)
    declared = records.state_of(record)
    late = bool(record.due_at and record.due_at < clock.now())
    days = (clock.now() - record.due_at).days if record.due_at else 0
    due: Context = {"kind": "date", "value": record.due_at.astimezone(zone).date() if record.due_at else None}
    due |= {"late": f"{days} d late" if days else "late"} if late else {}
    cells = [_cell(f, values.get(f.name), place, known) for f in shown]
    number = {"kind": "record", "value": record.number, "url": reverse("record", args=[record.number])}
    place_of = wording.state(declared, record.state, late=late)
    if (elsewhere := correcting.instead(record)) is not None:
        place_of["label"] += f": {elsewhere[1]}"
    if (wait := waiting.of(record, place.zone)) is not None and wait.whom:
        place_of["label"] += f", waits for {wait.whom}"
    state = {"kind": "state", "value": place_of}
    return {
        "cells": [number, *cells, state, *([due] if dated else [])],
        "tone": "voided" if declared.look == "void" else None,
        "heading": None,
    }


def _cell(field: FieldDeclaration, value: Any, place: Place, known: dict[str, str]) -> Context:
    if field.kind == "links" and value:
        return {"kind": "text", "value": ", ".join(known.get(item["number"]) or item["number"] for item in value)}
    return fields.cell(field, value, place)


def _linked(record: Record, shown: list[FieldDeclaration]) -> Iterator[str]:
    values = records.values(record)
    return (item["number"] for f in shown if f.kind == "links" for item in values.get(f.name) or [])


def _empty(declaration: TypeDeclaration, chosen: Filters) -> Context:
    if chosen:
        return {
            "title": "No record fits these filters",
            "text": f"{declaration.plural} that you may see were searched, whatever their state.",
            "icon": "filter",
            "acts": [{"label": "Clear the filters", "url": _url(declaration.type, {})}],
        }
    return {
        "title": f"No {wording.inside(declaration.plural)} yet",
        "text": "None exists, or none that you may see.",
        "icon": declaration.icon,
    }


def _filters(view: Viewer, declaration: TypeDeclaration, chosen: Filters, page: Page) -> Context:
    more = _more(view, declaration, chosen)
    count = f"{page.count}{' or more' if page.more else ''} record{'' if page.count == 1 else 's'}"
    labels = {one["name"]: one["label"] for one in more}
    active = [
        {
            "label": _said(declaration, name, value, labels, more),
            "remove_url": _url(declaration.type, {k: v for k, v in chosen.items() if k != name}),
        }
        for name, value in chosen.items()
        if name != "q"
    ]
    return {
        "url": reverse("list", args=[declaration.type]),
        "find": {"name": "q", "value": chosen.get("q", ""), "label": "Number or title"},
        "more": more,
        "active": active,
        "clear_url": _url(declaration.type, {}),
        "note": count,
        "hidden": [{"name": name, "value": chosen[name]} for name in narrowing.NAMES if name in chosen],
    }


def _more(view: Viewer, declaration: TypeDeclaration, chosen: Filters) -> list[Context]:
    return [
        _state_filter(declaration, chosen),
        *_day_filter(declaration, chosen),
        *(_field_filter(view, f, chosen) for f in _filterable(declaration)),
    ]


def _in_words(view: Viewer, declaration: TypeDeclaration, chosen: Filters) -> list[str]:
    """Give the filters as an export names them: all of them in full, as somebody has to be able to choose them again."""
    more = _more(view, declaration, chosen)
    labels = {one["name"]: one["label"] for one in more} | {"q": "Number or title"}
    return [_said(declaration, name, value, labels, more, most=len(declaration.lifecycle)) for name, value in chosen.items()]


def _said(declaration: TypeDeclaration, name: str, value: str, labels: dict[str, str], more: list[Context], *,
          most: int = 3) -> str:  # fmt: skip
    if name in narrowing.NAMES:
        return narrowing.said(declaration, name, value)
    if name == "as_of":
        return f"In force at the end of {value}"
    offered = {o["value"]: o["label"] for one in more if one["name"] == name for o in one.get("options", ())}
    parts = value.split(",") if name == "state" else [value]
    if len(parts) > most:
        return f"{labels[name]}: {len(parts)} of {len(declaration.lifecycle)}"
    return f"{labels[name]}: {', '.join(offered.get(part, part) for part in parts)}"


def goes_in_force(declaration: TypeDeclaration) -> bool:
    """Say whether records of a type are in force from one moment until another."""
    return any(state.standing == "in_force" for state in declaration.lifecycle.values())


def _day_filter(declaration: TypeDeclaration, chosen: Filters) -> list[Context]:
    shown = {"label": "In force at the end of", "name": "as_of", "kind": "date", "value": chosen.get("as_of", "")}
    return [shown] if goes_in_force(declaration) else []


def _state_filter(declaration: TypeDeclaration, chosen: Filters) -> Context:
    options = [
        {"value": s, "label": declaration.lifecycle[s].label or s.replace("_", " ").capitalize()} for s in declaration.order
    ]
    return {
        "label": "State",
        "name": "state",
        "kind": "choices",
        "options": options,
        "value": chosen.get("state", "").split(","),
    }


def _field_filter(view: Viewer, field: FieldDeclaration, chosen: Filters) -> Context:
    shown: Context = {"label": field.title, "name": field.name, "value": chosen.get(field.name, "")}
    if field.kind == "choice":
        options = [{"value": c, "label": fields.choice_label(field, c)} for c in field.choices]
        return shown | {"kind": "choice", "options": options}
    if field.kind == "person":
        return shown | {
            "kind": "person",
            "options": [{"value": pk, "label": name} for pk, name in directory.list_everybody(view)],
        }
    if field.kind == "links":
        found = [r for kind in field.to for r in queries.list_records(view, kind).records][:MOST_OPTIONS]
        return shown | {
            "kind": "person",
            "any": "Any",
            "options": [{"value": r.number, "label": f"{r.number} {r.title}"} for r in found],
        }
    return shown | {"kind": "text"}


def _pager(kind: str, page: Page, chosen: Filters, request: Request) -> Context | None:
    if not page.records:
        return None
    first, last = page.records[0].number, page.records[-1].number
    back, onward = "after" in request.GET, page.next is not None
    if "before" in request.GET:
        back = bool(queries.list_records(request.view, kind, filters=chosen, before=first).records)
        onward = True
    if not back and not onward:
        return None
    return {
        "first": first,
        "last": last,
        "newer_url": _url(kind, chosen, before=first) if back else None,
        "older_url": _url(kind, chosen, after=last) if onward else None,
        "size": queries.PAGE,
        "newer": "Back",
        "older": "Next",
    }
