"""The only place where an administrator invites people, gives one-time links and disables accounts, through the door."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from indelible.faces.web import answers, enrolling, fields, handing, wording
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel.errors import Conflict, NotFound, Refused
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import accounts, directory, factors, identity, queries, sso
from indelible.practice.directory import VERIFIED, Entry

Context = dict[str, Any]
UNLINK = (
    "Unlink the single sign-on of",
    "The provider's word opens nothing any more, and all sessions end. A password that is there goes on; a one-time link makes a new one.",
)
OF_ADMINISTRATORS = {"renew_link": "renew_link", "deactivate": "deactivate", "cancel": "deactivate",
                     "verify_identity": "verify_identity"}  # fmt: skip
OF_ONESELF = {"set_password": "password", "issue_token": "tokens", "revoke_token": "tokens", "add_factor": "factors",
              "remove_factor": "factors", "link_sso": "sso", "unlink_sso": "sso", "accept_statement": "signing"}  # fmt: skip
DONE_HERE = {*OF_ADMINISTRATORS, *OF_ONESELF}
DISABLE = ("Disable", "Sessions, tokens and roles end at once. What was signed stays; the user id is never given again.")
RESET = (
    "Remove the second factors of",
    "Only when you know from the person that they are lost. The password stays; the event says who did it.",
)
NO_LINK = "{number} was entered. There is no link yet: somebody records the check of the identity first, then you issue it."
SEEN = "Empty where somebody else sees the document: the link is then issued after they have recorded it."
AT_THE_END = "left_on"  # when somebody leaves is not asked of somebody who comes


@never_cache
@require_safe
def show(request: Request) -> HttpResponse:
    """List everybody with account, roles and one-time link."""
    return _page(request)


@never_cache
@require_http_methods(["GET", "POST"])
def invite(request: Request) -> HttpResponse:
    """Create a person with an account and show the one-time link, this one time."""
    if refusal := queries.may_create(request.view, accounts.PERSON):
        raise refusal
    declaration = request.view.configuration.type(accounts.PERSON)
    place = Place(request.view, request.view.configuration.company.zone)
    if request.method == "GET":
        return _ask(request, declaration, place, {})
    sent = {f.name: fields.read(f, request.POST, place.zone) for f in _asked(declaration)}
    told = enrolling.told(request)
    seen = told if any(told[name] for name in identity.TAKES[:2]) else None  # a day alone says nothing
    try:
        outcome, secret = accounts.invite(request.ctx, sent, key=request.POST.get("key") or None, identity=seen)
    except Refused as refused:
        return _ask(request, declaration, place, sent, refused)
    if not secret:
        messages.info(request, NO_LINK.format(number=outcome.number))
        return redirect("accounts")
    return _page(request, link=_link(request, outcome.number, secret))


@never_cache
@require_http_methods(["GET", "POST"])
def renew_link(request: Request, number: str) -> HttpResponse:
    """Ask, then give a person a new one-time link and show it, this one time; an older link stops working."""
    if request.method == "GET":
        return _ask_link(request, _entry(request, number))
    queries.get_record(request.view, number)
    secret = accounts.renew_link(request.ctx, number)
    return _page(request, link=_link(request, number, secret))


@require_http_methods(["GET", "POST"])
def deactivate(request: Request, number: str) -> HttpResponse:
    """Ask why, then disable a person: roles, sessions and tokens end."""
    entry = _entry(request, number)
    record = queries.get_record(request.view, number)
    if request.method == "GET":
        return _ask_why(request, entry)
    try:
        accounts.deactivate(
            request.ctx,
            number,
            seen=wording.whole(request.POST.get("seen", "")),
            reason=request.POST.get("reason", ""),
            key=request.POST.get("key") or None,
        )
    except Conflict:
        raise
    except Refused as refused:
        if not any(one.field for one in refused.missing):
            raise
        return _ask_why(request, entry, refused)
    messages.success(request, f"{entry.name} was disabled: roles, sessions and tokens have ended.")
    return redirect("hand_over", number) if handing.left_open(request, record) else redirect("accounts")


@never_cache
@require_http_methods(["GET", "POST"])
def reset_factors(request: Request, number: str) -> HttpResponse:
    """Ask why, then remove every second factor of a person who has lost them."""
    entry = _entry(request, number)
    queries.get_record(request.view, number)
    if request.method == "GET":
        return _ask_why(request, entry, told=RESET)
    sent = request.POST
    try:
        factors.reset(request.ctx, number, seen=wording.whole(sent.get("seen", "")), reason=sent.get("reason", ""),
                      key=sent.get("key") or None)  # fmt: skip
    except Conflict:
        raise
    except Refused as refused:
        if not any(one.field for one in refused.missing):
            raise
        return _ask_why(request, entry, refused, told=RESET)
    messages.success(request, f"{entry.name} has no second factor any more, and adds a new one after signing in.")
    return redirect("accounts")


@never_cache
@require_http_methods(["GET", "POST"])
def unlink_sso(request: Request, number: str) -> HttpResponse:
    """Ask why, then remove the link of a person to the identity provider; the person's sessions end."""
    entry, sent = _entry(request, number), request.POST
    record = queries.get_record(request.view, number)
    if request.method == "GET":
        return _ask_why(request, entry, told=UNLINK)
    try:
        sso.unlink(request.ctx, record.pk, seen=wording.whole(sent.get("seen", "")), reason=sent.get("reason", "").strip(),
                   key=sent.get("key") or None)  # fmt: skip
    except Conflict:
        raise
    except Refused as refused:
        if not any(one.field for one in refused.missing):
            raise
        return _ask_why(request, entry, refused, told=UNLINK)
    messages.success(request, f"{entry.name} is not linked any more; sessions have ended.")
    return redirect("accounts")


