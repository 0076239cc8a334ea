"""The addresses of the modules' own pages: the same tables as on screen, of a record or of the company, as of a day."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Router

from indelible.faces.api import panel_shapes
from indelible.faces.api.declaring import shows
from indelible.faces.api.entrance import Call
from indelible.practice import panels, queries
from indelible.practice.panels import Cell

router = Router(tags=["Records"])


@router.get("/panels", response=list[panel_shapes.PanelName], openapi_extra=shows("the pages that the modules declare"))
def list_panels(request: Call) -> list[panel_shapes.PanelName]:
    """List the modules' own pages, with the types of whose records each of them is."""
    return [
        panel_shapes.PanelName(name=one.name, label=one.label, help=one.says, of=sorted(one.of))
        for one in panels.list_all(queries.viewer(request.auth))
    ]


@router.get(
    "/panels/{name}", response=panel_shapes.PanelSheet, openapi_extra=shows("what the caller may see of a module's page")
)
def show_panel(
    request: Call, name: str,
    of: Annotated[str, Query(max_length=60, description="The number of the record whose page it is.")] = "",
    as_of: Annotated[str, Query(max_length=10, description="At the end of this day, in the company's zone.")] = "",
) -> panel_shapes.PanelSheet:  # fmt: skip
    """Give one of the modules' own pages as tables."""
    found, record, sheet = panels.sheet(queries.viewer(request.auth), name, of=of, as_of=as_of)
    tables = [
        panel_shapes.PanelTable(
            title=table.title, note=table.note, columns=list(table.columns),
            rows=[[_cell(cell) for cell in row] for row in table.rows],
        )
        for table in sheet.tables
    ]  # fmt: skip
    return panel_shapes.PanelSheet(
        name=found.name, label=found.label, of=record.number if record else None, lead=sheet.lead, tables=tables
    )


def _cell(cell: Cell) -> panel_shapes.PanelCell:
    counts = cell.listed
    listed = panel_shapes.PanelList(type=counts.type, filters=dict(counts.filters)) if counts else None
    return panel_shapes.PanelCell(
        text=cell.text,
        number=cell.number or None,
        late=cell.late,
        list=listed,
        work=_work(cell),
        table=cell.table or None,
        page=cell.page or None,
        note=cell.note,
    )


def _work(cell: Cell) -> panel_shapes.PanelWork | None:
    if cell.owed is None:
        return None
    span = cell.owed.span
    first, last = (day.isoformat() if day else None for day in (span.first, span.last))
    return panel_shapes.PanelWork(person=cell.owed.person, first=first, last=last, late=span.late)
