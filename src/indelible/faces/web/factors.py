"""The only place where second factors are added, given and removed in the browser; what one is stands in `practice.factors`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import segno
from axes.models import AccessFailureLog
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from indelible.faces.web import guessing, lacking, middleware
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel.errors import Invalid, NotFound, Refused
from indelible.kernel.models import Account
from indelible.practice import factors

Context = dict[str, Any]
PENDING, SECRET, ADDING, ASKED, SIGNING = "pending", "codes", "passkey", "asked", "signing"
BACKEND = "django.contrib.auth.backends.ModelBackend"  # which proved the password, a page before
TIME = timedelta(minutes=5)  # from the password to the second factor
AT_ONCE = 5  # statements for which a key may be asked at the same time
WRONG = "This is not a code of yours that is good now. A code opens once, and a new one comes every 30 seconds."
NO_KEY = "The passkey did not answer what it was asked."


class Passkeys(BaseBackend):
    """Proves presence for one statement by a passkey of the person: what the key signs names that statement."""

    def authenticate(self, request: HttpRequest | None, username: str = "", passkey: str = "", statement: str = "",
                     **_other: Any) -> Account | None:  # fmt: skip
        """Give the account whose key answered what this session asked for this statement, None otherwise; it is asked once."""
        account = Account.objects.filter(user_id=username, is_active=True).first()
        if request is None or account is None or not passkey or not statement:
            return None
        states = request.session.get(SIGNING, {})
        state = states.pop(statement, None)
        request.session[SIGNING] = states
        if state is None or factors.gave_passkey(account.person_id, state, passkey, signing=True) is None:
            return None
        return account

    def get_user(self, user_id: int) -> Account | None:
        """Give nobody: a session never rests on this proof."""
        return None


def ask_for(request: Request, statement: str) -> str:
    """Give what the keys of whoever is about to sign are asked for this statement, as JSON; empty where none may sign."""
    person = request.ctx.person_id
    asked = factors.ask_passkey(person, bytes.fromhex(statement), signing=True) if person else None
    if asked is None:
        return ""
    states = {**request.session.get(SIGNING, {}), statement: asked.state}
    request.session[SIGNING] = dict(list(states.items())[-AT_ONCE:])
    return json.dumps(asked.options)


# ---- Signing in


def go_on(request: HttpRequest, account: Account, back: str) -> HttpResponse | None:
    """Send whoever gave the right password on to the second factor; gives None where the account has none."""
    if not factors.kinds(account.person_id):
        return None
    request.session[PENDING] = {"account": account.pk, "at": clock.iso(clock.now()), "back": back}
    return redirect("factor")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of whoever gave the password, and sign in with it; wrong ones count as failed attempts."""
    account = _pending(request)
    if account is None:
        messages.info(request, "It took too long. Sign in again.")
        return redirect("login")
    if request.method == "GET":
        return _ask_factor(request, account)
    if seconds := guessing.waits(request, account.user_id):
        return _ask_factor(request, account, f"Too many attempts that failed. Try again in {-(-seconds // 60)} min.", 429)
    error = "" if (by_code := bool(request.POST.get("code"))) or request.POST.get("passkey") else WRONG
    good = not error and not _is_locked(account) and (_code(request, account) if by_code else _key(request, account))
    if not good:
        user_login_failed.send(__name__, credentials={"username": account.user_id}, request=request)
        return _ask_factor(request, account, WRONG if by_code or error else NO_KEY, 422)
    back = request.session.pop(PENDING)["back"]
    login(request, account, backend=BACKEND)
    middleware.begin(request)
    answer = redirect(back or reverse("work"))
    guessing.remember(request, answer, account)
    return answer


def _pending(request: HttpRequest) -> Account | None:
    kept = request.session.get(PENDING)
    if not kept or clock.now() - clock.parse(kept["at"]) > TIME:
        request.session.pop(PENDING, None)
        return None
    return Account.objects.filter(pk=kept["account"], is_active=True).first()


def _is_locked(account: Account) -> bool:
    """Say whether so many tries at this account failed that its factor is not asked for a while, wherever they came from."""
    since = clock.real() - guessing.WITHIN
    failed = int(AccessFailureLog.objects.filter(username=account.user_id, attempt_time__gt=since).count())
    return failed >= guessing.FOR_ONE_USER_ID


def _code(request: HttpRequest, account: Account) -> bool:
    return factors.gave_code(account.person_id, request.POST.get("code", "")[:40])


def _key(request: HttpRequest, account: Account) -> bool:
    state = request.session.pop(ASKED, None)
    return state is not None and factors.gave_passkey(account.person_id, state, request.POST.get("passkey", "")) is not None