def page_of(record: Record, verb: str, *, own: bool) -> str | None:
    """Give the page that does an act of a person whole, where the bare act would leave a secret or sessions behind."""
    if record.type != accounts.PERSON or verb not in DONE_HERE:
        return None
    if verb in OF_ADMINISTRATORS:
        return reverse(OF_ADMINISTRATORS[verb], args=[record.number])
    return f"{reverse('me')}#{OF_ONESELF[verb]}" if own else reverse("accounts")


def pages(record: Record) -> list[Context]:
    """Give what a person's page offers beside its acts: everything open of that person."""
    if record.type != accounts.PERSON:
        return []
    return [{"label": "Open work, and hand it over", "icon": "person", "url": reverse("hand_over", args=[record.number])}]


def _entry(request: Request, number: str) -> Entry:
    entry = next((one for one in directory.list_accounts(request.view) if one.number == number), None)
    if entry is None or entry.standing == "past":
        raise NotFound(number)
    return entry


def _page(request: Request, link: Context | None = None) -> HttpResponse:
    view, zone = request.view, ZoneInfo(request.view.configuration.company.zone)
    entries = directory.list_accounts(view)
    context = {
        "page": {"title": "Accounts", "subtitle": "Who can sign in, with which roles. Nobody sees a password.",
                 "acts": [{"label": "Invite a person", "url": reverse("invite"), "icon": "plus", "tone": "primary"}]},
        "link": link, "people": [_row(request, one, zone) | _link_of(one) for one in entries],
    }  # fmt: skip
    return render(request, "pages/accounts.html", context)


def _row(request: Request, one: Entry, zone: ZoneInfo) -> Context:
    declared = request.view.configuration.type(accounts.PERSON).lifecycle[one.state]
    gone = one.standing == "past"
    return {
        "number": one.number, "name": one.name, "title": one.title, "user_id": one.user_id, "roles": ", ".join(one.roles),
        "url": reverse("record", args=[one.number]), "state": wording.state(declared, one.state),
        "last": one.last_sign_in.astimezone(zone) if one.last_sign_in else None,
        "until": one.link_until.astimezone(zone) if one.link_until else None,
        "link_url": None if gone else reverse("renew_link", args=[one.number]),
        "factors": ", ".join(one.factors),
        "identity": one.identity, "identity_url": None if gone or one.identity == VERIFIED else reverse("verify_identity", args=[one.number]),
        "reset_url": reverse("reset_factors", args=[one.number]) if one.factors and not gone else None,
        "deactivate_url": None if gone else reverse("deactivate", args=[one.number]),
    }  # fmt: skip


