"""The only place that puts a record on a page: where it stands, what it holds, who signed, what happened and can happen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import changes, notes, offering, panels, raising, read_on, reading, remarking, wording
from indelible.faces.web.fields import Place
from indelible.faces.web.requests import Request
from indelible.infra import clock, ids
from indelible.kernel import authority, gates, records
from indelible.kernel.config import Configuration
from indelible.kernel.errors import Invalid, NotFound
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice import citing, history, indexing, looks, lookup, narrowing, queries, threads, waiting
from indelible.practice.history import Happening
from indelible.practice.queries import Possible, Viewer

Context = dict[str, Any]
NEWEST = 10  # events beside a record; the whole timeline has a page of its own
MOST_LINKS = 30


@dataclass(frozen=True, slots=True)
class Sheet:
    """A record as one person looks at it: what the parts of its page are made from."""

    request: Request
    record: Record
    configuration: Configuration
    declaration: TypeDeclaration
    events: list[Happening]
    possible: list[Possible]
    place: Place

    @property
    def late(self) -> bool:
        """Say whether the work of the present state is late."""
        return self.record.due_at is not None and self.record.due_at < clock.now()


@require_safe
def show(request: Request, number: str) -> HttpResponse:
    """Show a record that this person may see; raises NotFound for any other."""
    if as_of := request.GET.get("as_of"):
        return redirect("record", number=_then_in_force(request, number, as_of))
    record = queries.get_record(request.view, number)
    configuration = records.configuration_of(record)
    looked = looks.look(request.ctx, record)
    sheet = Sheet(
        request,
        record,
        configuration,
        configuration.type(record.type),
        history.shown(request.view, record),
        queries.list_acts(request.view, record),
        Place(request.view, configuration.company.zone, record.number),
    )
    page = _page(sheet)
    read_on.into(page, record, looked)
    return render(request, "pages/record.html", page)


def _then_in_force(request: Request, number: str, day: str) -> str:
    try:
        found = lookup.in_force_at(request.view, number, narrowing.end_of(day, request.view.configuration.company.zone))
    except Invalid:
        found = None
    if found is None:
        raise NotFound(f"{number} as of {day[:40]}")
    return found.number


@require_safe
def timeline(request: Request, number: str) -> HttpResponse:
    """Show everything that happened to a record, newest first."""
    record = queries.get_record(request.view, number)
    events = history.shown(request.view, record)
    context = {"page": head(record, []), "timeline": _timeline(request, record, events, len(events))}
    return render(request, "pages/timeline.html", context)


def head(record: Record, acts: list[Context], *, title: str = "") -> Context:
    """Give the head of a page about a record."""
    declaration = records.type_of(record)
    crumbs = [{"label": declaration.plural, "url": reverse("list", args=[record.type])}]
    return {"title": title or wording.title(record), "number": record.number, "crumbs": crumbs, "acts": acts}


def _page(sheet: Sheet) -> Context:
    view, record, values = sheet.request.view, sheet.record, records.values(sheet.record)
    revisions = _seen_revisions(view, record)
    linked = lookup.list_links(view, record)
    planned = notes.planned(record)
    offered = offering.acts(
        record,
        sheet.possible,
        own=record.pk == view.ctx.person_id,
        links=any(outgoing and _beside(values, other) for _, other, outgoing in linked),
    )
    return {
        "page": head(record, changes.offered(view, record, raising.offered(view, record, offered))),
        "print": _print(sheet),
        "steps": wording.rail(record, sheet.events, {one.to: at for one, at in planned}, late=sheet.late),
        "tabs": _revisions(record, revisions),
        "notes": [
            *notes.of(record, sheet.declaration, sheet.configuration.company.zone, revisions, sheet.possible),
            *notes.apart(view, record),
            *notes.cited(citing.ended(view, record), sheet.configuration.company.zone),
        ],
        "cards": panels.inline(view, record)
        + _content(sheet, values)
        + _links(sheet, values, linked, citing.citing(view, record))
        + panels.inline(view, record, general=True),
        "files": _files(sheet, values),
        "timeline": _timeline(sheet.request, record, sheet.events, NEWEST),
        "side": {
            "facts": _facts(sheet),
            "signatures": _signatures(sheet),
            "cards": panels.cards(view, record) + _remarks(sheet),
        },
    }


def _content(sheet: Sheet, values: Context) -> list[Context]:
    may = any(p.verb == "comment" and p.allowed for p in sheet.possible)
    remark = partial(remarking.address, sheet.record) if may else lambda _field: ""
    return reading.cards(sheet.declaration, values, sheet.place, f"version {sheet.record.version}", remark)


def _remarks(sheet: Sheet) -> list[Context]:
    card = remarking.card(sheet.record, sheet.possible, sheet.events)
    return [card] if card else []


def _print(sheet: Sheet) -> Context:
    view, record, zone = sheet.request.view, sheet.record, sheet.configuration.company.zone
    return {
        "company": sheet.configuration.company.name,
        "name": f"{record.number} {wording.title(record)}",
        "environment": wording.environment()["label"],
        "at": clock.now().astimezone(ZoneInfo(zone)),
        "zone": zone,
        "by": view.person.name if view.person else "",
        "state": wording.state(records.state_of(record), record.state)["label"],
        "sha256": bytes(record.version_sha256).hex(),
        "baseline": record.baseline[:12],
    }


def _seen_revisions(view: Viewer, record: Record) -> list[Record]:
    if not record.series:
        return []
    numbers = list(Record.objects.filter(series=record.series).order_by("revision").values_list("number", flat=True))
    seen = queries.peek_all(view, numbers)
    return [seen[number] for number in numbers if number in seen]


def _revisions(record: Record, revisions: list[Record]) -> list[Context]:
    if len(revisions) < 2:
        return []
    return [
        {
            "label": f"{one.revision:02} {wording.state(records.state_of(one), one.state)['label'].lower()}",
            "url": reverse("record", args=[one.number]),
            "current": one.pk == record.pk,
        }
        for one in revisions
    ]


def _files(sheet: Sheet, values: Context) -> Context | None:
    rows, unread = reading.files(sheet.declaration, values, sheet.events, sheet.place), indexing.unread(sheet.record)
    rows = [row | {"note": unread.get(row["sha256"])} for row in rows]
    declared = [f for f in sheet.declaration.live_fields() if f.kind == "files"]
    may = any(p.verb == "edit" and p.allowed for p in sheet.possible)
    if not rows and not (declared and may):
        return None
    add = f"{reverse('edit', args=[sheet.record.number])}#f-{declared[0].name}" if declared and may else None
    return {"rows": rows, "add_url": add}


def _links(sheet: Sheet, values: Context, linked: list[tuple[str, Record, bool]], naming: list[Record]) -> list[Context]:
    told = [
        (other, _relation(name, outgoing=outgoing))
        for name, other, outgoing in linked
        if not outgoing or _beside(values, other)
    ]
    known = {other.pk for _, other, outgoing in linked if not outgoing}
    told += [(other, "names this one: in its text") for other in naming if other.pk not in known]
    rows = [
        {"number": other.number, "url": reverse("record", args=[other.number]), "text": wording.title(other),
         "note": f"{wording.state(records.state_of(other), other.state)['label']}; {note}"}
        for other, note in told
    ]  # fmt: skip
    view, record = sheet.request.view, sheet.record
    further = any(threads.hangs(view, *((record, other) if outgoing else (other, record))) for _, other, outgoing in linked)
    card: Context = {"title": "Linked records"}
    if further:
        card |= {"url": reverse("thread", args=[record.number]), "url_label": "Thread"}
    if not rows:
        said = "What it names stands among its facts; the thread shows what hangs together."
        return [card | {"text": said}] if further else []
    text = f"The first {MOST_LINKS} of {len(rows)}." if len(rows) > MOST_LINKS else None
    return [card | {"list": rows[:MOST_LINKS], "text": text}]


def _beside(values: Context, other: Record) -> bool:
    # What a field names stands among the facts; here is what is linked beside the content.
    named = {item["number"] for value in values.values() if isinstance(value, list) for item in value if _is_link(item)}
    return not {other.number, other.series} & named


def _is_link(item: Any) -> bool:
    return isinstance(item, dict) and "number" in item and "sha256" not in item


def _relation(name: str, *, outgoing: bool) -> str:
    words = name.replace("_", " ")
    return f"linked from here: {words}" if outgoing else f"names this one: {words}"


def _facts(sheet: Sheet) -> list[Context]:
    record, zone = sheet.record, ZoneInfo(sheet.place.zone)
    people = {e.person: e.who for e in sheet.events if e.person}
    facts: list[Context] = [
        {"label": "State", "kind": "state", "value": wording.state(records.state_of(record), record.state, late=sheet.late)},
        {"label": "Author", "kind": "text", "value": people.get(str(record.author_id), "System")},
        {"label": "Begun", "kind": "time", "value": record.created_at.astimezone(zone)},
        {"label": "Changed", "kind": "time", "value": record.updated_at.astimezone(zone)},
        {"label": "Content", "kind": "hash", "value": bytes(record.version_sha256).hex(), "groups": 4},
        {"label": "Position", "kind": "text", "value": f"{record.position}, version {record.version}"},
        _declared_in(sheet),
    ]
    for label, at in (("In force until", record.in_force_until), ("In force from", record.in_force_from)):
        if at is not None:
            facts.insert(1, {"label": label, "kind": "time", "value": at.astimezone(zone)})
    if record.due_at:
        days = (clock.now() - record.due_at).days
        late_words = f"{days} d late" if sheet.late else None
        facts.insert(1, {"label": "Due", "kind": "date", "value": record.due_at.astimezone(zone).date(), "late": late_words})
    if (wait := waiting.of(record, sheet.place.zone)) is not None:
        words = f"{wait.open_days} d, of which {wait.waited_days} waiting" + (f" for {wait.whom}" if wait.whom else "")
        facts.insert(1, {"label": "Open", "kind": "text", "value": words})
    return [*facts, _mark(sheet.events[0].validated if sheet.events else gates.FOUNDING)]


def _declared_in(sheet: Sheet) -> Context:
    """Give the declaration of a record, and where it stands but for whoever is of another company and is shown no configuration."""
    record = sheet.record
    fact: Context = {"label": "Declared in", "kind": "text", "value": f"baseline {record.baseline[:8]}"}
    if authority.outside(sheet.request.view.held) is not None:
        return fact
    url = f"{reverse('configuration_type', args=[record.type])}?{urlencode({'baseline': record.baseline})}"
    return fact | {"kind": "record", "url": url}


def _mark(validated: str) -> Context:
    released = validated == gates.RELEASED
    chip = {"label": f"begun while {gates.LABELS.get(validated, validated)}", "tone": "ok" if released else "warn"}
    return {"label": "Marked", "kind": "chips", "value": [chip]}


def _signatures(sheet: Sheet) -> list[Context]:
    voided = wording.voiding(sheet.events)
    given = [wording.signature(e, sheet.configuration, voided.get(e.position)) for e in sheet.events if e.signature]
    main = offering.awaited(sheet.record, sheet.possible)
    awaited = main.awaited if main else next((p.awaited for p in sheet.possible if p.awaited and not p.danger), ())
    return given + [{"status": "next", "name": one, "meaning": ""} for one in awaited]


def _timeline(request: Request, record: Record, events: list[Happening], limit: int) -> Context:
    configuration, people = records.configuration_of(record), request.GET.get("kind") == "people"
    chosen = [e for e in reversed(events) if e.person or not people]
    here = reverse("timeline", args=[record.number])
    shown: Context = {
        "entries": [wording.entry(e, configuration) for e in chosen[:limit]],
        "views": [
            {"label": "All", "url": here, "current": not people},
            {"label": "People", "url": f"{here}?kind=people", "current": people},
        ],
        "older_url": here if len(chosen) > limit else None,
    }
    if records.type_of(record).comment is not None and request.view.presents is None:
        hidden = [{"name": "key", "value": str(ids.new())}]
        shown["comment"] = {"url": reverse("act", args=[record.number, "comment"]), "hidden": hidden}
    return shown
