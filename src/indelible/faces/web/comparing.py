"""The only place that shows two versions of a record against each other: inline, side by side and as PDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from indelible.assurance.rendition import redline
from indelible.faces.web import answers, remarking, wording
from indelible.faces.web import record as record_page
from indelible.faces.web.redlining import Pen
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.practice import history, looks, queries, versions
from indelible.practice.redline.contents import Comparison, FieldChange, FileChange
from indelible.practice.redline.texts import Part, TextChange
from indelible.practice.versions import Side

Context = dict[str, Any]
COUNTED = {
    "text": ("text edit", "text edits"), "cell": ("table cell", "table cells"), "row": ("table row", "table rows"),
    "table": ("table", "tables"), "image": ("image", "images"), "moved": ("moved section", "moved sections"),
    "moved paragraph": ("moved paragraph", "moved paragraphs"), "field": ("field", "fields"), "file": ("file", "files"),
}  # fmt: skip
STATUS = {"added": "new", "removed": "taken out"}
EXTRACTED = "Redline of the text that was read out of both files. The files themselves may differ in more than words."
UNREADABLE = "No redline of the text: only the hashes of the files say that they differ."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A comparison as one person looks at it."""

    request: Request
    record: Record
    old: Side
    new: Side
    beside: bool

    @property
    def here(self) -> bool:
        """Say whether the new side is what the record holds now: then it can be commented on and ticked."""
        return self.new.record.pk == self.record.pk and self.new.present

    def address(self, **changed: str) -> str:
        """Give the address of this comparison, with something else in it."""
        asked = {"from": self.old.key, "to": self.new.key, **({"view": "side"} if self.beside else {}), **changed}
        return f"{reverse('compare', args=[self.record.number])}?{urlencode({k: v for k, v in asked.items() if v})}"


@require_safe
def compare(request: Request, number: str) -> HttpResponse:
    """Show what differs between two versions; raises NotFound where either may not be seen."""
    sheet = _sheet(request, number)
    return render(request, "pages/compare.html", _page(sheet))


