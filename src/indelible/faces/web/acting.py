"""The only place that asks what an act needs besides a click (a reason, a number, a person) and does it through the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from indelible.faces.web import conflicts, elsewhere, fields, presenting, raising, uploading, wording
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel import acts, records
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Record
from indelible.practice import asked as taken
from indelible.practice import lookup, queries
from indelible.practice import raising as taking
from indelible.practice.asked import Asked
from indelible.practice.queries import Possible

Context = dict[str, Any]
TAKES: dict[str, str] = {
    "comment": "text",
    "link": "to",
    "unlink": "to",
    "extend": "days",
    "postpone": "to",
    "reassign": "to",
    "confirm": "field",
}
WORDS = {
    "comment": ("Comment", "Say what another person should know. It voids no signature."),
    "link": ("Link a record", "Context beside the record; it is not part of what is signed."),
    "unlink": ("Take a link away", "The trail keeps that it was there."),
    "extend": ("Extend the due date", "The first date and the count stay visible."),
    "postpone": ("Postpone", "Nothing that was signed changes; the first day and the count stay visible."),
    "reassign": ("Hand over", "The owner changes; no signature falls."),
    "confirm": ("Confirm a critical value", "As a second person, after comparing it with its source."),
    "revise": ("Begin the next revision", "It starts with the present content; the present one stays in force until then."),
}


@require_http_methods(["GET", "POST"])
def act(request: Request, number: str, verb: str) -> HttpResponse:
    """Ask for and do an act that needs no signature."""
    record = queries.get_record(request.view, number)
    possible = next((p for p in queries.list_acts(request.view, record) if p.verb == verb), None)
    if possible is None and verb not in WORDS:
        raise NotFound(f"{number} {verb}")
    if elsewhere := _elsewhere(request, record, verb, possible):
        return gone(request, elsewhere)
    if request.method == "GET":
        if possible is not None and possible.refusal is not None:
            return refused_answer(request, record, possible.refusal)
        return _ask(request, record, verb, possible, None)
    try:
        outcome = acts.run(
            request.ctx,
            f"{record.type}.{verb}",
            record.id,
            seen=_seen(request, verb),
            key=request.POST.get("key") or None,
            reason=request.POST.get("reason", ""),
            **_inputs(request, record, verb),
        )
    except Conflict as conflict:
        return conflicts.act(request, record, conflict, _seen(request, verb) or 0)
    except Refused as refused:
        return _ask(request, record, verb, possible, refused)
    began = presenting.begun(request, record, verb)
    return gone(request, reverse("inspector_asks") if began else reverse("record", args=[outcome.number]))


def _elsewhere(request: Request, record: Record, verb: str, possible: Possible | None) -> str | None:
    """Give the page that does this act whole: with a signature, or with what a bare event would leave behind."""
    if request.method == "GET" and possible is not None and possible.signs and possible.allowed:
        return reverse("sign", args=[record.number, verb])
    return elsewhere.page_of(record, verb, own=record.pk == request.ctx.person_id)


def gone(request: Request, url: str) -> HttpResponse:
    """Answer an act that was done: the page behind a dialog is loaded anew."""
    if request.htmx:
        answer = HttpResponse()
        answer["HX-Redirect"] = url
        return answer
    return redirect(url)


def refused_answer(request: Request, record: Record, refused: Refused) -> HttpResponse:
    """Show a refusal as a dialog to htmx and as a page otherwise."""
    shown = wording.refusal(refused, number=record.number, reference=f"request {request.ctx.request_id}")
    name = "parts/refusal_dialog.html" if request.htmx else "pages/refusal.html"
    status = 422 if isinstance(refused, Invalid) else 403
    return render(request, name, {"refusal": shown, "environment": wording.environment()}, status=status)


def _ask(request: Request, record: Record, verb: str, possible: Possible | None, refused: Refused | None) -> HttpResponse:
    if refused is not None and not any(one.field for one in refused.missing):
        return refused_answer(request, record, refused)
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    label, text = WORDS.get(verb, (possible.label if possible else verb, ""))
    own = taken.of(verb, record)
    needs_reason = possible.reason if possible else False
    return asked(
        request,
        record,
        title=f"{label}: {record.number}",
        text=own.text if own else text,
        url=request.path,
        button=label,
        tone="danger" if possible and possible.danger else "primary",
        fields=[*_own_field(request, record, verb, errors), _reason(request, errors, required=needs_reason)],
        hidden={"key": request.POST.get("key") or str(ids.new()), "seen": str(record.position)}
        | (dict(own.fixed) if own else {})
        | ({raising.FROM: begun} if (begun := _begun_from(request)) else {}),
        refused=refused,
    )


def _begun_from(request: Request) -> str:
    return str(request.POST.get(raising.FROM) or request.GET.get(raising.FROM) or "")


def asked(
    request: Request, record: Record, *, refused: Refused | None, hidden: dict[str, str], **given: Any
) -> HttpResponse:
    """Ask for what an act needs: a dialog to htmx, a page otherwise. `given` has title, text, url, button, fields, heading?."""
    act: Context = {
        "tone": "primary",
        "cancel_url": reverse("record", args=[record.number]),
        "errors": _summary(refused),
        "hidden": [{"name": name, "value": value} for name, value in hidden.items()],
        **given,
    }
    status = 422 if refused else 200
    if request.htmx:
        return render(request, "parts/act_dialog.html", {"act": act, "environment": wording.environment()}, status=status)
    form = act | {"fieldsets": [{"fields": act["fields"], "note": act["text"]}]}
    crumbs = [{"label": records.type_of(record).plural, "url": reverse("list", args=[record.type])}]
    title = act.get("heading", act["button"])
    page = {"title": title, "subtitle": wording.title(record), "number": record.number, "crumbs": crumbs}
    return render(request, "pages/act.html", {"page": page, "form": form}, status=status)


def _own_field(request: Request, record: Record, verb: str, errors: dict[str, str]) -> list[Context]:
    if own := taken.of(verb, record):
        sent, place = _sent(request, own), _place(request, record)
        return [
            fields.widget(one, sent.get(one.name), place) | {"error": errors.get(one.name), "full": True}
            for one in own.fields
        ]
    name = TAKES.get(verb)
    if name is None:
        return []
    shared: Context = {
        "name": name,
        "value": request.POST.get(name, ""),
        "required": True,
        "error": errors.get(name),
        "full": True,
    }
    return [shared | _OWN[verb](request, record)]


def _comment(_request: Request, _record: Record) -> Context:
    return {"kind": "text", "label": "Comment", "rows": 3}


def _days(_request: Request, _record: Record) -> Context:
    return {"kind": "number", "label": "Days", "unit": "days"}


def _later(_request: Request, _record: Record) -> Context:
    return {"kind": "date", "label": "New day"}


def _other(_request: Request, _record: Record) -> Context:
    return {"kind": "text", "label": "Number of the record", "max_length": 40}


def _linked(request: Request, record: Record) -> Context:
    found = lookup.list_links(request.view, record)
    choices = [{"value": r.number, "label": f"{r.number} {r.title}"} for _, r, outgoing in found if outgoing]
    return {"kind": "choice", "label": "Linked record", "choices": choices}


def _owner(_request: Request, _record: Record) -> Context:
    people = [{"value": pk, "name": name, "title": title} for pk, name, title in lookup.list_people()]
    return {"kind": "person", "label": "New owner", "people": people}


def _critical(_request: Request, record: Record) -> Context:
    declaration = records.type_of(record)
    waiting = [declaration.field_by_id(int(key)) for key in record.marks.get("unconfirmed", {})]
    values = records.values(record)
    choices = [{"value": f.name, "label": f"{f.title}: {kind_of(f).show(f, values.get(f.name))}"} for f in waiting if f]
    return {"kind": "choice", "label": "Value", "choices": choices}


_OWN: dict[str, Callable[[Request, Record], Context]] = {
    "comment": _comment,
    "link": _other,
    "unlink": _linked,
    "extend": _days,
    "postpone": _later,
    "reassign": _owner,
    "confirm": _critical,
}


def _reason(request: Request, errors: dict[str, str], *, required: bool) -> Context:
    return {
        "kind": "text",
        "name": "reason",
        "label": "Reason",
        "value": request.POST.get("reason", ""),
        "rows": 2,
        "required": required,
        "error": errors.get("reason"),
        "full": True,
    }


def _inputs(request: Request, record: Record, verb: str) -> Context:
    if verb == "revise" and (number := _begun_from(request)):
        return {"fields": taking.taken_over(request.view, record.type, number)}
    if own := taken.of(verb, record):
        return _given(request, own)
    name = TAKES.get(verb)
    if name is None:
        return {}
    text = request.POST.get("comment", request.POST.get(name, "")) if verb == "comment" else request.POST.get(name, "")
    return {name: wording.whole(text) if name == "days" else text}


def _place(request: Request, record: Record) -> Place:
    return Place(request.view, records.configuration_of(record).company.zone, record.number)


def _sent(request: Request, own: Asked) -> Context:
    """Give what was typed, as the fields show it again."""
    return {one.name: fields.read(one, request.POST, "UTC") for one in own.fields}


def _given(request: Request, own: Asked) -> Context:
    """Give what was sent for an act's own fields, as programs send it: a file by its hash, yes and no as truth."""
    given: Context = {name: request.POST.get(name, "") for name in own.fixed}
    for one in own.fields:
        value = fields.read(one, request.POST, "UTC")
        if one.kind == "files":
            value = next(iter([*value, *uploading.brought(request, one)]), None)
        given[one.name] = {"yes": True, "no": False}.get(value) if one.kind == "yes_no" else value
    return given


def _seen(request: Request, verb: str) -> int | None:
    # A comment stands beside the record, so it is not lost when the record has moved.
    return None if verb == "comment" else wording.whole(request.POST.get("seen", ""))


def _summary(refused: Refused | None) -> list[Context]:
    return [
        {"field": one.field, "label": (one.field or "").replace("_", " ").capitalize(), "text": one.text}
        for one in (refused.missing if refused else ())
    ]
