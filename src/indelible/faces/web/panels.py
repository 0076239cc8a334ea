"""The only place that puts a module's own page on the screen, whatever it shows: tables, as of a day, ready to print."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import wording
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.practice import panels
from indelible.practice.panels import Cell, Panel, Table
from indelible.practice.queries import Viewer

Context = dict[str, Any]


@require_safe
def show(request: Request, name: str, number: str = "") -> HttpResponse:
    """Show a panel, of a record or of the whole company; raises NotFound, Invalid for a day that is none."""
    as_of = request.GET.get("as_of", "").strip()
    panel, record, sheet = panels.sheet(request.view, name, of=number, as_of=as_of)
    here = _address(panel, record)
    context = {
        "page": _head(panel, record), "notes": [{"lead": sheet.lead}], "print": _print(request, panel, record, as_of),
        "cards": [{"table": _table(table), "filters": None if at else _filters(here, as_of)}
                  for at, table in enumerate(sheet.tables)],
    }  # fmt: skip
    return render(request, "pages/panel.html", context)


def cards(record: Record) -> list[Context]:
    """Give the ways from a record's page to the panels of its type."""
    found = (one for one in panels.list_panels(record.type) if not one.inline)
    return [{"title": one.label, "text": one.says, "url": _address(one, record)} for one in found]


def inline(view: Viewer, record: Record) -> list[Context]:
    """Give the cards that panels put on the page of a record."""
    shown = (one.show(view, record, clock.now()) for one in panels.list_panels(record.type) if one.inline)
    return [{"table": _table(table) | {"title": table.title}} for sheet in shown for table in sheet.tables if table.rows]


def _address(panel: Panel, record: Record | None) -> str:
    return reverse("panel_of", args=[record.number, panel.name]) if record else reverse("panel", args=[panel.name])


def _head(panel: Panel, record: Record | None) -> Context:
    act = {"label": "Print", "icon": "print", "print": True}
    if record is None:
        return {"title": panel.label, "acts": [act]}
    crumbs = [{"label": records.type_of(record).plural, "url": reverse("list", args=[record.type])},
              {"label": record.number, "url": reverse("record", args=[record.number])}]  # fmt: skip
    return {"title": f"{panel.label}: {wording.title(record)}", "crumbs": crumbs, "acts": [act]}


def _print(request: Request, panel: Panel, record: Record | None, as_of: str) -> Context:
    view, company = request.view, request.view.configuration.company
    return {
        "company": company.name, "name": f"{panel.label} {record.number if record else ''}".strip(), "zone": company.zone,
        "environment": wording.environment()["label"], "at": clock.now().astimezone(ZoneInfo(company.zone)),
        "by": view.person.name if view.person else "", "state": f"as of {as_of or 'now'}",
    }  # fmt: skip


def _filters(here: str, as_of: str) -> Context:
    chosen = [{"label": f"As of {as_of}", "remove_url": here}] if as_of else []
    return {"url": here, "active": chosen, "more": [{"label": "As of", "name": "as_of", "kind": "date", "value": as_of}]}


def _table(table: Table) -> Context:
    columns = [{"label": label, "main": at == 1} for at, label in enumerate(table.columns)]
    rows = [{"cells": [_cell(cell) for cell in row]} for row in table.rows]
    empty = {"title": "Nothing here", "text": table.empty}
    return {"caption": table.title, "columns": columns, "rows": rows, "empty": empty}


def _cell(cell: Cell) -> Context:
    if cell.look:
        tone = "late" if cell.late else wording.TONES[cell.look]
        return {
            "kind": "state",
            "value": {"label": f"{cell.text}, overdue" if cell.late else cell.text, "tone": tone, "share": 50},
        }
    if cell.since:
        return {
            "kind": "record",
            "value": cell.text,
            "url": f"{reverse('compare', args=[cell.number])}?{urlencode({'from': cell.since})}",
        }
    if cell.number:
        return {"kind": "record", "value": cell.text, "url": reverse("record", args=[cell.number])}
    return {"kind": "text", "value": cell.text}
