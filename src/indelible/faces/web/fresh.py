"""The only place where a sign-in at the provider becomes a component of one signature, beside the user id that was typed.

A session that began at the provider is none. The person is sent there after the statement was shown, the nonce that the provider
signs ends with the statement's hash, and what comes back holds for this request alone (11.200(a)).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest, HttpResponse, QueryDict

from indelible.faces.web import sso as ways
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.infra.oidc import Away, Untrusted
from indelible.kernel import config
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.models import Account, Record
from indelible.practice import accounts, periods, queries, sso

METHOD = "oidc"
KEPT = ("user_id", "statement", "seen", "key", "reason")  # of the form that was sent
LONGEST = 4000
HASH = re.compile("[0-9a-f]{64}")


class FreshSignIns(BaseBackend):
    """Proves presence for one statement by a sign-in at the provider that was made for it."""

    def authenticate(self, request: HttpRequest | None, username: str = "", oidc: str = "", statement: str = "",
                     **_other: Any) -> Account | None:  # fmt: skip
        """Give the account of the person whom this request has proven for this statement, None otherwise; no form can say so."""
        account = Account.objects.filter(user_id=username, is_active=True).first()
        proven = getattr(request, "proven", None)
        if not oidc or account is None or proven is None or proven != (account.person_id, statement):
            return None
        return account

    def get_user(self, user_id: int) -> Account | None:
        """Give nobody: a session never rests on this proof."""
        return None


def offered(request: Request) -> str:
    """Give where whoever signs may sign in for it; empty where that does not count, or nobody there vouches for them."""
    if not config.current().policies.sso_signs or sso.provider() is None or sso.of(request.ctx.person_id) is None:
        return ""
    return ways.host()


def go(request: Request, record: Record, verb: str) -> HttpResponse:
    """Send whoever has typed the own user id to the provider, for the statement that was shown; raises Refused."""
    act, sent = f"{record.type}.{verb}", {name: request.POST.get(name, "")[:LONGEST] for name in KEPT}
    statement = sent["statement"] if HASH.fullmatch(sent["statement"]) else ""
    if not offered(request) or not statement:
        raise sso.refuse(
            request.ctx,
            act,
            record.number,
            "Not signed: a sign-in at the provider does not count for your signature.",
            do="Sign with your password or a passkey.",
        )
    typed, account = accounts.normal(sent["user_id"]), request.user
    again = not typed and periods.is_running(request, request.view)  # it was given at the first signature of the period
    if not isinstance(account, Account) or (typed != account.user_id and not again):
        raise sso.refuse(
            request.ctx,
            act,
            record.number,
            "Not signed: this is not the user id of the person of this session.",
            do="Type your own user id.",
        )
    try:
        url = ways.begin(request, ways.SIGN, about=statement, fresh=True, number=record.number, verb=verb, sent=sent)
    except Away as problem:
        raise _away(problem) from None
    return ways.go(request, url)


def asked(request: Request) -> tuple[Record, str, dict[str, Any]]:
    """Give the record, the act and what was sent of the signature for which somebody comes back; raises Untrusted."""
    known = ways.taken(request, ways.SIGN)
    request.POST = QueryDict(
        urlencode(known["sent"])
    )  # the form that was sent before the way to the provider: it is gone on with here
    return queries.get_record(request.view, known["number"]), known["verb"], known


def prove(request: Request, record: Record, verb: str, known: dict[str, Any]) -> None:
    """Let this request prove its person for the statement that was shown before; raises Refused, kept in the ledger."""
    act, person = f"{record.type}.{verb}", request.ctx.person_id
    try:
        proven = ways.prove(request, known)
    except Away as problem:
        raise _away(problem) from None
    except Untrusted as problem:
        raise sso.refuse(request.ctx, act, record.number, f"Not signed: {problem}.") from None
    sso.check_fresh(request.ctx, act, record.number, proven, clock.parse(known["at"]))
    request.proven = (person, known["sent"]["statement"]) if person else None


def secret(request: Request) -> dict[str, str]:
    """Give the second component where it is a sign-in that this request has proven; nothing otherwise."""
    return {METHOD: "proven"} if getattr(request, "proven", None) else {}


def _away(problem: Away) -> Refused:
    text = (
        f"{ways.host()} cannot be asked at this moment: {problem}. Sign with your password or a passkey, or try again later."
    )
    return Refused(rule="provider_away", text=f"Not signed: {text}", missing=(Missing(text, field="password"),))
