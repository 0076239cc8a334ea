"""The only place that shows the trail over everything, on pages and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import exports, wording
from indelible.faces.web.requests import Request
from indelible.practice import directory, history
from indelible.practice.history import Happening, Stretch
from indelible.practice.queries import Viewer

Context = dict[str, Any]
FILTERS = ("person", "record", "act", "at_from", "at_until")
LABELS = {"person": "Person", "record": "Record", "act": "Act", "rule": "Rule", "at_from": "From", "at_until": "Until"}
HEAD = (
    "Seq", "Time", "Person", "Roles", "Via", "Act", "Record", "Position", "Field", "Old", "New", "Reason", "Signed as",
    "Leaf", "Request",
)  # fmt: skip
ORDER = "Newest first, by place in the log and never by time."


@require_safe
def show(request: Request) -> HttpResponse:
    """Show what happened, newest first, as far as this person may see the records."""
    view, zone, sent = request.view, ZoneInfo(request.view.configuration.company.zone), chosen(request, FILTERS)
    found = history.of_system(view, **_asked(sent, zone), **cursor(request))
    context = {
        "page": head("trail_csv", sent), "tabs": tabs("trail"), "filters": _filters(view, sent),
        "pager": pager("trail", sent, found), "notes": notes(request, zone),
        "trail": {"rows": [_row(one, view) for one in found.rows], "empty": _empty(sent)},
    }  # fmt: skip
    return render(request, "pages/trail.html", context)


@require_safe
def export(request: Request) -> HttpResponseBase:
    """Give exactly the events that the trail with these filters shows, all its pages, as CSV."""
    view, zone, sent = request.view, ZoneInfo(request.view.configuration.company.zone), chosen(request, FILTERS)
    active = said(sent, _names(view, sent))
    return exports.csv_answer(request, "Audit trail", HEAD, _lines(view, _asked(sent, zone), zone), active)


def _lines(view: Viewer, asked: Context, zone: ZoneInfo) -> Iterator[list[str]]:
    before: int | None = None
    while True:
        found = history.of_system(view, **asked, before=before)
        for one in found.rows:
            yield from _written(one, zone)
        if found.older is None:
            return
        before = found.older


def _written(one: Happening, zone: ZoneInfo) -> Iterator[list[str]]:
    """Write an event: one line, and one more for each further field that it changed."""
    meaning = one.signature.meaning if one.signature else ""
    start = [
        _number(one.seq),
        stamp(one.at, zone),
        one.who,
        " ".join(one.roles),
        one.via,
        one.event,
        one.number,
        str(one.position),
    ]
    end = [one.reason, meaning, one.leaf, one.request]
    changes = [[c.label, c.old, c.new] for c in one.changes if not c.first] or [["", "", ""]]
    return ([*start, *change, *end] for change in changes)


def _number(seq: int | None) -> str:
    return "" if seq is None else str(seq)  # not integrated yet: it has no place in the log


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """Write a time for a spreadsheet, with its offset."""
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def chosen(request: Request, names: Iterable[str]) -> dict[str, str]:
    """Give the filters that stand in the address."""
    found = {name: request.GET.get(name, "").strip()[:100] for name in names}
    return {name: value for name, value in found.items() if value}


def cursor(request: Request) -> Context:
    """Give from where on the page goes: before something that was shown, or after it."""
    return {name: wording.whole(request.GET.get(name, "")) for name in ("before", "after")}


def within(sent: dict[str, str], zone: ZoneInfo) -> Context:
    """Give whose, and from when until when: days begin and end in the company's zone."""
    since, until = _day(sent.get("at_from", "")), _day(sent.get("at_until", ""))
    return {
        "person": _id(sent.get("person", "")),
        "since": datetime.combine(since, time(), zone) if since else None,
        "until": datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    }


def _asked(sent: dict[str, str], zone: ZoneInfo) -> Context:
    return within(sent, zone) | {"record": sent.get("record", ""), "act": sent.get("act", "")}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 9000 else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def url(name: str, sent: dict[str, str], **more: int | None) -> str:
    """Give the address of a page with its filters and cursor."""
    pairs = {**sent, **{key: value for key, value in more.items() if value is not None}}
    return reverse(name) + (f"?{urlencode(pairs)}" if pairs else "")


def head(csv: str, sent: dict[str, str]) -> Context:
    """Give the head that both pages of the trail have."""
    return {"title": "Audit trail", "subtitle": "What happened to the records that you may see: who, when, old, new, why.",
            "acts": [{"label": "CSV", "url": url(csv, sent), "icon": "save"}]}  # fmt: skip


def tabs(here: str) -> list[Context]:
    """Give the two pages of the trail."""
    return [
        {"label": label, "url": reverse(name), "current": name == here}
        for label, name in (("Events", "trail"), ("Refused attempts", "refusals"))
    ]


