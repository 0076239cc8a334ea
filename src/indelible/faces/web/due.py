"""The only place that lists what asks a person by name in some days, for whoever plans that work, with the way to hand it over."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import wording
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.practice import absences, workload
from indelible.practice.queries import Viewer
from indelible.practice.workload import Piece, Span

Context = dict[str, Any]


@require_safe
def due(request: Request, number: str) -> HttpResponse:
    """List a person's work that is due in some days or late; raises NotFound, Invalid for what is no day."""
    asked = {name: request.GET.get(name, "").strip() for name in ("first", "last", "late")}
    span = workload.span(**asked)
    person, found = workload.of(request.view, number, span)
    gone = [one for one in absences.of([person.pk]) if _meets(one, span)]
    notes = [{"lead": f"{person.title} is away, {one.days}.", "tone": "warn", "icon": "calendar"} for one in gone]
    context = {
        "page": {
            "title": f"Work of {person.title}", "number": person.number, "subtitle": _subtitle(span, found),
            "crumbs": [{"label": "Capacity", "url": reverse("panel", args=["capacity"])}],
            "acts": [{"label": "Hand over", "url": reverse("hand_over", args=[person.number]), "icon": "people"}],
        },
        "notes": notes, "cards": [{"table": _table(found)}],
    }  # fmt: skip
    return render(request, "pages/panel.html", context)


def left_behind(view: Viewer) -> list[Context]:
    """Give a card for each absence in the departments of who looks: what falls due meanwhile, and the way to hand it over."""
    return [
        {
            "title": f"{person.title} is away, {absence.days}", "url": reverse("hand_over", args=[person.number]),
            "url_label": "Hand over", "list": [_short(one) for one in found],
        } | ({} if found else {"text": "Nothing that asks for this person by name falls due meanwhile."})
        for person, absence, found in workload.left_behind(view)
    ]  # fmt: skip


def _meets(absence: absences.Absence, span: Span) -> bool:
    return not span.late and absence.meets(span.first or absence.first, span.last or absence.first)


def _subtitle(span: Span, found: list[Piece]) -> str:
    days = [f"{word} {day}" for word, day in (("from", span.first), ("until", span.last)) if day]
    return f"{len(found)} overdue" if span.late else " ".join([f"{len(found)} due", *days])


def _short(piece: Piece) -> Context:
    record = piece.record
    return {"number": record.number, "url": reverse("record", args=[record.number]), "text": wording.title(record),
            "note": f"{_act(piece)}, due {piece.day}", "tone": "late" if piece.late else None}  # fmt: skip


def _table(found: list[Piece]) -> Context:
    heads = ("Number", "Title", "What", "Due")
    columns = [{"label": label, "main": label == "Title"} for label in heads]
    rows = [{"cells": _cells(one)} for one in found]
    empty = {
        "title": "Nothing here",
        "text": "No record that you may see asks this person by name for anything in these days.",
    }
    return {"caption": "Work that is due", "columns": columns, "rows": rows, "empty": empty}


def _cells(piece: Piece) -> list[Context]:
    record = piece.record
    return [
        {"kind": "record", "value": record.number, "url": reverse("record", args=[record.number])},
        {"kind": "text", "value": wording.title(record)},
        {"kind": "text", "value": _act(piece)},
        {
            "kind": "date",
            "value": piece.day,
            "late": "late" if piece.late else "",
            "note": "away on that day" if piece.away else "",
        },
    ]


def _act(piece: Piece) -> str:
    move = records.state_of(piece.record).moves.get(piece.move)
    return (move.label if move else "") or piece.move.replace("_", " ").capitalize()
