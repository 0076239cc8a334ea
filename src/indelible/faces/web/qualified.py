"""The only place that shows a run of the machine that has ended: on what, what each script gave, with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from indelible.assurance.qualification import kept
from indelible.assurance.qualification.results import LEVELS, PASSED, SKIPPED, VERDICTS, Run, ScriptResult
from indelible.faces.web import scripts, validation
from indelible.faces.web.files import SANDBOX
from indelible.faces.web.requests import Request
from indelible.kernel.errors import NotFound
from indelible.practice.queries import Viewer

Context = dict[str, Any]
MOST = 300  # scripts on one page; filters find the others
LONGEST = 80
TONES = {PASSED: "done", SKIPPED: "wait"}


@require_safe
def show(request: Request, run: str) -> HttpResponse:
    """Show a run with its scripts, those that did not pass first; raises NotFound."""
    view = validation.may_read(request)
    found = kept.get_run(settings.HOME, run)
    chosen = _chosen(request)
    rows = sorted((one for one in found.results if _fits(one, chosen)), key=lambda one: (one.verdict == PASSED, one.key))
    context = {
        "page": {"title": found.id, "crumbs": [validation.crumb()], "subtitle": _said(found)},
        "notes": list(_notes(found)),
        "kpis": _figures(found),
        "facts": _facts(view, found),
        "compared": _compared(found),
        "table": {
            "caption": "Scripts",
            "title": "Scripts",
            "columns": _columns(),
            "rows": [_row(one, found.id) for one in rows[:MOST]],
            "empty": {"title": "No script fits", "text": "Take a filter away."},
        },
        "filters": _filters(found, chosen, len(rows)),
    }
    return render(request, "pages/qualification.html", context)


@require_safe
def script(request: Request, run: str) -> HttpResponse:
    """Show what one script (`key` in the address) gave in a run, step by step; raises NotFound."""
    validation.may_read(request)
    found, key = kept.get_run(settings.HOME, run), request.GET.get("key", "")
    one = next((one for one in found.results if one.key == key), None)
    if one is None:
        raise NotFound(f"{run} {key[:60]}")
    crumbs = [validation.crumb(), {"label": run, "url": reverse("qualification", args=[run])}]
    context = {
        "page": {"title": one.title or one.key, "number": one.key, "crumbs": crumbs},
        "notes": list(_notes(found)),
        "script": scripts.result(one, run),
        "requirements": [{"number": name, "url": reverse("requirement", args=[name])} for name in one.requirements],
    }
    return render(request, "pages/script_result.html", context)


@require_safe
def evidence(request: Request, run: str, sha256: str) -> HttpResponse:
    """Hand out a file of evidence, always as an attachment; raises NotFound for what the run does not name."""
    validation.may_read(request)
    named, content = kept.evidence(settings.HOME, run, sha256)
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=named.file.rpartition("/")[2]) or "attachment"
    )
    answer["Content-Security-Policy"] = SANDBOX
    answer["Cache-Control"] = "private, no-store"
    return answer


def _said(run: Run) -> str:
    kind = "official" if run.official else "trial, which never counts"
    return f"{'Aborted' if not run.ended else 'Executed'}; {kind}. Build {run.build}, baseline {run.baseline}."


def _notes(run: Run) -> Iterator[Context]:
    if run.fault:
        yield {
            "lead": "This run was made with a seeded fault.",
            "text": "It proves the runner and says nothing of the product.",
            "tone": "warn",
        }
    if not run.ended:
        yield {
            "lead": "This run was stopped before its end.",
            "text": "It stays in the list, and nothing of it counts.",
            "tone": "bad",
        }
    elif not run.official:
        yield {"lead": "Not official:", "text": f"{'; '.join(run.why_not_official)}."}


def _figures(run: Run) -> list[Context]:
    counts = run.counts()
    tones = {"failed": "late", "skipped": "soon"}
    found = [
        {"label": name.capitalize(), "value": counts[name], "tone": tones.get(name) if counts[name] else None}
        for name in ("planned", "passed", "failed", "skipped")
    ]
    missing = len(run.missing())
    return [*found, {"label": "Without result", "value": missing, "tone": "late" if missing else None}]


def _facts(view: Viewer, run: Run) -> list[Context]:
    minutes = f"{run.seconds // 60:.0f} min {run.seconds % 60:.0f} s" if run.seconds >= 60 else f"{run.seconds:.0f} s"
    told = (
        ("Began", validation.moment(view, run.started)),
        ("Ended", validation.moment(view, run.ended)),
        ("Took", minutes),
        ("Started by", run.started_by),
        ("Environment", run.environment),
        ("Database", run.engine),
        ("Build", run.build),
        ("Baseline", str(run.baseline)),
        ("Tools", ", ".join(f"{name} {version}" for name, version in run.tool.items())),
        ("Notes", "; ".join(run.notes)),
    )
    hashes = (("Package", run.build_sha256), ("Configuration", run.configuration_sha256))
    return [
        *({"label": label, "kind": "text", "value": value} for label, value in told if value),
        *({"label": label, "kind": "hash", "value": value, "groups": 8} for label, value in hashes if value),
    ]


def _compared(run: Run) -> Context | None:
    if not run.compared:
        return None
    differing = [one for one in run.compared if one.production != one.copy]
    columns = [{"label": label, "main": label == "Why"} for label in ("Item", "Production", "Copy", "Why")]
    rows = [
        {
            "cells": [
                {"kind": "text", "value": value}
                for value in (one.item, one.production, one.copy, one.explanation or "not explained")
            ],
            "tone": "" if one.sound else "broken",
        }
        for one in differing
    ]
    title = f"Copy and production: {len(run.compared)} items compared, {len(differing)} differ"
    return {
        "caption": "Copy and production",
        "title": title,
        "columns": columns,
        "rows": rows,
        "empty": {"title": "Nothing differs", "text": "Every item of the copy is as in production."},
    }


def _columns() -> list[Context]:
    return [
        {"label": label, "main": label == "Title", "numeric": label == "Seconds"}
        for label in ("Script", "Title", "Requirements", "Seconds", "Verdict")
    ]


def _row(one: ScriptResult, run: str) -> Context:
    url = f"{reverse('qualification_script', args=[run])}?{urlencode({'key': one.key})}"
    names = [{"number": name, "url": reverse("requirement", args=[name])} for name in one.requirements]
    note = None if one.verdict == PASSED else kept.first_failed(one)[: LONGEST * 3]
    return {
        "cells": [
            {"kind": "record", "value": one.key, "url": url},
            {"kind": "text", "value": one.title, "note": note},
            {"kind": "links", "value": names},
            {"kind": "number", "value": f"{one.seconds:.1f}"},
            {"kind": "state", "value": {"label": one.verdict, "tone": TONES.get(one.verdict, "late")}},
        ],
        "tone": "" if one.verdict in TONES else "broken",
    }


def _chosen(request: Request) -> Context:
    given = request.GET
    return {
        "q": given.get("q", "").strip()[:LONGEST],
        "verdict": [one for one in given.getlist("verdict") if one in VERDICTS],
        "level": [one for one in given.getlist("level") if one in LEVELS],
    }


def _fits(one: ScriptResult, chosen: Context) -> bool:
    words = f"{one.key} {one.title} {' '.join(one.requirements)}".casefold()
    told = {"verdict": one.verdict, "level": one.level}
    return all(not chosen[name] or value in chosen[name] for name, value in told.items()) and chosen["q"].casefold() in words


def _filters(run: Run, chosen: Context, count: int) -> Context:
    here = reverse("qualification", args=[run.id])
    counted = {"verdict": Counter(one.verdict for one in run.results), "level": Counter(one.level for one in run.results)}
    more = [
        {
            "label": name.capitalize(),
            "name": name,
            "kind": "choices",
            "value": chosen[name],
            "options": [{"value": one, "label": one, "count": counts[one]} for one in sorted(counts)],
        }
        for name, counts in counted.items()
    ]
    active = [{"label": f"{name.capitalize()}: {one}", "remove_url": here} for name in counted for one in chosen[name]]
    shown = f"the first {MOST} of {count}" if count > MOST else f"{count} of {len(run.results)}"
    return {
        "url": here,
        "find": {"name": "q", "value": chosen["q"], "label": "Script, title, requirement"},
        "more": more,
        "active": active,
        "note": shown,
        "clear_url": here,
    }
