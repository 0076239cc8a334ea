"""The only place where somebody starts a qualification in the browser, follows it while it runs, and aborts it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from indelible.assurance.qualification import kept, starting
from indelible.assurance.qualification.kept import Level, Progress
from indelible.assurance.qualification.results import PASSED, SKIPPED, ScriptResult
from indelible.assurance.qualification.starting import Started
from indelible.faces.web import validation, wording
from indelible.faces.web.middleware import BACKGROUND
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.practice.queries import Viewer

Context = dict[str, Any]
NEWEST = 6  # scripts that ended last, shown while it runs
ENOUGH = 5  # scripts after which the time that is left can be estimated
LONG = 240


@require_POST
def start(request: Request) -> HttpResponse:
    """Start a qualification; raises Refused for whom it is not, Conflict where one runs, Invalid, NotFound."""
    validation.may_read(request)
    starting.start(request.view, request.POST.get("only", ""))
    messages.success(request, "The qualification was started. You may leave this page; it goes on.")
    return redirect("validation")


@require_POST
def abort(request: Request) -> HttpResponse:
    """End the qualification that runs; raises as `start`, Conflict where none runs."""
    validation.may_read(request)
    starting.stop(request.view)
    messages.success(request, "The run is being aborted. What it gave stays in the list, and nothing of it counts.")
    return redirect("validation")


@require_safe
def follow(request: Request) -> HttpResponse:
    """Give the card of the qualification that runs, or ran last, as the page fetches it again; raises NotFound."""
    validation.may_read(request)
    job = progress(request, ended=True)
    if not request.htmx:
        return redirect("validation")
    return render(request, "parts/qualification.html", {"job": job})


def offered(view: Viewer) -> Context | None:
    """Give the way to start a qualification: a form, why not, or the command to type; None where one runs."""
    home, possible = settings.HOME, starting.possible(view)
    if possible is None or starting.running(home) is not None or starting.runs_elsewhere(home):
        return None
    if (why := starting.impossible(home)) is not None:
        return {"impossible": {"text": why.text, "command": why.command}}
    if possible.refusal is not None:
        return {"label": "Start a qualification", "refusal": wording.refusal(possible.refusal)}
    return {"url": reverse("qualification_start")}


def progress(request: Request, *, ended: bool = False) -> Context | None:
    """Give the card of a running qualification; with `ended` also of the last one; None without one."""
    home, view = settings.HOME, request.view
    running = starting.running(home)
    elsewhere = running is None and starting.runs_elsewhere(home)
    if running is None and not elsewhere:
        last = starting.last(home)
        failed = last is not None and not _left_a_run(last)
        return _ended(view, last) if last is not None and (ended or failed) else None
    found = kept.progress(home, running.at if running else "")
    shown: Context = {
        "title": "A qualification runs" if elsewhere else "Qualification",
        "chip": {"label": "Running", "tone": "ink"},
        "by": f"Started by {running.by}, {validation.moment(view, running.at)}" if running else "Started at a terminal",
        "only": ", ".join(running.only) if running else "",
        "stopped_by": running.stopped_by if running else "",
        "poll_url": f"{reverse('qualification_progress')}?{BACKGROUND[1]}=1",
        "abort_url": _abort_url(view) if running else "",
        "said": starting.said(home)[-1:] if running else [],
    }
    return shown | (_figures(found) if found and found.done else {"levels": []})


def _left_a_run(last: Started) -> bool:
    """Say whether what was started last came as far as a run that was written down."""
    return any(one.started >= last.at for one in kept.list_runs(settings.HOME)[:1])


def _ended(view: Viewer, last: Started) -> Context:
    newest = next(iter(kept.list_runs(settings.HOME)), None)
    made = newest if newest is not None and newest.started >= last.at else None
    shown: Context = {
        "title": "Qualification",
        "by": f"Started by {last.by}, {validation.moment(view, last.at)}",
        "only": ", ".join(last.only),
        "stopped_by": last.stopped_by,
        "done": True,
    }
    if made is None:
        return shown | {
            "chip": {"label": "It did not begin", "tone": "bad"},
            "said": starting.said(settings.HOME),
            "failed": True,
        }
    told = made.counts
    good = made.ended and not told["failed"] and not told["skipped"] and not made.missing
    label = "Aborted" if not made.ended else "Every script passed" if good else "Ended with gaps"
    return shown | {
        "chip": {"label": label, "tone": "ok" if good else "bad" if told["failed"] or not made.ended else "warn"},
        "run": {"id": made.id, "url": reverse("qualification", args=[made.id])},
        "told": f"{told['passed']} passed, {told['failed']} failed, {told['skipped'] + made.missing} skipped or without result, "
        f"of {told['planned']} planned.",
    }


def _figures(found: Progress) -> Context:
    newest = [_result(one) for one in reversed(found.ended[-NEWEST:])]
    share = round(100 * found.done / found.planned) if found.planned else 0
    return {
        "run": {"id": found.run},
        "levels": [_level(one) for one in found.levels if one.planned],
        "newest": newest,
        "share": share,
        "left": _left(found),
        "done_of": f"{found.done} of {found.planned}",
    }


def _level(one: Level) -> Context:
    segments = [
        {"kind": "ok", "count": one.passed},
        {"kind": "bad", "count": one.failed},
        {"kind": "stale", "count": one.skipped},
    ]
    segments += [{"kind": "run", "count": 1}] if one.current else []
    failed = f", {one.failed} failed" if one.failed else ""
    return {
        "name": one.name,
        "now": one.current,
        "done": one.done,
        "total": one.planned,
        "segments": segments,
        "say": f"{one.name}: {one.done} of {one.planned} ended{failed}",
    }


def _left(found: Progress) -> str:
    if found.done < ENOUGH or found.done >= found.planned:
        return ""
    gone = (clock.real() - clock.parse(found.started)).total_seconds()
    seconds = gone * (found.planned - found.done) / found.done
    return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"


def _result(one: ScriptResult) -> Context:
    tone = "done" if one.verdict == PASSED else "wait" if one.verdict == SKIPPED else "late"
    told = kept.first_failed(one)
    return {
        "key": one.key,
        "title": one.title,
        "state": {"label": one.verdict, "tone": tone},
        "seconds": f"{one.seconds:.1f} s",
        "why": told if len(told) <= LONG else f"{told[:LONG]}…",
    }


def _abort_url(view: Viewer) -> str:
    possible = starting.possible(view)
    return reverse("qualification_abort") if possible is not None and possible.refusal is None else ""
