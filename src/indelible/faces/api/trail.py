"""The addresses of what happened and what can happen: acts, history, signatures of a record; events of the log."""

from __future__ import annotations

import re
from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Query, Router

from indelible.faces.api import preconditions, shapes, showing
from indelible.faces.api.declaring import does, shows
from indelible.faces.api.entrance import Call
from indelible.faces.api.records import Number, Type, done, find
from indelible.kernel import acts
from indelible.kernel.errors import NotFound
from indelible.practice import accounts, history, queries

router = Router(tags=["Acts and trail"])
PAGE = 100
VERB = re.compile(r"[a-z][a-z0-9_]{0,59}")
Cursor = Annotated[str | None, Query(pattern=r"^(-1|\d{1,18})$", description="`next` of the page before.")]


@router.get(
    "/records/{type}/{number}/acts", response=shapes.Acts, openapi_extra=shows("the acts of a record the caller may see")
)
def list_acts(request: Call, kind: Type, number: Number, response: HttpResponse) -> shapes.Acts:
    """List what may be done now, and for everything else why not."""
    view = queries.viewer(request.auth)
    record = find(view, kind, number)
    response["ETag"] = preconditions.etag(record.position)
    possible = [showing.act(one) for one in queries.list_acts(view, record)]
    return shapes.Acts(number=record.number, position=record.position, acts=possible)


@router.post("/records/{type}/{number}/acts/{act}", response=shapes.Done, openapi_extra=does("{act}"))
def act(
    request: Call,
    kind: Type,
    number: Number,
    verb: Annotated[str, Path(alias="act", description="An act that GET …/acts names.")],
    body: shapes.Deed,
    response: HttpResponse,
) -> shapes.Done:
    """Do an act on a record by its exact number. Needs If-Match and an Idempotency-Key; nobody signs here."""
    if not VERB.fullmatch(verb):
        raise NotFound(verb)
    accounts.not_alone(kind, verb)
    seen, key = preconditions.seen(request), preconditions.key(request)
    given = {name: value for name, value in body if name != "reason" and value is not None}
    outcome = acts.run(request.auth, f"{kind}.{verb}", number, seen=seen, key=key, reason=body.reason, **given)
    return done(outcome, response)


@router.get(
    "/records/{type}/{number}/history",
    response=shapes.Events,
    openapi_extra=shows("the trail of a record the caller may see"),
)
def list_history(request: Call, kind: Type, number: Number, cursor: Cursor = None) -> shapes.Events:
    """List a record's events in order: who, when, what, why, old and new values."""
    record = find(queries.viewer(request.auth), kind, number)
    after = int(cursor or 0)
    rest = [event for event in history.of_record(record) if event.position > after]
    page = [showing.event(event) for event in rest[:PAGE]]
    last = page[-1].position if page else after
    return shapes.Events(events=page, next=str(last), more=len(rest) > PAGE)


@router.get(
    "/records/{type}/{number}/signatures",
    response=shapes.Signatures,
    openapi_extra=shows("the signatures of a record the caller may see"),
)
def list_signatures(request: Call, kind: Type, number: Number) -> shapes.Signatures:
    """List every signature ever given on a record, also those that no longer count."""
    record = find(queries.viewer(request.auth), kind, number)
    return shapes.Signatures(number=record.number, signatures=showing.signatures_of(record))


@router.get("/events", response=shapes.Events, openapi_extra=shows("events of records the caller may see"))
def list_events(request: Call, cursor: Cursor = None) -> shapes.Events:
    """Follow the log: every event once, in the order of its integration, whoever writes at the same time.

    Ask with `next` again and again. What the caller may not see is passed over and does not come later.
    """
    view = queries.viewer(request.auth)
    after = int(cursor) if cursor else -1
    events, last = history.after(view, after, limit=PAGE)
    page = [showing.event(event, seq) for seq, event in events]
    more = last > after and bool(history.after(view, last, limit=1)[1] > last)
    return shapes.Events(events=page, next=str(last), more=more)
