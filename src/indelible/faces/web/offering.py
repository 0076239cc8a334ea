"""The only place that says which acts a record's page offers: one main act, the usual one beside it, the rest in a menu."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from indelible.assurance.rendition import building, stamping
from indelible.faces.web import elsewhere, people, wording
from indelible.infra.recognition import WORD
from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration
from indelible.practice import papers
from indelible.practice.queries import Possible

Context = dict[str, Any]
ICONS = {
    "edit": "pen",
    "amend": "pen",
    "revise": "plus",
    "link": "link",
    "unlink": "x",
    "reassign": "person",
    "extend": "calendar",
    "postpone": "calendar",
    "confirm": "check",
    "certify": "seal",
    "restrict": "lock",
    "comment": "comment",
}
LABELS = {
    "amend": "Amend what was signed",
    "revise": "Begin the next revision",
    "link": "Link a record",
    "unlink": "Take a link away",
    "reassign": "Hand over",
    "extend": "Extend the due date",
    "postpone": "Postpone",
    "confirm": "Confirm a critical value",
    "certify": "Certify a page signed by hand",
    "restrict": "Restrict earlier content",
}
PAGES = {"edit": "edit", "amend": "amend", "certify": "certify"}
APART = frozenset({"comment", "resolve"})  # stand beside the text and the timeline


def acts(record: Record, possible: list[Possible], *, own: bool, links: bool) -> list[Context]:
    """Give the acts of a page head: print, edit, the menu with everything else, and the main one last."""
    offered = [p for p in possible if p.verb not in APART and _makes_sense(record, p, own=own)]
    main = awaited(record, offered)
    first = [p for p in offered if p.verb == "edit" and p.allowed]
    rest = [p for p in offered if p is not main and p not in first and (p.allowed or not p.generic)]
    beside = [_act(record, p) | {"hotkey": "e"} for p in first]
    menu = [
        group
        for group in (people.pages(record), _papers(record), _rest(record, rest, links=links), _dangers(record, rest))
        if group
    ]
    shown = [{"label": "Print", "print": True}, *beside, {"label": "More", "menu": menu}]
    return [*shown, _act(record, main) | {"tone": "primary"}] if main else shown


def permitted(record: Record, possible: list[Possible], *, own: bool) -> list[Context]:
    """Give the acts that can be done now, the expected one first: for the palette."""
    offered = [p for p in possible if p.allowed and _makes_sense(record, p, own=own)]
    main = awaited(record, [p for p in offered if p.verb not in APART])
    return [_act(record, p) for p in sorted(offered, key=lambda p: (p is not main, p.danger, p.generic))]


def signs_by_hand(record: Record) -> bool:
    """Say whether the state that the record is in can be left with signatures on paper."""
    declared = records.type_of(record)
    return declared.certify is not None and any(m.signs and not m.danger for m in records.state_of(record).moves.values())


def _given_out(record: Record) -> list[str]:
    """Give the revisions that a record is a copy of, once it has left its first state and while it counts."""
    declaration, values = records.type_of(record), records.values(record)
    if record.state == declaration.initial or records.state_of(record).look == "void":
        return []
    pinned = (f for f in declaration.live_fields() if f.kind == "links" and f.pinned)
    return [item["number"] for f in pinned for item in values.get(f.name) or []]


def text_field(record: Record) -> FieldDeclaration | None:
    """Give the field that holds a record's text, None for a type without one."""
    return next((f for f in records.type_of(record).live_fields() if f.kind == "rich_text"), None)


def sources(record: Record) -> list[Context]:
    """Give the files of a record from which its text can be taken."""
    if text_field(record) is None:
        return []
    values = records.values(record)
    fields = (f for f in records.type_of(record).live_fields() if f.kind == "files")
    items = (item for f in fields for item in values.get(f.name) or [])
    return [item for item in items if item["media_type"].partition(";")[0] == WORD]


def awaited(record: Record, offered: list[Possible]) -> Possible | None:
    """Give the act that the state waits for, denied too: who cannot do it learns who can."""
    if records.state_of(record).look in ("done", "void"):
        return None
    moves = [p for p in offered if not p.generic and not p.danger]
    allowed = [p for p in moves if p.allowed]
    expected = records.state_of(record).work
    usual = next((p for p in moves if p.verb == expected), None)
    if usual is not None and usual.allowed:
        return usual
    return next(iter(allowed), None) or usual or next(iter(moves), None)


