"""The addresses of what is open of a person and when it is due; it is handed over record by record, by the act `reassign` with `instead_of`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Path, Query, Router

from indelible.faces.api import shapes
from indelible.faces.api.declaring import shows
from indelible.faces.api.entrance import Call
from indelible.kernel import contents, records
from indelible.kernel.errors import NotFound
from indelible.practice import handover, queries, workload
from indelible.practice.handover import Open

router = Router(tags=["Acts and trail"])


@router.get("/people/{person}/open-work", response=shapes.OpenWork, openapi_extra=shows("records the caller may see"))
def open_work(
    request: Call, who: Annotated[str, Path(alias="person", description="Id, number or user id.")]
) -> shapes.OpenWork:
    """List the records on which a person has open duties: owner, author of what is in work, named in a field."""
    found = contents.find_person(who)
    if found is None:
        raise NotFound(who)
    work = handover.open_work(queries.viewer(request.auth), UUID(found["person"]))
    return shapes.OpenWork(
        person=shapes.Person(**found), records=[_record(one) for one in work.rows], more=work.more, unseen=work.unseen,
        typed=work.typed, roles_held_alone=work.roles,
    )  # fmt: skip


@router.get(
    "/people/{person}/due", response=list[shapes.DueWork], openapi_extra=shows("work that the caller plans and may see")
)
def due(
    request: Call, who: Annotated[str, Path(alias="person", description="Id, number or user id.")],
    first: Annotated[str, Query(max_length=10, description="Due on this day or later.")] = "",
    last: Annotated[str, Query(max_length=10, description="Due on this day or earlier.")] = "",
    late: Annotated[bool, Query(description="What is overdue, instead of what is still to come.")] = False,
) -> list[shapes.DueWork]:  # fmt: skip
    """List the dated work that asks a person by name: for the head of the person's department, and for Quality."""
    found = contents.find_person(who)
    if found is None:
        raise NotFound(who)
    number = records.find(UUID(found["person"])).number
    span = workload.span(first, last, "1" if late else "")
    _, pieces = workload.of(queries.viewer(request.auth), number, span)
    return [
        shapes.DueWork(type=one.record.type, number=one.record.number, title=one.record.title, act=one.move,
                       due_on=one.day.isoformat(), late=one.late, away=one.away)
        for one in pieces
    ]  # fmt: skip


def _record(one: Open) -> shapes.OpenRecord:
    record = one.record
    return shapes.OpenRecord(type=record.type, number=record.number, title=record.title, state=record.state,
                             position=record.position, duties=[name for name, _ in one.duties])  # fmt: skip
