"""The only place that reads a record for its printed copy: present values, earlier ones, signatures, trail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.conf import settings

from indelible.assurance.rendition import data as shapes
from indelible.assurance.rendition.children import belonging
from indelible.assurance.rendition.data import RenditionData
from indelible.assurance.rendition.render import render
from indelible.assurance.rendition.text import tree
from indelible.infra import build, clock
from indelible.infra.pdf import Attachment
from indelible.infra.storage import Store
from indelible.infra.underlay import joined
from indelible.kernel import lifecycles, records
from indelible.kernel.config import Configuration
from indelible.kernel.errors import NotFound
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import citing, history, lookup, queries, uploads
from indelible.practice.history import FieldChange, Happening
from indelible.practice.queries import Viewer

BODY = "rich_text"
AT_ONCE = 25  # sets that one file holds: each is set by itself, and nobody waits long
UNCHANGED = "No value was changed since its first entry."


def pdf(view: Viewer, record: Record, *, trail: bool = False, wet_ink: bool = False,
        paper: Literal["a4", "us-letter"] = "a4", copy: Record | None = None, issued: str = "") -> bytes:  # fmt: skip
    """Give the printed copy of a record that this person may see, with originals and JSON inside (11.10(b), 11.50(b)).

    `trail` adds the whole audit trail; `wet_ink` adds the places to sign by hand, with number, revision and hash; `copy` is
    the record as which the copy is given out, named on every page; `issued` says so in words where no record is. Raises
    NotFound where `copy` is of another record.
    """
    shown_data = shown(view, record, trail=trail, wet_ink=wet_ink, paper=paper, copy=copy)
    if issued and copy is None:
        shown_data = shown_data.model_copy(update={"issued": issued})
    return render(shown_data, at=clock.now(), attachments=_originals(record), pictures=_drawn(record))


def sets(view: Viewer, record: Record, copy: Record, first: int) -> bytes:
    """Give numbered sets of sheets to print, from `first` on: each page says which set of how many it belongs to.

    The copy counts them in the number field that begins at one. Raises NotFound where there is no such set to give out.
    """
    most = counted(copy)
    if not 1 <= first <= most or records.state_of(copy).look != "work":
        raise NotFound(f"{copy.number} set {first}")
    whole = shown(view, record, copy=copy)
    named = (f"{whole.issued} · set {number} of {most}" for number in range(first, min(most, first + AT_ONCE - 1) + 1))
    originals, drawn = _originals(record), _drawn(record)
    return joined([
        render(whole.model_copy(update={"issued": one}), at=clock.now(), attachments=originals, pictures=drawn) for one in named
    ])  # fmt: skip


def counted(copy: Record) -> int:
    """Give how many numbered sets a record counts, 0 for one that counts none."""
    fields = (f for f in records.type_of(copy).live_fields() if f.kind == "number" and f.range and f.range.min == "1")
    value = next((records.values(copy).get(f.name) for f in fields), None)
    return int(Decimal(value)) if value else 0


def shown(view: Viewer, record: Record, *, trail: bool = False, wet_ink: bool = False,
          paper: Literal["a4", "us-letter"] = "a4", copy: Record | None = None) -> RenditionData:  # fmt: skip
    """Give everything that a copy shows, and as which record it is given out; raises NotFound as `pdf` does."""
    found = data(view, record, trail=trail, wet_ink=wet_ink, paper=paper)
    return found if copy is None else found.model_copy(update={"issued": _issued(record, copy)})


def _issued(record: Record, copy: Record) -> str:
    """Say as which copy a record is given out: one that names exactly this revision, and was issued."""
    declaration, values = records.type_of(copy), records.values(copy)
    pinned = [f.name for f in declaration.live_fields() if f.kind == "links" and f.pinned]
    names = any(item["number"] == record.number for name in pinned for item in values.get(name) or [])
    if not names or copy.state == declaration.initial or records.state_of(copy).look == "void":
        raise NotFound(f"{record.number} as {copy.number}")
    shown_fields = (f for f in map(declaration.field, declaration.columns) if f is not None and f.kind == "text")
    said = ", ".join(str(values[f.name]) for f in shown_fields if values.get(f.name))
    return f"{declaration.label} {copy.number}: {said}"


def data(view: Viewer, record: Record, *, trail: bool, wet_ink: bool = False,
         paper: Literal["a4", "us-letter"] = "a4") -> RenditionData:  # fmt: skip
    """Give everything that the copy shows."""
    configuration = records.configuration_of(record)
    declaration, zone = configuration.type(record.type), configuration.company.zone
    events, values = history.shown(view, record), records.values(record)
    body = next((f for f in declaration.live_fields() if f.kind == BODY and values.get(f.name)), None)
    state, titles = declaration.lifecycle[record.state], _titles(view, declaration, values)
    leads = _Leads(_cited(view, citing.texts(declaration, values)), _pictures(declaration, values))
    return RenditionData(
        environment=settings.ENVIRONMENT.upper(), company=company(configuration), record=head(record, declaration),
        watermark=state.watermark or None,
        fields=[_field(f, values.get(f.name), events, zone, titles, leads) for f in declaration.live_fields() if f is not body],
        body=tree(values[body.name], leads.cited, leads.pictures) if body else None,
        children=belonging(view, record), files=list(_files(declaration, values, events, zone)),
        signatures=[_signature(e, events, zone) for e in events if e.signature],
        wet_ink=_wet_ink(record, configuration) if wet_ink else [],
        trail=[_event(e, configuration, zone, values[body.name] if body else None) for e in events] if trail else [],
        trail_statement=None if _changed(declaration, events) else UNCHANGED,
        printed_by=view.person.name if view.person else "System", printed_at=_local(clock.now(), zone), zone=zone, paper=paper, address=_address(record),
    )  # fmt: skip


def company(configuration: Configuration) -> shapes.Company:
    """Give whose letterhead stands on a copy."""
    head = Record.objects.filter(type="company", state="active").order_by("number").first()
    if head is None:
        return shapes.Company(name=configuration.company.name)
    values = records.values(head)
    return shapes.Company(name=head.title, address=values.get("address") or "", letterhead=values.get("letterhead") or "")


def head(record: Record, declaration: TypeDeclaration) -> shapes.Head:
    """Give which record, and exactly which content of it, is printed."""
    return shapes.Head(
        type_label=declaration.label, number=record.number, title=record.title or record.number,
        revision=f"{record.revision:02}" if record.revision else None,
        state_label=lifecycles.label(declaration.lifecycle[record.state], record.state),
        version_number=record.version, content_sha256=bytes(record.version_sha256).hex(), baseline_hash=record.baseline,
        build=build.identity().name,
    )  # fmt: skip


def _address(record: Record) -> str:
    """Give where people find the revision in force, as far as the installation knows its own name."""
    if not settings.PUBLIC_URL:
        return ""
    return f"{settings.PUBLIC_URL}/r/{record.series or record.number}"


@dataclass(frozen=True, slots=True)
class _Leads:
    """Where the texts of a record lead: the records that they name, and the files that they show by their hashes."""

    cited: dict[str, str]
    pictures: dict[str, str]


def _pictures(declaration: TypeDeclaration, values: dict[str, Any]) -> dict[str, str]:
    return {name: item["sha256"] for name, item in uploads.pictures(declaration, values).items()}


def _drawn(record: Record) -> dict[str, bytes | None]:
    """Give the bytes of the images that its texts show; None for what the store has lost."""
    declaration, values, store = records.type_of(record), records.values(record), Store(settings.HOME.files)
    said = "\n".join(citing.texts(declaration, values))
    named = {sha for name, sha in _pictures(declaration, values).items() if name in unquote(said)}
    return {sha: b"".join(store.read(sha)) if store.has(sha) else None for sha in named}


def _cited(view: Viewer, texts: list[str]) -> dict[str, str]:
    """Give where the records that texts name are found, of those that the printing person may see."""
    if not settings.PUBLIC_URL:
        return {}
    return {number: f"{settings.PUBLIC_URL}/r/{number}" for number in citing.known(view, texts)}


def _titles(view: Viewer, declaration: TypeDeclaration, values: dict[str, Any]) -> dict[str, str]:
    links = (f.name for f in declaration.live_fields() if f.kind == "links")
    return lookup.titles(view, (item["number"] for name in links for item in values.get(name) or []))


def _field(
    field: FieldDeclaration, value: Any, events: list[Happening], zone: str, titles: dict[str, str], leads: _Leads
) -> shapes.ShownField:
    entered = _entered(field, events)
    earlier = [
        shapes.Change(old=change.old, who=event.who, when=_local(event.at, zone), why=event.reason)
        for event, change in _changes(events) if change.id == field.id and event is not entered
    ]  # fmt: skip
    form: dict[str, Any] = {"text": kind_of(field).show(field, value) or None}
    if field.kind == "table" and value:
        form = {"table": _table(field, value)}
    elif field.kind == BODY and value:
        form = {"rich": tree(value, leads.cited, leads.pictures)}
    elif field.kind == "links" and value:
        form = {"text": "; ".join(f"{item['number']} {titles.get(item['number'], '')}".strip() for item in value)}
    return shapes.ShownField(
        label=field.title, kind=field.kind, changed=earlier, unchanged=not earlier and value is not None, **form,
        entered=shapes.Entered(who=entered.who, when=_local(entered.at, zone)) if entered else None,
    )  # fmt: skip


def _changes(events: list[Happening]) -> Iterable[tuple[Happening, FieldChange]]:
    """Give what events after the first version did to fields, oldest first."""
    return ((event, change) for event in events for change in event.changes if not change.first)


def _entered(field: FieldDeclaration, events: list[Happening]) -> Happening | None:
    """Give the event that filled a field in which nothing had ever stood: a first entry, where nothing was overwritten."""
    every = ((event, change) for event in events for change in event.changes if change.id == field.id)
    event, change = next(every, (None, None))
    return event if change is not None and not change.first and not change.old else None


def _table(field: FieldDeclaration, value: list[dict[str, Any]]) -> shapes.Table:
    names = [column.name for column in field.columns]
    rows = [[str(row.get(name) if row.get(name) is not None else "") for name in names] for row in value]
    return shapes.Table(columns=[column.label for column in field.columns], rows=rows)


def _files(
    declaration: TypeDeclaration, values: dict[str, Any], events: list[Happening], zone: str
) -> Iterable[shapes.ShownFile]:
    for field in (f for f in declaration.live_fields() if f.kind == "files"):
        brought = next((e for e in reversed(events) if any(c.id == field.id for c in e.changes)), None)
        for item in values.get(field.name) or []:
            if brought is not None:
                yield shapes.ShownFile(name=item["name"], size=item["size"], sha256=item["sha256"], by=brought.who,
                                      at=_local(brought.at, zone), told=uploads.told(item["media_type"]))  # fmt: skip


def _signature(event: Happening, events: list[Happening], zone: str) -> shapes.Signature:
    given = event.signature
    if given is None:
        raise LookupError(f"{event.number} at position {event.position} carries no signature")
    manifest = queries.manifest_of(given)
    statement = manifest["statement"]
    by = next((e for e in events if any(v["position"] == event.position for v in e.voided)), None)
    return shapes.Signature(
        printed_name=statement["printed_name"], title=queries.title_of(statement), meaning_label=statement["meaning_label"],
        meaning_sentence=statement["meaning_text"], at=_local(event.at, manifest["zone"]), zone=manifest["zone"],
        method=manifest["method"], components=[c.replace("_", " ") for c in manifest["components"]],
        version_number=given.version, version_sha256_prefix=statement["version_sha256"][:16], counts=by is None,
        voided=shapes.Voided(by=by.who, at=_local(by.at, zone), reason=by.reason or _voiding(by)) if by else None,
    )  # fmt: skip


def _voiding(event: Happening) -> str:
    return f"{event.event.partition('.')[2].replace('_', ' ')} at position {event.position}".capitalize()


def _wet_ink(record: Record, configuration: Configuration) -> list[shapes.WetInk]:
    # Of the moves that this record's own content leaves open: nobody signs for another class of document.
    state, content = configuration.type(record.type).lifecycle[record.state], records.values(record)
    moves = (m for m in state.moves.values() if not m.danger and lifecycles.holds_when(m.when, content))
    needs = [need for move in moves for need in move.signs if lifecycles.holds_when(need.when, content)]
    roles, meanings = configuration.roles, configuration.meanings
    return [
        shapes.WetInk(
            role=" or ".join(roles[c].label if c in roles else c.replace("_", " ") for c in need.by),
            meaning_label=meanings[need.meaning].label, meaning_sentence=meanings[need.meaning].text,
        ) for need in needs
    ]  # fmt: skip


def _event(event: Happening, configuration: Configuration, zone: str, printed: str | None) -> shapes.Event:
    lifecycle = configuration.type(event.type).lifecycle
    came = event.came_from if event.came_from != event.state else None
    moved = event.came_from != event.state
    return shapes.Event(
        position=event.position, at=_local(event.at, zone), who=event.who, roles=[_role(configuration, one) for one in event.roles],
        act_label=event.event.partition(".")[2].replace("_", " ").capitalize(), reason=event.reason or None,
        changes=[shapes.EventChange(field=c.label, old=c.old or None, new=_once(c.new, printed)) for c in event.changes],
        from_state=lifecycles.label(lifecycle[came], came) if came else None,
        to_state=lifecycles.label(lifecycle[event.state], event.state) if moved else None,
        voided_signatures=[f"{v['name']}, {configuration.meanings[v['meaning']].label}" for v in event.voided],
    )  # fmt: skip


def _once(new: str, printed: str | None) -> str | None:
    """Give what a change wrote; the text that stands whole on the same copy is not printed a second time, as source."""
    return f"as printed above, {len(new):,} characters" if new and new == printed else new or None


def _role(configuration: Configuration, held: str) -> str:
    name, _, scope = held.partition("@")
    label = configuration.roles[name].label if name in configuration.roles else name
    return f"{label} for {scope}" if scope else label


def _originals(record: Record) -> list[Attachment]:
    store, found = Store(settings.HOME.files), []
    for field in (f for f in records.type_of(record).live_fields() if f.kind == "files"):
        for item in record.content.get(str(field.id)) or []:
            if store.has(item["sha256"]):
                content = b"".join(store.read(item["sha256"]))
                found.append(Attachment(item["name"], item["media_type"], content, "data"))
    return found


def _changed(declaration: TypeDeclaration, events: list[Happening]) -> bool:
    filled = {field.id: _entered(field, events) for field in declaration.fields}
    return any(event is not filled.get(change.id) for event, change in _changes(events))


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))
