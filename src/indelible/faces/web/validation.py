"""The only place that says who may read the pages of validation, which there are of a system, and how they write a time."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.practice import inventory, queries
from indelible.practice.queries import Viewer

Context = dict[str, Any]
THIS = inventory.THIS


def may_read(request: Request) -> Viewer:
    """Give who is looking, if that person may see the installation; raises NotFound for everybody else."""
    queries.get_record(request.view, str(request.view.found.home.get("number")))
    return request.view


def tabs(number: str, current: str) -> list[Context]:
    """Give the pages of a system's validation."""
    named = (
        [("Board", "validation"), ("Requirements", "requirements"), ("Obligations", "obligations")]
        if number == THIS
        else [("Board", "system"), ("Requirements", "requirements_of")]
    )
    args = [] if number == THIS else [number]
    return [{"label": label, "url": reverse(name, args=args), "current": name == current} for label, name in named]


def crumb() -> Context:
    """Give the way back to the board."""
    return {"label": "Validation", "url": reverse("validation")}


def page_of(number: str) -> str:
    """Give the address of a record."""
    return reverse("record", args=[number])


def moment(view: Viewer, iso: str) -> str:
    """Give a time in the company's zone with its offset; empty for none."""
    return f"{clock.parse(iso).astimezone(ZoneInfo(view.configuration.company.zone)):%Y-%m-%d %H:%M:%S %z}" if iso else ""
