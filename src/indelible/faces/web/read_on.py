"""The only place that keeps how far somebody has read a long text, and offers to go on there on any device."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from indelible.faces.web.requests import Request
from indelible.kernel.models import Record
from indelible.practice import looks, queries
from indelible.practice.models import Look

Context = dict[str, Any]
MOST = 200  # chapters that are told at once


@require_POST
def reached(request: Request, number: str) -> HttpResponse:
    """Keep which chapters came into sight, and where this person is; for them alone. Raises NotFound."""
    record = queries.get_record(request.view, number)
    opened = request.POST.get("opened", "")[:2000].split(",")[:MOST]
    looks.reach(request.ctx, record, opened, request.POST.get("place", ""))
    return HttpResponse(status=204)


def into(page: Context, record: Record, looked: Look | None) -> None:
    """Let the page of a record say how far its reader has read, and tell when that goes on."""
    books = [card["data"] for card in page["cards"] if card.get("template") == "parts/book.html"]
    if looked is None or not books or not books[0]["headings"]:
        return
    books[0]["reach"] = reverse("reached", args=[record.number])
    chapters = books[0]["headings"]
    at = next((at for at, one in enumerate(chapters) if one["id"] == looked.place), 0)
    if at:
        link = {"label": "Go on there", "url": f"#{looked.place}"}
        told = f"{len(looked.opened)} of {len(chapters)} chapters were in sight."
        page["notes"].append(
            {"lead": f"You have read as far as {chapters[at]['text']}.", "text": told, "link": link, "icon": "eye"}
        )