def _ask_factor(request: HttpRequest, account: Account, error: str = "", status: int = 200) -> HttpResponse:
    asked = factors.ask_passkey(account.person_id)
    if asked is not None:
        request.session[ASKED] = asked.state
    shown = {
        "url": reverse("factor"), "error": error, "options": json.dumps(asked.options) if asked else "",
        "code": factors.CODES in factors.kinds(account.person_id), "cancel_url": reverse("login"),
    }  # fmt: skip
    return render(request, "pages/factor.html", {"factor": shown}, status=status)


# ---- One's own factors


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def add_codes(request: Request) -> HttpResponse:
    """Show a new secret as a picture and in letters, and keep it when the first code of it was typed."""
    error = ""
    if request.method == "POST":
        try:
            factors.add_codes(request.ctx, request.session.get(SECRET, ""), request.POST.get("code", "")[:40])
        except Invalid as refused:
            error = refused.missing[0].text
        else:
            del request.session[SECRET]
            messages.success(request, "One-time codes are asked for from the next sign-in on.")
            return redirect(f"{reverse('me')}#factors")
    secret = request.session.setdefault(SECRET, factors.begin_codes())
    picture = segno.make(factors.address(secret, _account(request)), error="m", micro=False).svg_inline(
        border=3, light="white", omitsize=True
    )
    shown = {
        "url": reverse("add_codes"), "cancel_url": f"{reverse('me')}#factors", "picture": mark_safe(picture),  # noqa: S308
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), "error": error,
    }  # fmt: skip
    return _page(request, "pages/add_codes.html", "One-time codes", {"codes": shown}, error)


@never_cache
@require_http_methods(["GET", "POST"])
def add_passkey(request: Request) -> HttpResponse:
    """Ask the browser for a new passkey, and keep what it answers."""
    error = ""
    if request.method == "POST":
        try:
            state = request.session.pop(ADDING, {"challenge": "", "user_verification": "required"})
            factors.add_passkey(request.ctx, state, request.POST.get("passkey", ""), request.POST.get("label", ""))
        except Refused as refused:
            error = refused.text
        else:
            messages.success(request, "The passkey is asked for from the next sign-in on.")
            return redirect(f"{reverse('me')}#factors")
    account, person = _account(request), request.view.person
    asked = factors.ask_for_passkey(account, person.name if person else account.user_id)
    request.session[ADDING] = asked.state
    shown = {
        "url": reverse("add_passkey"), "cancel_url": f"{reverse('me')}#factors", "options": json.dumps(asked.options),
        "label": request.POST.get("label", "")[: factors.LONGEST_LABEL], "error": error,
        "address": f"https://{factors.host()}",
    }  # fmt: skip
    return _page(request, "pages/add_passkey.html", "Passkey", {"key": shown}, error)


@require_POST
def make_recovery(request: Request) -> HttpResponse:
    """Make recovery codes and show them, this one time."""
    codes = factors.make_recovery(request.ctx)
    return _page(request, "pages/recovery.html", "Recovery codes", {"codes": codes, "back_url": f"{reverse('me')}#factors"})


@require_POST
def remove(request: Request, factor: UUID) -> HttpResponse:
    """Remove a factor of one's own."""
    if not factors.of(request.ctx.person_id).filter(pk=factor).exists():
        raise NotFound("factor")
    factors.remove(request.ctx, factor)
    messages.success(request, "The factor was removed.")
    return redirect(f"{reverse('me')}#factors")


def shown(request: Request) -> Context:
    """Give the own factors for the page Me."""
    zone = ZoneInfo(request.view.configuration.company.zone)
    mine = [one for one in factors.of(request.ctx.person_id) if one.kind != factors.RECOVERY]
    left = factors.of(request.ctx.person_id).filter(kind=factors.RECOVERY).count()
    return {
        "rows": [
            {
                "label": one.label, "kind": factors.LABELS[one.kind], "added": one.created_at.astimezone(zone).date(),
                "used": one.used_at.astimezone(zone) if one.used_at else None,
                "signs": one.kind == factors.PASSKEY and factors.may_sign(one),
                "remove_url": reverse("remove_factor", args=[one.pk]),
            }
            for one in mine
        ],
        "left": left, "required": lacking.is_asked(request), "codes_url": reverse("add_codes"),
        "passkey_url": reverse("add_passkey"), "recovery_url": reverse("make_recovery") if mine else None,
    }  # fmt: skip


def _account(request: Request) -> Account:
    if not isinstance(request.user, Account):
        raise NotFound("account")
    return request.user


def _page(request: Request, name: str, title: str, context: Context, error: str = "") -> HttpResponse:
    page = {"title": title, "crumbs": [{"label": "Me", "url": reverse("me")}, {"label": title}]}
    return render(request, name, {"page": page, **context}, status=422 if error else 200)
