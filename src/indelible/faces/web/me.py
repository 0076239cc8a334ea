"""The only place where a person sees the own roles and sessions, changes the own password, and issues the own tokens."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from indelible.faces.web import answers, enrolling, factors, login, middleware, sso, wording
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import authority
from indelible.kernel.errors import Invalid, Missing, NotFound, Refused
from indelible.kernel.models import Account
from indelible.practice import accounts, directory, lookup, rhythms, sessions
from indelible.practice.directory import Holding
from indelible.practice.models import Token
from indelible.practice.queries import Viewer
from indelible.practice.sessions import Running

Context = dict[str, Any]
ROUTINE_DAYS = 30


@never_cache
@require_safe
def me(request: Request) -> HttpResponse:
    """Show who I am here: roles with their grants, sessions, password, tokens."""
    return page(request)


@never_cache
@sensitive_post_parameters("old", "password", "again")
@require_POST
def password(request: Request) -> HttpResponse:
    """Set a new password with the present one; all other sessions of this person end."""
    account, sent = _account(request), request.POST
    try:
        if sent.get("password", "") != sent.get("again", ""):
            raise Invalid(
                rule="password",
                text="Not changed.",
                missing=(Missing("The two passwords are not the same.", field="again"),),
            )
        # Guesses count here as they do at sign-in, and lock as they do there.
        known = authenticate(request, username=account.user_id, password=sent.get("old", "")) is not None
        accounts.change_password(request.ctx, account, sent.get("old", "") if known else "", sent.get("password", ""))
    except Refused as refused:
        return page(
            request, password_errors=refused, status=answers.status_of(refused) if isinstance(refused, Invalid) else 422
        )
    account.refresh_from_db()
    update_session_auth_hash(request, account)
    messages.success(request, "Your password was changed; your other sessions have ended.")
    return redirect("me")


@never_cache
@require_POST
def issue_token(request: Request) -> HttpResponse:
    """Issue an API token and show its secret, this one time."""
    days = wording.whole(request.POST.get("days", ""))
    try:
        token, secret = accounts.issue_token(
            request.ctx,
            label=request.POST.get("label", ""),
            scopes=request.POST.get("scopes", "").replace(",", " ").split(),
            days=days or 0,
            sources=request.POST.get("sources", "").replace(",", " ").split(),
        )
    except Refused as refused:
        return page(request, token_errors=refused, status=answers.status_of(refused))
    return page(request, issued={"label": token.label, "secret": secret})


@require_POST
def revoke_token(request: Request, token: UUID) -> HttpResponse:
    """Revoke a token of one's own; it stops working at once."""
    if token not in {one.pk for one in directory.list_tokens(request.view)}:
        raise NotFound("token")
    accounts.revoke_token(request.ctx, token)
    messages.success(request, "The token was revoked and has stopped working.")
    return redirect(f"{reverse('me')}#tokens")


@require_POST
def choose_mail(request: Request) -> HttpResponse:
    """Keep how often this person wants mail about work; raises Invalid for a choice that there is not."""
    rhythms.choose(request.ctx, request.POST.get("rhythm", ""))
    messages.success(request, "Your choice about mail was kept.")
    return redirect(f"{reverse('me')}#mail")


@require_POST
def end_session(request: Request, session: str) -> HttpResponse:
    """End another session of one's own; the browser that it ran in has to sign in again."""
    ended = sessions.end(request.ctx, session)
    messages.success(request, f"The session in {ended.browser} has ended.")
    return redirect(f"{reverse('me')}#sessions")


def _account(request: Request) -> Account:
    if not isinstance(request.user, Account):
        raise NotFound("account")
    return request.user


