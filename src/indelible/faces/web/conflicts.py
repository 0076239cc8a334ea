"""The only place that shows that somebody was faster: what changed since, both texts, both hashes."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from indelible.faces.web import fields, wording
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.kernel.errors import Conflict
from indelible.kernel.models import Record, Version
from indelible.kernel.types import TypeDeclaration
from indelible.practice import history
from indelible.practice.history import Happening

Context = dict[str, Any]
MOST = 12  # events shown; the record's page has them all


def of_edit(record: Record, declaration: TypeDeclaration, conflict: Conflict, typed: Context, seen: int) -> Context:
    """Give the conflict of an edit with both texts of every field that differs."""
    present = records.values(record)
    texts = [
        {"label": f.title, "yours": _plain(typed.get(f.name)), "theirs": fields.as_text(f, present.get(f.name))}
        for f in declaration.live_fields()
        if f.kind in ("text", "rich_text") and _plain(typed.get(f.name)) != fields.as_text(f, present.get(f.name))
    ]
    return _conflict(record, conflict, "Look again: not saved", seen) | {"texts": texts}


def signing(request: Request, record: Record, conflict: Conflict, seen: int) -> HttpResponse:
    """Answer a signature that was given for something that is no longer so."""
    return answer(request, _conflict(record, conflict, "Look again: not signed", seen))


def answer(request: Request, shown: Context) -> HttpResponse:
    """Show a conflict as a dialog to htmx and as a page otherwise."""
    name = "parts/conflict_dialog.html" if request.htmx else "pages/conflict.html"
    return render(request, name, {"conflict": shown, "environment": wording.environment()}, status=409)


def act(request: Request, record: Record, conflict: Conflict, seen: int) -> HttpResponse:
    """Answer an act that came too late."""
    return answer(request, _conflict(record, conflict, "Look again: not done", seen))


def _conflict(record: Record, conflict: Conflict, title: str, seen: int) -> Context:
    configuration, events = records.configuration_of(record), history.of_record(record)
    since = [e for e in events if e.position > seen]
    entries = [wording.entry(e, configuration) for e in since[-MOST:]]
    voided = [v["name"] for e in since for v in e.voided]
    words = f"{conflict.do} No longer counting: {', '.join(voided)}." if voided else conflict.do
    url = reverse("record", args=[record.number])
    return {
        "title": title,
        "lead": conflict.text,
        "text": words,
        "position": seen,
        "entries": entries,
        "rule": {"id": conflict.rule},
        "saw": _hash(record, events, seen),
        "now": bytes(record.version_sha256).hex(),
        "close_url": url,
        "show": {"label": "Show the record as it is now", "url": url},
    }


def _hash(record: Record, events: list[Happening], seen: int) -> str | None:
    event = next((e for e in events if e.position == seen), None)
    version = Version.objects.filter(record_id=record.pk, number=event.version).first() if event else None
    return bytes(version.sha256).hex() if version else None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""
