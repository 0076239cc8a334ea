"""The only page on which several records are signed with one secret: each statement in full, one signature each, the refused ones named."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from indelible.faces.web import signing, wording
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel import acts
from indelible.kernel.errors import NotFound, Refused
from indelible.practice import periods, series
from indelible.practice.series import Chosen, Waiting

Context = dict[str, Any]
CHOOSE = "Choose what you have read and want to sign."


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign(request: Request, kind: str, verb: str) -> HttpResponse:
    """Show everything of one step that waits for this person, then sign what was chosen: n records, n signatures (11.50, 11.70)."""
    declared = request.view.configuration.types.get(kind)
    if declared is None or not any(verb in state.moves for state in declared.lifecycle.values()):
        raise NotFound(f"{kind}.{verb}")
    if request.method == "GET":
        return _ask(request, kind, verb)
    chosen = series.read(request.view, kind, verb, request.POST.getlist("one"))
    if not chosen:
        return _ask(request, kind, verb, choose=CHOOSE)
    rows = [_left_out(one, one.refused.text) for one in chosen if one.refused]
    chosen = [one for one in chosen if not one.refused]
    for place, one in enumerate(chosen):
        try:
            rows.append(_sign(request, verb, one))
        except Refused as refused:
            if refused.rule in ("signature_components", "wrong_owner"):
                if not place:  # the secret was wrong, so nothing of the list was signed
                    return _ask(request, kind, verb, wrong=refused)
                rows += [_left_out(each, "not tried: your presence was no longer proven") for each in chosen[place:]]
                break
            rows.append(_left_out(one, refused.text))
    return _told(request, kind, verb, rows)


def _sign(request: Request, verb: str, one: Chosen) -> Context:
    """Prove presence for one statement and sign it, in a transaction of its own; raises Refused."""
    sent, act = request.POST, f"{one.record.type}.{verb}"
    user_id = sent.get("user_id", "")[: signing.LONGEST_ID].replace("\0", "")
    presence = periods.prove(request, request.view, act=act, number=one.record.number, user_id=user_id, statement=one.statement,
                             password=sent.get("password", "")[: signing.LONGEST])  # fmt: skip
    outcome = acts.run(request.ctx, act, one.record.id, seen=one.seen, key=_key(sent.get("key", ""), one), presence=presence)
    periods.signed(request, request.view, user_id=user_id)
    lifecycle = request.view.configuration.type(one.record.type).lifecycle
    return {"number": one.record.number, "url": reverse("record", args=[one.record.number]), "title": one.record.title,
            "signed": True, "text": f"position {outcome.position}, event {outcome.leaf[:16]}",
            "state": wording.state(lifecycle[outcome.state], outcome.state)}  # fmt: skip


def _key(sent: str, one: Chosen) -> str | None:
    """Give the key by which a repeated list repeats each of its signatures, and no other one."""
    return f"{sent[:40]}:{one.record.number}" if sent else None


def _left_out(one: Chosen, text: str) -> Context:
    return {
        "number": one.record.number,
        "url": reverse("record", args=[one.record.number]),
        "title": one.record.title,
        "text": text,
    }


def _ask(request: Request, kind: str, verb: str, wrong: Refused | None = None, choose: str = "") -> HttpResponse:
    view, chosen = request.view, set(request.POST.getlist("one"))
    waiting = series.list_waiting(view, kind, verb)
    context = {
        "page": {"title": f"Sign several: {_label(request, kind, verb)}", "subtitle": f"{len(waiting)} wait for you"},
        "items": [_item(verb, one, chosen) for one in waiting],
        "key": request.POST.get("key") or str(ids.new()),
        "later": view.person.user_id if view.person and periods.is_running(request, view) else "",
        "signer": waiting[0].shown.statement["printed_name"] if waiting else "",
        "errors": [{"label": "Nothing was signed", "text": wrong.text if wrong else choose}] if wrong or choose else [],
        "cancel_url": reverse("work"), "most": series.MOST,
        "empty": {"title": "Nothing of this step waits for you", "text": "Or each waits for a signature by itself.", "icon": "check"},
    }  # fmt: skip
    return render(request, "pages/series.html", context, status=422 if wrong or choose else 200)


def _item(verb: str, one: Waiting, chosen: set[str]) -> Context:
    data, number = one.shown.statement, one.record.number
    value = f"{number} {data['position']} {one.shown.sha256}"
    return {
        "value": value, "chosen": value in chosen, "number": number, "title": one.record.title,
        "url": reverse("record", args=[number]), "alone_url": reverse("sign", args=[number, verb]),
        "changes": signing.what_is_signed(one.record, data), "sha256": data["version_sha256"], "position": data["position"],
        "baseline": data["baseline"][:12], "meaning": data["meaning_label"], "meaning_text": data["meaning_text"],
        "then": signing.what_follows(one.record, data, one.shown),
    }  # fmt: skip


def _label(request: Request, kind: str, verb: str) -> str:
    declared = request.view.configuration.type(kind)
    move = next(state.moves[verb] for state in declared.lifecycle.values() if verb in state.moves)
    return f"{move.label or verb.replace('_', ' ').capitalize()}, {(declared.plural or declared.label).lower()}"


def _told(request: Request, kind: str, verb: str, rows: list[Context]) -> HttpResponse:
    signed = sum(1 for row in rows if row.get("signed"))
    page = {"title": f"Signed {signed} of {len(rows)}", "subtitle": _label(request, kind, verb)}
    return render(request, "pages/series.html", {"page": page, "rows": rows, "cancel_url": reverse("work")},
                  status=200 if signed == len(rows) else 409)  # fmt: skip
