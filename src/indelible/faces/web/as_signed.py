"""The only place that shows the content that a signature signed, as it was then, for reading only."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import reading, wording
from indelible.faces.web import record as record_page
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import canonical
from indelible.kernel import config, records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record, Version
from indelible.practice import history, queries
from indelible.practice.history import Happening

Context = dict[str, Any]


@require_safe
def show(request: Request, number: str, position: int) -> HttpResponse:
    """Show the version that the signature at a position signed; raises NotFound where there is none to see."""
    record = queries.get_record(request.view, number)
    events = history.shown(request.view, record)
    event = next((e for e in events if e.position == position and e.signature), None)
    if event is None or event.signature is None:
        raise NotFound(f"{number} {position}")
    version = Version.objects.get(record_id=record.pk, number=event.signature.version)
    statement = queries.manifest_of(event.signature)["statement"]
    context = {
        "page": record_page.head(record, [_back(record)], title=f"{record.title}, as signed"),
        "notes": [_note(record, event)],
        "cards": _cards(request, record, version, events),
        "side": {"facts": _facts(statement, version), "signatures": [_signature(event, events)]},
    }
    return render(request, "pages/record.html", context)


def _cards(request: Request, record: Record, version: Version, events: list[Happening]) -> list[Context]:
    sealed = canonical.decode(version.content) if version.content else None
    if sealed is None:
        return [{"title": "Content", "text": "This version is withheld. Its hash and its signatures stay."}]
    configuration = config.at(sealed["baseline"])
    declaration = configuration.type(record.type)
    values, place = (
        records.named(declaration, sealed["fields"]),
        Place(request.view, configuration.company.zone, record.number),
    )
    rows = reading.files(declaration, values, [e for e in events if e.version <= version.number], place)
    files = [
        {"number": "", "url": r["url"], "text": f"{r['name']}, {r['size']} bytes", "note": r["sha256"][:16]} for r in rows
    ]
    return reading.cards(declaration, values, place, f"version {version.number}") + (
        [{"title": "Files", "list": files}] if files else []
    )


def _note(record: Record, event: Happening) -> Context:
    version = event.version if event.signature is None else event.signature.version
    same = version == record.version
    text = "It is the present content." if same else f"The record is at version {record.version} now."
    return {"lead": f"Version {version} as {event.who} signed it, for reading only.", "text": text, "icon": "eye"}


def _facts(statement: Context, version: Version) -> list[Context]:
    return [
        {"label": "Record", "kind": "text", "value": statement["record"]},
        {"label": "Hash", "kind": "hash", "value": bytes(version.sha256).hex(), "groups": 16},
        {"label": "Baseline", "kind": "hash", "value": statement["baseline"], "groups": 4},
        {"label": "Seen at", "kind": "text", "value": f"position {statement['position']}"},
    ]


def _signature(event: Happening, events: list[Happening]) -> Context:
    voided = wording.voiding(events)
    return wording.signature(event, config.at(event.baseline), voided.get(event.position)) | {"url": None}


def _back(record: Record) -> Context:
    return {"label": f"Open {record.number} as it is now", "url": reverse("record", args=[record.number]), "icon": "left"}
