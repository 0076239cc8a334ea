"""The only place that shows that somebody was faster: what changed since, both texts, both hashes."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from indelible.faces.web import fields, wording
from indelible.faces.web.requests import Request
from indelible.kernel import history, records
from indelible.kernel.errors import Conflict
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration

Context = dict[str, Any]


def of_edit(record: Record, declaration: TypeDeclaration, conflict: Conflict, typed: Context) -> Context:
    """Give the conflict of an edit with both texts of every field that differs."""
    present = records.values(record)
    texts = [
        {"label": f.title, "yours": _plain(typed.get(f.name)), "theirs": fields.as_text(f, present.get(f.name))}
        for f in declaration.live_fields()
        if f.kind in ("text", "rich_text") and _plain(typed.get(f.name)) != fields.as_text(f, present.get(f.name))
    ]
    return _conflict(record, conflict, "Look again: not saved") | {"texts": texts}


def signing(request: Request, record: Record, conflict: Conflict) -> HttpResponse:
    """Answer a signature that was given for something that is no longer so."""
    shown = _conflict(record, conflict, "Look again: not signed")
    return answer(request, shown)


def answer(request: Request, shown: Context) -> HttpResponse:
    """Show a conflict as a dialog to htmx and as a page otherwise."""
    name = "parts/conflict_dialog.html" if request.htmx else "pages/conflict.html"
    return render(request, name, {"conflict": shown, "environment": wording.environment()}, status=409)


def act(request: Request, record: Record, conflict: Conflict) -> HttpResponse:
    """Answer an act that came too late."""
    return answer(request, _conflict(record, conflict, "Look again: not done"))


def _conflict(record: Record, conflict: Conflict, title: str) -> Context:
    seen = conflict.present.get("seen") or 0
    configuration = records.configuration_of(record)
    since = [e for e in history.of_record(record) if e.position > seen]
    entries = [wording.entry(e, configuration) for e in since[-12:]]
    return {
        "title": title, "lead": conflict.text, "text": conflict.do, "position": seen, "entries": entries,
        "rule": {"id": conflict.rule}, "now": bytes(record.version_sha256).hex(),
        "close_url": reverse("record", args=[record.number]),
        "show": {"label": "Show the record as it is now", "url": reverse("record", args=[record.number])},
    }  # fmt: skip


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ""
