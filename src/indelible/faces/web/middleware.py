"""The only place that decides whether a request may go on: who asks, in which session, for how long still."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth import logout
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from indelible.faces.web import answers, drafts, lacking, presenting
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import authority
from indelible.kernel.configuration import Policies
from indelible.kernel.context import Context
from indelible.kernel.errors import NotFound, Refused, Unavailable
from indelible.kernel.models import Account
from indelible.practice import queries
from indelible.practice.sessions import ACTED, ADDRESS, BEGUN, BROWSER, LONGEST, report_two_places

OPEN = frozenset({"login", "factor", "link", "feed", "sso", "sso_back", "enrol_sso"})  # the feed asks for its own secret
# All that is there for somebody of another company: their one record, their own account; the kernel says which record.
FOR_OUTSIDE = frozenset({
    "work", "logout", "stay", "record", "edit", "preview", "act", "remark", "resolve", "file", "upload", "own", "drafts",
    "timeline", "thread", "compare", "compare_pdf", "viewed", "as_signed", "reading", "pdf", "me", "password",
    "end_session", "choose_mail", "add_codes", "add_passkey", "make_recovery", "remove_factor",
    "link_sso", "linked", "unlink_sso",
})  # fmt: skip
NOTED_EVERY = timedelta(minutes=1)
PROGRAMS = re.compile(r"/(?:api|healthz|readyz|metrics)(?:/|$)")
BACKGROUND = ("X-Background", "background")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
IDLE = "The session was idle for too long and has ended. Sign in to go on; what you typed is kept."
OVER = "The session has reached its longest time and has ended. Sign in to go on; what you typed is kept."
GONE = "This account does not belong to an active person, so it was signed out. Ask an administrator."

log = logging.getLogger("indelible.web")


class Faces:
    """Asks for a session, gives views their context, turns the kernel's outcomes into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        """Answer the request, which has its number already."""
        if PROGRAMS.match(request.path):
            response = self.get_response(request)
        elif CONTROL.search(request.path + _query(request)):
            response = answers.not_understood(request)
        else:
            response = presenting.noted(request, self.get_response(request))
            if response.status_code == 405 and not response.content:
                response = answers.other_method(request, response["Allow"])
            _keep_out_of_caches(request, response)
        response["X-Request-ID"] = request.request_id
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    def process_view(self, request: Request, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Let nobody without a running session reach a view that is not open to all."""
        if PROGRAMS.match(request.path):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        request.ctx = Context(None, "session", request_id=request.request_id)
        try:
            if name not in OPEN and (
                answer := _enter(request) or lacking.factor(request, name) or presenting.within(request, name)
            ):
                return answer
            if name not in OPEN | FOR_OUTSIDE and authority.outside(request.view.held) is not None:
                return answers.of(request, NotFound(request.path))
        except Unavailable as problem:
            return answers.unavailable(request, problem)
        except Refused as refused:
            return answers.of(request, refused)
        return _read(request) if request.method == "POST" else None

    def process_exception(self, request: Request, problem: Exception) -> HttpResponse | None:
        """Turn an outcome of the kernel into its page; anything else is a fault, noted under the request's number."""
        if PROGRAMS.match(request.path):
            return None
        answer = answers.of(request, problem)
        if answer is None:
            log.error("request %s to %s broke", request.request_id, request.path, exc_info=problem)
        return answer


def begin(request: HttpRequest) -> None:
    """Start the session's two clocks, at sign-in, and keep what the browser says of itself."""
    now = clock.iso(clock.now())
    request.session[BEGUN] = request.session[ACTED] = now
    request.session[BROWSER] = request.headers.get("User-Agent", "")[:LONGEST]
    request.session[ADDRESS] = request.META.get("REMOTE_ADDR") or ""
    account = cast(Any, request).user
    if isinstance(account, Account):
        report_two_places(account, request.session.session_key or "", request.session[ADDRESS])


def idle_for(request: HttpRequest) -> timedelta:
    """Give how long ago the person of this session last did something."""
    return clock.now() - _stamp(request, ACTED)


def absolute_end(request: HttpRequest, policies: Policies) -> datetime:
    """Give when this session ends whatever the person does."""
    return _stamp(request, BEGUN) + timedelta(hours=policies.absolute_hours)


def _read(request: Request) -> HttpResponse | None:
    """Read what a form sent, after it is known who sends; give an answer where it cannot be used."""
    try:
        sent = request.POST
    except RequestDataTooBig as problem:
        return answers.plainly(str(problem), 413)
    return answers.not_understood(request) if any("\0" in value for _, values in sent.lists() for value in values) else None


def _enter(request: Request) -> HttpResponse | None:
    account = request.user
    if not isinstance(account, Account):
        return answers.signed_out(request)
    if BEGUN not in request.session:
        begin(request)
    request.ctx = Context(
        account.person_id, "session", session=request.session.session_key or "", request_id=request.request_id
    )
    try:
        request.view = queries.viewer(request.ctx)
    except Refused:
        logout(request)
        return answers.signed_out(request, GONE)
    if answer := _expire(request):
        return answer
    _act(request)
    return None


def _over(request: HttpRequest, policies: Policies) -> str:
    """Give in words why the session has ended; nothing while it runs."""
    if idle_for(request) > timedelta(minutes=policies.idle_minutes):
        return IDLE
    return OVER if clock.now() >= absolute_end(request, policies) else ""


def _expire(request: Request) -> HttpResponse | None:
    words = _over(request, request.view.configuration.policies)
    if not words:
        return None
    drafts.rescue(request)
    logout(request)
    return answers.signed_out(request, words)


def _act(request: Request) -> None:
    """Note that the person did something; what a page asks for by itself in the background is no act of a person."""
    header, parameter = BACKGROUND
    if header in request.headers or parameter in request.GET:
        return
    if idle_for(request) >= NOTED_EVERY:
        request.session[ACTED] = clock.iso(clock.now())


def _stamp(request: HttpRequest, name: str) -> datetime:
    return clock.parse(request.session[name])


def _query(request: HttpRequest) -> str:
    return "".join(name + value for name, values in request.GET.lists() for value in values)


def _keep_out_of_caches(request: HttpRequest, response: HttpResponse) -> None:
    # Shared computers stand in laboratories: after signing out, going back shows nothing.
    if not response.has_header("Cache-Control") and isinstance(cast(Any, request).user, Account):
        response["Cache-Control"] = "private, no-store"
