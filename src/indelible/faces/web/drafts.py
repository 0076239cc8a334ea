"""The only place where the browser keeps and drops what somebody is typing; GET gives it back to its owner."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from indelible.faces.web import answers
from indelible.faces.web.requests import Request
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid
from indelible.practice import drafts
from indelible.practice.drafts import Typed
from indelible.practice.models import Draft

NEVER_KEPT = frozenset({"csrfmiddlewaretoken", "key", "seen", "statement"})


@require_http_methods(["GET", "POST", "DELETE"])
def drafts_view(request: Request) -> HttpResponse:
    """Keep, give or drop the draft of the form that `form` names by its address."""
    form = request.GET.get("form", "")
    if not answers.is_own(form):
        return JsonResponse({"say": "Not kept: the form has no address."}, status=422)
    if request.method == "DELETE":
        drafts.drop(request.ctx, form)
        return HttpResponse(status=204)
    if request.method == "GET":
        found = drafts.find(request.ctx, form)
        return JsonResponse(
            {"data": found.data, "at": _clock(request, found)} if found else {}, status=200 if found else 404
        )
    if request.GET.get("drop") == "1":
        drafts.drop(request.ctx, form)
        return redirect(form)
    try:
        draft = drafts.keep(request.ctx, form, typed(request.POST))
    except Invalid as refused:
        return JsonResponse({"say": refused.text}, status=422)
    return JsonResponse({"at": _clock(request, draft), "others": drafts.list_others(request.ctx, form)})


def kept(ctx: Context, form: str) -> Draft | None:
    """Give what this person has typed into a form, None when nothing is kept."""
    return drafts.find(ctx, form)


def drop(ctx: Context, form: str) -> None:
    """Forget what this person typed into a form: it stands in the record now."""
    drafts.drop(ctx, form)


def as_query(data: Any) -> QueryDict:
    """Give kept text in the shape in which a form sends it."""
    typed_again = QueryDict(mutable=True)
    for name, values in (data or {}).items():
        typed_again.setlist(name, [str(value) for value in values])
    return typed_again


def typed(sent: QueryDict) -> Typed:
    """Give what a form sent, without what is a secret or belongs to one sending only."""
    return {
        name: [str(v) for v in values] for name, values in sent.lists() if name not in NEVER_KEPT and "password" not in name
    }


def rescue(request: Request) -> None:
    """Keep the text of a form that arrives in a session that has just ended, so that signing in again finds it."""
    if request.method == "POST" and "key" in request.POST and (text := typed(request.POST)):
        try:
            drafts.keep(request.ctx, request.path, text)
        except Invalid:
            # Longer than a draft may be: the browser still has it behind its back button.
            return


def _clock(request: Request, draft: Draft) -> str:
    return f"{draft.at.astimezone(ZoneInfo(request.view.configuration.company.zone)):%H:%M:%S}"
