"""The only place that shows the thread of a record: a drawing of boxes and lines, and the same as a nested list."""

from __future__ import annotations

import unicodedata
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import layers, wording
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.models import Record
from indelible.practice import queries, threads
from indelible.practice.threads import Knot, Thread

Context = dict[str, Any]
LINE, LINES = 23, 2  # of a title in a box: so many letters, so many lines
WORDS = 19  # letters on a line between two boxes


@require_safe
def show(request: Request, number: str) -> HttpResponse:
    """Show the thread of a record that this person may see; raises NotFound for any other."""
    record = queries.get_record(request.view, number)
    thread = threads.follow(request.view, record)
    declaration = records.type_of(record)
    crumbs = [
        {"label": declaration.plural, "url": reverse("list", args=[record.type])},
        {"label": record.number, "url": reverse("record", args=[record.number])},
    ]
    context = {
        "page": {"title": f"Thread of {record.number}", "subtitle": wording.title(record), "crumbs": crumbs,
                 "acts": [{"label": "Print", "icon": "print", "print": True}]},
        "notes": [_note(thread)],
        "drawing": _drawing(thread) if len(thread.knots) > 1 else None,
        "tree": _branch(thread, _said(thread), record.pk),
    }  # fmt: skip
    return render(request, "pages/thread.html", context)


def _note(thread: Thread) -> Context:
    count, left = len(thread.knots), thread.left_out
    if count == 1:
        return {"lead": "Nothing that you may see is linked to this record."}
    lead = f"{count} records hang together here, at most {threads.DEPTH} links away from {thread.root.number}."
    stopped = [knot for knot in thread.knots.values() if not knot.passed]
    told = [f"{knot.record.number} is named by {knot.named_by} records and not passed through." for knot in stopped]
    if left:
        told.append(f"{left} more {'record' if left == 1 else 'records'} that you may see {'is' if left == 1 else 'are'} "
                    "linked to these and left out here: they stand on the pages of those that name them.")  # fmt: skip
    else:
        told.append("Nothing was left out.")
    return {"lead": lead, "text": " ".join(told)}


def _drawing(thread: Thread) -> Context:
    drawn = layers.draw([*thread.knots], thread.strands)
    boxes = [_box(thread, knot, drawn.places[key]) for key, knot in thread.knots.items()]
    lines = [
        {"path": line.path, "arrow": line.arrow, "words": _cut(line.words, WORDS), "all": line.words, "x": line.x, "y": line.y,
         "anchor": "end" if line.at_end else "start"}
        for line in drawn.lines
    ]  # fmt: skip
    return {
        "wide": drawn.wide, "tall": drawn.tall, "box_wide": layers.WIDE, "box_tall": layers.TALL,
        "boxes": boxes, "lines": lines,
        "say": f"{len(boxes)} records and {len(lines)} lines between them; the list below says the same in words.",
    }  # fmt: skip


def _box(thread: Thread, knot: Knot, place: layers.Place) -> Context:
    record, x = knot.record, place.x + 12
    shown = _shown(record)
    title = _folded(shown["title"])
    return shown | {
        "x": place.x, "y": place.y, "own": record.pk == thread.root.pk,
        "number_at": {"x": x, "y": place.y + 21},
        "lines": [{"text": text, "x": x, "y": place.y + 38 + 14 * at} for at, text in enumerate(title)],
        "dot": {"x": x, "y": place.y + layers.TALL - 24}, "state_at": {"x": x + 19, "y": place.y + layers.TALL - 13},
    }  # fmt: skip


def _shown(record: Record) -> Context:
    late = record.due_at is not None and record.due_at < clock.now()
    state = wording.state(records.state_of(record), record.state, late=late)
    return {"number": record.number, "url": reverse("record", args=[record.number]), "title": wording.title(record),
            "kind": records.type_of(record).label, "state": state, "late": late}  # fmt: skip


def _said(thread: Thread) -> dict[UUID, list[tuple[UUID, str]]]:
    """Give for each record in words how it is linked to each of the others."""
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for strand in thread.strands:
        here, there = (thread.knots[key].record.number for key in (strand.naming, strand.named))
        found.setdefault(strand.naming, []).append((strand.named, f"names {there}: {wording.inside(strand.label)}"))
        found.setdefault(strand.named, []).append((strand.naming, f"named by {here}: {wording.inside(strand.label)}"))
    return found


def _branch(thread: Thread, said: dict[UUID, list[tuple[UUID, str]]], key: UUID) -> Context:
    """Give one record with what was found from it; a link is told once, at the one of the two that stands deeper."""
    knot = thread.knots[key]
    order = list(thread.knots)
    earlier = [words for other, words in said.get(key, []) if order.index(other) < order.index(key)]
    below = [_branch(thread, said, one) for one, found in thread.knots.items() if found.found_from == key]
    return _shown(knot.record) | {"notes": earlier, "below": below}


def _folded(text: str) -> list[str]:
    """Break a title into the lines of a box; what does not fit ends in dots, and is whole in the list and the tip."""
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < LINES - 1:
        line = rest.pop(0)
        while rest and _letters(f"{line} {rest[0]}") <= LINE:
            line += f" {rest.pop(0)}"
        lines.append(_cut(line, LINE))
    return [*lines, _cut(" ".join(rest), LINE)] if rest else lines


def _cut(text: str, most: int) -> str:
    if _letters(text) <= most:
        return text
    while text and _letters(text) >= most:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _letters(text: str) -> int:
    """Count letters as they stand: a wide one takes the room of two, a mark above another one none."""
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