def _makes_sense(record: Record, one: Possible, *, own: bool) -> bool:
    if elsewhere.page_of(record, one.verb, own=own) == reverse("accounts"):
        return False  # somebody else's password and tokens: nothing to begin from here
    if one.verb == "extend":
        return record.due_at is not None
    if one.verb == "postpone":
        return any(move.at for move in records.state_of(record).moves.values())
    if one.verb == "confirm":
        return bool(record.marks.get("unconfirmed"))
    return one.verb != "certify" or signs_by_hand(record)


def _rest(record: Record, rest: list[Possible], *, links: bool) -> list[Context]:
    shown = [_act(record, p) for p in sorted(rest, key=lambda p: p.generic) if not p.danger]
    if links and any(p.verb == "link" for p in rest):
        shown.append(_item(record, "unlink", LABELS["unlink"]))
    return shown


def _dangers(record: Record, rest: list[Possible]) -> list[Context]:
    return [_act(record, p) for p in sorted(rest, key=lambda p: not p.allowed) if p.danger]


def _papers(record: Record) -> list[Context]:
    pdf = reverse("pdf", args=[record.number])
    shown: list[Context] = [
        {"label": "PDF", "url": pdf, "icon": "file"},
        {"label": "PDF with the audit trail", "url": f"{pdf}?trail=1", "icon": "history"},
    ]
    if own := papers.of(record.type):
        shown.append({"label": own.label, "url": reverse("paper", args=[record.number]), "icon": "file"})
    for item in stamping.pdfs(record):
        url = reverse("reading", args=[record.number, item["sha256"]])
        shown.append({"label": f"Reading copy of {item['name']}", "url": url, "icon": "file"})
    for number in _given_out(record):
        url = f"{reverse('pdf', args=[number])}?for={record.number}"
        shown.append({"label": f"PDF of {number} as {record.number}", "url": url, "icon": "file"})
        most = building.counted(record) if records.state_of(record).look == "work" else 0
        for first in range(1, most + 1, building.AT_ONCE) if most > 1 else ():
            label = f"Sets {first} to {min(most, first + building.AT_ONCE - 1)} of {number}, numbered"
            shown.append({"label": label, "url": f"{url}&set={first}", "icon": "print"})
    field = text_field(record)
    if field is not None and records.values(record).get(field.name):
        shown.append({"label": "DOCX to work on", "url": reverse("docx", args=[record.number]), "icon": "file"})
    for source in sources(record) if records.state_of(record).edit or records.state_of(record).amend else []:
        url = reverse("convert", args=[record.number, source["sha256"]])
        shown.append({"label": f"Text of {source['name']}", "url": url, "icon": "pen"})
    if signs_by_hand(record):
        shown.append({"label": "Page for signing by hand", "url": f"{pdf}?wet_ink=1", "icon": "page"})
        shown.append({"label": "Bring a scan of it", "url": reverse("scan", args=[record.number]), "icon": "upload"})
    return shown


def _act(record: Record, one: Possible) -> Context:
    label = LABELS.get(one.verb, one.label) if one.generic else one.label
    if one.refusal is not None:
        return {"label": label, "refusal": wording.refusal(one.refusal, number=record.number)}
    name, whole = PAGES.get(one.verb), elsewhere.page_of(record, one.verb, own=True)
    if whole is not None:
        return {"label": label, "icon": "arrow", "url": whole, "tone": "danger" if one.danger else None}
    if name is not None:
        return {"label": label, "icon": ICONS[one.verb], "url": reverse(name, args=[record.number])}
    return _item(record, one.verb, label, signs=bool(one.signs)) | {"tone": "danger" if one.danger else None}


def _item(record: Record, verb: str, label: str, *, signs: bool = False) -> Context:
    icon = "pen" if signs else ICONS.get(verb, "arrow")
    url = reverse("sign" if signs else "act", args=[record.number, verb])
    return {"label": label, "icon": ICONS.get(verb, icon), "url": url, "dialog": True}
