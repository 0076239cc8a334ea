"""The only place where people comment on a passage, suggest other words for it, and answer such a comment."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from indelible.faces.web import acting, wording
from indelible.faces.web.redlining import Pen
from indelible.faces.web.requests import Request
from indelible.infra import ids
from indelible.kernel import acts, records
from indelible.kernel.decisions import OPEN_COMMENTS
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration
from indelible.practice import queries
from indelible.practice.history import Happening
from indelible.practice.queries import Possible
from indelible.practice.redline import blocks
from indelible.practice.redline.blocks import Block
from indelible.practice.redline.words import Budget, compare, split
from indelible.practice.remarks import ACCEPTED, DECLINED, LONGEST

Context = dict[str, Any]
SHOWN = 90  # characters of a passage in a list
WRITTEN = ("text", "rich_text")


def address(record: Record, field: FieldDeclaration) -> str:
    """Give where a field is commented on; empty where its type knows no comments."""
    if records.type_of(record).comment is None or field.retired:
        return ""
    return f"{reverse('remark', args=[record.number])}?{urlencode({'field': field.name})}"


def open_at(record: Record) -> list[int]:
    """Give the positions of the comments that await an answer."""
    return list(record.marks.get(OPEN_COMMENTS, []))


def card(record: Record, possible: list[Possible], events: list[Happening]) -> Context | None:
    """Give the open comments of a record beside its text; None where there are none and none can be made."""
    places = open_at(record)
    may = {p.verb for p in possible if p.allowed} & {"comment", "resolve"}
    if not places and "comment" not in may:
        return None
    found = _Places(record)
    rows = [_row(found, event, resolve="resolve" in may) for event in events if event.position in places]
    new = reverse("remark", args=[record.number]) if "comment" in may else None
    data = {"rows": rows, "new_url": new, "count": len(rows)}
    return {"title": "", "id": "comments", "template": "parts/remarks.html", "data": data}


class _Places:
    """The present content, in which comments look for the words that they quote."""

    def __init__(self, record: Record) -> None:
        self.record, self.declaration = record, records.type_of(record)
        self.values = records.values(record)
        self.known: dict[int, list[Block]] = {}

    def field(self, note: Context) -> FieldDeclaration | None:
        return self.declaration.field_by_id(note["field"])

    def find(self, note: Context) -> tuple[str, bool]:
        """Give the anchor of the block that a comment is about, and whether its words still stand there."""
        field = self.field(note)
        text = str(self.values.get(field.name) or "") if field else ""
        quote = note.get("quote", "")
        if field is None or field.kind != "rich_text":
            return "", not quote or quote in text
        found = self.blocks(field, text)
        if any(block.anchor == note.get("anchor") for block in found):
            return note["anchor"], True
        holding = [block for block in found if quote and quote in block.source]
        return (holding[0].anchor, True) if len(holding) == 1 else ("", not quote and not note.get("anchor"))

    def blocks(self, field: FieldDeclaration, text: str) -> list[Block]:
        if field.id not in self.known:
            self.known[field.id] = blocks.read(text)
        return self.known[field.id]


def _row(places: _Places, event: Happening, *, resolve: bool) -> Context:
    note, record, position = event.note, places.record, event.position
    field, (anchor, stands) = places.field(note), places.find(note)
    shown: Context = {
        "position": position, "who": event.who, "at": event.at.astimezone(ZoneInfo(event.zone)),
        "text": note["comment"], "field": field.title if field else "", "quote": _short(note.get("quote", "")),
        "stands": stands, "url": f"#b-{anchor}" if anchor else None, "suggestion": _suggestion(note),
    }  # fmt: skip
    if resolve:
        url = reverse("resolve", args=[record.number, position])
        hidden = [{"name": "key", "value": str(ids.new())}, {"name": "seen", "value": record.position}]
        shown |= {"url_resolve": url, "hidden": hidden, "accept": ACCEPTED}
    return shown


def _suggestion(note: Context) -> Any:
    if "suggestion" not in note:
        return None
    old, new = (split(note[name], exact=True) for name in ("quote", "suggestion"))
    return Pen(beside=False, old="", new="").inline(compare(old, new, Budget(cells=10_000_000)))


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()}…"


@require_http_methods(["GET", "POST"])
def remark(request: Request, number: str) -> HttpResponse:
    """Ask for a comment on a passage, and make it through the door."""
    record = queries.get_record(request.view, number)
    possible = next((p for p in queries.list_acts(request.view, record) if p.verb == "comment"), None)
    if possible is None:
        raise NotFound(f"{number} comment")
    if possible.refusal is not None:
        return acting.refused_answer(request, record, possible.refusal)
    if request.method == "GET":
        return _ask(request, record, None)
    sent = {name: _sent(request, name) for name in ("text", "field", "anchor", "quote", "suggestion")}
    if "passage" in request.POST:
        sent |= _chosen(record, _sent(request, "passage"))
    place: Context = {name: sent[name] for name in ("field", "anchor", "quote") if sent[name]}
    if "suggestion" in request.POST and sent["quote"] and sent["suggestion"].strip() != sent["quote"].strip():
        place["suggestion"] = sent["suggestion"]
    try:
        acts.run(
            request.ctx, f"{record.type}.comment", record.id, key=request.POST.get("key") or None, text=sent["text"], **place
        )  # fmt: skip
    except Refused as refused:
        return _ask(request, record, refused)
    return _back(request, record)


def _back(request: Request, record: Record) -> HttpResponse:
    # A dialog stands on the record's page: an address that differs only behind "#" would not load it anew.
    url = reverse("record", args=[record.number])
    return acting.gone(request, url if request.htmx else f"{url}#comments")


def _sent(request: Request, name: str) -> str:
    return request.POST.get(name, "").replace("\r\n", "\n")


def _ask(request: Request, record: Record, refused: Refused | None) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    name, anchor = asked.get("field", ""), asked.get("anchor", "")
    errors = {one.field: one.text for one in refused.missing if one.field} if refused else {}
    if refused is not None and not errors.keys() & {"text", "suggestion", "passage"}:
        return acting.refused_answer(request, record, refused)
    quote = _quote(record, name, anchor) if request.method == "GET" else _sent(request, "quote")
    fields: list[Context] = [] if name else [_passages(record, errors)]
    fields.append(_area("text", "Comment", request.POST.get("text", ""), errors, rows=3))
    if quote:
        words = request.POST.get("suggestion", quote)
        said = "Change the words to suggest others; leave them to only comment."
        fields.append(_area("suggestion", "The passage", words, errors, rows=5) | {"required": False, "help": said})
    hidden = {"key": request.POST.get("key") or str(ids.new()), "field": name, "anchor": anchor, "quote": quote}
    return acting.asked(
        request, record, title=f"Comment on {record.number}", text="It voids no signature and awaits an answer.",
        url=reverse("remark", args=[record.number]), button="Send", heading="Comment on a passage", fields=fields, hidden=hidden, refused=refused,
    )  # fmt: skip


def _area(name: str, label: str, value: str, errors: Context, *, rows: int) -> Context:
    return {"kind": "text", "name": name, "label": label, "rows": rows, "value": value, "required": True, "full": True,
            "error": errors.get(name)}  # fmt: skip


def _passages(record: Record, errors: Context) -> Context:
    """Offer every passage of the content, for those who come without having chosen one."""
    choices = []
    values = records.values(record)
    for field in records.type_of(record).live_fields():
        value = values.get(field.name)
        if field.kind == "rich_text" and value:
            found = [b for b in blocks.read(value) if b.text]
            choices += [{"value": f"{field.name} {b.anchor}", "label": _short(f"{field.title}: {b.text}")} for b in found]
        elif value is not None:
            choices.append({"value": field.name, "label": field.title})
    return {"kind": "choice", "name": "passage", "label": "Passage", "choices": choices, "value": "", "required": True,
            "full": True, "error": errors.get("passage")}  # fmt: skip


def _chosen(record: Record, passage: str) -> dict[str, str]:
    name, _, anchor = passage.partition(" ")
    return {"field": name, "anchor": anchor, "quote": _quote(record, name, anchor)}


def _quote(record: Record, name: str, anchor: str) -> str:
    """Give the stored words of a passage; nothing where they are too long to be quoted whole."""
    field, value = records.type_of(record).field(name), records.values(record).get(name)
    if field is None or field.kind not in WRITTEN or not isinstance(value, str):
        return ""
    found = value if field.kind == "text" else next((b.source for b in blocks.read(value) if b.anchor == anchor), "")
    return found.strip() if len(found.strip()) <= LONGEST else ""


@require_http_methods(["GET", "POST"])
def resolve(request: Request, number: str, position: int) -> HttpResponse:
    """Answer a comment: accept it (with what it suggests), or decline it with a word."""
    record = queries.get_record(request.view, number)
    if position not in open_at(record):
        raise NotFound(f"{number} comment {position}")
    if request.method == "GET":
        return _answer(request, record, position, DECLINED, None)
    outcome = ACCEPTED if request.POST.get("outcome") == ACCEPTED else DECLINED
    try:
        acts.run(
            request.ctx, f"{record.type}.resolve", record.id, seen=wording.whole(request.POST.get("seen", "")),
            key=request.POST.get("key") or None, reason=request.POST.get("reason", ""), position=position, outcome=outcome,
        )  # fmt: skip
    except Refused as refused:
        if refused.rule in ("fields_frozen", "reason_given") and refused.who_can == ():
            return _answer(request, record, position, outcome, refused)
        return acting.refused_answer(request, record, refused)
    return _back(request, record)


def _answer(request: Request, record: Record, position: int, outcome: str, refused: Refused | None) -> HttpResponse:
    text = "The comment stays in the trail with your answer."
    if outcome == ACCEPTED:
        text = "The text is signed: taking the words up amends it, voids the signatures that cover it, and needs a reason."
    errors = {"reason": refused.text} if refused is not None and refused.rule == "reason_given" else {}
    label = "Accept" if outcome == ACCEPTED else "Decline"
    hidden = {"key": str(ids.new()), "seen": str(record.position), "outcome": outcome}
    fields = [_area("reason", "Reason", request.POST.get("reason", ""), errors, rows=2)]
    return acting.asked(
        request, record, title=f"{label} the comment", text=text, url=reverse("resolve", args=[record.number, position]),
        button=label, heading=f"{label} the comment", fields=fields, hidden=hidden, refused=refused,
    )  # fmt: skip
