"""The only place where a person signs in the browser: statement, both components, receipt, or look again."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from indelible.faces.web import acting, conflicts, wording
from indelible.faces.web.requests import Request
from indelible.infra import clock, ids
from indelible.kernel import acts, history, queries, records, signatures
from indelible.kernel.acts import Outcome
from indelible.kernel.errors import Conflict, Refused
from indelible.kernel.models import Record
from indelible.kernel.queries import ToSign

Context = dict[str, Any]


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign(request: Request, number: str, verb: str) -> HttpResponse:
    """Show exactly what would be signed, then sign it with user id and password (11.50, 11.200(a))."""
    record = queries.get_record(request.view, number)
    try:
        shown = queries.to_sign(request.view, record, verb)
    except Refused as refused:
        return acting.refused_answer(request, record, refused)
    if request.method == "GET":
        return _ask(request, record, verb, shown)
    return _sign(request, record, verb, shown)


def _sign(request: Request, record: Record, verb: str, shown: ToSign) -> HttpResponse:
    statement = request.POST.get("statement", "")
    if statement != shown.sha256:
        seen = wording.whole(request.POST.get("seen", "")) or 0
        conflict = Conflict(rule="look_again", text=f"{record.number} is not what you were shown: not signed.",
                            do="Look at what changed, then decide again.", present={"seen": seen})  # fmt: skip
        return conflicts.signing(request, record, conflict)
    try:
        presence = signatures.present(
            request, request.ctx, act=f"{record.type}.{verb}", number=record.number, user_id=request.POST.get("user_id", ""), password=request.POST.get("password", ""),
            statement=statement,
        )  # fmt: skip
        outcome = acts.run(
            request.ctx, f"{record.type}.{verb}", record.id, seen=wording.whole(request.POST.get("seen", "")),
            key=request.POST.get("key") or None, presence=presence, reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except Conflict as conflict:
        return conflicts.signing(request, record, conflict)
    except Refused as refused:
        return _ask(request, record, verb, shown, refused)
    return _receipt(request, outcome)


def _ask(request: Request, record: Record, verb: str, shown: ToSign, refused: Refused | None = None) -> HttpResponse:
    if refused is not None and not any(one.field in ("password", "reason") for one in refused.missing):
        return acting.refused_answer(request, record, refused)
    dialog = _dialog(request, record, verb, shown, refused)
    name = "parts/sign_dialog.html" if request.htmx else "pages/sign.html"
    context = {"sign": dialog, "environment": wording.environment()}
    return render(request, name, context, status=422 if refused else 200)


def _dialog(request: Request, record: Record, verb: str, shown: ToSign, refused: Refused | None) -> Context:
    data = shown.statement
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    offset = clock.in_zone(clock.now(), shown.zone)[-6:]
    return {
        "url": reverse("sign", args=[record.number, verb]), "cancel_url": reverse("record", args=[record.number]),
        "number": record.number, "record_title": record.title, "title": f"Sign {record.number}",
        "changes": _changes(record, data), "sha256": data["version_sha256"], "position": data["position"],
        "baseline": data["baseline"][:12], "meaning": data["meaning_label"], "meaning_text": data["meaning_text"],
        "signer": data["printed_name"], "signer_title": data["title_of_signer"],
        "zone": f"{shown.zone.rpartition('/')[2].replace('_', ' ')} ({offset})", "then": _then(record, data, shown),
        "button": f"Sign as {data['meaning_label'].lower()}", "user_id": request.POST.get("user_id", ""),
        "hidden": [{"name": "statement", "value": shown.sha256}, {"name": "seen", "value": data["position"]},
                   {"name": "key", "value": request.POST.get("key") or str(ids.new())}],
        "fields": [_reason(request, errors, required=shown.reason)], "password_error": errors.get("password"),
    }  # fmt: skip


def _changes(record: Record, data: Context) -> str:
    """Say what is signed: a first version, or what changed since an earlier one was."""
    changed = [c.label for e in history.of_record(record) for c in e.changes if not c.first]
    words = f"version {data['version']}" + (f", revision {data['revision']:02}" if data["revision"] else "")
    if not changed:
        return f"{words}, unchanged since its first entry"
    return f"{words}; changed since the first entry: {', '.join(dict.fromkeys(changed))}"


def _then(record: Record, data: Context, shown: ToSign) -> str:
    lifecycle = records.type_of(record).lifecycle
    label = lifecycle[data["to"]].label or data["to"].replace("_", " ")
    return f"{record.number} becomes {label.lower()}" if shown.last else f"{label} after the other signatures of this step"


def _reason(request: Request, errors: Context, *, required: bool) -> Context:
    return {"kind": "text", "name": "reason", "label": "Reason" if required else "Remark", "rows": 2, "required": required,
            "value": request.POST.get("reason", ""), "error": errors.get("reason"), "full": True}  # fmt: skip


def _receipt(request: Request, outcome: Outcome) -> HttpResponse:
    record = queries.get_record(request.view, outcome.number)
    configuration = records.configuration_of(record)
    event = next(e for e in history.of_record(record) if e.position == outcome.position)
    receipt = {
        "signature": wording.signature(event, configuration, None), "at": event.at.astimezone(ZoneInfo(event.zone)),
        "now": wording.state(configuration.type(record.type).lifecycle[record.state], record.state),
        "event_sha256": outcome.leaf, "position": outcome.position, "print_url": reverse("pdf", args=[record.number]),
        "home": {"label": "My work", "url": reverse("work")},
        "next": {"label": f"Open {record.number}", "url": reverse("record", args=[record.number])},
    }  # fmt: skip
    name = "parts/receipt_dialog.html" if request.htmx else "pages/receipt.html"
    return render(request, name, {"receipt": receipt, "environment": wording.environment()})
