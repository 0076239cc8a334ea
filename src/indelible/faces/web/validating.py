"""The only place of the board of a validation: where it stands and what comes next, its gates, its figures, its runs.

Of this system it shows runs of the machine as well; another system of the inventory is shown by its records alone.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from indelible.assurance.catalogue.loading import AREAS
from indelible.assurance.catalogue.trace import WELL, Matrix
from indelible.assurance.qualification import kept, traced
from indelible.assurance.qualification.kept import Listed
from indelible.assurance.qualification.traced import Traced
from indelible.faces.web import qualifying, shell, validation, wording
from indelible.faces.web.requests import Request
from indelible.kernel import records
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.modules.validation import order
from indelible.modules.validation.order import Gate
from indelible.practice import inventory
from indelible.practice.queries import Viewer

Context = dict[str, Any]
THIS = inventory.THIS
MOST = 12  # runs on the board; what is older stands in the lists of records, and in the folder
CHUNK = 1 << 16
TRIAL, OFFICIAL, FAULT, ABORTED = "trial", "official", "seeded fault", "aborted"


@require_safe
def show(request: Request, number: str = THIS) -> HttpResponse:
    """Show the board of a system's validation; raises NotFound for whom the installation is nobody's business."""
    view = validation.may_read(request)
    if number != THIS:
        return _other(request, view, order.system(view, number))
    found, gates = traced.trace(settings.HOME), order.gates(view, THIS)
    context = _shared(view, THIS, gates) | {
        "page": _head(),
        "tabs": validation.tabs(THIS, "validation"),
        "banner": _banner(view, gates, found),
        "kpis": _figures(view, found),
        "job": qualifying.progress(request),
        "start": qualifying.offered(view),
        "machine": _machine(view, kept.list_runs(settings.HOME)),
        "areas": _areas(found.matrix),
    }
    return render(request, "pages/validation.html", context)


@require_safe
def package(request: Request) -> HttpResponseBase:
    """Give the newest package of the validation as a file; raises NotFound where none was written, or for whom it is not."""
    validation.may_read(request)
    path = kept.package(settings.HOME)
    if path is None:
        raise NotFound("package")
    with path.open("rb") as source:
        content = source.read()
    answer = StreamingHttpResponse(
        (content[at : at + CHUNK] for at in range(0, len(content), CHUNK)), content_type="application/zip"
    )
    answer["Content-Length"] = str(len(content))
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=path.name) or "attachment"
    return answer


def _other(request: Request, view: Viewer, entry: Record) -> HttpResponse:
    number, gates = entry.number, order.gates(view, entry.number)
    rows = order.requirements(view, number)
    covered, asked = order.covered(rows)
    state = wording.state(records.state_of(entry), entry.state)
    following = order.next_gate(gates)
    banner = {
        "key": "validated" if following is None else "suspended" if state["tone"] == "void" else "pending",
        "label": state["label"],
        "title": "Validated for its use" if following is None else f"Next: {following.name}",
        "reasons": [told] if (told := order.next_step(number, gates)) else [],
    }
    _, by_class = order.deviations(view, number)
    context = _shared(view, number, gates) | {
        "page": {
            "title": f"Validation of {wording.title(entry)}",
            "number": number,
            "crumbs": [validation.crumb()],
            "acts": [{"label": "Its entry", "url": reverse("record", args=[number]), "icon": "page"}],
        },
        "tabs": validation.tabs(number, "system"),
        "banner": banner,
        "kpis": [{"label": "Requirements covered", "value": covered, "note": f"of {asked}"}, _deviating(by_class)],
    }
    return render(request, "pages/validation.html", context)


def _shared(view: Viewer, number: str, gates: list[Gate]) -> Context:
    open_ones, _ = order.deviations(view, number)
    return {
        "gates": [_gate(one) for one in gates],
        "recorded": _recorded(view, number),
        "deviations": [
            {"number": one.number, "url": validation.page_of(one.number), "text": one.title, "note": order.label(one)}
            for one in open_ones[:MOST]
        ],
        "systems": [
            {
                "number": one.number,
                "text": wording.title(one),
                "note": order.label(one),
                "url": reverse("validation") if one.number == THIS else reverse("system", args=[one.number]),
            }
            for one in order.systems(view)
            if one.number != number
        ],
    }


def _head() -> Context:
    now = order.validated(THIS).now
    acts = [{"label": "Package", "url": reverse("package"), "icon": "save"}] if kept.package(settings.HOME) else []
    return {
        "title": "Validation",
        "crumbs": [{"label": THIS}, {"label": f"build {now.build}"}, {"label": f"baseline {now.baseline}"}],
        "subtitle": "What was shown of this system, on what, and what is left to show.",
        "acts": acts,
    }


def _banner(view: Viewer, gates: list[Gate], found: Traced) -> Context:
    state, on, following = shell.validated(view), order.validated(THIS), order.next_gate(gates)
    uncovered = found.matrix.counts()["uncovered"]
    reasons = (
        [f"Something differs from the approved state{', and signing is stopped' if state.get('detail') else ''}: see Drift."]
        if view.mark
        else []
    )
    if not on.report:
        reasons.append("No summary report is approved, so nobody has signed that this system is fit for its use.")
    elif not on.current:
        reasons.append(
            f"{on.report} is about build {on.build} and baseline {on.baseline}; in use are {on.now.build} and {on.now.baseline}."
        )
    if found.run is None:
        reasons.append("Nothing has run on this installation yet.")
    elif uncovered:
        reasons.append(
            f"The last run, {found.run.id}, leaves {uncovered} of {found.matrix.counts()['total']} requirements uncovered."
        )
    if told := order.next_step(THIS, gates):
        reasons.append(f"Next: {told}")
    key = (
        "drifted"
        if view.mark
        else "pending"
        if state["key"] == "validated" and (following or not on.current)
        else state["key"]
    )
    title = (
        f"{on.report} holds for what runs"
        if on.current
        else "What runs is not what was validated"
        if on.report
        else "Not validated by a signed report yet"
    )
    return {
        "key": key,
        "label": state["label"],
        "title": title,
        "reasons": reasons,
        "aside": f"Running: build {on.now.build}, baseline {on.now.baseline}.",
    }


def _figures(view: Viewer, found: Traced) -> list[Context]:
    counts, run = found.matrix.counts(), found.run
    tests = run.counts() if run else {}
    _, by_class = order.deviations(view, THIS)
    on = order.validated(THIS)
    return [
        {
            "label": "Requirements covered",
            "value": counts["covered"],
            "note": f"of {counts['total'] - counts['excluded']}",
            "url": reverse("requirements"),
            "tone": None if counts["uncovered"] else "good",
        },
        {"label": "Scripts passed", "value": tests.get("passed", 0), "note": f"of {tests.get('planned', 0)} planned"},
        {
            "label": "Scripts failed",
            "value": tests.get("failed", 0),
            "note": f"{tests.get('skipped', 0)} skipped",
            "tone": "late" if tests.get("failed") else None,
        },
        _deviating(by_class),
        {
            "label": "Validated baseline",
            "value": on.baseline or "none",
            "note": f"runs: {on.now.baseline}",
            "tone": "soon" if on.report and not on.current else None,
        },
    ]


def _deviating(by_class: Counter[str]) -> Context:
    told = ", ".join(f"{count} {name}" for name, count in sorted(by_class.items())) or "none"
    return {
        "label": "Test deviations open",
        "value": by_class.total(),
        "note": told,
        "tone": "late" if by_class["critical"] else None,
    }


def _gate(gate: Gate) -> Context:
    return {
        "name": gate.name,
        "state": {"label": gate.state, "tone": gate.look, "share": 50 if gate.look in ("work", "wait") else 0},
        "number": gate.number,
        "url": validation.page_of(gate.number) if gate.number else "",
        "note": gate.note,
    }


def _machine(view: Viewer, found: list[Listed]) -> Context:
    columns = [
        {"label": label, "main": label == "Run", "numeric": label in ("Passed", "Failed", "Skipped")}
        for label in ("Run", "Kind", "Began", "Build and baseline", "Passed", "Failed", "Skipped", "By")
    ]
    rows = [{"cells": _run(view, one), "tone": "voided" if kind_of(one) == ABORTED else ""} for one in found[:MOST]]
    return {
        "caption": "Runs of the machine",
        "title": "Runs of the machine",
        "columns": columns,
        "rows": rows,
        "empty": {
            "title": "No run yet",
            "text": "Every run stands here, trials and aborted ones as well: none is ever taken away.",
        },
    }


def kind_of(one: Listed) -> str:
    """Say in a word what a run is good for."""
    return ABORTED if not one.ended else FAULT if one.fault else OFFICIAL if one.official else TRIAL


def _run(view: Viewer, one: Listed) -> list[Context]:
    tone = {OFFICIAL: "ok", FAULT: "plum", ABORTED: "bad"}.get(kind_of(one), "mute")
    return [
        {"kind": "record", "value": one.id, "url": reverse("qualification", args=[one.id])},
        {"kind": "chips", "value": [{"label": kind_of(one), "tone": tone}]},
        {"kind": "text", "value": validation.moment(view, one.started)},
        {"kind": "text", "value": f"{one.build}, {one.baseline}"},
        {"kind": "number", "value": one.counts["passed"]},
        {"kind": "number", "value": one.counts["failed"]},
        {"kind": "number", "value": one.counts["skipped"] + one.missing},
        {"kind": "text", "value": one.started_by},
    ]


def _recorded(view: Viewer, number: str) -> Context:
    columns = [
        {"label": label, "main": label == "Script"} for label in ("Run", "Script", "Purpose", "Verdict", "State", "Executor")
    ]
    rows = [{"cells": list(_carried_out(one, values))} for one, values in order.runs(view, number)[:MOST]]
    return {
        "caption": "Runs on record",
        "title": "Runs on record",
        "columns": columns,
        "rows": rows,
        "empty": {
            "title": "No run is on record",
            "text": "What people carry out step by step stands here, and what the machine ran under an approved protocol.",
        },
    }


def _carried_out(one: Record, values: Context) -> tuple[Context, ...]:
    verdict, executor = str(values["verdict"] or ""), values["executor"]
    return (
        {"kind": "record", "value": one.number, "url": validation.page_of(one.number)},
        {"kind": "text", "value": one.title},
        {"kind": "text", "value": values["purpose"]},
        {"kind": "text", "value": verdict, "late": verdict == "failed"},
        {"kind": "state", "value": wording.state(records.state_of(one), one.state)},
        {"kind": "text", "value": executor["name"] if executor else values["origin"]},
    )


def _areas(matrix: Matrix) -> list[Context]:
    well, asked = Counter[str](), Counter[str]()
    for row in matrix.rows:
        asked[row.requirement.area] += row.state != "excluded"
        well[row.requirement.area] += row.state in WELL
    return [
        {
            "label": AREAS[area].partition(",")[0],
            "url": f"{reverse('requirements')}?area={area}",
            "well": well[area],
            "total": asked[area],
            "segments": [{"kind": "ok", "count": well[area]}],
            "say": f"{well[area]} of {asked[area]} covered",
        }
        for area in AREAS
        if asked[area]
    ]
