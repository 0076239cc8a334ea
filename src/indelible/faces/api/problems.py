"""The only place that turns an outcome that is not success into HTTP: RFC 9457 problem documents.

403 when authority refuses, 409 when the record's state or somebody faster stands in the way, 412 when the
position given was passed, 422 for input that does not fit, 404 also for what the caller may not know of. The
words are the kernel's own; a document names the rule, what is missing and who could.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from indelible.infra import logs
from indelible.infra import outage as outages
from indelible.infra.pdf import PdfFailed
from indelible.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable

log = logging.getLogger("indelible.api")
CONTENT_TYPE = "application/problem+json"
# The person, or what they came with, is the reason; for these somebody else could do it as the record stands.
PERSONAL = frozenset({
    "authority", "token_scope", "signer_authority", "human_signature_required", "presence", "active_person", "role_is_awake",
    "second_person", "own_password", "not_visible", "upload_person", "csrf", "approver_is_not_author",
    "signers_of_a_step_are_distinct", "closer_is_not_reporter_owner_or_assignee", "verifier_is_not_doer",
    "head_of_function_does_not_approve_own_work", "grant_approver_is_not_requester_nor_subject",
})  # fmt: skip
# Refused for want of something that the request itself can bring.
BROUGHT = frozenset({"reason_given", "late_entry"})
TOO_LARGE = frozenset({"upload_size", "upload_waiting"})
TOO_MUCH = frozenset({"upload_day"})

Handler = Callable[[HttpRequest, Any], HttpResponse]


class Unacceptable(Exception):
    """The request itself is refused before anything was looked up; `status` says in which way."""

    def __init__(self, status: int, rule: str, text: str, *, do: str = "", field: str | None = None) -> None:
        super().__init__(text)
        self.status, self.rule, self.text, self.do, self.field = status, rule, text, do, field


def respond(
    request: HttpRequest,
    status: int,
    *,
    rule: str,
    text: str,
    do: str = "",
    missing: Iterable[Mapping[str, Any]] = (),
    who_can: Iterable[str] = (),
    present: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Make a problem document."""
    document = {
        "type": f"urn:indelible:rule:{rule}", "title": HTTPStatus(status).phrase, "status": status, "detail": text,
        "instance": request.path, "rule": rule, "missing": list(missing), "who_can": list(who_can), "do": do,
        "present": dict(present or {}), "request_id": getattr(request, "request_id", ""),
    }  # fmt: skip
    return HttpResponse(json.dumps(document), status=status, content_type=CONTENT_TYPE)


def status_of(refused: Refused) -> int:
    """Give the status that says in which way an act was refused."""
    if isinstance(refused, Conflict):
        return 412 if refused.rule == "look_again" else 409
    if refused.rule in TOO_LARGE:
        return 413
    if refused.rule in TOO_MUCH:
        return 429
    if isinstance(refused, Invalid) or refused.rule in BROUGHT:
        return 422
    return 403 if refused.rule in PERSONAL else 409


def register(api: NinjaAPI) -> None:
    """Let every outcome that a route can have become a problem document."""
    handlers: dict[type[Exception], Handler] = {
        Refused: _refused, NotFound: _not_found, Http404: _not_found, Unavailable: _unavailable,
        OperationalError: outage, InterfaceError: outage, OSError: outage, ValidationError: _does_not_fit,
        HttpError: _http, AuthenticationError: _unknown, Throttled: _throttled, Unacceptable: _unacceptable,
        RequestDataTooBig: _too_big, UnreadablePostError: _cut_off, MultiPartParserError: _cut_off,
        SuspiciousOperation: _cut_off, PdfFailed: _no_pdf, Exception: _defect,
    }  # fmt: skip
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    response = respond(
        request, status_of(refused), rule=refused.rule, text=refused.text, do=refused.do,
        missing=[asdict(one) for one in refused.missing], who_can=refused.who_can, present=refused.present,
    )  # fmt: skip
    if "retry_after" in refused.present:
        response["Retry-After"] = str(refused.present["retry_after"])
    return response


def _not_found(request: HttpRequest, problem: Exception) -> HttpResponse:
    del problem  # what was looked for stays inside: hidden and absent answer in the same words
    return respond(request, 404, rule="not_found", text="It does not exist, or you may not see it.")


def _unknown(request: HttpRequest, problem: AuthenticationError) -> HttpResponse:
    del problem
    response = respond(
        request, 401, rule="credentials", text="This address answers only to somebody it knows.",
        do="Send `Authorization: Bearer` with a token of your own.",
    )  # fmt: skip
    response["WWW-Authenticate"] = 'Bearer realm="Indelible"'
    return response


def _unavailable(request: HttpRequest, problem: Exception) -> HttpResponse:
    response = respond(request, 503, rule="unavailable", text=str(problem), do="Try again in a moment.")
    response["Retry-After"] = str(outages.RETRY_SECONDS)
    return response


def outage(request: HttpRequest, problem: Exception) -> HttpResponse:
    """Answer what the machine cannot do now as such, and anything else as a defect of ours."""
    words = outages.words(problem)
    if words is None:
        return _defect(request, problem)
    logs.warn("unavailable", problem=repr(problem))
    return _unavailable(request, Unavailable(words))


def _throttled(request: HttpRequest, problem: Throttled) -> HttpResponse:
    del problem  # ninja adds Retry-After
    return respond(
        request, 429, rule="rate", text="More requests than one caller may send in this time.",
        do="Wait as long as Retry-After says.",
    )  # fmt: skip


def _does_not_fit(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    missing = [
        {
            "text": f"{error['msg']}.",
            "field": ".".join(str(part) for part in error["loc"][1:]),
            "rule": "shape",
        }
        for error in problem.errors
    ]
    return respond(
        request, 422, rule="input", text="The request does not have the shape that this address takes.",
        missing=missing, do="See /api/v1/openapi.json.",
    )  # fmt: skip


def _http(request: HttpRequest, problem: HttpError) -> HttpResponse:
    # ninja wraps what the parser of bodies raised; the cause holds the words.
    if isinstance(problem.__cause__, Unacceptable):
        return _unacceptable(request, problem.__cause__)
    return respond(request, problem.status_code, rule="request", text=str(problem))


def _unacceptable(request: HttpRequest, problem: Unacceptable) -> HttpResponse:
    missing = [{"text": problem.do, "field": problem.field, "rule": problem.rule}] if problem.field else []
    return respond(request, problem.status, rule=problem.rule, text=problem.text, do=problem.do, missing=missing)


def _too_big(request: HttpRequest, problem: RequestDataTooBig) -> HttpResponse:
    del problem
    return respond(
        request, 413, rule="body_size", text="The body is larger than a request of this kind may be.",
        do="Bring files to /api/v1/files.",
    )  # fmt: skip


def _cut_off(request: HttpRequest, problem: Exception) -> HttpResponse:
    del problem
    return respond(request, 400, rule="body", text="The body ended too early or cannot be taken apart.")


def _no_pdf(request: HttpRequest, problem: PdfFailed) -> HttpResponse:
    log.error("no pdf: %s", problem)
    return respond(request, 500, rule="pdf", text="No PDF could be made of this record.", do="Tell an administrator.")


def _defect(request: HttpRequest, problem: Exception) -> HttpResponse:
    name = getattr(request, "request_id", "")
    log.error("defect in request %s", name, exc_info=problem)
    return respond(
        request, 500, rule="defect", text="The server met a defect of its own; nothing was changed.",
        do=f"Tell an administrator the request id {name}.",
    )  # fmt: skip
