"""The only place that hands out the printed copy of a record."""

from __future__ import annotations

from typing import Literal

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from indelible.assurance.rendition import building
from indelible.faces.web.requests import Request
from indelible.practice import queries


@require_safe
def pdf(request: Request, number: str) -> HttpResponse:
    """Give the PDF of a record; `trail=1` adds its whole audit trail, `wet_ink=1` the places to sign by hand.

    `for=NUMBER` names the record as which the copy is given out, such as a controlled copy.
    """
    record = queries.get_record(request.view, number)
    copy = queries.get_record(request.view, request.GET["for"]) if request.GET.get("for") else None
    paper: Literal["a4", "us-letter"] = "us-letter" if request.GET.get("paper") == "us-letter" else "a4"
    trail, wet_ink = (request.GET.get(name) == "1" for name in ("trail", "wet_ink"))
    content = building.pdf(request.view, record, trail=trail, wet_ink=wet_ink, paper=paper, copy=copy)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{record.number}.pdf"'
    return answer
