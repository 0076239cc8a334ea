"""The only place that lists requirements: of this system by area, with filters, and of another system of the inventory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.assurance.catalogue.loading import AREAS
from indelible.assurance.catalogue.trace import (
    COVERED,
    EXCLUDED,
    FAILED,
    LEVERAGED,
    NO_TEST,
    NOT_RUN,
    STALE,
    STATES,
    THINNER,
    Row,
)
from indelible.assurance.qualification import traced
from indelible.assurance.qualification.traced import Traced
from indelible.faces.web import validation, wording
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.modules.validation import order
from indelible.practice.queries import Viewer

Context = dict[str, Any]
PRIORITIES = ("high", "medium", "low")
TONES = {
    "covered": "ok",
    "leveraged": "ok",
    "procedural": "ok",
    "failed": "bad",
    "no test": "bad",
    "thinner than its risk": "warn",
    "stale": "warn",
    "suspect": "warn",
    "open": "warn",
    "excluded": "mute",
}
LONGEST = 80
GAPS = (FAILED, NO_TEST, THINNER, STALE, NOT_RUN)


@require_safe
def requirements(request: Request) -> HttpResponse:
    """List the requirements of this system by area, narrowed by state, priority, area and text; raises NotFound.

    Without a filter it counts them by area: nobody reads hundreds of rows at once.
    """
    view, chosen = validation.may_read(request), _chosen(request)
    found = traced.trace(settings.HOME)
    rows = [row for row in found.matrix.rows if _fits(row, chosen)]
    table = _rows(view, rows) if any(chosen.values()) else _by_area(rows)
    context = {
        "page": _head(found),
        "tabs": validation.tabs(validation.THIS, "requirements"),
        "notes": _notes(found),
        "cards": [{"table": table, "filters": _filters(chosen, found, len(rows))}],
    }
    return render(request, "pages/asked.html", context)


@require_safe
def requirements_of(request: Request, number: str) -> HttpResponse:
    """List the requirements of another system of the inventory; raises NotFound."""
    view = validation.may_read(request)
    entry = order.system(view, number)
    rows = order.requirements(view, number)
    shown = [
        {
            "cells": [
                {"kind": "record", "value": one.number, "url": reverse("requirement", args=[one.number])},
                {"kind": "text", "value": one.title},
                {"kind": "text", "value": values["priority"]},
                {"kind": "chips", "value": [chip(state or "out of scope")]},
                {"kind": "state", "value": wording.state(records.state_of(one), one.state)},
            ]
        }
        for one, values, state in rows
    ]
    context = {
        "page": {
            "title": f"Requirements of {wording.title(entry)}",
            "crumbs": [validation.crumb(), {"label": number, "url": reverse("system", args=[number])}],
        },
        "tabs": validation.tabs(number, "requirements_of"),
        "cards": [
            {
                "table": {
                    "caption": "Requirements",
                    "columns": _columns("Requirement", "Text", "Priority", "State", "Record"),
                    "rows": shown,
                    "empty": {
                        "title": "No requirement yet",
                        "text": "Whoever validates this system enters what it must do, with what could go wrong.",
                    },
                }
            }
        ],
    }
    return render(request, "pages/asked.html", context)


def chip(state: str) -> Context:
    """Give a state of the matrix as a chip."""
    return {"label": state, "tone": TONES.get(state, "")}


def _chosen(request: HttpRequest) -> Context:
    given = request.GET
    return {
        "q": given.get("q", "").strip()[:LONGEST],
        "area": [one for one in given.getlist("area") if one in AREAS],
        "priority": [one for one in given.getlist("priority") if one in PRIORITIES],
        "state": [one for one in given.getlist("state") if one in STATES],
    }


def _fits(row: Row, chosen: Context) -> bool:
    one = row.requirement
    words = f"{one.id} {one.text} {one.why} {' '.join(one.clauses)}".casefold()
    told = {"area": one.area, "priority": row.priority, "state": row.state}
    return all(not chosen[name] or value in chosen[name] for name, value in told.items()) and chosen["q"].casefold() in words


def _rows(view: Viewer, rows: list[Row]) -> Context:
    official = {one.number: state for one, _, state in order.requirements(view, validation.THIS)}
    shown: list[Context] = []
    for area in dict.fromkeys(row.requirement.area for row in rows):
        inside = [row for row in rows if row.requirement.area == area]
        shown.append({"heading": AREAS.get(area, area), "note": str(len(inside))})
        shown += [{"cells": _line(row, official), "tone": "broken" if row.state == FAILED else ""} for row in inside]
    return {
        "caption": "Requirements",
        "columns": _columns("Requirement", "Text", "Priority", "Tests", "State", "On record"),
        "rows": shown,
        "empty": {"title": "No requirement fits", "text": "Take a filter away."},
    }


def _by_area(rows: list[Row]) -> Context:
    """Count the requirements of each area by their states, each figure the way to its rows."""
    states = [state for state in (COVERED, LEVERAGED, *GAPS, EXCLUDED) if any(row.state == state for row in rows)]
    lines = []
    for area in (area for area in AREAS if any(row.requirement.area == area for row in rows)):
        counts = Counter(row.state for row in rows if row.requirement.area == area)
        figures = [
            {"kind": "number", "value": counts[state] or "", "url": f"{_here()}?{urlencode({'area': area, 'state': state})}"}
            for state in states
        ]
        name = {"kind": "record", "value": AREAS[area], "url": f"{_here()}?area={area}"}
        lines.append({"cells": [name, {"kind": "number", "value": counts.total()}, *figures]})
    columns = [
        {"label": "Area", "main": True},
        *({"label": label, "numeric": True} for label in ("All", *(state.capitalize() for state in states))),
    ]
    return {"caption": "Requirements by area", "columns": columns, "rows": lines}


def _here() -> str:
    return reverse("requirements")


def _filters(chosen: Context, found: Traced, count: int) -> Context:
    here = reverse("requirements")
    options = {
        "state": [row.state for row in found.matrix.rows],
        "priority": [row.priority for row in found.matrix.rows],
        "area": [row.requirement.area for row in found.matrix.rows],
    }
    active = [
        {"label": f"{name.capitalize()}: {AREAS.get(value, value)}", "remove_url": f"{here}?{_query(chosen, name, value)}"}
        for name in options
        for value in chosen[name]
    ]
    more = [
        {"label": name.capitalize(), "name": name, "kind": "choices", "value": chosen[name], "options": counted(values)}
        for name, values in options.items()
    ]
    return {
        "url": here,
        "find": {"name": "q", "value": chosen["q"], "label": "Number, text, clause"},
        "active": active,
        "more": more,
        "note": f"{count} of {len(found.matrix.rows)}",
        "clear_url": here,
    }


def counted(values: Iterable[str]) -> list[Context]:
    """Give the values of a filter with how many have each."""
    counts = Counter(values)
    return [
        {"value": one, "label": AREAS.get(one, one), "count": counts[one]}
        for one in sorted(counts, key=lambda one: AREAS.get(one, one))
    ]


def _query(chosen: Context, name: str, value: str) -> str:
    kept_ones = [(key, one) for key in ("state", "priority", "area") for one in chosen[key] if (key, one) != (name, value)]
    return urlencode([*kept_ones, *([("q", chosen["q"])] if chosen["q"] else [])])


def _line(row: Row, official: dict[str, str]) -> list[Context]:
    one, tested = row.requirement, Counter(verdict for _, verdict in row.verdicts)
    told = ", ".join(f"{count} {verdict}" for verdict, count in tested.items())
    return [
        {"kind": "record", "value": one.id, "url": reverse("requirement", args=[one.id])},
        {"kind": "text", "value": one.text},
        {"kind": "text", "value": row.priority},
        {"kind": "text", "value": told},
        {"kind": "chips", "value": [chip(row.state)]},
        {"kind": "text", "value": official.get(one.id) or "not on record"},
    ]


def _columns(*labels: str) -> list[Context]:
    return [{"label": label, "main": label == "Text", "fit": label in ("Requirement", "State")} for label in labels]


def _head(found: Traced) -> Context:
    return {
        "title": "Requirements",
        "crumbs": [validation.crumb()],
        "subtitle": f"{len(found.matrix.rows)} requirements, each one testable shall with its risks.",
    }


def _notes(found: Traced) -> list[Context]:
    if found.run is None:
        return [
            {
                "lead": "Nothing has run here yet.",
                "text": "Which scripts test what on this configuration is known with the first run.",
            }
        ]
    kind = "official" if found.run.official else "a trial, which never counts"
    return [
        {
            "lead": f"As {found.run.id} left it.",
            "text": f"It was {kind}. “On record” is what accepted official runs show for build and baseline in use.",
            "link": {"label": "Its results", "url": reverse("qualification", args=[found.run.id])},
        }
    ]
