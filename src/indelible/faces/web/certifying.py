"""The only place where a page signed by hand comes back: one person brings the scan, another certifies it (D26)."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from indelible.faces.web import acting, conflicts, wording
from indelible.faces.web import record as record_page
from indelible.faces.web.offering import signs_by_hand
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel import acts, records
from indelible.kernel.context import NOBODY
from indelible.kernel.errors import Conflict, Invalid, Missing, NotFound, Refused
from indelible.kernel.models import Account, Record
from indelible.practice import lookup, queries, uploads
from indelible.practice.models import Upload
from indelible.practice.wet_ink import TAKES

Context = dict[str, Any]
SCANS = "signed page of"
HELP = {
    "page_hash": "The first 16 characters or more of the content hash printed on the page, typed from the paper.",
    "place": "Binder, shelf, room: where the paper is kept.",
    "signed_on": "The day that stands beside the signature.",
}


@require_http_methods(["GET", "POST"])
def scan(request: Request, number: str) -> HttpResponse:
    """Take in the scan of a page that was signed by hand; another person certifies it."""
    record = _record(request, number)
    if request.method == "GET":
        return _ask_scan(request, record)
    brought = request.FILES.get("scan_new")
    if brought is None:
        return _ask_scan(request, record, "Choose the scan, a PDF or a picture.")
    name = f"{SCANS} {record.number}{PurePath(str(brought.name)).suffix}"
    try:
        kept = uploads.receive(request.ctx, name, brought.chunks())
    except Invalid as refused:
        return _ask_scan(request, record, " ".join([refused.text, *(one.text for one in refused.missing)]))
    messages.info(request, f"The scan is kept, {kept.sha256[:16]}. Another person certifies it against the paper.")
    return redirect("record", number=record.number)


@require_http_methods(["GET", "POST"])
def certify(request: Request, number: str) -> HttpResponse:
    """Ask for what stands on a page that was signed by hand, and let it count (practice.wet_ink)."""
    record = _record(request, number)
    if request.method == "GET":
        possible = next((p for p in queries.list_acts(request.view, record) if p.verb == "certify"), None)
        if possible is None or possible.refusal is not None:
            return acting.refused_answer(
                request, record, possible.refusal if possible and possible.refusal else _no_paper(record)
            )
        return _ask(request, record, None)
    seen = wording.whole(request.POST.get("seen", ""))
    told: Context = {name: request.POST.get(name, "") for name in TAKES}
    try:
        acts.run(
            request.ctx,
            f"{record.type}.certify",
            record.id,
            seen=seen,
            key=request.POST.get("key") or None,
            reason=request.POST.get("reason", ""),
            **told,
        )
    except Conflict as conflict:
        return conflicts.act(request, record, conflict, seen or 0)
    except Refused as refused:
        return _ask(request, record, refused)
    return acting.gone(request, reverse("record", args=[record.number]))


def _record(request: Request, number: str) -> Record:
    record = queries.get_record(request.view, number)
    if not signs_by_hand(record):
        raise NotFound(f"{number}: nothing is signed on paper here")
    return record


def _no_paper(record: Record) -> Refused:
    return Refused(rule="declared_act", text=f"{record.number} knows no page signed by hand.")


def _ask_scan(request: Request, record: Record, error: str = "") -> HttpResponse:
    policies = request.view.configuration.policies
    field = {
        "kind": "files",
        "name": "scan",
        "label": "Scan",
        "value": [],
        "full": True,
        "required": True,
        "error": error,
        "accept": ".pdf,.png,.jpg,.jpeg",
        "limit": f"At most {policies.upload_megabytes} MB: a PDF, PNG or JPEG.",
        "help": "Print the page for signing by hand, have it signed, scan it. Another person certifies the scan.",
    }
    form = _form(
        request, record, [field], "Keep the scan", [{"field": "scan", "label": "Scan", "text": error}] if error else []
    )
    context = {"page": record_page.head(record, [], title=f"Bring a signed page: {record.title}"), "form": form}
    return render(request, "pages/act.html", context, status=422 if error else 200)


def _ask(request: Request, record: Record, refused: Refused | None) -> HttpResponse:
    if refused is not None and not any(one.field for one in refused.missing):
        return acting.refused_answer(request, record, refused)
    if not _scans(request, record):
        return acting.refused_answer(request, record, _nothing_to_certify())
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    asked = _fields(request, record, errors)
    labels = {one["name"]: one["label"] for one in asked}
    summary = [{"field": name, "label": labels.get(name, name), "text": text} for name, text in errors.items()]
    context = {
        "page": record_page.head(record, [], title=f"Certify a signed page: {record.title}"),
        "form": _form(request, record, asked, "Certify this page", summary),
    }
    return render(request, "pages/form.html", context, status=422 if refused else 200)


def _form(request: Request, record: Record, asked: list[Context], button: str, errors: list[Context]) -> Context:
    seen = request.POST.get("seen") or record.position
    return {
        "url": request.path,
        "fieldsets": [{"title": "Signed by hand", "fields": asked}],
        "button": button,
        "errors": errors,
        "cancel_url": reverse("record", args=[record.number]),
        "hidden": [{"name": "key", "value": request.POST.get("key") or str(ids.new())}, {"name": "seen", "value": seen}],
    }


def _fields(request: Request, record: Record, errors: dict[str, str]) -> list[Context]:
    asked: list[Context] = [
        {
            "name": "scan",
            "kind": "choice",
            "label": "Scan",
            "choices": _scans(request, record),
            "radios": True,
            "full": True,
        },
        {"name": "move", "kind": "choice", "label": "What was signed", "choices": _moves(record)},
        {
            "name": "signer",
            "kind": "choice",
            "label": "Who signed on paper",
            "choices": _signers(request),
            "prompt": "Choose a person",
        },
        {"name": "signed_on", "kind": "date", "label": "Signed on"},
        {"name": "page_hash", "kind": "text", "label": "Hash on the page", "mono": True, "max_length": 100},
        {"name": "place", "kind": "text", "label": "Where the paper is", "max_length": 200},
        {"name": "reason", "kind": "text", "label": "Reason or remark", "rows": 2, "full": True},
    ]
    return [
        {
            "required": one["name"] != "reason",
            **one,
            "help": HELP.get(one["name"]),
            "value": request.POST.get(one["name"], ""),
            "error": errors.get(one["name"]),
        }
        for one in asked
    ]


def _scans(request: Request, record: Record) -> list[Context]:
    zone = ZoneInfo(records.configuration_of(record).company.zone)
    people = {pk: name for pk, name, _ in lookup.list_people()}
    found = Upload.objects.filter(name__startswith=f"{SCANS} {record.number}.").exclude(
        person_id=request.ctx.person_id or NOBODY
    )
    return [
        {
            "value": u.sha256,
            "label": f"{people.get(str(u.person_id), '')}, {u.at.astimezone(zone):%Y-%m-%d %H:%M}",
            "help": f"{u.name}, {u.size} bytes, {u.sha256[:16]}",
        }
        for u in found.order_by("-at")[:20]
    ]


def _moves(record: Record) -> list[Context]:
    moves = records.state_of(record).moves
    return [{"value": verb, "label": m.label or verb.replace("_", " ").capitalize()} for verb, m in moves.items() if m.signs]


def _signers(request: Request) -> list[Context]:
    accounts = dict(Account.objects.values_list("person_id", "user_id"))
    own = str(request.ctx.person_id)
    return [
        {"value": accounts[pk], "label": f"{name}, {title}"}
        for pk, name, title in _people()
        if pk in accounts and str(pk) != own
    ]


def _people() -> list[tuple[Any, str, str]]:
    return [(UUID(pk), name, title) for pk, name, title in lookup.list_people()]


def _nothing_to_certify() -> Refused:
    return Refused(
        rule="second_person",
        text="No scan by another person waits here.",
        missing=(Missing("A scan of the signed page, brought by another person than who certifies it."),),
        do="Somebody else chooses More, then Bring a scan of it.",
    )
