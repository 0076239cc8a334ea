"""The only place that turns outcomes that are not success into pages, dialogs and short answers for scripts."""

from __future__ import annotations

import logging
import sys
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from indelible.faces.web import wording
from indelible.faces.web.requests import Request
from indelible.infra import logs, outage
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable

log = logging.getLogger("indelible.web")
Context = dict[str, Any]
BOUNDS = {"upload_waiting": 413, "upload_day": 429}


def of(request: HttpRequest, problem: Exception) -> HttpResponse | None:
    """Give the answer to an outcome of the kernel; None for anything else, which is a fault."""
    if isinstance(problem, NotFound):
        return nothing_here(request)
    if isinstance(problem, Refused):
        return refused(request, problem)
    if isinstance(problem, Unavailable):
        return unavailable(request, problem)
    if words := outage.words(problem):
        logs.warn("unavailable", problem=repr(problem))
        return unavailable(request, Unavailable(words))
    return None


def status_of(problem: Refused) -> int:
    """Give the HTTP status of a refusal."""
    if problem.rule in BOUNDS:
        return BOUNDS[problem.rule]
    return 409 if isinstance(problem, Conflict) else 422 if isinstance(problem, Invalid) else 403


def refused(request: HttpRequest, problem: Refused) -> HttpResponse:
    """Answer a refusal with rule, what is missing, who could and what to do; nothing was changed."""
    status = status_of(problem)
    if by_script(request):
        return plainly(problem.text, status)
    number = request.resolver_match.kwargs.get("number") if request.resolver_match else None
    shown = wording.refusal(problem, reference=f"request {request_id(request)}", number=number)
    if number is None:
        shown["back"] = {"label": "My work", "url": reverse("work")}
    dialog = bool(cast(Request, request).htmx)
    context = {"refusal": shown, "environment": wording.environment()}
    return render(request, "parts/refusal_dialog.html" if dialog else "pages/refusal.html", context, status=status)


def nothing_here(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what does not exist, and what may not be known, in the same words."""
    del exception  # Django hands it over by this name; what was looked for stays inside
    if by_script(request):
        return plainly("It does not exist, or you may not see it.", 404)
    match = request.resolver_match
    name = next((str(v) for k, v in match.kwargs.items() if k in ("number", "kind")), None) if match else None
    return _page(request, "404.html", {"name": name, "find_url": reverse("find")}, 404)


def not_understood(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    del exception
    return plainly("This was not understood.", 400) if by_script(request) else _page(request, "400.html", {}, 400)


def old_page(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that was sent from another session, or from elsewhere."""
    if by_script(request):
        return plainly("This page belongs to a session that has ended: load it again.", 403)
    return _page(request, "403_csrf.html", {"reason": reason}, 403)


def unavailable(request: HttpRequest, problem: Unavailable) -> HttpResponse:
    """Answer that the installation cannot serve now, and why."""
    answer = plainly(str(problem), 503) if by_script(request) else _page(request, "503.html", {"text": str(problem)}, 503)
    answer["Retry-After"] = str(outage.RETRY_SECONDS)
    return answer


def other_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer a method that an address does not take."""
    answer = plainly("Not done.", 405) if by_script(request) else _page(request, "405.html", {}, 405)
    answer["Allow"] = allowed
    return answer


def fault(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours: nothing of it is shown but the number under which it was noted.

    What a middleware met comes here, too; a machine that cannot is no fault, and is answered as such.
    """
    problem = sys.exception()
    if isinstance(problem, Exception) and (answer := of(request, problem)) is not None:
        return answer
    log.error("request to %s broke", request.path, exc_info=problem)  # Django is silent where its own handlers break
    if by_script(request):
        return plainly(f"Something broke on the server, request {request_id(request)}.", 500)
    # Without the request no context processor runs: what broke once might break again.
    text = render_to_string("500.html", {"request_id": request_id(request)})
    return HttpResponse(text, status=500)


def signed_out(request: HttpRequest, words: str = "") -> HttpResponse:
    """Send somebody without a session to the sign-in page, and back to the same page after it."""
    back = return_path(request)
    where = f"{reverse('login')}?{urlencode({'next': back})}" if back != "/" else reverse("login")
    if words:
        messages.info(request, words)
    if not by_script(request) and not cast(Request, request).htmx:
        return redirect(where)
    answer = plainly("You are signed out. Sign in, then try again.", 401)
    if cast(Request, request).htmx:
        answer["HX-Redirect"] = where
    return answer


def return_path(request: HttpRequest) -> str:
    """Give the page to come back to: this address, or for a fragment the page that asked for it."""
    asked = cast(Request, request).htmx.current_url_abs_path if cast(Request, request).htmx else None
    path = asked or request.get_full_path()
    if request.method not in ("GET", "HEAD") and not asked:
        path = request.path
    return path if is_own(path) else "/"


def is_own(path: str) -> bool:
    """Say whether an address leads to a page of this installation and nowhere else."""
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)


def by_script(request: HttpRequest) -> bool:
    """Say whether a script of ours asked, which wants a sentence and no page."""
    return request.headers.get("Sec-Fetch-Dest") == "empty" and not getattr(request, "htmx", None)


def plainly(words: str, status: int) -> HttpResponse:
    """Answer with a sentence."""
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


def request_id(request: HttpRequest) -> str:
    """Give the number of this request, as logs, refusals and pages name it."""
    return str(getattr(request, "request_id", ""))


def _page(request: HttpRequest, template: str, context: Context, status: int) -> HttpResponse:
    shared = {"home_url": reverse("work"), "request_id": request_id(request)}
    return render(request, template, shared | context, status=status)
