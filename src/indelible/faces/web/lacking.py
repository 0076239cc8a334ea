"""The only place that keeps whoever must sign in with a second factor, and has none, from all but the page that adds one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from indelible.faces.web.requests import Request
from indelible.kernel.errors import Refused
from indelible.practice import factors

OPEN = frozenset({"me", "add_codes", "add_passkey", "stay", "logout", "about"})


def is_asked(request: Request) -> bool:
    """Say whether a role of whoever asks is one that signs in with a second factor."""
    return not {one.role for one in request.view.held}.isdisjoint(request.view.configuration.policies.factor_roles)


def factor(request: Request, page: str | None) -> HttpResponse | None:
    """Lead to where a factor is added, or refuse what was sent; give None where nothing is lacking."""
    if page in OPEN or not is_asked(request) or factors.kinds(request.ctx.person_id):
        return None
    if request.method == "GET" and not request.htmx:
        messages.info(request, "Your role asks for a second factor. Add one; until then this page is all that opens.")
        return redirect(f"{reverse('me')}#factors")
    raise Refused(rule="second_factor", text="Not done: your role asks for a second factor, and you have none.",
                  do="Add one on the page Me.")  # fmt: skip