def pager(name: str, sent: dict[str, str], found: Stretch[Any]) -> Context:
    """Give the way to what is newer and to what is older."""
    return {
        "note": ORDER,
        "size": history.PAGE,
        "newer_url": url(name, sent, after=found.newer) if found.newer is not None else None,
        "older_url": url(name, sent, before=found.older) if found.older is not None else None,
    }


def notes(request: Request, zone: ZoneInfo) -> list[Context]:
    """Say when a day that was typed could not be read."""
    wrong = [name for name in ("at_from", "at_until") if request.GET.get(name) and _day(request.GET[name]) is None]
    if not wrong:
        return []
    return [
        {
            "lead": "A day is written YYYY-MM-DD.",
            "text": f"What was typed was left out. Days begin and end in {zone.key}.",
            "tone": "warn",
        }
    ]


def said(sent: dict[str, str], names: dict[str, str]) -> list[str]:
    """Put the filters into words, for the head of a page and for an export."""
    return [f"{LABELS[name]}: {names.get(value, 'unknown') if name == 'person' else value}" for name, value in sent.items()]


def active(name: str, sent: dict[str, str], words: list[str]) -> list[Context]:
    """Give each filter in words with the address that takes it away."""
    return [
        {"label": label, "remove_url": url(name, {k: v for k, v in sent.items() if k != key})}
        for (key, _), label in zip(sent.items(), words, strict=True)
        if key != "record"
    ]


def by_time(sent: dict[str, str]) -> Context:
    """Give the filter by day."""
    return {"label": "Time", "name": "at", "kind": "date_range", "from_value": sent.get("at_from"),
            "until_value": sent.get("at_until")}  # fmt: skip


def _row(one: Happening, view: Viewer) -> Context:
    changed = [wording.old_new(c.label, c.old, c.new) for c in one.changes if not c.first]
    flag: Context | None = None
    if one.signature:
        meaning = view.configuration.meanings.get(one.signature.meaning)
        flag = {"label": meaning.label if meaning else one.signature.meaning, "tone": "ink", "icon": "seal"}
    elif one.late:
        flag = {"label": "entered late", "tone": "warn"}
    page = reverse("record", args=[one.number])
    return {
        "seq": _number(one.seq) or "not yet",
        "at": one.at.astimezone(ZoneInfo(one.zone)),
        "who": one.who,
        "system": one.person is None,
        "act": one.event,
        "record": {"number": one.number, "url": page},
        "fields": changed,
        "text": _text(one, bool(changed)),
        "reason": one.reason,
        "flag": flag,
        "url": f"{page}#at-{one.position}",
    }


def _text(one: Happening, changed: bool) -> str:
    if one.voided:
        names = ", ".join(f"{v['name']} ({v['meaning'].replace('_', ' ')})" for v in one.voided)
        return f"No longer counting: {names}."
    if comment := one.note.get("comment"):
        return str(comment)
    first = [c for c in one.changes if c.first]
    if first:
        return f"First entry, {len(first)} field{'' if len(first) == 1 else 's'}"
    moved = one.came_from and one.came_from != one.state and not changed
    return f"{one.came_from} → {one.state}".replace("_", " ") if moved else ""


def _names(view: Viewer, sent: dict[str, str]) -> dict[str, str]:
    return dict(directory.list_everybody(view)) if "person" in sent else {}


def _filters(view: Viewer, sent: dict[str, str]) -> Context:
    named = dict(directory.list_everybody(view))
    people = [{"value": pk, "label": name} for pk, name in named.items()]
    acts = [{"value": act, "label": act} for act in _acts(view)]
    more = [
        {"label": "Person", "name": "person", "kind": "person", "options": people, "value": sent.get("person", "")},
        {"label": "Act", "name": "act", "kind": "person", "any": "Any act", "options": acts, "value": sent.get("act", "")},
        by_time(sent),
    ]
    return {
        "url": reverse("trail"),
        "find": {"name": "record", "value": sent.get("record", ""), "label": "Number of a record"},
        "active": active("trail", sent, said(sent, named)),
        "more": more,
        "clear_url": reverse("trail"),
    }


def _acts(view: Viewer) -> list[str]:
    """Give the names of the acts that this configuration declares."""
    found = set()
    for kind, declaration in view.configuration.types.items():
        found |= {f"{kind}.{verb}" for state in declaration.lifecycle.values() for verb in state.moves}
        found |= {f"{kind}.{verb}" for verb in ("create", "edit")}
        found |= {
            f"{kind}.{verb}"
            for verb in ("comment", "link", "reassign", "extend", "postpone")
            if getattr(declaration, verb) is not None
        }
    return sorted(found)


def _empty(sent: dict[str, str]) -> Context:
    return {"title": "No event fits these filters" if sent else "No event yet", "icon": "history",
            "text": "Events of records that you may not see are left out.",
            "acts": [{"label": "Clear the filters", "url": reverse("trail")}] if sent else []}  # fmt: skip
