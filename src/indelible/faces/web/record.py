"""The only place that puts a record on a page: where it stands, what it holds, who signed, what happened, what can be done."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import fields, wording
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import clock, ids
from indelible.kernel import gates, history, queries, records
from indelible.kernel.config import Configuration
from indelible.kernel.history import Happening
from indelible.kernel.models import Record
from indelible.kernel.queries import Possible, Viewer
from indelible.kernel.types import FieldDeclaration, TypeDeclaration

Context = dict[str, Any]
NEWEST = 60
ICONS = {"edit": "pen", "amend": "pen", "revise": "plus", "comment": "chat", "link": "link"}
FORMS = {"edit": "edit", "amend": "amend"}


@require_safe
def show(request: Request, number: str) -> HttpResponse:
    """Show a record that this person may see; raises NotFound for any other."""
    record = queries.get_record(request.view, number)
    return render(request, "pages/record.html", _page(request, record))


@require_safe
def timeline(request: Request, number: str) -> HttpResponse:
    """Show everything that happened to a record, newest first."""
    record = queries.get_record(request.view, number)
    events = history.of_record(record)
    context = {"page": _head(record, records.type_of(record), []), "timeline": _timeline(request, record, events, len(events))}
    return render(request, "pages/timeline.html", context)


def _page(request: Request, record: Record) -> Context:
    view, configuration = request.view, records.configuration_of(record)
    declaration, events = configuration.type(record.type), history.of_record(record)
    late = bool(record.due_at and record.due_at < clock.now())
    possible = queries.list_acts(view, record)
    place = Place(view, configuration.company.zone, record.number)
    return {
        "page": _head(record, declaration, _acts(record, possible)), "steps": wording.rail(record, events, late=late),
        "notes": _notes(record, declaration), "cards": _cards(record, declaration, place) + _links(view, record),
        "side": {"facts": _facts(record, configuration, events, place), "signatures": _signatures(events, configuration, possible)},
        "timeline": _timeline(request, record, events, NEWEST),
    }  # fmt: skip


def _head(record: Record, declaration: TypeDeclaration, acts: list[Context]) -> Context:
    crumbs = [{"label": declaration.plural, "url": reverse("list", args=[record.type])}]
    return {"title": record.title or record.number, "number": record.number, "crumbs": crumbs, "acts": acts}


def _acts(record: Record, possible: list[Possible]) -> list[Context]:
    shown: list[Context] = [
        {"label": "Print", "print": True},
        {"label": "PDF", "url": reverse("pdf", args=[record.number]), "icon": "document"},
    ]
    offered = [p for p in possible if p.verb != "comment"]
    main = next((p.verb for p in offered if p.allowed and not p.generic and not p.danger), None)
    ordered = sorted(offered, key=lambda p: (p.verb == main, not p.generic, not p.danger))
    return shown + [_act(record, one, main=one.verb == main) for one in ordered if one.allowed or not one.generic]


def _act(record: Record, one: Possible, *, main: bool) -> Context:
    label = f"{one.label}: sign" if one.signs and one.allowed else one.label
    shown: Context = {"label": label, "icon": "pen" if one.signs else ICONS.get(one.verb)}
    if one.refusal is not None:
        return shown | {"label": one.label, "refusal": wording.refusal(one.refusal, number=record.number)}
    shown["tone"] = "primary" if main else "danger" if one.danger else None
    if one.verb in FORMS:
        return shown | {"url": reverse(FORMS[one.verb], args=[record.number]), "hotkey": "e"}
    name = "sign" if one.signs else "act"
    return shown | {"url": reverse(name, args=[record.number, one.verb]), "dialog": one.verb != "revise"}


def _notes(record: Record, declaration: TypeDeclaration) -> list[Context]:
    state, marks = declaration.lifecycle[record.state], record.marks
    notes = []
    if state.look == "void" or state.standing == "past":
        label = (state.label or record.state).lower()
        current = Record.objects.filter(series=record.series, standing="in_force").first() if record.series else None
        link = {"label": f"{current.number} is in force", "url": reverse("record", args=[current.number])} if current else None
        notes.append({"lead": f"This record is {label}.", "text": "It stays as it was.", "tone": "warn", "link": link})
    for identifier, late in marks.get("late", {}).items():
        field = declaration.field_by_id(int(identifier))
        if field is not None:
            notes.append({"lead": f"{field.title} was entered late.", "tone": "warn", "icon": "clock",
                          "text": f"Occurred {late['occurred'][:16]}Z, entered {late['entered'][:16]}Z."})  # fmt: skip
    for identifier in marks.get("unconfirmed", {}):
        field = declaration.field_by_id(int(identifier))
        if field is not None:
            notes.append({"lead": f"{field.title} awaits a second person.", "text": "It is a critical value."})
    if extended := marks.get("extended"):
        notes.append({"lead": f"Extended {extended['count']} times.", "text": f"First due {extended['first_due'][:10]}."})
    return notes


def _cards(record: Record, declaration: TypeDeclaration, place: Place) -> list[Context]:
    values = records.values(record)
    by_name = {f.name: f for f in declaration.live_fields()}
    cards = []
    for section in declaration.layout:
        shown = [by_name.pop(name) for name in section.fields if name in by_name]
        cards.append({"title": section.title, "facts": [_fact(f, values, place) for f in shown]})
    if by_name:
        cards.append({"title": "More", "facts": [_fact(f, values, place) for f in by_name.values()]})
    if cards:
        cards[0]["note"] = f"version {record.version}"
    return cards


def _fact(field: FieldDeclaration, values: Context, place: Place) -> Context:
    return fields.cell(field, values.get(field.name), place) | {"wide": field.kind in ("rich_text", "table")}


def _links(view: Viewer, record: Record) -> list[Context]:
    found = queries.list_links(view, record)
    facts = [
        {"kind": "links", "label": relation.replace("_", " ").capitalize() if outgoing else f"{relation.replace('_', ' ')} of".capitalize(),
         "value": [{"number": other.number, "title": other.title, "url": reverse("record", args=[other.number])}]}
        for relation, other, outgoing in found
    ]  # fmt: skip
    return [{"title": "Thread", "facts": facts}] if facts else []


def _facts(record: Record, configuration: Configuration, events: list[Happening], place: Place) -> list[Context]:
    zone, declared = ZoneInfo(place.zone), configuration.type(record.type).lifecycle[record.state]
    late = bool(record.due_at and record.due_at < clock.now())
    people = {e.person: e.who for e in events if e.person}
    facts: list[Context] = [
        {"label": "State", "kind": "state", "value": wording.state(declared, record.state, late=late)},
        {"label": "Author", "kind": "text", "value": people.get(str(record.author_id), "System")},
        {"label": "Begun", "kind": "time", "value": record.created_at.astimezone(zone)},
        {"label": "Content", "kind": "hash", "value": bytes(record.version_sha256).hex(), "groups": 4},
        {"label": "Position", "kind": "text", "value": f"{record.position}, version {record.version}"},
    ]
    if record.due_at:
        days = (clock.now() - record.due_at).days
        late_words = f"{days} d late" if late else None
        facts.insert(1, {"label": "Due", "kind": "date", "value": record.due_at.astimezone(zone).date(), "late": late_words})
    return [*facts, _mark(events[0].validated if events else gates.FOUNDING)]


def _mark(validated: str) -> Context:
    released = validated == gates.RELEASED
    chip = {"label": f"begun while {gates.LABELS.get(validated, validated)}", "tone": "ok" if released else "warn"}
    return {"label": "Marked", "kind": "chips", "value": [chip]}


def _signatures(events: list[Happening], configuration: Configuration, possible: list[Possible]) -> list[Context]:
    voided = wording.voiding(events)
    given = [wording.signature(e, configuration, voided.get(e.position)) for e in events if e.signature]
    awaited = next((p.awaited for p in possible if p.awaited and not p.danger), ())
    return given + [{"status": "next", "name": one, "meaning": ""} for one in awaited]


def _timeline(request: Request, record: Record, events: list[Happening], limit: int) -> Context:
    configuration = records.configuration_of(record)
    people = request.GET.get("kind") == "people"
    chosen = [e for e in reversed(events) if e.person or not people]
    here = reverse("timeline", args=[record.number])
    shown: Context = {
        "entries": [wording.entry(e, configuration) for e in chosen[:limit]],
        "views": [{"label": "All", "url": here, "current": not people},
                  {"label": "People", "url": f"{here}?kind=people", "current": people}],
        "older_url": here if len(chosen) > limit else None,
    }  # fmt: skip
    if records.type_of(record).comment is not None:
        hidden = [{"name": "key", "value": str(ids.new())}]
        shown["comment"] = {"url": reverse("act", args=[record.number, "comment"]), "hidden": hidden}
    return shown
