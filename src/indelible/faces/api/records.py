"""The addresses of records: list, create, read, change, and the files and the printed copy of one."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from django.http import HttpResponse
from django.http.response import FileResponse
from ninja import Path, Query, Router

from indelible.assurance.rendition import building
from indelible.faces.api import preconditions, shapes, showing
from indelible.faces.api.declaring import does, shows
from indelible.faces.api.entrance import Call
from indelible.faces.api.narrowing import OWN, Narrowing
from indelible.faces.api.problems import Unacceptable
from indelible.kernel import acts, contents
from indelible.kernel.acts import Outcome
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice import queries, raising, uploads
from indelible.practice.queries import Viewer

router = Router(tags=["Records"])
PAGE = 100
Type = Annotated[str, Path(alias="type", description="A type of the configuration in force.")]
Number = Annotated[str, Path(description="A record's number; a series gives its revision in force.")]


@router.get("/{type}", response=shapes.Page, openapi_extra=shows("the records of the type that the caller may see"))
def list_records(
    request: Call,
    kind: Type,
    narrowing: Query[Narrowing],
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> shapes.Page:
    """List records by number. Any filterable field of the type is a filter as well: `?class=procedure`."""
    del narrowing  # its filters are read with those of the type
    view = queries.viewer(request.auth)
    filters = _filters(request, view.configuration.type(kind))
    page = queries.list_records(view, kind, filters=filters, cursor=cursor, size=limit)
    heads = [showing.head(record, listed=True) for record in page.records]
    return shapes.Page(records=heads, next=page.next, count=page.count, more=page.more)


@router.post("/{type}", response={201: shapes.Done}, openapi_extra=does("create"))
def create(request: Call, kind: Type, body: shapes.NewRecord, response: HttpResponse) -> shapes.Done:
    """Create a record. Needs an Idempotency-Key: the same request twice creates one record.

    With `begun_from`, what that record knows is taken over where `fields` gives nothing else.
    """
    key = preconditions.key(request)
    number: dict[str, Any] = {"number": body.number} if body.number else {}
    taken = raising.taken_over(queries.viewer(request.auth), kind, body.begun_from) if body.begun_from else {}
    outcome = acts.run(request.auth, f"{kind}.create", key=key, fields=taken | body.fields, **number)
    response["Location"] = f"{request.path}/{quote(outcome.number)}"
    return done(outcome, response)


@router.get("/{type}/{number}", response=shapes.Head, openapi_extra=shows("the record, if the caller may see it"))
def read(request: Call, kind: Type, number: Number, response: HttpResponse) -> shapes.Head:
    """Read a record. Its ETag is what If-Match takes."""
    record = find(queries.viewer(request.auth), kind, number)
    response["ETag"] = preconditions.etag(record.position)
    return showing.head(record)


@router.patch("/{type}/{number}", response=shapes.Done, openapi_extra=does("edit"))
def change(request: Call, kind: Type, number: Number, body: shapes.Changes, response: HttpResponse) -> shapes.Done:
    """Change fields of a record by its exact number. Needs If-Match; what is signed is amended by an act instead."""
    outcome = acts.run(
        request.auth, f"{kind}.edit", number, seen=preconditions.seen(request),
        key=preconditions.key(request, required=False), reason=body.reason, fields=body.fields,
    )  # fmt: skip
    return done(outcome, response)


@router.get("/{type}/{number}/pdf", openapi_extra=shows("the record, if the caller may see it") | showing.PDF)
def pdf(request: Call, kind: Type, number: Number, trail: bool = False) -> HttpResponse:
    """Give the printed copy; `trail=true` adds the whole audit trail."""
    view = queries.viewer(request.auth)
    record = find(view, kind, number)
    response = HttpResponse(building.pdf(view, record, trail=trail), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{quote(record.number)}.pdf"'
    return response


@router.get(
    "/{type}/{number}/files/{sha256}",
    openapi_extra=shows("the file, if the caller may see the record that names it") | showing.OCTETS,
)
def file(request: Call, kind: Type, number: Number, sha256: str) -> FileResponse:
    """Give a file of the record, byte for byte, as an attachment that no browser runs."""
    view = queries.viewer(request.auth)
    opened = uploads.open_file(view, find(view, kind, number), sha256)
    response = FileResponse(opened.chunks, content_type=opened.media_type)
    response["Content-Length"] = opened.size
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(opened.name)}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def find(view: Viewer, kind: str, number: str) -> Record:
    """Find a record of a type that the caller may see; raises NotFound."""
    record = queries.get_record(view, number)
    if record.type != kind:
        raise NotFound(number)
    return record


def done(outcome: Outcome, response: HttpResponse) -> shapes.Done:
    """Say what an act did, with the ETag for the next one."""
    response["ETag"] = preconditions.etag(outcome.position)
    return showing.done(outcome)


def _filters(request: Call, declaration: TypeDeclaration) -> dict[str, str]:
    """Read the filters; one that the type does not know is refused, or it would quietly filter nothing."""
    fields = {field.name: field for field in declaration.live_fields() if field.filterable}
    found: dict[str, str] = {}
    for name, value in ((name, str(value)) for name, value in request.GET.items()):
        if name not in OWN and name not in fields:
            known = ", ".join([*OWN, *fields])
            raise Unacceptable(422, "input", f"{name} is not a filter here.", do=f"One of: {known}.", field=name)
        person = contents.find_person(value) if name in fields and fields[name].kind == "person" else None
        found[name] = person["person"] if person else value
    states = [state for state in found.get("state", "").split(",") if state]
    if unknown := [state for state in states if state not in declaration.lifecycle]:
        known = ", ".join(declaration.lifecycle)
        raise Unacceptable(422, "input", f"{unknown[0]} is not a state.", do=f"One of: {known}.", field="state")
    return found