def _link_of(one: Entry) -> Context:
    return {
        "sso": one.linked,
        "unlink_url": reverse("unlink_sso_of", args=[one.number]) if one.linked and one.standing != "past" else None,
    }


def _link(request: Request, number: str, secret: str) -> Context:
    hours = request.view.configuration.policies.invitation_hours
    return {"number": number, "url": request.build_absolute_uri(reverse("link", args=[secret])), "hours": hours}


def _asked(declaration: TypeDeclaration) -> list[FieldDeclaration]:
    return [f for f in declaration.live_fields() if f.name != AT_THE_END]


def _ask(
    request: Request, declaration: TypeDeclaration, place: Place, values: Context, refused: Refused | None = None
) -> HttpResponse:
    missing = refused.missing if refused else ()
    errors = {one.field: one.text for one in missing if one.field}
    titles = {f.name: f.title for f in declaration.live_fields()}
    asked = [fields.widget(f, values.get(f.name), place) | {"error": errors.get(f.name)} for f in _asked(declaration)]
    summary = [{"field": one.field, "label": titles.get(one.field or "", "Person"), "text": one.text} for one in missing]
    if refused is not None and not summary:
        summary = [{"label": "Refused, nothing was changed", "text": refused.text}]
    form = {
        "url": request.path,
        "fieldsets": [
            {"title": declaration.label, "fields": asked},
            {
                "title": "Check of the identity",
                "note": SEEN,
                "fields": enrolling.identity_fields(request, errors, required=False),
            },
        ],
        "button": "Invite",
        "cancel_url": reverse("accounts"),
        "hidden": [{"name": "key", "value": request.POST.get("key") or str(ids.new())}],
        "errors": summary,
    }
    page = {
        "title": "Invite a person",
        "subtitle": "You get a link to hand over, which works once, as soon as the identity was checked.",
        "crumbs": [{"label": "Accounts", "url": reverse("accounts")}],
    }
    return render(
        request, "pages/form.html", {"page": page, "form": form}, status=answers.status_of(refused) if refused else 200
    )


def _ask_link(request: Request, entry: Entry) -> HttpResponse:
    hours = request.view.configuration.policies.invitation_hours
    form = {
        "url": request.path,
        "fieldsets": [{"title": f"{entry.name}, {entry.user_id}"}],
        "button": "Issue and show the link",
        "cancel_url": reverse("record", args=[entry.number]),
    }
    page = {
        "title": "Issue a one-time link",
        "number": entry.number,
        "crumbs": [{"label": "Accounts", "url": reverse("accounts")}],
        "subtitle": f"It sets a password, works once and within {hours} hours, and is shown on the next page this one time. "
        "An older link stops working at once; a present password goes on until the new one is set.",
    }
    return render(request, "pages/form.html", {"page": page, "form": form})


def _ask_why(
    request: Request, entry: Entry, refused: Refused | None = None, *, told: tuple[str, str] = DISABLE
) -> HttpResponse:
    what, follows = told
    record = queries.get_record(request.view, entry.number)
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    reason = {"kind": "text", "name": "reason", "label": "Reason", "rows": 2, "required": True, "full": True,
              "value": request.POST.get("reason", ""), "error": errors.get("reason")}  # fmt: skip
    form = {
        "url": request.path,
        "fieldsets": [{"title": f"{entry.name}, {entry.user_id}", "fields": [reason]}],
        "button": what.split()[0],
        "cancel_url": reverse("accounts"),
        "errors": [{"field": f, "label": "Reason", "text": t} for f, t in errors.items()],
        "hidden": [
            {"name": "key", "value": request.POST.get("key") or str(ids.new())},
            {"name": "seen", "value": record.position},
        ],
    }
    page = {
        "title": f"{what} {entry.name}",
        "number": entry.number,
        "crumbs": [{"label": "Accounts", "url": reverse("accounts")}],
        "subtitle": follows,
    }
    context = {"page": page, "form": form, "notes": handing.left_open(request, record) if told == DISABLE else []}
    return render(request, "pages/form.html", context, status=422 if refused else 200)
