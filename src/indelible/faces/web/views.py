"""The only place where the filters of a list are saved under a name, and saved ones are removed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from indelible.faces.web import answers, lists, wording
from indelible.faces.web.addresses import query_of
from indelible.faces.web.requests import Request
from indelible.kernel.errors import Invalid
from indelible.kernel.types import TypeDeclaration
from indelible.practice import directory
from indelible.practice import views as keeping
from indelible.practice.models import SavedView
from indelible.practice.queries import Viewer

Context = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
def views(request: Request, kind: str) -> HttpResponse:
    """Show the saved views of a list with a form for the filters in the address; POST saves them."""
    declaration = request.view.configuration.type(kind)
    if request.method != "POST":
        return _page(request, declaration)
    query = query_of(lists.read_filters(request, declaration))
    try:
        saved = keeping.keep(
            request.view, kind, request.POST.get("name", ""), query, shared=request.POST.get("shared") == "yes"
        )
    except Invalid as refused:
        return _page(request, declaration, refused)
    messages.success(request, f"Saved as “{saved.name}”.")
    return redirect(f"{reverse('list', args=[kind])}?{query}")


@require_POST
def remove(request: Request, kind: str, saved: Any) -> HttpResponse:
    """Remove a saved view."""
    keeping.remove(request.view, request.view.configuration.type(kind).type, saved)
    messages.success(request, "The view was removed; no record was changed.")
    return redirect("views", kind)


def _page(request: Request, declaration: TypeDeclaration, refused: Invalid | None = None) -> HttpResponse:
    view, chosen = request.view, lists.read_filters(request, declaration)
    query, sent = query_of(chosen), request.POST if refused else {}
    saved = keeping.list_for(view, declaration.type)
    names = directory.names(one.person_id for one in saved)
    here = reverse("views", args=[declaration.type])
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    context = {
        "page": {"title": "Saved views", "crumbs": [{"label": declaration.plural, "url": reverse("list", args=[declaration.type])}]},
        "action": f"{here}?{query}" if query else "",
        "said": lists.said(view, declaration, chosen),
        "errors": [{"label": "Not saved", "text": f"{refused.text} {refused.missing[0].text}"}] if refused else [],
        "field": {"kind": "text", "name": "name", "label": "Name", "required": True, "max_length": keeping.LONGEST_NAME,
                  "value": sent.get("name", ""), "full": True, "error": errors.get("name")},
        "shared": sent.get("shared") == "yes",
        "plural": wording.inside(declaration.plural),
        "saved": [_row(view, declaration.type, one, names) for one in saved],
    }  # fmt: skip
    return render(request, "pages/views.html", context, status=answers.status_of(refused) if refused else 200)


def _row(view: Viewer, kind: str, saved: SavedView, names: dict[Any, str]) -> Context:
    may = keeping.may_remove(view, saved)
    return {
        "name": saved.name, "url": f"{reverse('list', args=[kind])}?{saved.query}", "by": names.get(saved.person_id, ""),
        "shared": saved.shared, "remove_url": reverse("remove_view", args=[kind, saved.pk]) if may else None,
    }  # fmt: skip
