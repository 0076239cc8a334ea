"""The only place where a browser goes to the identity provider and comes back: to sign in, to be linked, or to sign.

What is asked there is kept in the session until the answer comes, once and for a short time: the state names it, the nonce and the
verifier prove it. What an answer is worth stands in `practice.sso`.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from indelible.faces.web import answers, factors, guessing, middleware, noting
from indelible.faces.web.requests import Request
from indelible.infra import clock, oidc
from indelible.infra.oidc import Away, Proof, Provider, Untrusted
from indelible.kernel.errors import Invalid, Missing, NotFound, Refused
from indelible.kernel.models import Account
from indelible.practice import accounts, sso

Context = dict[str, Any]
ASKED = "sso"
SIGN_IN, LINK, ENROL, SIGN = "sign_in", "link", "enrol", "sign"
TIME = timedelta(minutes=10)  # from the way to the provider to the way back
AT_ONCE = 5  # ways that may be open at the same time
LONGEST, LONGEST_CODE = 1024, 4000
NOT_ASKED = "This answer of the provider was not asked for in this browser, was used before, or came too late."
UNKNOWN = "Nobody who may sign in here is linked with the account that you used at {host}."
AWAY = "{host} cannot be asked at this moment: {why}. Sign in with user id and password, or try again later."


# ---- Signing in


@never_cache
@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    """Send whoever wants to sign in to the provider; where it is away, back to the page that asks for a password."""
    back = request.GET.get("next", "")
    if isinstance(request.user, Account):
        return redirect("work")
    if seconds := guessing.waits(request, "sso"):
        messages.error(request, f"Too many attempts that failed, from here. Try again in {-(-seconds // 60)} min.")
        return redirect("login")
    try:
        return redirect(begin(request, SIGN_IN, back=back if answers.is_own(back) else ""))
    except Away as problem:
        return _is_away(request, problem)


@never_cache
@require_safe
def back(request: Request) -> HttpResponse:
    """Take whoever comes back from the provider further; what asks for a running session goes on behind its door."""
    kind = _open(request).get(request.GET.get("state", ""), {}).get("kind")
    if kind in (LINK, SIGN):
        return redirect(f"{reverse('linked' if kind == LINK else 'sign_back')}?{request.GET.urlencode()}")
    try:
        asked, proven = come_back(request, SIGN_IN, ENROL)
        return _enrolled(request, asked, proven) if asked["kind"] == ENROL else _signed_in(request, asked, proven)
    except Away as problem:
        return _is_away(request, problem)
    except Untrusted as problem:
        return refused(request, problem)


def _signed_in(request: HttpRequest, asked: Context, proven: Proof) -> HttpResponse:
    account = sso.account_of(proven)
    if account is None:
        _failed(request, proven)
        return _stop(request, UNKNOWN.format(host=host()), unknown=True)
    request.session[noting.METHOD] = "oidc"
    if further := factors.go_on(request, account, asked["back"]):
        return further
    login(request, account, backend=factors.BACKEND)
    middleware.begin(request)
    answer = redirect(asked["back"] or reverse("work"))
    guessing.remember(request, answer, account)
    return answer


def _failed(request: HttpRequest, proven: Proof) -> None:
    # Counted for the address, as a wrong password is; under a name that nobody can type as a user id.
    name = hashlib.sha256(f"{proven.issuer} {proven.subject}".encode()).hexdigest()[:24]
    user_login_failed.send(__name__, credentials={"username": f"sso {name}"}, request=request)


# ---- Links


@never_cache
@sensitive_post_parameters("password")
@require_POST
def link(request: Request) -> HttpResponse:
    """Begin to link oneself: the own password first, then a sign-in at the provider that is made for this."""
    account = request.user
    given = request.POST.get("password", "")[:LONGEST]
    if not isinstance(account, Account) or authenticate(request, username=account.user_id, password=given) is None:
        raise Invalid(rule="own_password", text="Not linked: the present password does not match.",
                      missing=(Missing("Your present password.", field="password"),), do="Go back and type it again.")  # fmt: skip
    try:
        return go(request, begin(request, LINK, fresh=True))
    except Away as problem:
        messages.error(request, AWAY.format(host=host(), why=problem))
        return redirect(f"{reverse('me')}#sso")


@never_cache
@require_safe
def linked(request: Request) -> HttpResponse:
    """Link whoever is signed in here with whoever signed in at the provider."""
    try:
        sso.link(request.ctx, _recent(*come_back(request, LINK)))
    except Away as problem:
        messages.error(request, AWAY.format(host=host(), why=problem))
    except Untrusted as problem:
        return refused(request, problem)
    else:
        messages.success(request, f"You are linked. From now on you can sign in at {host()}.")
    return redirect(f"{reverse('me')}#sso")


def _recent(asked: Context, proven: Proof) -> Proof:
    """Give a proof that was made after it was asked for: whoever signed in at this computer earlier is linked with nobody."""
    if proven.at is None or proven.at <= clock.parse(asked["at"]):
        raise Untrusted("the sign-in there is older than what asked for it")
    return proven


@require_POST
def unlink(request: Request) -> HttpResponse:
    """Remove one's own link; all other sessions of this person end."""
    if request.ctx.person_id is not None:
        sso.unlink(request.ctx, request.ctx.person_id)
    messages.success(request, "The link was removed; your other sessions have ended.")
    return redirect(f"{reverse('me')}#sso")


