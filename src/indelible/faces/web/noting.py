"""The only place from which the web tells the security log of sign-ins, failed ones, locks and sessions that ended.

What concerns accounts and signatures is told from the ledger (assurance.securing), so nothing of it can be left out here.
"""

from __future__ import annotations

import hashlib
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from indelible.infra import security
from indelible.kernel.models import Account

METHOD = "method"
ROUTES = {"login": "sign_in_failed", "factor": "second_factor_failed", "sso_back": "sign_in_failed", "password": "password_check_failed",
          "link_sso": "password_check_failed"}  # fmt: skip


def told(request: HttpRequest | None, event: str, **known: Any) -> None:
    """Write a line with what a request says of itself: address, number, session (as a hash, which opens nothing)."""
    meta = request.META if request else {}
    session = getattr(getattr(request, "session", None), "session_key", None)
    security.told(event, address=meta.get("REMOTE_ADDR"), request=getattr(request, "request_id", None),
                  session=hashlib.sha256(session.encode()).hexdigest()[:32] if session else None, **known)  # fmt: skip


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: Account, **_other: Any) -> None:
    """Tell of a session that begins."""
    told(request, "sign_in", outcome="ok", person=str(user.person_id), method=request.session.pop(METHOD, "password"))


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: Account | None, **_other: Any) -> None:
    """Tell of a session that ends: by its person, or because it was idle or too long."""
    if user is not None:
        by_person = request.resolver_match is not None and request.resolver_match.url_name == "logout"
        told(request, "session_ended", person=str(user.person_id), reason="signed out" if by_person else "expired")


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_other: Any) -> None:
    """Tell of a failed attempt; whose, only where somebody has this user id: what else was typed may be a password."""
    match = request.resolver_match if request else None
    if (event := ROUTES.get((match.url_name if match else "") or "")) is None:
        return  # a signature: its refusal stands in the ledger, and is told from there
    person = (
        Account.objects.filter(user_id=str(credentials.get("username", ""))[:150])
        .values_list("person_id", flat=True)
        .first()
    )
    told(request, event, outcome="refused", person=str(person) if person else "unknown")


@receiver(user_locked_out)
def locked(request: HttpRequest, username: str, **_other: Any) -> None:
    """Tell that a user id is locked for an address."""
    person = Account.objects.filter(user_id=str(username)[:150]).values_list("person_id", flat=True).first()
    told(request, "locked", outcome="refused", person=str(person) if person else "unknown")
