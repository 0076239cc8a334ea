"""The only place that puts a module's own page on the screen, whatever it shows: tables and charts, as of a day, ready to print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from indelible.assurance.reviewing import paper
from indelible.faces.web import exports, wording
from indelible.faces.web.addresses import query_of
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.practice import panels
from indelible.practice.panels import Cell, Listed, Owed, Panel, Sheet, Table
from indelible.practice.queries import Viewer

Context = dict[str, Any]


@require_safe
def show(request: Request, name: str, number: str = "") -> HttpResponse:
    """Show a panel, of a record or of the whole company; raises NotFound, Invalid for a day that is none."""
    as_of = request.GET.get("as_of", "").strip()
    panel, record, sheet = panels.sheet(request.view, name, of=number, as_of=as_of)
    here, plain = _address(panel, record), [table for table in sheet.tables if not table.drawn]
    context = {
        "page": _head(panel, record, as_of), "notes": [{"lead": sheet.lead}], "print": _print(request, panel, record, as_of),
        "cards": [{"table": tabulated(table, headed=len(sheet.tables) > 1), "filters": _filters(here, as_of) if panel.dated and not at
                   else None} for at, table in enumerate(plain)],
        "charts": [_chart(table) for table in sheet.tables if table.drawn],
    }  # fmt: skip
    return render(request, "pages/panel.html", context)


@require_safe
def export(request: Request, name: str) -> HttpResponseBase:
    """Give every figure of a panel of the whole company as CSV, one in each line; raises NotFound, Invalid for no day."""
    as_of = request.GET.get("as_of", "").strip()
    panel, _, sheet = panels.sheet(request.view, name, as_of=as_of)
    head = ("Table", "Line", "Row", "Column", "Value")
    return exports.csv_answer(request, panel.label, head, _lines(sheet), [f"As of {as_of}"] if as_of else [])


@require_safe
def pdf(request: Request, name: str, number: str = "") -> HttpResponse:
    """Give a panel on paper, as of the day that is asked for; raises as `show`, and NotFound for what stands in pages only."""
    as_of = request.GET.get("as_of", "").strip()
    panel, record, sheet = panels.sheet(request.view, name, of=number, as_of=as_of)
    if panel.inline:
        raise NotFound(f"{name} as PDF")
    title = f"{panel.label}: {wording.title(record)}" if record else panel.label
    kept = " ".join(filter(None, (panel.label, record.number if record else "", as_of)))
    answer = HttpResponse(paper.page(request.view, title, sheet, as_of), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{kept}.pdf"'
    return answer


def cards(view: Viewer, record: Record) -> list[Context]:
    """Give the ways from a record's page to the panels of its type."""
    found = (one for one in panels.list_panels(view, record.type) if not one.inline)
    return [{"title": one.label, "text": one.says, "url": _address(one, record)} for one in found]


def inline(view: Viewer, record: Record, but: str = "", *, general: bool = False) -> list[Context]:
    """Give the cards that panels put on the page of a record, all `but` one: those of its type, or the general ones of every record."""
    declared = (one for one in panels.list_panels(view, record.type) if one.inline and one.name != but)
    found = (one for one in declared if (panels.ANY in one.of) == general)
    shown = (one.show(view, record, clock.now()) for one in found)
    return [{"table": tabulated(table) | {"title": table.title}} for sheet in shown for table in sheet.tables if table.rows]


def above(view: Viewer, kind: str) -> list[Context]:
    """Give the charts that panels put above the list of a type."""
    shown = (one.show(view, None, clock.now()) for one in panels.list_above(view, kind))
    return [_chart(table) for sheet in shown for table in sheet.tables if table.drawn]


def _address(panel: Panel, record: Record | None) -> str:
    return reverse("panel_of", args=[record.number, panel.name]) if record else reverse("panel", args=[panel.name])


def _head(panel: Panel, record: Record | None, as_of: str) -> Context:
    on = f"?{urlencode({'as_of': as_of})}" if as_of else ""
    acts: list[Context] = [{"label": "PDF", "url": f"{_address(panel, record)}/pdf{on}", "icon": "save"},
            {"label": "Print", "icon": "print", "print": True}]  # fmt: skip
    if record is None:
        csv = {"label": "CSV", "url": reverse("panel_csv", args=[panel.name]) + on, "icon": "save"}
        return {"title": panel.label, "acts": [csv, *acts]}
    crumbs = [{"label": records.type_of(record).plural, "url": reverse("list", args=[record.type])},
              {"label": record.number, "url": reverse("record", args=[record.number])}]  # fmt: skip
    return {"title": f"{panel.label}: {wording.title(record)}", "crumbs": crumbs, "acts": acts}


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


def tabulated(table: Table, *, headed: bool = False) -> Context:
    """Give what parts/table.html needs for a table of a panel; `headed` where it stands among others."""
    main = 0 if table.counts(1) or len(table.columns) == 2 else 1 if table.wide is None else table.wide
    columns = [{"label": label, "main": at == main, "numeric": table.counts(at)} for at, label in enumerate(table.columns)]
    rows = [{"cells": [_cell(cell) for cell in row]} for row in table.rows]
    empty = {"title": "Nothing here", "text": table.empty}
    told = {"title": table.title, "id": slugify(table.title)} if headed else {}
    return {"caption": table.title, "columns": columns, "rows": rows, "empty": empty} | told


def _lines(sheet: Sheet) -> Iterator[list[str]]:
    for table in sheet.tables:
        for at, row in enumerate(table.rows, 1):
            for column, cell in list(zip(table.columns, row, strict=True))[1:]:
                yield [table.title, str(at), row[0].text, column, cell.text]


def _chart(table: Table) -> Context:
    rows = [
        {"label": row[0].text, "url": _list(row[0].listed), "figures": [_figure(cell) for cell in row[1:]]}
        for row in table.rows
    ]
    return {"title": table.title, "drawn": table.drawn, "note": table.note, "columns": table.columns, "tones": table.tones,
            "rows": rows, "empty": table.empty}  # fmt: skip


def _figure(cell: Cell) -> Context:
    return {"value": int(cell.text), "url": _list(cell.listed), "tone": cell.tone, "note": cell.note}


def _list(listed: Listed | None) -> str | None:
    """Give the address of the list that holds what a figure counts."""
    return f"{reverse('list', args=[listed.type])}?{query_of(dict(listed.filters))}".rstrip("?") if listed else None


def _owed(owed: Owed) -> str:
    """Give the address of somebody's work that a figure counts."""
    span = owed.span
    asked = {"late": "1"} if span.late else {"first": span.first, "last": span.last}
    return f"{reverse('due', args=[owed.person])}?{urlencode({name: value for name, value in asked.items() if value})}"


def _cell(cell: Cell) -> Context:
    if cell.look:
        tone = "late" if cell.late else cell.tone or wording.TONES[cell.look]
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
    if cell.owed:
        return {
            "kind": "number",
            "value": cell.text,
            "url": _owed(cell.owed) if cell.text != "0" else None,
            "note": cell.note,
        }
    if cell.page or cell.table:
        url = reverse("work").rstrip("/") + cell.page if cell.page else f"#{slugify(cell.table)}"
        return {"kind": "record", "value": cell.text, "url": url}
    if cell.number:  # a figure is no number of a record
        url = reverse("record", args=[cell.number]) + (f"#{cell.place}" if cell.place else "")
        return {"kind": "number" if cell.text.isdecimal() else "record", "value": cell.text, "url": url}
    return {"kind": "text", "value": cell.text, "late": cell.late}
