"""The only place that knows who calls the API: a token, or for people in a browser their session.

A session may read with its cookie alone; to write it needs the CSRF token as well. Nobody signs here: a token
never can, and what a person's signature takes (presence) only the pages ask for.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from indelible.infra import clock
from indelible.kernel import authority, config
from indelible.kernel.context import Context
from indelible.kernel.errors import Refused
from indelible.kernel.models import Account
from indelible.practice import accounts, presenting, queries


class Token(HttpBearer):
    """`Authorization: Bearer ind_…`: what its owner may, within its scopes."""

    def authenticate(self, request: HttpRequest, token: str) -> Context | None:
        """Give the context of a token that is known, not expired, not revoked and used from where it may be."""
        address, number = str(request.META.get("REMOTE_ADDR") or ""), request.request_id  # type: ignore[attr-defined]
        return accounts.by_token(token.strip(), address=address, request_id=number)


class Session(AuthBase):
    """The session of somebody who is signed in to the pages."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Context | None:
        """Give the context of the session; raises Refused for a write without its CSRF token."""
        if "Authorization" in request.headers:
            # A token that is not good is not replaced by whoever sits at the browser.
            raise AuthenticationError
        user = request.user
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(user, Account) or _over(request):
            return None
        if check_csrf(request) is not None:
            raise Refused(
                rule="csrf", text="Refused, nothing was changed: a session writes with its CSRF token only.",
                do="Send the token of the page in the header X-CSRFToken, or use an API token.",
            )  # fmt: skip
        key = request.session.session_key or ""
        ctx = Context(user.person_id, "session", session=key, request_id=request.request_id)  # type: ignore[attr-defined]
        if authority.outside(queries.viewer(ctx).held) is not None:
            raise Refused(rule="authority", text="Programs are not open to people of other companies.", do="Use the pages.")
        if number := request.session.get(presenting.KEY):
            raise presenting.refusal(number, "Programs read nothing in it.")
        return ctx


def _over(request: HttpRequest) -> bool:
    """Say whether the session has run out; a program that asks on its behalf never makes it last longer."""
    begun, acted = request.session.get("begun"), request.session.get("acted")
    if begun is None or acted is None:
        return True
    policies, now = config.current().policies, clock.now()
    idle = now - clock.parse(acted) > timedelta(minutes=policies.idle_minutes)
    return idle or now - clock.parse(begun) >= timedelta(hours=policies.absolute_hours)


EVERYWHERE = [Token(), Session()]
