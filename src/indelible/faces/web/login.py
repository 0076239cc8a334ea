"""The only place where a person signs in, signs out, stays, or uses a one-time link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from indelible.faces.web import answers, factors, guessing, middleware, sso
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Account
from indelible.practice import accounts, directory, sessions

Context = dict[str, Any]
WRONG = "User id and password do not fit together, or the account is closed or locked for a while."
ELSEWHERE = "Your role signs in at {host} alone; the password opens nothing."
TOO_MANY = (
    "Too many attempts that failed, from here or for this user id. Try again in {minutes} min, or from a device of yours."
)
LONGEST_ID = 150  # the log of failures keeps no longer one
NEARLY = timedelta(minutes=2)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign a person in and go on to the page that was asked for; unknown, wrong, closed and locked look alike."""
    back = request.POST.get("next", "") or request.GET.get("next", "")
    back = back if answers.is_own(back) else ""
    if request.method == "POST":
        if seconds := guessing.waits(request, accounts.normal(request.POST.get("login", ""))):
            return _ask_to_wait(request, back, seconds)
        account = _proven(request)
        if account is None or accounts.signs_in_elsewhere(account.person_id):
            return _ask(request, back, ELSEWHERE.format(host=sso.host()) if account else WRONG)
        if further := factors.go_on(request, account, back):
            return further
        login(request, account, backend=factors.BACKEND)
        middleware.begin(request)
        answer = redirect(back or reverse("work"))
        guessing.remember(request, answer, account)
        return answer
    if _is_locked_page(request):
        logout(request)
        messages.info(request, middleware.IDLE)
    elif isinstance(request.user, Account):
        return redirect(back or reverse("work"))
    return _ask(request, back)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    logout(request)
    messages.info(request, "You are signed out.")
    answer = redirect("login")
    answer["Clear-Site-Data"] = '"cache"'  # what a browser kept of these pages goes with the session
    return answer


@require_POST
def stay(request: Request) -> HttpResponse:
    """Keep the session going because the person did something on the page; nothing calls this by itself."""
    request.session[sessions.ACTED] = clock.iso(clock.now())
    return HttpResponse(status=204)


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def one_time_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Let the person of a one-time link set a password; a used, expired or unknown link says only that it is over."""
    try:
        account = accounts.by_link(secret)
        if request.method == "GET":
            return _ask_password(request, account)
        password, again = request.POST.get("password", ""), request.POST.get("again", "")
        if password != again:
            return _ask_password(request, account, "The two passwords are not the same.", "again")
        accounts.enrol(secret, password)
    except NotFound:
        return render(request, "pages/one_time_link.html", {"link": {"used": True, "title": "One-time link"}}, status=404)
    except Invalid as refused:
        return _ask_password(request, accounts.by_link(secret), " ".join(one.text for one in refused.missing), "password")
    logout(request)
    messages.info(request, "Your password is set. Sign in with it.")
    return redirect("login")


def _proven(request: HttpRequest) -> Account | None:
    user_id, password = accounts.normal(request.POST.get("login", "")), request.POST.get("password", "")
    if not 0 < len(user_id) <= LONGEST_ID or not 0 < len(password) <= accounts.LONGEST_PASSWORD:
        return None
    if accounts.CONTROL.search(user_id + password):
        return None
    account = authenticate(request, username=user_id, password=password)
    if account is None and getattr(request, "axes_locked_out", False):
        make_password(password)  # a locked account takes as long to refuse as a wrong password
    return account if isinstance(account, Account) else None


def _is_locked_page(request: HttpRequest) -> bool:
    # The page counts the idle time itself and comes here when it is over; anybody else's link signs nobody out.
    if request.GET.get("locked") != "1" or not isinstance(request.user, Account) or sessions.ACTED not in request.session:
        return False
    limit = timedelta(minutes=config.current().policies.idle_minutes)
    return middleware.idle_for(request) > limit - NEARLY


def _ask_to_wait(request: HttpRequest, back: str, seconds: int) -> HttpResponse:
    answer = _ask(request, back, TOO_MANY.format(minutes=-(-seconds // 60)), status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def _ask(request: HttpRequest, back: str, error: str = "", status: int = 422) -> HttpResponse:
    shown = {
        "url": reverse("login"), "next": back, "next_label": _name_of(back), "user_id": request.POST.get("login", "")[:100],
        "password_error": error or None, "idle_minutes": config.current().policies.idle_minutes,
        "sso": sso.offered(back),
    }  # fmt: skip
    return render(request, "pages/login.html", {"login": shown}, status=status if error else 200)


def _name_of(path: str) -> str | None:
    try:
        found = resolve(path.partition("?")[0]) if path else None
    except Resolver404:
        return None
    return str(found.kwargs["number"]) if found and "number" in found.kwargs else None


def _ask_password(request: HttpRequest, account: Account, error: str = "", field: str = "") -> HttpResponse:
    policies, zone = config.current().policies, config.current().company.zone
    people = directory.names([account.person_id])
    until = account.link_until.astimezone(ZoneInfo(zone)) if account.link_until else None
    asked = password_fields(policies.password_length, {field: error} if error else {})
    elsewhere = accounts.signs_in_elsewhere(account.person_id)
    link = {
        "url": request.path,
        "title": "Set your password",
        "name": people.get(account.person_id, ""),
        "user_id": account.user_id,
        "text": "This link works once. Nobody else, administrators included, can see the password.",
        "until": until,
        "fields": [] if elsewhere else asked,
        "sso": {"url": f"{request.path}/sso", "label": f"Sign in at {sso.host()}"} if sso.offered() else None,
        "errors": [{"field": field, "label": "Password", "text": error}] if error else [],
        "button": "" if elsewhere else "Set password",
    }
    return render(request, "pages/one_time_link.html", {"link": link}, status=422 if error else 200)


def password_fields(least: int, errors: dict[str, str]) -> list[Context]:
    """Give the two fields of a new password."""
    told = f"At least {least} characters; a sentence is good. Pasting works."
    shared: Context = {"kind": "password", "required": True, "autocomplete": "new-password", "full": True}
    return [
        shared | {"name": "password", "label": "New password", "help": told, "error": errors.get("password")},
        shared | {"name": "again", "label": "Again", "error": errors.get("again")},
    ]


def as_answered(_request: HttpRequest, answer: HttpResponse, _credentials: Any = None) -> HttpResponse:
    """Leave the answer to a locked account as it is: nobody learns from it that the account is there."""
    return answer