def page(request: Request, *, password_errors: Refused | None = None, token_errors: Refused | None = None,
         issued: Context | None = None, feed_address: str = "", status: int = 200) -> HttpResponse:  # fmt: skip
    """Show the page, with what an act on it has just made or refused; a secret is shown this one time."""
    view, zone = request.view, ZoneInfo(request.view.configuration.company.zone)
    person = view.person
    context = {
        "page": {
            "title": person.name if person else "",
            "subtitle": person.title if person else "",
            "crumbs": [{"label": "Me"}],
        },
        "issued": issued,
        "roles": _roles(view, zone),
        "facts": _facts(request, view, zone),
        "password": _password_form(view, password_errors),
        "sessions": [_session(one, zone) for one in sessions.list_own(request.ctx)],
        "factors": factors.shown(request),
        "sso": sso.shown(request),
        "signing": enrolling.shown(request),
        "tokens": _tokens(view, zone),
        "token_form": _token_form(request, view, token_errors),
        "feed": _feed(request, zone, feed_address),
        "mail": _mail(request),
        "inside": authority.outside(view.held) is None,
    }
    return render(request, "pages/me.html", context, status=status)


def _facts(request: Request, view: Viewer, zone: ZoneInfo) -> list[Context]:
    person, policies = view.person, view.configuration.policies
    if person is None:
        return []
    return [
        {"label": "Printed name", "kind": "text", "value": person.name},
        {"label": "User id", "kind": "text", "value": person.user_id},
        {"label": "Record", "kind": "record", "value": person.number, "url": reverse("record", args=[person.number])},
        {"label": "Signed in", "kind": "time", "value": clock.parse(request.session[sessions.BEGUN]).astimezone(zone)},
        {"label": "Ends", "kind": "time", "value": middleware.absolute_end(request, policies).astimezone(zone)},
        {"label": "Locks", "kind": "text", "value": f"after {policies.idle_minutes} min without an act of yours"},
    ]


def _roles(view: Viewer, zone: ZoneInfo) -> Context:
    columns = [
        {"label": "Role", "main": True},
        {"label": "For"},
        {"label": "Since", "fit": True},
        {"label": "Until", "fit": True},
        {"label": "Granted by"},
        {"label": "Grant", "fit": True},
    ]
    empty = {"title": "No role", "text": "Nobody has granted you a role."}
    held = directory.list_holdings(view)
    known = lookup.titles(view, (one.scope for one in held if one.scope))
    return {
        "caption": "Roles that I hold",
        "title": "Roles",
        "columns": columns,
        "rows": [_role(one, zone, known) for one in held],
        "empty": empty,
    }


def _role(one: Holding, zone: ZoneInfo, known: dict[str, str]) -> Context:
    since = one.since.astimezone(zone).date() if one.since else None
    until = one.until.astimezone(zone).date() if one.until else None
    scope = f"{one.scope} {known.get(one.scope, '')}".strip() if one.scope else "everything" if one.grant else "everybody"
    note = "Gives you no right: your personnel file lacks what it asks for." if one.asleep else one.help
    number: Context = {"kind": "text", "value": ""}
    if one.grant:
        number = {"kind": "record", "value": one.grant, "url": reverse("record", args=[one.grant])}
    if one.grant and one.role == authority.OUTSIDE:
        number = {"kind": "text", "value": one.grant}  # not open to its holder
    cells = [
        {"kind": "text", "value": f"{one.label}, asleep" if one.asleep else one.label, "note": note},
        {"kind": "text", "value": scope},
        {"kind": "date", "value": since},
        {"kind": "date", "value": until},
        {"kind": "text", "value": one.by},
        number,
    ]
    return {"cells": cells}


def _password_form(view: Viewer, refused: Refused | None) -> Context:
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    old = {
        "kind": "password",
        "name": "old",
        "label": "Present password",
        "required": True,
        "full": True,
        "error": errors.get("old"),
    }
    return {
        "url": reverse("password"),
        "fields": [old, *login.password_fields(view.configuration.policies.password_length, errors)],
        "errors": _summary(refused),
    }


