"""The only place where a person signs in the browser: statement, both components, receipt, or look again."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from indelible.faces.web import acting, changes, conflicts, factors, fresh, sso, wording
from indelible.faces.web.requests import Request
from indelible.infra import clock, ids
from indelible.infra.oidc import Untrusted
from indelible.kernel import acts, gates, lifecycles, records
from indelible.kernel.acts import Outcome
from indelible.kernel.errors import Conflict, Refused
from indelible.kernel.models import Record
from indelible.practice import cautions, history, periods, queries
from indelible.practice.queries import ToSign

Context = dict[str, Any]
HASH = re.compile("[0-9a-f]{64}")
LONGEST = 1024
LONGEST_ID = 150  # the failure log of the login keeps no longer one


@never_cache
@sensitive_post_parameters("password", "passkey")
@require_http_methods(["GET", "POST"])
def sign(request: Request, number: str, verb: str) -> HttpResponse:
    """Show exactly what would be signed, then sign it: the first time with user id and password, or passkey, or fresh sign-in.

    11.50, 11.200(a).
    """
    record = queries.get_record(request.view, number)
    if request.method == "POST":
        return _sign(request, record, verb)
    try:
        shown = queries.to_sign(request.view, record, verb)
    except Refused as refused:
        return acting.refused_answer(request, record, refused)
    return _ask(request, record, verb, shown)


@never_cache
@require_safe
def sign_back(request: Request) -> HttpResponse:
    """Go on with a signature for which its person has signed in at the provider, just now and for this statement (11.200(a))."""
    try:
        record, verb, known = fresh.asked(request)
    except Untrusted as problem:
        return sso.refused(request, problem)
    try:
        fresh.prove(request, record, verb, known)
    except Refused as refused:
        return _again(request, record, verb, refused)
    return _sign(request, record, verb)


def _sign(request: Request, record: Record, verb: str) -> HttpResponse:
    sent, act = request.POST, f"{record.type}.{verb}"
    posted, user_id, key = sent.get("statement", ""), sent.get("user_id", ""), sent.get("passkey", "")
    secret = fresh.secret(request) or ({"passkey": key} if key else {"password": sent.get("password", "")[:LONGEST]})
    try:
        if sent.get("by") == fresh.METHOD:
            return fresh.go(request, record, verb)
        presence = periods.prove(
            request,
            request.view,
            act=act,
            number=record.number,
            user_id=user_id[:LONGEST_ID].replace("\0", ""),
            statement=posted if HASH.fullmatch(posted) else "",
            **secret,
        )
        outcome = acts.run(
            request.ctx,
            act,
            record.id,
            seen=wording.whole(sent.get("seen", "")),
            key=sent.get("key") or None,
            presence=presence,
            reason=sent.get("reason", ""),
        )
    except Conflict as conflict:
        return conflicts.signing(request, record, conflict, wording.whole(sent.get("seen", "")) or 0)
    except Refused as refused:
        return _again(request, record, verb, refused)
    periods.signed(request, request.view, user_id=user_id)
    return _receipt(request, outcome)


def _again(request: Request, record: Record, verb: str, refused: Refused) -> HttpResponse:
    if not any(one.field in ("password", "reason") for one in refused.missing):
        return acting.refused_answer(request, record, refused)
    try:
        shown = queries.to_sign(request.view, record, verb)
    except Refused as other:
        return acting.refused_answer(request, record, other)
    return _ask(request, record, verb, shown, refused)


def _ask(request: Request, record: Record, verb: str, shown: ToSign, refused: Refused | None = None) -> HttpResponse:
    dialog = _dialog(request, record, verb, shown, refused)
    name = "parts/sign_dialog.html" if request.htmx else "pages/sign.html"
    context = {"sign": dialog, "environment": wording.environment()}
    return render(request, name, context, status=422 if refused else 200)


def _dialog(request: Request, record: Record, verb: str, shown: ToSign, refused: Refused | None) -> Context:
    data = shown.statement
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    offset = clock.in_zone(clock.now(), shown.zone)[-6:].replace("-", "\N{MINUS SIGN}")
    move = records.state_of(record).moves.get(verb)
    return {
        "url": reverse("sign", args=[record.number, verb]),
        "cancel_url": reverse("record", args=[record.number]),
        "number": record.number,
        "record_title": wording.title(record),
        "title": f"Sign {record.number}",
        "mark": _mark(request),
        "changes": what_is_signed(record, data),
        "redlines": changes.redlines(request.view, record),
        "sha256": data["version_sha256"],
        "position": data["position"],
        "baseline": data["baseline"][:12],
        "meaning": data["meaning_label"],
        "meaning_text": data["meaning_text"],
        "signer": data["printed_name"],
        "signer_title": queries.title_of(data),
        "tone": "danger" if move and move.danger else None,
        "zone": f"{shown.zone.rpartition('/')[2].replace('_', ' ')} ({offset})",
        "then": what_follows(record, data, shown),
        "button": f"Sign as {data['meaning_label'].lower()}",
        "later": request.view.person.user_id if request.view.person and periods.is_running(request, request.view) else "",
        "sso": fresh.offered(request),
        "passkey": factors.ask_for(request, shown.sha256),
        "hidden": [
            {"name": "statement", "value": shown.sha256},
            {"name": "seen", "value": data["position"]},
            {"name": "key", "value": request.POST.get("key") or str(ids.new())},
        ],
        "caution": cautions.before(request.view, record, verb),
        "fields": [_reason(request, errors, required=shown.reason)],
        "password_error": errors.get("password"),
    }


def _mark(request: Request) -> Context | None:
    state = request.view.home_state
    return None if state == gates.RELEASED else {"label": f"marked: {gates.LABELS.get(state, state)}", "tone": "warn"}


def what_is_signed(record: Record, data: Context) -> str:
    """Say what is signed: a first version, or what changed since an earlier one was."""
    changed = [c.label for e in history.of_record(record) for c in e.changes if not c.first]
    words = f"version {data['version']}" + (f", revision {data['revision']:02}" if data["revision"] else "")
    if not changed:
        return f"{words}, unchanged since its first entry"
    return f"{words}; changed since the first entry: {', '.join(dict.fromkeys(changed))}"


def what_follows(record: Record, data: Context, shown: ToSign) -> str:
    """Say what becomes of the record once this is signed."""
    lifecycle = records.type_of(record).lifecycle
    label = lifecycles.label(lifecycle[data["to"]], data["to"]).lower()
    if not shown.last:
        return f"Other signatures of this step are still needed before {record.number} becomes {label}"
    if data["to"] == data["from"]:
        return "Last signature needed: it takes effect at once"
    return f"Last signature needed: {record.number} becomes {label}"


def _reason(request: Request, errors: Context, *, required: bool) -> Context:
    return {
        "kind": "text",
        "name": "reason",
        "label": "Reason" if required else "Remark",
        "rows": 2,
        "required": required,
        "value": request.POST.get("reason", ""),
        "error": errors.get("reason"),
        "full": True,
    }


def _awaited(request: Request, record: Record) -> str | None:
    awaited = next((p.awaited for p in queries.list_acts(request.view, record) if p.awaited and not p.danger), ())
    return f"next: {', '.join(dict.fromkeys(awaited))}" if awaited else None


def _receipt(request: Request, outcome: Outcome) -> HttpResponse:
    record = queries.get_record(request.view, outcome.number)
    configuration = records.configuration_of(record)
    event = next(e for e in history.of_record(record) if e.position == outcome.position)
    receipt = {
        "signature": wording.signature(event, configuration, None),
        "at": event.at.astimezone(ZoneInfo(event.zone)),
        "now": wording.state(configuration.type(record.type).lifecycle[record.state], record.state),
        "event_sha256": outcome.leaf,
        "position": outcome.position,
        "print_url": reverse("pdf", args=[record.number]),
        "now_note": _awaited(request, record),
        "home": {"label": "My work", "url": reverse("work")},
        "next": {"label": f"Open {record.number}", "url": reverse("record", args=[record.number])},
    }
    name = "parts/receipt_dialog.html" if request.htmx else "pages/receipt.html"
    return render(request, name, {"receipt": receipt, "environment": wording.environment()})