@never_cache
@require_safe
def enrol(request: HttpRequest, secret: str) -> HttpResponse:
    """Send the person of a one-time link to the provider; a used, expired or unknown link says only that it is over."""
    try:
        account = accounts.by_link(secret)
        return redirect(begin(request, ENROL, fresh=True, link=bytes(account.link_sha256 or b"").hex()))
    except NotFound:
        return render(request, "pages/one_time_link.html", {"link": {"used": True, "title": "One-time link"}}, status=404)
    except Away as problem:
        return _is_away(request, problem)


def _enrolled(request: HttpRequest, asked: Context, proven: Proof) -> HttpResponse:
    try:
        sso.enrol(bytes.fromhex(asked["link"]), _recent(asked, proven))
    except NotFound:
        return render(request, "pages/one_time_link.html", {"link": {"used": True, "title": "One-time link"}}, status=404)
    except Refused as problem:
        noting.told(request, "sso_refused", rule=problem.rule, reason=problem.text)
        return _stop(request, f"{problem.text} {problem.do}")
    messages.info(request, f"You are linked. Sign in at {host()}.")
    return redirect("login")


# ---- The way there and back


def host() -> str:
    """Give the name of the provider in force, as people see it in the address of its page."""
    found = sso.provider()
    return urlsplit(found.issuer).netloc if found else "The identity provider"


def offered(back: str = "") -> list[Context]:
    """Give what the page of signing in offers: the provider, where there is one."""
    asked = f"?next={back}" if back else ""
    return [{"label": f"Sign in at {host()}", "url": f"{reverse('sso')}{asked}"}] if sso.provider() else []


def shown(request: Request) -> Context | None:
    """Give one's own link for the page Me; None where there is no provider."""
    if sso.provider() is None:
        return None
    zone, row = ZoneInfo(request.view.configuration.company.zone), sso.of(request.ctx.person_id)
    if row is None:
        field = {"kind": "password", "name": "password", "id": "sso-password", "label": "Present password", "required": True, "full": True,
                 "autocomplete": "current-password"}  # fmt: skip
        return {"host": host(), "link_url": reverse("link_sso"), "field": field}
    return {
        "host": host(), "since": row.created_at.astimezone(zone).date(), "used": row.used_at.astimezone(zone) if row.used_at else None,
        "signs": request.view.configuration.policies.sso_signs, "unlink_url": reverse("unlink_sso"),
    }  # fmt: skip


def begin(request: HttpRequest, kind: str, *, about: str = "", fresh: bool = False, **kept: Any) -> str:
    """Give the address at the provider to which a browser goes, and keep what its answer is proven by; raises Away."""
    asked = oidc.ask(_provider(), _address(request), about=about, fresh=fresh)
    entry = {
        "kind": kind,
        "nonce": asked.nonce,
        "verifier": asked.verifier,
        "at": clock.iso(clock.real()),
        "fresh": fresh,
        **kept,
    }
    request.session[ASKED] = dict(list({**_open(request), asked.state: entry}.items())[-AT_ONCE:])
    return asked.url


def come_back(request: HttpRequest, *kinds: str) -> tuple[Context, Proof]:
    """Give what was asked and who is proven, once for each answer; raises Away, or Untrusted for one that proves nobody."""
    return (asked := taken(request, *kinds)), prove(request, asked)


def taken(request: HttpRequest, *kinds: str) -> Context:
    """Give what was asked under the state that came back, and forget it; raises Untrusted where nothing was."""
    ways, state = _open(request), request.GET.get("state", "")
    asked = next((ways.pop(one) for one in list(ways) if constant_time_compare(one.encode(), state.encode())), None)
    request.session[ASKED] = ways
    if asked is None or asked["kind"] not in kinds or clock.real() - clock.parse(asked["at"]) > TIME:
        raise Untrusted("nothing was asked under this state")
    return dict(asked)


def prove(request: HttpRequest, asked: Context) -> Proof:
    """Give who is proven by the answer to what was asked; raises Away or Untrusted."""
    if problem := request.GET.get("error"):
        raise Untrusted(f"the provider says {problem[:80]!r}")
    found = _provider()
    if request.GET.get("iss", found.issuer) != found.issuer:
        raise Untrusted("another provider answers")
    code = request.GET.get("code", "")[:LONGEST_CODE]
    return oidc.proof(found, _address(request), code, nonce=asked["nonce"], verifier=asked["verifier"], fresh=asked["fresh"])


def go(request: Request, url: str) -> HttpResponse:
    """Lead a browser on after a form was sent: browsers follow no form to another host, so a page of ours does."""
    if request.htmx:
        answer = HttpResponse(status=200)
        answer["HX-Redirect"] = url
        return answer
    return render(request, "pages/sso_go.html", {"sso": {"url": url, "host": host()}})


def _open(request: HttpRequest) -> dict[str, Context]:
    return dict(request.session.get(ASKED, {}))


def _provider() -> Provider:
    found = sso.provider()
    if found is None:
        raise Away("no provider is set up, or no credentials for it")
    return found


def _address(request: HttpRequest) -> str:
    return sso.back(f"{request.scheme}://{request.get_host()}")


# ---- What is answered


def _is_away(request: HttpRequest, problem: Away) -> HttpResponse:
    noting.told(request, "sso_away", reason=str(problem))
    messages.error(request, AWAY.format(host=host(), why=problem))
    return redirect("login")


def refused(request: HttpRequest, problem: Untrusted) -> HttpResponse:
    """Say that an answer proved nobody; why stands in the security log, and not on the page of whoever sent it."""
    noting.told(request, "sso_refused", reason=str(problem))
    return _stop(request, NOT_ASKED)


def _stop(request: HttpRequest, text: str, *, unknown: bool = False) -> HttpResponse:
    shown = {"text": text, "unknown": unknown, "host": host(), "login_url": reverse("login")}
    return render(request, "pages/sso_stop.html", {"sso": shown}, status=403)
