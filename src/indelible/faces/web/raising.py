"""The only place that offers, on a record's page, the records that can be begun from it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from indelible.faces.web.requests import Request
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice import raising
from indelible.practice.queries import Viewer

Context = dict[str, Any]
FROM, CONTINUING = "from", "continuing"


def offered(view: Viewer, record: Record, acts: list[Context]) -> list[Context]:
    """Put what can be begun from a record into the menu of its acts."""
    group = [
        _item(f"Begin: {declared.label}", reverse("new", args=[declared.type]), record)
        for declared in raising.list_beginnings(view, record)
    ]
    group += [
        _item(f"Revise {other.series} for it", reverse("act", args=[other.number, "revise"]), record)
        for other in raising.list_revisable(view, record)
    ]
    goes_on = [
        _item(f"Continue as: {declared.label}", reverse("new", args=[declared.type]), record, **{CONTINUING: "1"})
        for declared in raising.list_continuations(view, record)
    ]
    groups = [one for one in (group, goes_on) if one]
    if not groups:
        return acts
    return [act | {"menu": [*groups, *act["menu"]]} if "menu" in act else act for act in acts]


def begun(request: Request, declaration: TypeDeclaration) -> tuple[Context, list[Context]]:
    """Give the values that a new record takes over from the one that the address names, and what to say of it."""
    number = request.GET.get(FROM, "") if request.method == "GET" else ""
    continuing = CONTINUING in request.GET
    values = raising.taken_over(request.view, declaration.type, number, continuing=continuing) if number else {}
    told = {"lead": f"Begun from {number}.", "text": "What is known there stands here already. Nothing is saved yet."}
    if continuing:
        told = {"lead": f"Continues {number}.", "text": "What is known there stands here already, and the clock goes on from its "
                f"discovery. Nothing is saved yet; afterwards name it in {number} and close that as moved."}  # fmt: skip
    return values, [told] if values else []


def _item(label: str, url: str, record: Record, **more: str) -> Context:
    return {"label": label, "icon": "plus", "url": f"{url}?{urlencode({FROM: record.number, **more})}"}
