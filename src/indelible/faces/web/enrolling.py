"""The only place where a person sees whether they may sign, accepts the statement on signatures, and records a check of somebody's identity."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from indelible.faces.web import factors, wording
from indelible.faces.web.requests import Request
from indelible.infra import clock, ids
from indelible.kernel import signatures
from indelible.kernel.context import NOBODY
from indelible.kernel.errors import Conflict, NotFound, Refused
from indelible.kernel.models import Record
from indelible.practice import accounts, enrolment, identity, queries

Context = dict[str, Any]
HASH = re.compile("[0-9a-f]{64}")
LONGEST, LONGEST_ID = 1024, 150
LABELS = {"document": "Document", "way": "How it was seen", "seen_on": "Seen on"}


@never_cache
@sensitive_post_parameters("password", "passkey")
@require_http_methods(["GET", "POST"])
def accept(request: Request) -> HttpResponse:
    """Show the statement on signatures in the words in force, and accept it with all components (11.10(j))."""
    person = request.view.person
    words = request.view.configuration.policies.signing_statement
    if person is None or not words:
        raise NotFound("statement")
    if request.method == "GET":
        return _ask(request, words)
    sent = request.POST
    shown, key = sent.get("statement", ""), sent.get("passkey", "")
    secret = ("passkey", key) if key else ("password", sent.get("password", "")[:LONGEST])
    try:
        enrolment.accept(request, request.ctx, person, shown=shown if HASH.fullmatch(shown) else "",
                         user_id=sent.get("user_id", "")[:LONGEST_ID].replace("\0", ""), secret=secret)  # fmt: skip
    except Conflict:
        raise
    except Refused as refused:
        return _ask(request, words, refused)
    messages.success(request, "Your acceptance was recorded, with its words.")
    return redirect(f"{reverse('me')}#signing")


@never_cache
@require_http_methods(["GET", "POST"])
def verify(request: Request, number: str) -> HttpResponse:
    """Ask what was seen of a person's identity, and record the check."""
    record = queries.get_record(request.view, number)
    if record.type != accounts.PERSON:
        raise NotFound(number)
    possible = next((p for p in queries.list_acts(request.view, record) if p.verb == identity.VERB), None)
    if possible is None or possible.refusal is not None:
        raise possible.refusal if possible and possible.refusal else NotFound(number)
    if request.method == "GET":
        return _ask_identity(request, record)
    sent = request.POST
    try:
        identity.verify(
            request.ctx, record.pk, told(request), seen=wording.whole(sent.get("seen", "")), key=sent.get("key") or None
        )
    except Conflict:
        raise
    except Refused as refused:
        return _ask_identity(request, record, refused)
    messages.success(request, f"The check of {record.title}'s identity was recorded.")
    return redirect("record", number=record.number)


def told(request: Request) -> dict[str, str]:
    """Give what a form says of a check of identity."""
    return {name: request.POST.get(name, "") for name in identity.TAKES}


def identity_fields(request: Request, errors: dict[str, str], *, required: bool = True) -> list[Context]:
    """Give the fields of a check of identity; on the day of today unless something else was typed."""
    today = clock.now().astimezone(ZoneInfo(request.view.configuration.company.zone)).date()
    choices = {"document": identity.DOCUMENTS, "way": identity.WAYS}
    shared = [{"name": name, "label": LABELS[name], "required": required, "error": errors.get(name), "value": request.POST.get(name, ""),
               "kind": "choice", "prompt": "Choose", "choices": [{"value": v, "label": t} for v, t in found.items()]}
              for name, found in choices.items()]  # fmt: skip
    day: Context = {"name": "seen_on", "label": LABELS["seen_on"], "kind": "date", "required": required, "error": errors.get("seen_on"),
                    "value": _day(request.POST.get("seen_on", "")) or today}  # fmt: skip
    return [*shared, day]


def shown(request: Request) -> Context:
    """Give for the page Me whether the person may sign: identity, statement, and all that lacks with who can mend it."""
    view, person = request.view, Record.objects.get(pk=request.ctx.person_id or NOBODY)
    zone = ZoneInfo(view.configuration.company.zone)
    checked, accepted = person.marks.get(identity.IDENTITY), enrolment.current(person)
    facts: list[Context] = [
        {"label": "Identity verified", "kind": "text", "none": "not yet", "value":
         f"{clock.parse(checked['at']).astimezone(zone):%Y-%m-%d} by {checked['by'].get('name', '')}: {identity.words(checked)}" if checked else ""},
        {"label": "Statement accepted", "kind": "time", "none": "not yet",
         "value": clock.parse(accepted["at"]).astimezone(zone) if accepted else None},
    ]  # fmt: skip
    return {
        "facts": facts, "missing": [one.text for one in enrolment.lacking(queries.case_of(view, person))],
        "accept_url": None if accepted or not view.configuration.policies.signing_statement else reverse("accept_statement"),
    }  # fmt: skip


def _ask(request: Request, words: str, refused: Refused | None = None) -> HttpResponse:
    person = request.view.person
    data = enrolment.to_accept(person, words) if person else {}
    statement = signatures.statement_hash(data)
    shown = {
        "url": reverse("accept_statement"), "cancel_url": reverse("me"), "words": words, "sha256": data["statement_sha256"],
        "name": data["printed_name"], "hidden": [{"name": "statement", "value": statement}],
        "passkey": factors.ask_for(request, statement), "error": refused.missing[0].text if refused and refused.missing else
        refused.text if refused else "",
    }  # fmt: skip
    page = {
        "title": "Statement on signatures",
        "crumbs": [{"label": "Me", "url": reverse("me")}, {"label": "Statement on signatures"}],
    }
    return render(request, "pages/enrolment.html", {"page": page, "enrolment": shown}, status=422 if refused else 200)


def _ask_identity(request: Request, record: Record, refused: Refused | None = None) -> HttpResponse:
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    summary = [{"field": f, "label": LABELS.get(f, f), "text": t} for f, t in errors.items()]
    if refused is not None and not summary:
        raise refused
    form = {
        "url": request.path, "fieldsets": [{"title": f"{record.title}", "fields": identity_fields(request, errors)}],
        "button": "Record the check", "cancel_url": reverse("record", args=[record.number]), "errors": summary,
        "hidden": [{"name": "key", "value": request.POST.get("key") or str(ids.new())}, {"name": "seen", "value": record.position}],
    }  # fmt: skip
    page = {
        "title": f"Check of the identity of {record.title}", "number": record.number,
        "crumbs": [{"label": "People", "url": reverse("list", args=[record.type])}],
        "subtitle": "You have seen this person together with the document. Its number is not entered, and no copy is kept.",
    }  # fmt: skip
    return render(request, "pages/form.html", {"page": page, "form": form}, status=422 if refused else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
