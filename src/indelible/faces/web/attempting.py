"""The only place where the next attempt of a script is planned: who carries it out, whether it counts, and on what."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from indelible.faces.web import answers, validation
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel.errors import Refused
from indelible.modules.validation import holding, performing
from indelible.practice import lookup, queries

Context = dict[str, Any]
PLANNED = ("executor", "purpose", "environment", "compared")


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: Request, number: str) -> HttpResponse:
    """Ask who carries a script out and on what, and plan the run; raises NotFound, Refused for whom it is not."""
    script = performing.script_of(request.view, number)
    if refusal := queries.may_create(request.view, holding.RUN):
        raise refusal
    if request.method != "POST":
        return _planning(request, script)
    sent = {name: request.POST.get(name, "").strip()[:500] for name in PLANNED}
    try:
        outcome = performing.plan(request.view, script, key=request.POST.get("key") or None, **sent)
    except Refused as refused:
        return _planning(request, script, refused)
    messages.success(request, f"{outcome.number} is planned; whoever carries it out begins it.")
    return redirect("perform", outcome.number)


def _planning(request: Request, script: Any, refused: Refused | None = None) -> HttpResponse:
    view, known = request.view, performing.next_attempt(script)
    errors = {item.field: item.text for item in refused.missing if item.field} if refused else {}
    people = [{"value": str(pk), "name": name, "title": title} for pk, name, title in lookup.list_people()]
    sent = request.POST
    choice: Context = {"kind": "choice", "required": True, "prompt": "Choose"}
    fields: list[Context] = [
        {
            "kind": "person",
            "name": "executor",
            "label": "Carried out by",
            "people": people,
            "value": sent.get("executor", ""),
            "required": True,
            "error": errors.get("executor"),
            "help": "Somebody who was trained on the system and did not write the script.",
        },
        choice
        | {
            "name": "purpose",
            "label": "Purpose",
            "value": sent.get("purpose", "official"),
            "choices": _choices(view, "purpose"),
            "error": errors.get("purpose"),
        },
        {
            "kind": "text",
            "name": "environment",
            "label": "Environment",
            "value": sent.get("environment", str(settings.ENVIRONMENT)),
            "required": True,
            "error": errors.get("environment"),
        },
        choice
        | {
            "name": "compared",
            "label": "Where it runs",
            "value": sent.get("compared", performing.ON_PRODUCTION),
            "choices": _choices(view, "compared"),
            "error": errors.get("compared"),
        },
    ]
    note = f"Attempt {known['attempt']} on build {known['build'] or 'unknown'}, baseline {known['baseline']}."
    form = {
        "url": request.path,
        "fieldsets": [{"title": "The run", "note": note, "fields": fields}],
        "button": "Plan the run",
        "cancel_url": validation.page_of(script.number),
        "hidden": [{"name": "key", "value": sent.get("key") or str(ids.new())}],
        "errors": [
            {"field": item.field, "label": (item.field or "").capitalize(), "text": item.text}
            for item in (refused.missing if refused else ())
        ],
    }
    page = {"title": f"Plan a run: {script.title}", "number": script.number, "crumbs": [validation.crumb()]}
    return render(
        request, "pages/act.html", {"page": page, "form": form}, status=answers.status_of(refused) if refused else 200
    )


def _choices(view: Any, name: str) -> list[Context]:
    return [{"value": value, "label": label} for value, label in performing.choices(view, name)]
