"""The only place that hands out the printed copy of a record."""

from __future__ import annotations

from typing import Literal

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from indelible.assurance.rendition import building
from indelible.faces.web.requests import Request
from indelible.kernel import queries


@require_safe
def pdf(request: Request, number: str) -> HttpResponse:
    """Give the PDF of a record; `trail=1` adds its whole audit trail, `wet_ink=1` the places to sign by hand."""
    record = queries.get_record(request.view, number)
    paper: Literal["a4", "us-letter"] = "us-letter" if request.GET.get("paper") == "us-letter" else "a4"
    content = building.pdf(
        request.view, record, trail=request.GET.get("trail") == "1", wet_ink=request.GET.get("wet_ink") == "1", paper=paper
    )
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{record.number}.pdf"'
    return answer
