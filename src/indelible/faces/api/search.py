"""The address of search: numbers first, then titles, then the text of fields and files; only what the caller may see."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Query, Router

from indelible.faces.api import shapes
from indelible.faces.api.declaring import shows
from indelible.faces.api.entrance import Call
from indelible.faces.api.problems import Unacceptable
from indelible.infra import clock
from indelible.kernel import contents, lifecycles, records
from indelible.practice import queries, searching
from indelible.practice.queries import Viewer
from indelible.practice.searching import Asked, Hit

router = Router(tags=["Records"])
PAGE = 50


@router.get("/search", response=shapes.FoundPage, openapi_extra=shows("what the caller may see of what was searched for"))
def search(
    request: Call,
    q: Annotated[str, Query(max_length=searching.LONGEST, description="All of these words, or the beginning of a number.")],
    kind: Annotated[str | None, Query(alias="type", description="Types, separated by commas.")] = None,
    state: Annotated[str | None, Query(description="States, separated by commas.")] = None,
    owner: Annotated[str | None, Query(description="A person by id, number or user id.")] = None,
    since: Annotated[str | None, Query(description="Changed since the beginning of this day.")] = None,
    cursor: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = searching.PAGE,
) -> shapes.FoundPage:
    """Search records: ask with `next` as `cursor` for more. No total is given."""
    view = queries.viewer(request.auth)
    asked = _asked(view, q, kind, state, owner, since)
    found = searching.find(view, asked, cursor=cursor, size=limit)
    return shapes.FoundPage(hits=[_hit(hit) for hit in found.hits], next=found.next, behind=found.behind)


def _asked(view: Viewer, q: str, kind: str | None, state: str | None, owner: str | None, since: str | None) -> Asked:
    kinds = [one for one in (kind or "").split(",") if one]
    declared = [view.configuration.type(one) for one in kinds] or list(view.configuration.types.values())
    states = [one for one in (state or "").split(",") if one]
    if unknown := [one for one in states if all(one not in declaration.lifecycle for declaration in declared)]:
        raise Unacceptable(422, "input", f"{unknown[0]} is not a state.", do="One of the states of the type.", field="state")
    person = contents.find_person(owner) if owner else None
    if owner and person is None:
        raise Unacceptable(422, "input", "Nobody is known under this owner.", do="An id, number or user id.", field="owner")
    day = searching.day_begins(since, view.configuration.company.zone) if since else None
    return Asked(q, kinds=tuple(kinds), states=tuple(states), owner=UUID(person["person"]) if person else None, since=day)


def _hit(hit: Hit) -> shapes.Hit:
    record, declaration = hit.record, records.type_of(hit.record)
    return shapes.Hit(
        type=record.type, number=record.number, series=record.series, title=record.title, state=record.state,
        state_label=lifecycles.label(declaration.lifecycle[record.state], record.state), standing=record.standing,
        updated_at=clock.iso(record.updated_at), file=hit.file or None,
        pieces=[shapes.Piece(text=text, found=marked) for text, marked in hit.pieces],
    )  # fmt: skip