def _token_form(request: Request, view: Viewer, refused: Refused | None) -> Context:
    most, errors = (
        view.configuration.policies.token_days,
        {one.field: one.text for one in refused.missing if one.field} if refused else {},
    )
    sent = request.POST if refused else {}
    kinds = ", ".join(sorted(view.configuration.types)[:3])
    fields = [
        {
            "kind": "text",
            "name": "label",
            "label": "What it is for",
            "required": True,
            "max_length": 80,
            "value": sent.get("label", ""),
            "full": True,
            "error": errors.get("label"),
        },
        {
            "kind": "text",
            "name": "scopes",
            "label": "Scopes",
            "required": True,
            "value": sent.get("scopes", "read"),
            "full": True,
            "mono": True,
            "help": f"read, a type ({kinds}, …), an act of a type, or *; apart by a space.",
            "error": errors.get("scopes"),
        },
        {
            "kind": "text",
            "name": "sources",
            "label": "From where",
            "value": sent.get("sources", ""),
            "full": True,
            "mono": True,
            "help": "Addresses or networks, such as 10.2.0.0/16, apart by a space; from anywhere without.",
            "error": errors.get("sources"),
        },
        {
            "kind": "text",
            "name": "days",
            "label": "Days",
            "required": True,
            "value": sent.get("days", str(min(most, ROUTINE_DAYS))),
            "full": True,
            "help": f"1 to {most}.",
            "error": errors.get("days"),
        },
    ]
    return {"url": reverse("issue_token"), "fields": fields, "errors": _summary(refused)}


def _summary(refused: Refused | None) -> list[Context]:
    if refused is None:
        return []
    named = [{"field": one.field, "label": (one.field or "").capitalize(), "text": one.text} for one in refused.missing]
    return named or [{"label": "Refused, nothing was changed", "text": refused.text}]


def _session(one: Running, zone: ZoneInfo) -> Context:
    return {
        "browser": one.browser, "begun": one.begun.astimezone(zone), "acted": one.acted.astimezone(zone),
        "end_url": None if one.present else reverse("end_session", args=[one.id]),
    }  # fmt: skip


def _mail(request: Request) -> Context:
    choices = [{"value": value, "label": label} for value, label in rhythms.LABELS.items()]
    field = {"kind": "choice", "radios": True, "name": "rhythm", "label": "When work is told of by mail", "full": True,
             "choices": choices, "value": rhythms.chosen(request.ctx), "help": "What is overdue is told at once, always."}  # fmt: skip
    return {"url": reverse("choose_mail"), "field": field}


def _feed(request: Request, zone: ZoneInfo, address: str) -> Context:
    made = accounts.own_feed(request.ctx)
    shown: Context = {"make_url": reverse("make_feed"), "address": address, "withdraw_url": None, "facts": []}
    if made is None:
        return shown
    return shown | {
        "withdraw_url": reverse("withdraw_feed"),
        "facts": [
            {"label": "Made", "kind": "date", "value": made.created_at.astimezone(zone).date()},
            {"label": "Works until", "kind": "date", "value": made.until.astimezone(zone).date()},
            {"label": "Last read", "kind": "time", "value": made.used_at.astimezone(zone) if made.used_at else None, "none": "never"},
        ],
    }  # fmt: skip


def _tokens(view: Viewer, zone: ZoneInfo) -> list[Context]:
    now = clock.now()
    return [_token(one, zone, alive=one.revoked_at is None and one.until > now) for one in directory.list_tokens(view)]


def _token(one: Token, zone: ZoneInfo, *, alive: bool) -> Context:
    ended = "revoked" if one.revoked_at else "expired"
    return {
        "label": one.label, "scopes": " ".join(one.scopes), "sources": " ".join(one.sources), "created": one.created_at.astimezone(zone).date(),
        "until": one.until.astimezone(zone).date(), "used": one.used_at.astimezone(zone) if one.used_at else None,
        "state": {"label": "works" if alive else ended, "tone": "ok" if alive else "mute"},
        "revoke_url": reverse("revoke_token", args=[one.pk]) if alive else None,
    }  # fmt: skip
