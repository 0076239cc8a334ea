"""The only place that shows the trail over everything, and the attempts that were refused; both also as CSV."""

from __future__ import annotations

from collections.abc import Iterator
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
from indelible.kernel.queries import Viewer
from indelible.practice import directory, history
from indelible.practice.history import Happening

Context = dict[str, Any]
FILTERS = ("person", "record", "act", "at_from", "at_until")
MOST_REFUSALS = 1000
ORDER = "Newest first, by place in the log and never by time."


@require_safe
def show(request: Request) -> HttpResponse:
    """Show what happened, newest first, as far as this person may see the records."""
    view, zone, chosen = request.view, ZoneInfo(request.view.configuration.company.zone), _chosen(request)
    before = wording.whole(request.GET.get("before", ""))
    found, older = history.of_system(view, **_asked(chosen, zone), before=before)
    pager = {
        "note": ORDER, "size": history.PAGE, "newer": "Newest", "newer_url": _url("trail", chosen) if before else None,
        "older_url": _url("trail", chosen, before=str(older)) if older else None,
    }  # fmt: skip
    context = {
        "page": _head("trail_csv", chosen), "tabs": _tabs("trail"), "filters": _filters(view, chosen), "pager": pager,
        "trail": {"rows": [_row(one, view) for one in found], "empty": _empty(chosen)}, "notes": _notes(request, zone),
    }  # fmt: skip
    return render(request, "pages/trail.html", context)


@require_safe
def refusals(request: Request) -> HttpResponse:
    """Show the refused attempts: everybody's for those who review trails, one's own for anybody else."""
    view, zone = request.view, ZoneInfo(request.view.configuration.company.zone)
    found = history.refusals(view, limit=MOST_REFUSALS)
    known = directory.names(one.person for one in found)
    rows = [
        {
            "at": one.at.astimezone(zone),
            "who": known.get(one.person, "System") if one.person else "System",
            "system": one.person is None,
            "act": one.act,
            "record": {"number": one.subject},
            "text": one.text,
            "rule": one.rule,
            "tone": "flagged",
        }
        for one in found
    ]
    empty = {
        "title": "No attempt was refused",
        "text": "A refused attempt is noted here with its rule, and never with what was typed.",
        "icon": "check",
    }
    context = {
        "page": _head("refusals_csv", {}),
        "tabs": _tabs("refusals"),
        "trail": {"rows": rows, "empty": empty, "plain": True},
        "notes": [{"lead": _whose(view)}],
    }
    return render(request, "pages/trail.html", context)


@require_safe
def export(request: Request) -> HttpResponseBase:
    """Give exactly the events that the trail with these filters shows, all its pages, as CSV."""
    view, zone = request.view, ZoneInfo(request.view.configuration.company.zone)
    head = [
        "Seq",
        "Time",
        "Person",
        "Roles",
        "Via",
        "Act",
        "Record",
        "Position",
        "Field",
        "Old",
        "New",
        "Reason",
        "Signed as",
        "Leaf",
        "Request",
    ]
    return exports.csv_answer("Audit trail", head, _lines(view, _asked(_chosen(request), zone), zone))


@require_safe
def export_refusals(request: Request) -> HttpResponseBase:
    """Give the refused attempts as CSV."""
    zone = ZoneInfo(request.view.configuration.company.zone)
    found = history.refusals(request.view, limit=MOST_REFUSALS)
    known = directory.names(one.person for one in found)
    rows = (
        [
            _stamp(one.at, zone),
            known.get(one.person, "System") if one.person else "System",
            one.act,
            one.subject,
            one.rule,
            one.text,
            one.request,
        ]
        for one in found
    )
    return exports.csv_answer("Refused attempts", ["Time", "Person", "Act", "Record", "Rule", "Text", "Request"], rows)


def _lines(view: Viewer, asked: Context, zone: ZoneInfo) -> Iterator[list[str]]:
    before: int | None = None
    while True:
        found, before = history.of_system(view, **asked, before=before)
        for one in found:
            yield from _written(one, zone)
        if before is None:
            return


def _written(one: Happening, zone: ZoneInfo) -> Iterator[list[str]]:
    """Write an event: one line, and one more for each further field that it changed."""
    meaning = one.signature.meaning if one.signature else ""
    start = [
        _number(one.seq),
        _stamp(one.at, zone),
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


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _chosen(request: Request) -> dict[str, str]:
    found = {name: request.GET.get(name, "").strip()[:100] for name in FILTERS}
    return {name: value for name, value in found.items() if value}


def _asked(chosen: dict[str, str], zone: ZoneInfo) -> Context:
    since, until = _day(chosen.get("at_from", "")), _day(chosen.get("at_until", ""))
    return {
        "person": _id(chosen.get("person", "")), "record": chosen.get("record", ""), "act": chosen.get("act", ""),
        "since": datetime.combine(since, time(), zone) if since else None,
        "until": datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    }  # fmt: skip


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


def _url(name: str, chosen: dict[str, str], **more: str) -> str:
    pairs = chosen | more
    return reverse(name) + (f"?{urlencode(pairs)}" if pairs else "")


def _head(csv: str, chosen: dict[str, str]) -> Context:
    return {"title": "Audit trail", "subtitle": "What happened to the records that you may see: who, when, old, new, why.",
            "acts": [{"label": "CSV", "url": _url(csv, chosen), "icon": "save"}]}  # fmt: skip


def _tabs(here: str) -> list[Context]:
    return [
        {"label": label, "url": reverse(name), "current": name == here}
        for label, name in (("Events", "trail"), ("Refused attempts", "refusals"))
    ]


def _notes(request: Request, zone: ZoneInfo) -> list[Context]:
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


def _whose(view: Viewer) -> str:
    readers = set(view.configuration.policies.trail_readers)
    everybody = readers & {held.role for held in view.held}
    return (
        "You see everybody's refused attempts."
        if everybody
        else "You see your own refused attempts; those who review trails see all."
    )


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


def _filters(view: Viewer, chosen: dict[str, str]) -> Context:
    people = [{"value": pk, "label": name} for pk, name in directory.list_everybody(view)]
    named = {one["value"]: one["label"] for one in people}
    acts = [{"value": act, "label": act} for act in _acts(view)]
    said = {"person": named.get(chosen.get("person", ""), "unknown")}
    labels = {"person": "Person", "record": "Record", "act": "Act", "at_from": "From", "at_until": "Until"}
    active = [
        {
            "label": f"{labels[name]}: {said.get(name, value)}",
            "remove_url": _url("trail", {k: v for k, v in chosen.items() if k != name}),
        }
        for name, value in chosen.items()
        if name != "record"
    ]
    more = [
        {"label": "Person", "name": "person", "kind": "person", "options": people, "value": chosen.get("person", "")},
        {"label": "Act", "name": "act", "kind": "person", "any": "Any act", "options": acts, "value": chosen.get("act", "")},
        {
            "label": "Time",
            "name": "at",
            "kind": "date_range",
            "from_value": chosen.get("at_from"),
            "until_value": chosen.get("at_until"),
        },
    ]
    return {
        "url": reverse("trail"),
        "find": {"name": "record", "value": chosen.get("record", ""), "label": "Number of a record"},
        "active": active,
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


def _empty(chosen: dict[str, str]) -> Context:
    return {"title": "No event fits these filters" if chosen else "No event yet", "icon": "history",
            "text": "Events of records that you may not see are left out.",
            "acts": [{"label": "Clear the filters", "url": reverse("trail")}] if chosen else []}  # fmt: skip
