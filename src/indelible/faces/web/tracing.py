"""The only place that shows one requirement as one path: who asks, what could go wrong, what tests it, and what that gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.assurance.catalogue.requirement import Requirement
from indelible.assurance.catalogue.trace import COVERED, FAILED, LEVERAGED, Row
from indelible.assurance.qualification import traced
from indelible.assurance.qualification.results import PASSED
from indelible.assurance.qualification.traced import Traced
from indelible.faces.web import rating, requiring, scripts, validation
from indelible.faces.web.requests import Request
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.modules.validation import order, performing
from indelible.practice.queries import Viewer

Context = dict[str, Any]


@require_safe
def requirement(request: Request, number: str) -> HttpResponse:
    """Show one requirement as one path from its clauses to the results of the build that runs; raises NotFound."""
    view = validation.may_read(request)
    found, record = traced.trace(settings.HOME), order.requirement(view, number)
    known = found.catalogue.requirements.get(number)
    if record is not None and (known is None or order.system_of(record) != validation.THIS):
        return _own(request, view, record)
    if known is None:
        raise NotFound(number)
    row = found.matrix.of(number)
    context = {
        "page": {"title": known.text, "number": number, "crumbs": [validation.crumb(), _up(validation.THIS)]},
        "path": _path(known, row, found),
        "state": requiring.chip(row.state),
        "why": row.why,
        "facts": rating.facts(known, row),
        "clauses": [rating.clause(found.catalogue.obligations[one]) for one in known.clauses],
        "risks": [rating.risk(one) for one in known.risks],
        "needed": row.needed,
        "scripts": list(_scripts(row, found)),
        "run": _ran(found),
        "records": _records(view, record, number),
    }
    return render(request, "pages/requirement.html", context)


def _own(request: Request, view: Viewer, record: Record) -> HttpResponse:
    """Show a requirement that stands on record alone: of another system, or the company's own."""
    said, number = order.stated(record), record.number
    state = next((state for one, _, state in order.requirements(view, order.system_of(record)) if one.pk == record.pk), "")
    context = {
        "page": {
            "title": record.title,
            "number": number,
            "crumbs": [validation.crumb(), _up(order.system_of(record))],
            "acts": [{"label": "The record", "url": validation.page_of(number), "icon": "page"}],
        },
        "state": requiring.chip(state or order.label(record)),
        "clauses": [{"clause": said.clauses, "title": "As the requirement names it"}],
        "facts": [
            {"label": "Process", "kind": "text", "value": said.process},
            {"label": "Priority", "kind": "text", "value": said.priority},
            {"label": "Depth", "kind": "text", "value": said.depth},
        ],
        "risks": [rating.rated(row) for row in said.risks],
        "scripts": [scripts.recorded(one) for one in performing.tests(view, number)],
        "records": _records(view, record, number),
    }
    return render(request, "pages/requirement.html", context)


def _path(one: Requirement, row: Row, found: Traced) -> list[Context]:
    """Give the five stations of the path, for the rail at the head of the page."""
    passed = sum(verdict == PASSED for _, verdict in row.verdicts)
    tested = bool(row.scripts)
    good = row.state in (COVERED, LEVERAGED)
    return [
        {"label": "Clauses", "note": f"{len(one.clauses)} ask for it", "done": True},
        {"label": "Requirement", "note": one.area, "done": True},
        {"label": "Risk", "note": f"class {row.risk_class}, priority {row.priority}", "done": bool(one.risks)},
        {
            "label": "Tests",
            "note": f"{len(row.scripts)} scripts" if tested else "not known yet",
            "done": tested,
            "tone": "draft",
        },
        {
            "label": "Result",
            "note": f"{passed} of {len(row.scripts)} passed" if found.run else "no run yet",
            "done": good,
            "current": not good,
            "late": row.state == FAILED,
            "tone": "late" if row.state == FAILED else "wait",
        },
    ]


def _scripts(row: Row, found: Traced) -> Iterator[Context]:
    last = {one.key: one for one in found.run.results} if found.run else {}
    for key in row.scripts:
        if (given := last.get(key)) is not None:
            yield scripts.result(given, found.run.id if found.run else "")
        elif (planned := found.scripts.get(key)) is not None:
            yield scripts.planned(planned)


def _ran(found: Traced) -> Context | None:
    run = found.run
    if run is None:
        return None
    return {
        "id": run.id,
        "url": reverse("qualification", args=[run.id]),
        "official": run.official,
        "build": run.build,
        "baseline": run.baseline,
    }


def _records(view: Viewer, record: Record | None, number: str) -> list[Context]:
    """Give what is on record about a requirement: itself, its scripts, their runs by people."""
    rows = (
        [
            {
                "number": record.number,
                "url": validation.page_of(record.number),
                "text": "The requirement on record",
                "note": order.label(record),
            }
        ]
        if record
        else []
    )
    named = order.scripts(view, requirement=number)
    runs = order.runs_of(view, [one.number for one, _ in named])
    for one, _ in named:
        rows.append(
            {"number": one.number, "url": validation.page_of(one.number), "text": one.title, "note": order.label(one)}
        )
        rows += [
            {
                "number": run.number,
                "url": reverse("perform", args=[run.number]) if performing.is_run(run) else validation.page_of(run.number),
                "text": f"{values['verdict'] or 'not finished'}, {values['purpose']}",
                "note": order.label(run),
            }
            for run, values in runs.get(one.number, [])
        ]
    return rows


def _up(number: str) -> Context:
    url = reverse("requirements") if number == validation.THIS else reverse("requirements_of", args=[number])
    return {"label": "Requirements", "url": url}
