"""The address of a record's thread: the same records and links that the page draws, as nodes and edges."""

from __future__ import annotations

from typing import Annotated

from ninja import Router
from pydantic import Field

from indelible.faces.api.declaring import shows
from indelible.faces.api.entrance import Call
from indelible.faces.api.records import Number, Type, find
from indelible.faces.api.shapes import Shown
from indelible.kernel import lifecycles, records
from indelible.practice import queries, threads
from indelible.practice.threads import Knot

router = Router(tags=["Records"])


class ThreadNode(Shown):
    """One record of a thread; `passed` is false where so many records name it that those are not followed."""

    type: str
    number: str
    title: str
    state: str
    state_label: str
    away: Annotated[int, Field(description="Links away from the record that was asked for.")]
    found_from: str | None
    passed: bool


class ThreadEdge(Shown):
    """One link: the record whose field, or whose link by hand, names another one."""

    naming: str
    named: str
    relation: str
    label: str
    follows: Annotated[bool, Field(description="The one that names was begun from the other, or belongs to it.")]


class Thread(Shown):
    """What hangs together with a record, nearest first; `left_out` counts the visible linked records beside these."""

    nodes: list[ThreadNode]
    edges: list[ThreadEdge]
    left_out: int


@router.get(
    "/records/{type}/{number}/thread", response=Thread,
    openapi_extra=shows("the linked records that the caller may see, and nothing that is reached through any other"),
)  # fmt: skip
def thread(request: Call, kind: Type, number: Number) -> Thread:
    """Follow the links of a record both ways, over at most 4 links and 60 records; `left_out` counts what is linked beside."""
    view = queries.viewer(request.auth)
    found = threads.follow(view, find(view, kind, number))
    named = {key: knot.record.number for key, knot in found.knots.items()}
    edges = [
        ThreadEdge(naming=named[one.naming], named=named[one.named], relation=one.relation, label=one.label,
                          follows=one.follows)
        for one in found.strands
    ]  # fmt: skip
    nodes = [_node(knot, named.get(knot.found_from) if knot.found_from else None) for knot in found.knots.values()]
    return Thread(nodes=nodes, edges=edges, left_out=found.left_out)


def _node(knot: Knot, found_from: str | None) -> ThreadNode:
    record = knot.record
    return ThreadNode(
        type=record.type, number=record.number, title=record.title, state=record.state,
        state_label=lifecycles.label(records.state_of(record), record.state), away=knot.away, found_from=found_from,
        passed=knot.passed,
    )  # fmt: skip
