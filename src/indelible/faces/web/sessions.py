"""The only place that lets a page be read although its session cannot be noted: reading must not depend on writing."""

from __future__ import annotations

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from indelible.infra import logs, outage

READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Sessions(SessionMiddleware):
    """Django's sessions; what a read wanted to note about its session (the last activity) may be lost with a full disk."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session; where the machine cannot, and nothing else was to be written, give the page all the same."""
        try:
            return super().process_response(request, response)
        except (DatabaseError, InterfaceError, SessionInterrupted) as problem:
            known = _known(problem)
            if known is None:
                raise
            if request.method not in READS:
                raise known from None
            logs.warn("a session was not noted", problem=repr(known))
            return response


def _known(problem: BaseException | None) -> BaseException | None:
    """Find what the machine could not do behind a problem: Django tells of it as of a session that is gone."""
    while problem is not None and outage.words(problem) is None:
        problem = problem.__context__
    return problem
