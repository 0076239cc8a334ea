"""The only place that slows down who tries many user ids from one address, or one user id from many addresses.

Axes locks a user id for one address; this looks at the same list of failures from the other two sides. Neither says
whether a user id exists. A device from which a person has signed in before is let through to axes in any case: nobody
elsewhere can keep that person out (11.300(d)).
"""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessFailureLog
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from indelible.assurance.lockouts import FOR_ONE_USER_ID, FROM_ONE_ADDRESS, WITHIN
from indelible.infra import clock
from indelible.kernel.models import Account

__all__ = ["FOR_ONE_USER_ID", "FROM_ONE_ADDRESS", "WITHIN", "address", "remember", "waits"]

DEVICE, SALT = f"{settings.COOKIE_PREFIX}indelible_device", "device"
REMEMBERED, PEOPLE = timedelta(days=365), 10


def waits(request: HttpRequest, user_id: str) -> int:
    """Give the seconds after which this address and this user id may be tried again; 0 when they may be tried now."""
    if _mark(user_id) in _marks(request):
        return 0
    failures = AccessFailureLog.objects.filter(attempt_time__gt=clock.real() - WITHIN)
    return max(
        _until(failures.filter(ip_address=address(request)), FROM_ONE_ADDRESS),
        _until(failures.filter(username=user_id), FOR_ONE_USER_ID),
    )


def address(request: HttpRequest) -> str | None:
    """Give the caller's address, as axes is to know it: the connection's, or what a proxy of ours says of it."""
    return request.META.get("REMOTE_ADDR") or None


def remember(request: HttpRequest, response: HttpResponse, account: Account) -> None:
    """Let the device know, without saying whom, that this person has signed in from it."""
    marks = list(dict.fromkeys([_mark(account.user_id), *_marks(request)]))[:PEOPLE]
    response.set_signed_cookie(
        DEVICE, ".".join(marks), salt=SALT, max_age=REMEMBERED, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def _marks(request: HttpRequest) -> list[str]:
    return str(request.get_signed_cookie(DEVICE, "", salt=SALT)).split(".")


def _mark(user_id: str) -> str:
    return salted_hmac(SALT, user_id, algorithm="sha256").hexdigest()[:24]


def _until(failures: QuerySet[AccessFailureLog], limit: int) -> int:
    # So many failures are allowed within the time: the one that must grow old first is the limit's.
    found = failures.order_by("-attempt_time").values_list("attempt_time", flat=True)[limit - 1 : limit]
    return next((int((at + WITHIN - clock.real()).total_seconds()) + 1 for at in found), 0)
