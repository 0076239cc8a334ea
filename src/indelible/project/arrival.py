"""The only place that believes a proxy, and the only one that sees every request come and go.

What a proxy says of the caller counts only when it comes from a proxy that the operator has named; from anybody else
it is thrown away. Every request leaves one line in the log and one measurement, under the name of its route: never its
path, which holds numbers of records, and never what was sent.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from indelible.infra import environment, ids, logs
from indelible.infra.measures import REQUEST_SECONDS
from indelible.kernel.models import Account

SAID_BY_PROXIES = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
)
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
PROBES = frozenset({"healthz", "readyz", "metrics"})


class Arrival:
    """Puts the caller's address right, then measures and logs what becomes of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request."""
        self._believe(request)
        asked, arrived, began = request.headers.get("X-Request-ID", ""), cast(Any, request), time.perf_counter()
        arrived.request_id = asked if REQUEST_ID.fullmatch(asked) else str(ids.new())
        with logs.bound(request_id=arrived.request_id):
            response = self.get_response(request)
            self._tell(request, response, time.perf_counter() - began)
        return response

    def _believe(self, request: HttpRequest) -> None:
        cast(Any, request).forwarded = any(name in request.META for name in SAID_BY_PROXIES)
        if environment.within("INDELIBLE_PROXIES", request.META.get("REMOTE_ADDR", "")):
            # The last entry is what the nearest proxy has seen itself; those before it anybody can write.
            caller = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            if _is_address(caller):
                request.META["REMOTE_ADDR"] = caller
            return
        for name in SAID_BY_PROXIES:
            request.META.pop(name, None)

    @staticmethod
    def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        route = str(match.view_name) if match and match.view_name else "(none)"
        method = request.method if request.method in ("GET", "HEAD", "POST", "PATCH") else "other"
        REQUEST_SECONDS.labels(route, method, str(response.status_code)).observe(seconds)
        if route in PROBES and response.status_code < 400:
            return
        user = request.__dict__.get("_cached_user")  # whoever was looked up; nobody is looked up for the log
        logs.told(
            "request", route=route, method=method, status=response.status_code,
            milliseconds=round(seconds * 1000), address=request.META.get("REMOTE_ADDR", ""),
            person=str(user.person_id) if isinstance(user, Account) else "",
        )  # fmt: skip


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
