"""The only way into /api: every request gets an id, and every answer is JSON that no cache keeps.

It stands around all of django-ninja's views, so that what ninja answers by itself (405, an unknown path)
looks like every other answer, and a path that no record can have never reaches the database.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from indelible.faces.api import problems
from indelible.faces.api.bodies import Bounded
from indelible.infra import ids
from indelible.kernel.contents import CONTROL
from indelible.kernel.context import Context

View = Callable[..., HttpResponseBase]
LONGEST = 300


class Call(HttpRequest):
    """A request of the API: who calls (set by `credentials`), and the id under which it is noted."""

    auth: Context
    request_id: str


def guarded(view: View) -> View:
    """Let a view be entered only through here."""

    @wraps(view)
    def enter(request: Call, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.request_id = getattr(request, "request_id", "") or ids.new().hex
        request.upload_handlers = [Bounded(request)]
        response = _unreadable(request) or view(request, *args, **kwargs)
        if response.status_code == 405:
            response = _not_allowed(request, response)
        response["X-Request-Id"] = request.request_id
        response["Cache-Control"] = "no-store"
        return response

    enter.csrf_exempt = True  # type: ignore[attr-defined]  # a session's CSRF is checked by `credentials`
    return enter


def nowhere(request: Call, **_: object) -> HttpResponse:
    """Answer an address that does not exist."""
    return problems.respond(
        request,
        404,
        rule="not_found",
        text="There is nothing at this address.",
        do="See /api/v1/openapi.json.",
    )


def _unreadable(request: Call) -> HttpResponse | None:
    """Refuse what no record, filter or cursor can hold and what one of the databases would stumble over."""
    if CONTROL.search(request.path_info) or any(char in request.path_info for char in "\t\r\n"):
        return nowhere(request)
    given = [(name, text) for name, values in request.GET.lists() for text in [name, *values]]
    odd = next((name for name, text in given if len(text) > LONGEST or CONTROL.search(text)), None)
    if odd is None:
        return None
    words = f"At most {LONGEST} characters, none of them a control character."
    missing = [{"text": words, "field": odd[:LONGEST], "rule": "query"}]
    return problems.respond(request, 422, rule="input", text="A query parameter does not fit.", missing=missing)


def _not_allowed(request: Call, response: HttpResponseBase) -> HttpResponse:
    allow = str(response.get("Allow", ""))
    answer = problems.respond(
        request, 405, rule="method", text=f"{request.method} is not possible here.", do=f"Possible: {allow}."
    )
    answer["Allow"] = allow
    return answer
