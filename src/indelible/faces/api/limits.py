"""The only place that says how often one caller may call.

A bucket of requests for each token (or session) fills at a steady rate. It lives in the memory of one
worker process, so with n workers a caller gets up to n times as much, and a restart forgets: it keeps a
runaway script from starving people, and is no defence against an attack. Nothing is written for it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from django.http import HttpRequest
from ninja.throttling import BaseThrottle

PER_SECOND, AT_ONCE, CALLERS = 20.0, 200.0, 10_000


class Bucket(BaseThrottle):
    """Lets a caller send AT_ONCE requests at once, and PER_SECOND requests a second from then on."""

    def __init__(self, per_second: float = PER_SECOND, at_once: float = AT_ONCE) -> None:
        self.per_second, self.at_once = per_second, at_once
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def allow_request(self, request: HttpRequest) -> bool:
        """Take one request out of the caller's bucket, or say that it is empty."""
        ctx = request.auth  # type: ignore[attr-defined]
        caller, now = f"{ctx.person_id}/{ctx.via}/{ctx.session}", time.monotonic()
        with self._lock:
            left, at = self._left.pop(caller, (self.at_once, now))
            left = min(self.at_once, left + (now - at) * self.per_second)
            allowed = left >= 1
            self._left[caller] = (left - 1 if allowed else left, now)
            if len(self._left) > CALLERS:
                self._left.popitem(last=False)
        return allowed

    def wait(self) -> float:
        """Give the seconds after which one more request fits."""
        return 1 / self.per_second


BUCKET = Bucket()
