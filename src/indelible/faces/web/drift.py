"""The only place that shows drift: what differs from the approved state now, how each ends, and what there was before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from indelible.assurance.drift import approved, areas, following
from indelible.assurance.drift.following import Known
from indelible.faces.web import wording
from indelible.faces.web.requests import Request
from indelible.infra import clock, running
from indelible.kernel import authority
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.practice.queries import Viewer

Context = dict[str, Any]
PLACE = following.TYPE  # its address, as people say it
MOST = 50  # of what there was before; the list of the type has all of it
LONG = 300
COLUMNS = ("Number", "Key", "Approved", "Found", "First seen", "Ended", "How")


@require_safe
def show(request: Request) -> HttpResponse:
    """Show what was found when it was compared last; raises NotFound for whom the installation is nobody's business."""
    view = _insider(request)
    found = [_card(view, one) for one in following.list_open()]
    context = {
        "page": {"title": "Drift", "subtitle": "What runs, compared with what was approved."},
        "banner": _banner(view, found), "found": found, "past": _past(view), "approved": _approved(view),
        "compare_url": reverse("compare_state"),
    }  # fmt: skip
    return render(request, "pages/drift.html", context)


@require_POST
def compare(request: Request) -> HttpResponse:
    """Compare now, and do what follows; raises as `show`."""
    _insider(request)
    told = following.check()
    ended = f" Ended: {', '.join(told.ended)}." if told.ended else ""
    said = f"{len(told.findings)} found.{ended}" if told.findings else f"Everything is as approved.{ended}"
    (messages.warning if told.findings else messages.success)(request, f"Compared: {said}")
    return redirect("compared_state")


def _insider(request: Request) -> Viewer:
    if authority.outside(request.view.held) is not None:
        raise NotFound("compared_state")
    return request.view


def _banner(view: Viewer, found: list[Context]) -> Context:
    compared = running.compared(settings.HOME.path)
    aside = f"Compared last {_time(view, clock.iso(compared))}" if compared else "Never compared so far."
    if not found:
        return {"key": "validated", "label": "As approved" if compared else "Not compared", "title": "Nothing differs from the approved state"
                if compared else "Compare it with the button below", "aside": aside}  # fmt: skip
    stopped = view.mark.endswith(following.STOPPED)
    reasons = ["Records that are made now are marked with it for ever.", "Reporting, reading and training go on."]
    reasons += (
        ["Signing is stopped until it is put back, or until system owner and Quality decide on the drift's record."]
        if stopped
        else []
    )
    title = f"{len(found)} {'thing differs' if len(found) == 1 else 'things differ'} from the approved state"
    return {"key": "drifted", "label": "Drifted", "title": title, "reasons": reasons, "aside": aside}


def _card(view: Viewer, one: Known) -> Context:
    values = one.values
    state = view.configuration.type(following.TYPE).lifecycle[one.head.state]
    facts = [
        {"label": "Where", "kind": "text", "value": values.get("place")},
        {"label": "First seen", "kind": "text", "value": _time(view, values.get("since"))},
        {"label": "Compared without it", "kind": "text", "value": _time(view, values.get("last_good"))},
        {"label": "By whom", "kind": "text", "value": values.get("who")},
        {"label": "Concerns", "kind": "text", "value": values.get("requirements")},
        {"label": "How it ends", "kind": "text", "value": _ways(values)},
    ]  # fmt: skip
    incidents = [
        {"number": number, "url": reverse("record", args=[number])} for number in _numbers(values.get(following.OPENED))
    ]
    return {
        "number": one.head.number, "url": reverse("record", args=[one.head.number]), "key": values["key"],
        "before": _clipped(values.get("before")), "after": _clipped(values.get("after")), "facts": facts, "incidents": incidents,
        "state": wording.state(state, one.head.state), "stops": values.get("stops_signing") and one.head.state == following.STOPPING,
    }  # fmt: skip


def _ways(values: Context) -> str:
    mend = areas.of(values["key"]).mend.replace("`", "")
    return mend if values.get("only_put_back") else f"{mend} Or accept it: a change is begun from its record."


def _past(view: Viewer) -> Context:
    rows = (
        Record.objects.filter(type=following.TYPE)
        .exclude(state__in=following.OPEN)
        .order_by("-updated_at", "-number")[:MOST]
    )
    return {
        "caption": "Earlier drift", "title": "Earlier drift", "columns": [{"label": label, "main": label == "Key"} for label in COLUMNS],
        "rows": [{"cells": list(_cells(view, row))} for row in rows],
        "empty": {"title": "No earlier drift", "text": "What was found and ended stands here, with how it ended."},
    }  # fmt: skip


def _cells(view: Viewer, row: Record) -> Iterator[Context]:
    values, event = following.told_of(row)
    yield {"kind": "record", "value": row.number, "url": reverse("record", args=[row.number])}
    yield {"kind": "text", "value": values.get("key")}
    yield {"kind": "text", "value": _clipped(values.get("before"), 80)}
    yield {"kind": "text", "value": _clipped(values.get("after"), 80)}
    yield {"kind": "text", "value": _time(view, values.get("since"))}
    yield {"kind": "text", "value": _time(view, clock.iso(row.updated_at))}
    label = view.configuration.type(following.TYPE).lifecycle[row.state].label
    yield {"kind": "text", "value": f"{label}. {event}"}


def _approved(view: Viewer) -> list[Context]:
    known = approved.newest()
    if known is None:
        return [{"label": "Approved state", "kind": "text", "value": None, "none": "none was ever sealed"}]
    facts: list[Context] = [
        {"label": "Number", "kind": "record", "value": known.number, "url": reverse("record", args=[known.number])},
        {"label": "Sealed", "kind": "text", "value": _time(view, clock.iso(known.at))},
        {"label": "Why", "kind": "text", "value": known.why},
        {"label": "Keys compared", "kind": "text", "value": f"{len(known.picture):,}"},
    ]  # fmt: skip
    return [*facts, {"label": "Cannot be trusted", "kind": "text", "value": known.fault}] if known.fault else facts


def _time(view: Viewer, iso: Any) -> str | None:
    if not iso:
        return None
    at = clock.parse(str(iso)).astimezone(ZoneInfo(view.configuration.company.zone))
    return f"{at:%d %b %Y %H:%M:%S %z}"


def _clipped(text: Any, most: int = LONG) -> str:
    told = str(text or "")
    return told if len(told) <= most else f"{told[: most - 1]}…"


def _numbers(links: Any) -> list[str]:
    return [one["number"] for one in links or [] if isinstance(one, dict)]
