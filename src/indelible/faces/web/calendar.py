"""The only place that shows the dated things of all types as a calendar, and gives a person's own as a feed for other programs."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from indelible.faces.web import me, wording
from indelible.faces.web.requests import Request
from indelible.infra import clock, icalendar
from indelible.kernel import records
from indelible.kernel.errors import Invalid, Missing, NotFound
from indelible.practice import accounts, agenda, queries
from indelible.practice.agenda import Agenda, Entry
from indelible.practice.queries import Viewer

Context = dict[str, Any]
IN_CELL = 3  # entries of a day in the grid; the list has all of them
LATE_SHOWN = 30
BACK, AHEAD = timedelta(days=31), timedelta(days=366)  # what a feed tells of, from today
FIRST_YEAR, LAST_YEAR = 1990, 2199


@require_safe
def show(request: Request) -> HttpResponse:
    """Show a month: what waits for this person, or all that this person may see; raises Invalid for what is no month."""
    view, today = request.view, _today(request.view)
    month = _month(request.GET.get("month", ""), today)
    mine, kind = request.GET.get("of") != "all", request.GET.get("type", "")
    kinds = [kind] if kind in view.configuration.types else []
    shown = agenda.between(view, month, _next(month), mine=mine, kinds=kinds)
    chosen = {"of": None if mine else "all", "type": kind if kinds else None}
    before = agenda.late(view, month, mine=mine, kinds=kinds) if month == today.replace(day=1) else Agenda([], more=False)
    context = {
        "page": {"title": "Calendar", "subtitle": _subtitle(shown, before),
                 "acts": [{"label": "Feed for your own calendar", "icon": "link", "url": f"{reverse('me')}#calendar"},
                          {"label": "Print", "icon": "print", "print": True}]},
        "calendar": {
            "title": f"{month:%B %Y}", "steps": _steps(month, today, chosen), "views": _views(month, chosen),
            "weeks": _weeks(month, shown.entries, today), "days": _days(shown.entries, today),
            "late": [_row(one, since=True) for one in before.entries[:LATE_SHOWN]],
            "late_note": f"the first {LATE_SHOWN} of {len(before.entries)}" if len(before.entries) > LATE_SHOWN else "",
            "more": shown.more or before.more, "empty": _empty(month, mine=mine),
        },
        "filters": _filters(view, month, chosen),
    }  # fmt: skip
    return render(request, "pages/calendar.html", context)


@never_cache
@require_safe
def feed(request: Request, secret: str) -> HttpResponse:
    """Give whoever has the secret of a feed that person's calendar; raises NotFound for any other secret.

    As mail does, it tells number, act, day and address of a record, and nothing that stands in it.
    """
    ctx = accounts.by_feed(secret, request_id=request.request_id)
    if ctx is None:
        raise NotFound("feed")
    view = queries.viewer(ctx)
    today, mine = _today(view), request.GET.get("of") != "all"
    found = agenda.between(view, today - BACK, today + AHEAD, mine=mine)
    company = view.configuration.company.name
    written = icalendar.write(f"{company}: quality", "Indelible", (_event(one) for one in found.entries))
    return HttpResponse(
        written, content_type=icalendar.MEDIA_TYPE, headers={"Content-Disposition": 'inline; filename="quality.ics"'}
    )


@never_cache
@require_POST
def make_feed(request: Request) -> HttpResponse:
    """Make the address of one's own feed, in place of an older one, and show it this one time."""
    _, secret = accounts.issue_feed(request.ctx)
    return me.page(request, feed_address=_address(request, secret))


@require_POST
def withdraw_feed(request: Request) -> HttpResponse:
    """Let the address of one's own feed end at once."""
    accounts.withdraw_feed(request.ctx)
    messages.success(request, "The address of your calendar was withdrawn and has stopped working.")
    return redirect(f"{reverse('me')}#calendar")


def _address(request: Request, secret: str) -> str:
    path = reverse("feed", args=[secret])
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def _event(entry: Entry) -> icalendar.Event:
    record = entry.record
    address = f"{settings.PUBLIC_URL}/r/{record.number}" if settings.PUBLIC_URL else ""
    return icalendar.Event(f"{record.pk}-{entry.key}@indelible", entry.day, f"{record.number}: {entry.what}", address,
                           record.updated_at)  # fmt: skip


