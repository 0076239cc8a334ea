"""The only place that shows the attempts that were refused, on pages and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import exports, trail
from indelible.faces.web.requests import Request
from indelible.practice import directory, history
from indelible.practice.history import Refused
from indelible.practice.queries import Viewer

Context = dict[str, Any]
FILTERS = ("person", "rule", "at_from", "at_until")
HEAD = ("Time", "Person", "Act", "Record", "Rule", "Text", "Request")


@require_safe
def show(request: Request) -> HttpResponse:
    """Show the refused attempts: everybody's for those who review trails, one's own for anybody else."""
    view, zone, sent = request.view, ZoneInfo(request.view.configuration.company.zone), trail.chosen(request, FILTERS)
    found = history.refusals(view, **_asked(sent, zone), **trail.cursor(request))
    known = directory.names(one.person for one in found.rows)
    context = {
        "page": trail.head("refusals_csv", sent), "tabs": trail.tabs("refusals"), "filters": _filters(view, sent),
        "pager": trail.pager("refusals", sent, found), "notes": [{"lead": _whose(view)}, *trail.notes(request, zone)],
        "trail": {"rows": [_row(one, known, zone) for one in found.rows], "empty": _empty(sent), "plain": True},
    }  # fmt: skip
    return render(request, "pages/trail.html", context)


@require_safe
def export(request: Request) -> HttpResponseBase:
    """Give exactly the refused attempts that the page with these filters shows, all its pages, as CSV."""
    view, zone, sent = request.view, ZoneInfo(request.view.configuration.company.zone), trail.chosen(request, FILTERS)
    words = trail.said(sent, dict(directory.list_everybody(view)))
    return exports.csv_answer(request, "Refused attempts", HEAD, _lines(view, _asked(sent, zone), zone), words)


def _lines(view: Viewer, asked: Context, zone: ZoneInfo) -> Iterator[list[str]]:
    before: int | None = None
    while True:
        found = history.refusals(view, **asked, before=before)
        known = directory.names(one.person for one in found.rows)
        for one in found.rows:
            who = _who(one, known)
            yield [trail.stamp(one.at, zone), who, one.act, one.subject, one.rule, one.text, one.request]
        if found.older is None:
            return
        before = found.older


def _asked(sent: dict[str, str], zone: ZoneInfo) -> Context:
    return trail.within(sent, zone) | {"rule": sent.get("rule", "")}


def _who(one: Refused, known: dict[UUID, str]) -> str:
    return known.get(one.person, "System") if one.person else "System"


def _row(one: Refused, known: dict[UUID, str], zone: ZoneInfo) -> Context:
    return {
        "at": one.at.astimezone(zone), "who": _who(one, known), "system": one.person is None, "act": one.act,
        "record": {"number": one.subject}, "text": one.text, "rule": one.rule, "tone": "flagged",
    }  # fmt: skip


def _whose(view: Viewer) -> str:
    if history.reviews_refusals(view):
        return "You see everybody's refused attempts."
    return "You see your own refused attempts; those who review trails see all."


def _filters(view: Viewer, sent: dict[str, str]) -> Context:
    named = dict(directory.list_everybody(view))
    people = [{"value": pk, "label": name} for pk, name in named.items()]
    rules = [{"value": rule, "label": rule} for rule in sorted({*history.refused_rules(view), sent.get("rule", "")} - {""})]
    by_person = {"label": "Person", "name": "person", "kind": "person", "options": people, "value": sent.get("person", "")}
    by_rule = {
        "label": "Rule",
        "name": "rule",
        "kind": "person",
        "any": "Any rule",
        "options": rules,
        "value": sent.get("rule", ""),
    }
    return {
        "url": reverse("refusals"),
        "active": trail.active("refusals", sent, trail.said(sent, named)),
        "more": [*([by_person] if history.reviews_refusals(view) else []), by_rule, trail.by_time(sent)],
        "clear_url": reverse("refusals"),
    }


def _empty(sent: dict[str, str]) -> Context:
    if sent:
        return {"title": "No refused attempt fits these filters", "icon": "filter",
                "text": "All refused attempts that you may see were searched.",
                "acts": [{"label": "Clear the filters", "url": reverse("refusals")}]}  # fmt: skip
    return {
        "title": "No attempt was refused",
        "text": "A refused attempt is noted here with its rule, and never with what was typed.",
        "icon": "check",
    }
