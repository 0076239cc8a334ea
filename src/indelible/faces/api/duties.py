"""The address of what is open of a person; it is handed over record by record, by the act `reassign` with `instead_of`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Path, Router

from indelible.faces.api import shapes
from indelible.faces.api.declaring import shows
from indelible.faces.api.entrance import Call
from indelible.kernel import contents
from indelible.kernel.errors import NotFound
from indelible.practice import handover, queries
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


def _record(one: Open) -> shapes.OpenRecord:
    record = one.record
    return shapes.OpenRecord(type=record.type, number=record.number, title=record.title, state=record.state,
                             position=record.position, duties=[name for name, _ in one.duties])  # fmt: skip
