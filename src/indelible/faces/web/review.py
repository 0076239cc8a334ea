"""The only place that shows and hands out the review pack: the figures of a period as of its end, as page, PDF and workbook."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indelible.assurance.reviewing import figures, paper, periods, workbook
from indelible.assurance.reviewing.figures import Pack
from indelible.assurance.reviewing.periods import Period
from indelible.faces.web import panels
from indelible.faces.web.requests import Request
from indelible.kernel.errors import NotFound
from indelible.practice import glance

Context = dict[str, Any]
TITLE = "Review pack"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def show(request: Request) -> HttpResponse:
    """Show the pack of a period; raises NotFound for who oversees nothing, Invalid for a period that is none."""
    pack = _pack(request)
    cards: list[Context] = [{"table": panels.tabulated(table) | {"title": table.title}} for table in pack.tables]
    cards[0]["filters"] = _filters(pack.period)
    context = {
        "page": {"title": TITLE, "subtitle": paper.about(request.view, pack)["Period"], "acts": _acts(pack.period)},
        "quarters": _quarters(pack.period), "said": figures.SAID, "cards": cards,
    }  # fmt: skip
    return render(request, "pages/review.html", context)


@require_safe
def pdf(request: Request) -> HttpResponse:
    """Give the pack of a period as PDF; raises as `show`."""
    pack = _pack(request)
    return _file(paper.pdf(request.view, pack), "application/pdf", f"{TITLE} {pack.period.label}.pdf")


@require_safe
def xlsx(request: Request) -> HttpResponse:
    """Give the pack of a period as workbook; raises as `show`."""
    pack = _pack(request)
    return _file(workbook.xlsx(request.view, pack), WORKBOOK, f"{TITLE} {pack.period.label}.xlsx")


def _pack(request: Request) -> Pack:
    if not glance.oversees(request.view):
        raise NotFound("review")
    quarter, first, last = (request.GET.get(name, "").strip() for name in ("quarter", "days_from", "days_until"))
    zone = request.view.configuration.company.zone
    return figures.pack(request.view, periods.chosen(zone, quarter=quarter, first=first, last=last))


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _acts(period: Period) -> list[Context]:
    pages = {name: f"{reverse(f'review_{name}')}?{_query(period)}" for name in ("pdf", "xlsx")}
    return [
        {"label": "Excel", "url": pages["xlsx"], "icon": "save"},
        {"label": "PDF", "url": pages["pdf"], "icon": "print", "tone": "primary"},
    ]


def _query(period: Period) -> str:
    whole = periods.QUARTER.fullmatch(period.label)
    return urlencode({"quarter": period.label} if whole else {"days_from": period.first, "days_until": period.last})


def _quarters(period: Period) -> list[Context]:
    here = reverse("review")
    return [
        {"label": one.label, "url": f"{here}?{_query(one)}", "current": one.label == period.label}
        for one in periods.offered(period.zone)
    ]


def _filters(period: Period) -> Context:
    days = {
        "label": "Other days",
        "name": "days",
        "kind": "date_range",
        "from_value": period.first,
        "until_value": period.last,
    }
    return {"url": reverse("review"), "more": [days]}
