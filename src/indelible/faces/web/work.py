"""The only place that shows a person's open work: late first, each thing with its verb, reason and age."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_safe

from indelible.faces.web import due, shell
from indelible.faces.web.requests import Request
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.context import Held
from indelible.kernel.models import Record, Task
from indelible.kernel.types import Move
from indelible.practice import drafts, lookup, series
from indelible.practice.models import Draft
from indelible.practice.queries import Viewer

Context = dict[str, Any]
SOON = 7  # days


@require_safe
def work(request: Request) -> HttpResponse:
    """Show what needs this person, and what this person has begun to type."""
    view = request.view
    zone = ZoneInfo(view.configuration.company.zone)
    items = shell.work_of(request, view).items
    shown = {"groups": _groups(view, items, zone), "empty": _nothing(view, zone)}
    late = sum(1 for task, _ in items if task.due_at and task.due_at < clock.now())
    subtitle = f"{len(items)} open, {late} late" if late else f"{len(items)} open, none late" if items else ""
    return render(
        request,
        "pages/work.html",
        {
            "page": {"title": "My work", "subtitle": subtitle},
            "work": shown,
            "cards": due.left_behind(view),
            "side_cards": [*_several(view, items), _drafts(request, zone), *_next(view, zone, items)],
        },
    )


def _groups(view: Viewer, items: list[tuple[Task, Record]], zone: ZoneInfo) -> list[Context]:
    today = clock.now().astimezone(zone).date()
    named: dict[str, list[Context]] = {}
    for task, record in items:
        named.setdefault(_group(task, today, zone), []).append(_row(view, task, record, today, zone))
    order = ("Late", "Today", "Within a week", "Later", "Without a date")
    return [{"label": label, "late": label == "Late", "items": named[label]} for label in order if label in named]


def _group(task: Task, today: date, zone: ZoneInfo) -> str:
    if task.due_at is None:
        return "Without a date"
    if task.due_at < clock.now():
        return "Late"
    days = (task.due_at.astimezone(zone).date() - today).days
    return "Today" if days <= 0 else "Within a week" if days <= SOON else "Later"


def _row(view: Viewer, task: Task, record: Record, today: date, zone: ZoneInfo) -> Context:
    move = records.state_of(record).moves.get(task.move)
    late = bool(task.due_at and task.due_at < clock.now())
    return {
        "verb": _verb(task, move),
        "number": record.number,
        "title": record.title,
        "url": reverse("record", args=[record.number]),
        "due": _due(task.due_at, today, zone, late=late),
        "late": late,
        "why": _why(view, task),
        "age": _age(task.from_at, today, zone),
    }


def _verb(task: Task, move: Move | None) -> str:
    label = move.label if move and move.label else task.move.replace("_", " ").capitalize()
    return label.removeprefix("Submit for ").capitalize() if len(label) > 24 else label


def _due(due: datetime | None, today: date, zone: ZoneInfo, *, late: bool) -> Any:
    if due is None:
        return ""
    days = (today - due.astimezone(zone).date()).days
    if late:
        return f"{days} d late" if days else "late since today"
    return due.astimezone(zone).date() if days else "today"


def _why(view: Viewer, task: Task) -> str:
    """Say why this is on the list of this person: named in the record, or by a role."""
    role = view.configuration.roles.get(task.capacity)
    if role is None:
        words = task.capacity.replace("_", " ")
        reason = {"its author": "You wrote it", "owner": "You own it", "subject": "It is about you"}.get(
            words, f"You are named: {words}"
        )
    else:
        held = next((h for h in view.held if h.role == task.capacity and _fits(h, task)), None)
        reason = f"As {role.label.lower()}" + (f" of {held.scope}" if held and held.scope else "")
        reason += f", by delegation {held.delegation}" if held and held.delegation else ""
    return f"{reason}. {task.note}" if task.note else reason


def _fits(held: Held, task: Task) -> bool:
    return held.scope is None or task.scope in (None, held.scope)


def _age(since: datetime, today: date, zone: ZoneInfo) -> str:
    """Say for how long it has been there to be seen: a review is opened with its document and shown when it is near."""
    days = (today - since.astimezone(zone).date()).days
    return "since today" if days <= 0 else f"for {days} d"


def _nothing(view: Viewer, zone: ZoneInfo) -> Context:
    coming = lookup.next_date(view)
    text = "No open step waits for you, in any type of record."
    if coming:
        text += f" The next date is {coming[1].astimezone(zone):%Y-%m-%d}: {coming[0].number} {coming[0].title}."
    return {"title": "Nothing waits for you", "text": text, "icon": "check",
            "acts": [{"label": "Find or do", "url": reverse("find"), "icon": "find"}]}  # fmt: skip


def _drafts(request: Request, zone: ZoneInfo) -> Context:
    kept = drafts.list_mine(request.ctx)
    rows = [
        {"text": _draft_name(request.view, one), "url": one.form, "note": f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}"}
        for one in kept
    ]
    card: Context = {"title": "My drafts"}
    return card | (
        {"list": rows, "note": f"{len(rows)}"} if rows else {"text": "What you type and have not saved is kept here."}
    )


def _several(view: Viewer, items: list[tuple[Task, Record]]) -> list[Context]:
    """Lead to where several records of one step are signed with one secret, if any wait."""
    rows = []
    for (kind, verb), count in series.steps(view, items).items():
        declared = view.configuration.type(kind)
        move = next(state.moves[verb] for state in declared.lifecycle.values() if verb in state.moves)
        words = f"{move.label or verb.replace('_', ' ').capitalize()}: {(declared.plural or declared.label).lower()}"
        rows.append({"text": words, "url": reverse("sign_series", args=[kind, verb]), "note": f"{count}"})
    return [{"title": "Sign several", "list": rows}] if rows else []


def _draft_name(view: Viewer, draft: Draft) -> str:
    try:
        found = resolve(draft.form.partition("?")[0])
    except Resolver404:
        return draft.form
    if number := found.kwargs.get("number"):
        return f"{number}, {found.url_name}"
    kind = view.configuration.types.get(str(found.kwargs.get("kind")))
    return f"New {kind.noun}" if kind else draft.form


def _next(view: Viewer, zone: ZoneInfo, items: list[tuple[Task, Record]]) -> list[Context]:
    coming = lookup.next_date(view) if items else None
    if coming is None:
        return []
    record, at = coming
    row = {
        "number": record.number,
        "text": record.title,
        "url": reverse("record", args=[record.number]),
        "note": f"{at.astimezone(zone):%Y-%m-%d}",
    }
    return [{"title": "Happens by itself next", "list": [row]}]
