"""The only place that shows configurations as a readable specification: what runs, what ran on a day, what differs, by which change."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.assurance.catalogue import touching
from indelible.assurance.configuration import applying, keys, planning, proposing
from indelible.assurance.configuration.differing import Difference, differences
from indelible.faces.web import specifying
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.configuration import Configuration
from indelible.kernel.errors import NotFound
from indelible.practice import lookup
from indelible.practice.narrowing import end_of

Context = dict[str, Any]
Row = tuple[int, str, datetime]


@require_safe
def show(request: Request) -> HttpResponse:
    """Show a whole configuration: that in force, of a baseline, or as of a day; raises NotFound, Invalid for what is no day."""
    row, rows = _asked(request), lookup.list_baselines()
    found, on = config.at(row[1]), _on(row, rows)
    as_of = request.GET.get("as_of", "").strip()
    here = reverse("configuration")
    chosen = [{"label": f"As of {as_of}", "remove_url": here}] if as_of else []
    filters = {"url": here, "active": chosen, "more": [{"label": "As of", "name": "as_of", "kind": "date", "value": as_of}]}
    cards = specifying.cards(found, on)
    context = {
        "page": _head(request, "Configuration", row, rows, crumbs=False), "notes": [_standing(request, row, rows)],
        "cards": [{"table": cards[0]["table"], "filters": filters}, *cards[1:]],
    }  # fmt: skip
    return render(request, "pages/panel.html", context)


@require_safe
def kind(request: Request, name: str) -> HttpResponse:
    """Show one type as it is, or was, declared: fields, states, moves, signatures; raises NotFound."""
    row, rows = _asked(request), lookup.list_baselines()
    found = config.at(row[1])
    page = _head(request, found.type(name).label, row, rows, crumbs=True)
    context = {
        "page": page,
        "notes": [_standing(request, row, rows)],
        "cards": specifying.type_cards(found, found.type(name)),
    }
    return render(request, "pages/panel.html", context)


@require_safe
def baselines(request: Request) -> HttpResponse:
    """List the baselines with the change that brought each, and the way to what it changed."""
    zone, rows = ZoneInfo(request.view.configuration.company.zone), lookup.list_baselines()
    by = {one["number"]: one for one in applying.applications()}
    columns = [
        {"label": label, "main": label == "Hash"}
        for label in ("Baseline", "Hash", "In force from", "Brought by", "What changed")
    ]
    shown = [{"cells": _baseline(row, by.get(row[0]), zone)} for row in reversed(rows)]
    page = {
        "title": "Baselines",
        "crumbs": [_crumb()],
        "subtitle": "Every configuration that was ever in force, and the change that brought it.",
    }
    table = {"caption": "Baselines", "columns": columns, "rows": shown}
    return render(request, "pages/panel.html", {"page": page, "cards": [{"table": table}]})


@require_safe
def compare(request: Request) -> HttpResponse:
    """Show what differs between two baselines, key by key; raises NotFound for one that is not there."""
    rows = lookup.list_baselines()
    latest = rows[-1][0]
    first = _numbered(rows, request.GET.get("from") or str(max(latest - 1, 1)))
    second = _numbered(rows, request.GET.get("to") or str(latest))
    old, new = config.at(first[1]), config.at(second[1])
    choices = [{"value": str(n), "label": f"Baseline {n}"} for n, _, _ in rows]
    context = {
        "page": {"title": f"Baseline {first[0]} and {second[0]}", "crumbs": [_crumb(), {"label": "Baselines", "url": reverse("baselines")}]},
        "diff": lines(differences(old, new), old, new), "nothing": "These two say the same.",
        "choose": {"url": reverse("baselines_compare"), "options": choices, "first": str(first[0]), "second": str(second[0])},
    }  # fmt: skip
    return render(request, "pages/plan.html", context)


def lines(found: list[Difference], *configurations: Configuration) -> list[Context]:
    """Give differences for parts of a page: each key with before and after, and whether it is GxP."""
    return [
        {
            "key": one.key, "title": planning.title_of(one.key, *configurations), "how": one.how, "gxp": keys.is_gxp(one.key),
            "old": None if one.before is None else planning.told(one.before), "new": None if one.after is None else planning.told(one.after),
            "requirements": ", ".join(touching.requirements(one.key, one.before, one.after)),
        }
        for one in found
    ]  # fmt: skip


def _asked(request: Request) -> Row:
    rows, asked = lookup.list_baselines(), request.GET.get("baseline", "").strip()
    if as_of := request.GET.get("as_of", "").strip():
        moment = end_of(as_of, request.view.configuration.company.zone)
        before = [row for row in rows if row[2] < moment]
        if not before:
            raise NotFound(f"a configuration on {as_of}")
        return before[-1]
    return _numbered(rows, asked) if asked else rows[-1]


def _numbered(rows: list[Row], asked: str) -> Row:
    """Find a baseline by its number or hash; the hash of one that came back finds the newest."""
    found = [row for row in rows if asked in (str(row[0]), row[1])]
    if not found:
        raise NotFound(f"baseline {asked[:64]}")
    return found[-1]


def _on(row: Row, rows: list[Row]) -> str:
    return "" if row == rows[-1] else f"?{urlencode({'baseline': row[0]})}"


def _standing(request: Request, row: Row, rows: list[Row]) -> Context:
    zone, told = ZoneInfo(request.view.configuration.company.zone), applying.applied_by(row[0])
    by = f"by {told[applying.CHANGE]}" if told else "at the beginning of this installation"
    since = f"in force from {row[2].astimezone(zone):%Y-%m-%d %H:%M} ({zone.key}), {by}; its hash is {row[1]}."
    if row == rows[-1]:
        return {"lead": f"This is what runs: baseline {row[0]},", "text": since, "tone": "ok", "icon": "check"}
    until = next(at for number, _, at in rows if number == row[0] + 1)
    text = f"{since} It was replaced on {until.astimezone(zone):%Y-%m-%d %H:%M}."
    return {"lead": f"This ran, and runs no more: baseline {row[0]},", "text": text, "tone": "warn",
            "link": {"label": "What runs now", "url": reverse("configuration")}}  # fmt: skip


def _head(request: Request, title: str, row: Row, rows: list[Row], *, crumbs: bool) -> Context:
    acts: list[Context] = [{"label": "Baselines", "url": reverse("baselines"), "icon": "history"}]
    if row == rows[-1] and proposing.may_propose(request.view):
        acts.append({"label": "Propose a change", "url": reverse("configure"), "icon": "pen", "tone": "primary"})
    at = f"baseline {row[0]}, read on {clock.now().astimezone(ZoneInfo(request.view.configuration.company.zone)):%Y-%m-%d %H:%M}"
    return {
        "title": title,
        "acts": acts,
        "subtitle": f"As it is sealed in {at}.",
        "crumbs": [_crumb(_on(row, rows))] if crumbs else [],
    }


def _crumb(on: str = "") -> Context:
    return {"label": "Configuration", "url": reverse("configuration") + on}


def _baseline(row: Row, told: Context | None, zone: ZoneInfo) -> list[Context]:
    number, sha256, at = row
    here = f"{reverse('configuration')}?{urlencode({'baseline': number})}"
    between = f"{reverse('baselines_compare')}?{urlencode({'from': number - 1, 'to': number})}"
    change = (
        {"kind": "record", "value": told[applying.CHANGE], "url": reverse("record", args=[told[applying.CHANGE]])}
        if told
        else None
    )
    return [
        {"kind": "record", "value": f"Baseline {number}", "url": here}, {"kind": "hash", "value": sha256, "groups": 16},
        {"kind": "time", "value": at.astimezone(zone)}, change or {"kind": "text", "value": "the beginning"},
        {"kind": "record", "value": "Compare", "url": between} if number > 1 else {"kind": "text", "value": ""},
    ]  # fmt: skip
