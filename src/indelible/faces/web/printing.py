"""The only place that hands out the printed copy of a record."""

from __future__ import annotations

from typing import Literal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.assurance.rendition import building, stamping
from indelible.assurance.rendition.stamping import Unusable
from indelible.faces.web import record as record_page
from indelible.faces.web import wording
from indelible.faces.web.requests import Request
from indelible.kernel.errors import NotFound
from indelible.practice import papers, queries


@require_safe
def pdf(request: Request, number: str) -> HttpResponse:
    """Give the PDF of a record; `trail=1` adds its whole audit trail, `wet_ink=1` the places to sign by hand.

    `for=NUMBER` names the record as which the copy is given out, such as a controlled copy; `set=N` then begins with
    that one of its numbered sets.
    """
    record = queries.get_record(request.view, number)
    copy = queries.get_record(request.view, request.GET["for"]) if request.GET.get("for") else None
    paper: Literal["a4", "us-letter"] = "us-letter" if request.GET.get("paper") == "us-letter" else "a4"
    trail, wet_ink = (request.GET.get(name) == "1" for name in ("trail", "wet_ink"))
    if copy is not None and "set" in request.GET:
        content = building.sets(request.view, record, copy, wording.whole(request.GET["set"]) or 0)
    else:
        content = building.pdf(request.view, record, trail=trail, wet_ink=wet_ink, paper=paper, copy=copy)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{record.number}.pdf"'
    return answer


@require_safe
def paper(request: Request, number: str) -> HttpResponse:
    """Give what a module prints of a record to be signed by hand and sent; raises NotFound for a type without such a paper."""
    record = queries.get_record(request.view, number)
    known = papers.of(record.type)
    if known is None:
        raise NotFound(f"{number} as paper")
    answer = HttpResponse(known.make(record), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{record.number} {known.label.lower()}.pdf"'
    return answer


@require_safe
def reading(request: Request, number: str, sha256: str) -> HttpResponse:
    """Give the stamped reading copy of a PDF among a record's files, or say why there is none; `for` as with `pdf`."""
    record = queries.get_record(request.view, number)
    copy = queries.get_record(request.view, request.GET["for"]) if request.GET.get("for") else None
    try:
        content = stamping.reading_copy(request.view, record, sha256, copy)
    except Unusable as problem:
        link = {"label": "Open the file itself", "url": reverse("file", args=[record.number, sha256])}
        note = {"lead": "There is no reading copy of this file:", "text": f"{problem}.", "tone": "warn", "link": link}
        page = record_page.head(record, [])
        return render(request, "pages/record.html", {"page": page, "notes": [note]}, status=422)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{record.number} reading copy.pdf"'
    return answer