@require_safe
def pdf(request: Request, number: str) -> HttpResponse:
    """Give the redline as PDF."""
    sheet = _sheet(request, number)
    paper: Literal["a4", "us-letter"] = "us-letter" if request.GET.get("paper") == "us-letter" else "a4"
    content = redline.pdf(request.view, sheet.old, sheet.new, versions.compared(sheet.old, sheet.new), paper=paper)
    answer = HttpResponse(content, content_type="application/pdf")
    name = f"{sheet.old.key} to {sheet.new.key} redline.pdf"
    answer["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    return answer


@require_POST
def viewed(request: Request, number: str) -> HttpResponse:
    """Tick a section of the present version as viewed, or take the tick away; kept for this person alone."""
    record = queries.get_record(request.view, number)
    section, on = request.POST.get("tick") or request.POST.get("untick") or "", "tick" in request.POST
    if 0 < len(section) <= 60:
        looks.tick(request.ctx, record, section, on=on)
    if answers.by_script(request):
        return HttpResponse(status=204)
    back = request.POST.get("back", "")
    return redirect(back if answers.is_own(back) else reverse("compare", args=[record.number]))


def _sheet(request: Request, number: str) -> Sheet:
    view, asked = request.view, request.GET
    record = queries.get_record(view, number)
    before, after = versions.usual(view, record)
    if asked.get("from"):
        after = record.number
    new = versions.side(view, record, asked.get("to") or after)
    old = versions.side(view, record, asked.get("from") or before)
    return Sheet(request, record, old, new, beside=asked.get("view") == "side")


def _page(sheet: Sheet) -> Context:
    comparison = versions.compared(sheet.old, sheet.new)
    ticked = looks.viewed(sheet.request.ctx, sheet.record) if sheet.here else frozenset()
    possible = queries.list_acts(sheet.request.view, sheet.record) if sheet.here else []
    may = any(p.verb == "comment" and p.allowed for p in possible)
    sections = list(_sections(sheet, comparison, ticked, remarks=may))
    changed = [one for one in sections if one["changed"]]
    head = record_page.head(sheet.record, [], title=f"What changes in {sheet.record.title}")
    return {
        "page": head | {"subtitle": f"{_named(sheet.old)} → {_named(sheet.new)}"},
        "notes": _notes(sheet, comparison),
        "bar": _bar(sheet),
        "counts": _counted(comparison.counts()),
        "sides": [_head(sheet.old), _head(sheet.new)],
        "beside": sheet.beside,
        "sections": sections,
        "contents": changed,
        "viewed": sum(one["viewed"] for one in changed),
        "tick": {"url": reverse("viewed", args=[sheet.record.number]), "back": sheet.address()} if sheet.here else None,
        "same": [f.field.title for f in comparison.fields if f.status == "same" and f.text is None],
        "remarks": remarking.card(sheet.record, possible, history.shown(sheet.request.view, sheet.record))
        if sheet.here
        else None,
    }


def _named(side: Side) -> str:
    state = wording.state(records.state_of(side.record), side.record.state)["label"].lower()
    words = f"Revision {side.record.revision:02}" if side.record.revision else side.record.number
    return f"{words} {state}" if side.present else f"{words} version {side.version}"


def _head(side: Side) -> str:
    return f"{_named(side)}, {side.sha256[:8]}"


def _bar(sheet: Sheet) -> Context:
    view, record = sheet.request.view, sheet.record
    force, looked = versions.in_force(view, record), versions.looked(view, record)
    ways = [
        {"label": "In force to this", "key": force} if force else None,
        {"label": "Since I looked", "key": looked} if looked else None,
    ]
    pdf_address = f"{reverse('compare_pdf', args=[record.number])}?{urlencode({'from': sheet.old.key, 'to': sheet.new.key})}"
    return {
        "views": [
            {"label": "Inline", "url": sheet.address(view=""), "current": not sheet.beside},
            {"label": "Side by side", "url": sheet.address(view="side"), "current": sheet.beside},
            {"label": "PDF", "url": pdf_address, "current": False},
        ],
        "ways": [
            {"label": way["label"], "url": sheet.address(**{"from": way["key"], "to": record.number}),
             "current": sheet.here and way["key"] == sheet.old.key}
            for way in ways if way
        ],
        "from": sheet.old.key, "to": sheet.new.key, "view": "side" if sheet.beside else "",
        "choices": [{"value": key, "label": _choice(one, number)} for key, one, number in versions.choices(view, record)],
    }  # fmt: skip


def _choice(record: Record, version: int) -> str:
    state = wording.state(records.state_of(record), record.state)["label"].lower()
    return f"{record.number} {f'as it is now, {state}' if version == record.version else f'version {version}'}"


def _notes(sheet: Sheet, comparison: Comparison) -> list[Context]:
    found: list[Context] = []
    for side in (sheet.old, sheet.new):
        if side.content is None:
            text = "Two people withheld it. Its hash and its signatures stay; nothing can be compared with it."
            found.append({"lead": f"{side.key} version {side.version} is withheld.", "text": text, "icon": "lock"})
    if comparison.coarse:
        text = "What could not be is shown as taken out and put in, as a whole."
        found.append({"lead": "Some of it was too large to be compared word by word.", "text": text, "tone": "warn"})
    if sheet.old.key == sheet.new.key:
        found.append({"lead": "Both sides are the same version.", "text": "Choose two that differ."})
    elif not comparison.changed and not found:
        found.append({"lead": "Nothing differs.", "text": "State, dates and signatures are no content; see the timeline."})
    return found


def _counted(counts: Counter[str]) -> list[Context]:
    return [
        {"label": f"{counts[kind]} {words[counts[kind] > 1]}", "tone": "plum" if kind.startswith("moved") else None}
        for kind, words in COUNTED.items() if counts[kind]
    ]  # fmt: skip


def _sections(sheet: Sheet, comparison: Comparison, ticked: frozenset[str], *, remarks: bool) -> Iterator[Context]:
    several = sum(f.text is not None for f in comparison.fields) > 1
    for field in comparison.fields:
        remark = remarking.address(sheet.record, field.field) if remarks else ""
        pen = Pen(sheet.beside, sheet.old.record.number, sheet.new.record.number, remark)
        if field.text is not None:
            if field.text.unseen:
                yield _section(field.field.title, f"f-{field.field.id}", "differs only in what nobody sees", ticked)
            for part in field.text.parts:
                yield _part(part, field, pen, ticked, several=several)
        elif field.status != "same":
            shown = {"body": _body(pen, field), "files": _files_of(field, pen), "field": True}
            yield _section(field.field.title, f"f-{field.field.id}", _word(field.status), ticked) | shown


def _section(title: str, key: str, note: str, ticked: frozenset[str], *, changed: bool = True) -> Context:
    return {"title": title, "id": key, "note": note, "changed": changed, "viewed": changed and key in ticked}


def _word(status: str) -> str:
    return STATUS.get(status, "changed")


def _part(part: Part, field: FieldChange, pen: Pen, ticked: frozenset[str], *, several: bool) -> Context:
    gone = "-left" if part.left else "-gone" if part.status == "removed" else ""
    key = f"{field.field.id}-{part.section.anchor if part.section else 'start'}{gone}"
    title = part.title or field.field.title
    shown = _section(
        f"{field.field.title}: {title}" if several and part.title else title, key, _told(part), ticked,
        changed=part.status != "same" or part.moved_from is not None,
    )  # fmt: skip
    body = list(part.blocks[1:] if part.title and part.blocks and part.blocks[0].status == "same" else part.blocks)
    return shown | {
        "body": pen.blocks(body), "left": part.left, "moved": _from(part) if part.moved_from else "",
        "words": pen.inline(part.blocks[0].segments) if title == part.title and _retitled(part) else None,
    }  # fmt: skip


def _retitled(part: Part) -> bool:
    return bool(part.blocks) and part.blocks[0].status == "changed" and part.blocks[0].block.kind == "heading"


def _told(part: Part) -> str:
    if part.left:
        return "moved away from here"
    edits = part.edits
    said = ["moved"] if part.moved_from else []
    if part.status in STATUS:
        said.append(STATUS[part.status])
    elif edits:
        said.append(f"{edits} edit{'s' if edits > 1 else ''}")
    return ", ".join(said) or "unchanged"


def _from(part: Part) -> str:
    if part.rides:
        return "Moved with the section around it"
    before = part.moved_from
    if before is not None and before.number and part.section and before.number != part.section.number:
        return f"Moved from {before.number}"
    return f"Moved: it stood after “{part.came_after}”" if part.came_after else "Moved: it stood first"


def _body(pen: Pen, field: FieldChange) -> Any:
    if field.table is not None:
        return pen.table(field.table)
    return pen.value(field.segments) if not field.files else None


def _files_of(field: FieldChange, pen: Pen) -> list[Context]:
    return [_file(file, pen) for file in field.files if file.status != "same"]


def _file(file: FileChange, pen: Pen) -> Context:
    old, new = file.old or {}, file.new or {}
    shown: Context = {"status": file.status, "old": old, "new": new}
    if file.extracted is not None:
        shown |= {
            "said": f"{EXTRACTED} {file.unread}." if file.unread else EXTRACTED,
            "text": _extracted(file.extracted, pen),
        }
    elif file.unread:
        shown["said"] = f"{UNREADABLE} {file.unread}."
    return shown


def _extracted(text: TextChange, pen: Pen) -> list[Context]:
    return [{"title": p.title, "body": pen.blocks(p.blocks)} for p in text.parts if p.status != "same" or p.moved_from]
