"""The addresses of the modules' own pages: the same tables as on screen, of a record or of the company, as of a day."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Router

from indelible.faces.api import shapes
from indelible.faces.api.declaring import shows
from indelible.faces.api.entrance import Call
from indelible.practice import panels, queries

router = Router(tags=["Records"])


@router.get("/panels", response=list[shapes.PanelName], openapi_extra=shows("the pages that the modules declare"))
def list_panels(request: Call) -> list[shapes.PanelName]:
    """List the modules' own pages, with the types of whose records each of them is."""
    del request
    return [shapes.PanelName(name=one.name, label=one.label, help=one.says, of=sorted(one.of)) for one in panels.list_all()]


@router.get("/panels/{name}", response=shapes.PanelSheet, openapi_extra=shows("what the caller may see of a module's page"))
def show_panel(
    request: Call, name: str,
    of: Annotated[str, Query(max_length=60, description="The number of the record whose page it is.")] = "",
    as_of: Annotated[str, Query(max_length=10, description="At the end of this day, in the company's zone.")] = "",
) -> shapes.PanelSheet:  # fmt: skip
    """Give one of the modules' own pages as tables."""
    found, record, sheet = panels.sheet(queries.viewer(request.auth), name, of=of, as_of=as_of)
    tables = [
        shapes.PanelTable(
            title=table.title, columns=list(table.columns),
            rows=[[shapes.PanelCell(text=c.text, number=c.number or None, late=c.late) for c in row] for row in table.rows],
        )
        for table in sheet.tables
    ]  # fmt: skip
    return shapes.PanelSheet(
        name=found.name, label=found.label, of=record.number if record else None, lead=sheet.lead, tables=tables
    )