def _today(view: Viewer) -> date:
    return clock.now().astimezone(ZoneInfo(view.configuration.company.zone)).date()


def _month(text: str, today: date) -> date:
    if not text:
        return today.replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = date.min
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Invalid(rule="input", text=f"{text[:40]!r} is not a month.",
                      missing=(Missing("A month such as 2026-03.", field="month"),))  # fmt: skip
    return found


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _url(month: date, chosen: Context, **other: str | None) -> str:
    asked = {"month": f"{month:%Y-%m}", **chosen, **other}
    return f"{reverse('calendar')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _steps(month: date, today: date, chosen: Context) -> list[Context]:
    before = (month - timedelta(days=1)).replace(day=1)
    return [
        {"label": f"{before:%B %Y}", "icon": "left", "url": _url(before, chosen)},
        {"label": "Today", "url": _url(today, chosen)},
        {"label": f"{_next(month):%B %Y}", "icon": "right", "url": _url(_next(month), chosen)},
    ]


def _views(month: date, chosen: Context) -> list[Context]:
    mine = chosen["of"] is None
    return [{"label": "Mine", "url": _url(month, chosen, of=None), "current": mine},
            {"label": "All that I may see", "url": _url(month, chosen, of="all"), "current": not mine}]  # fmt: skip


def _filters(view: Viewer, month: date, chosen: Context) -> Context:
    types = sorted(view.configuration.types.values(), key=lambda one: one.plural)
    kind = chosen["type"]
    active = (
        [{"label": f"Type: {view.configuration.types[kind].plural}", "remove_url": _url(month, chosen, type=None)}]
        if kind
        else []
    )
    hidden = [{"name": name, "value": value} for name, value in (("month", f"{month:%Y-%m}"), ("of", chosen["of"])) if value]
    options = [{"value": one.type, "label": one.plural} for one in types]
    pick = {"label": "Type", "name": "type", "kind": "person", "any": "All types", "value": kind, "options": options}
    return {"url": reverse("calendar"), "active": active, "more": [pick], "hidden": hidden}


def _weeks(month: date, entries: list[Entry], today: date) -> list[list[Context]]:
    by_day: dict[date, list[Entry]] = {}
    for entry in entries:
        by_day.setdefault(entry.day, []).append(entry)
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    return [[_cell(day, by_day.get(day, []), today, inside=day.month == month.month) for day in week] for week in weeks]


def _cell(day: date, entries: list[Entry], today: date, *, inside: bool) -> Context:
    return {
        "day": day, "inside": inside, "today": day == today, "entries": [_row(one) for one in entries[:IN_CELL]],
        "more": max(len(entries) - IN_CELL, 0),
    }  # fmt: skip


def _days(entries: list[Entry], today: date) -> list[Context]:
    days = dict.fromkeys(one.day for one in entries)
    return [{"day": day, "name": f"{day:%A}", "today": day == today, "rows": _rows(entries, day)} for day in days]


def _rows(entries: Iterable[Entry], day: date) -> list[Context]:
    return [_row(one) for one in entries if one.day == day]


def _row(entry: Entry, *, since: bool = False) -> Context:
    record, late = entry.record, ", late" if entry.late else ""
    return {
        "number": record.number, "url": reverse("record", args=[record.number]), "text": wording.title(record),
        "what": entry.what, "kind": records.type_of(record).label, "late": entry.late,
        "note": f"{entry.what}{late}{f' since {entry.day}' if since else ''}", "tone": "late" if entry.late else None,
    }  # fmt: skip


def _subtitle(shown: Agenda, before: Agenda) -> str:
    late = sum(one.late for one in shown.entries) + len(before.entries)
    return f"{len(shown.entries)} in this month, {late} late"


def _empty(month: date, *, mine: bool) -> Context:
    whose = "of yours" if mine else "that you may see"
    return {"title": f"Nothing in {month:%B %Y}", "text": f"No record {whose} has a day in this month.", "icon": "calendar"}
