"""The only place that puts a review pack, or a module's own page, on paper: each page says company, period, environment, who made it when, page x of y."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from indelible.assurance.rendition.glyphs import printable_tree
from indelible.assurance.reviewing import figures
from indelible.assurance.reviewing.figures import Pack
from indelible.infra import build, clock
from indelible.infra.pdf import PdfFailed, compile_pdf
from indelible.practice import narrowing
from indelible.practice.panels import TITLE, Sheet, Table
from indelible.practice.queries import Viewer


def pdf(view: Viewer, pack: Pack) -> bytes:
    """Give a pack as PDF/A-3a and PDF/UA-1; raises PdfFailed."""
    said = about(view, pack)
    return _compiled(view, f"Management review, {said['Period']}", said, figures.SAID, pack.figures, pack.lists)


def page(view: Viewer, title: str, shown: Sheet, as_of: str) -> bytes:
    """Give a module's own page as PDF/A-3a and PDF/UA-1, as of a day or, without one, of now; raises PdfFailed."""
    said = {"Company": view.configuration.company.name, "Page": title,
            "As of": f"the end of {as_of}" if as_of else clock.in_zone(clock.now(), view.configuration.company.zone), **_made(view)}  # fmt: skip
    return _compiled(view, title, said, shown.lead, shown.tables)


def _compiled(
    view: Viewer, title: str, about: dict[str, str], said: str, figures: Sequence[Table], lists: Sequence[Table] = ()
) -> bytes:
    at = clock.now().astimezone(ZoneInfo(view.configuration.company.zone))
    data = {"about": list(about.items()), "title": title, "said": said, "environment": settings.ENVIRONMENT.upper(),
            "figures": [_table(one) for one in figures], "lists": [_table(one) for one in lists]}  # fmt: skip
    try:
        return compile_pdf(_template(), printable_tree(data), at=at)
    except PdfFailed:
        return compile_pdf(_template(), printable_tree(data, strict=True), at=at)


def about(view: Viewer, pack: Pack) -> dict[str, str]:
    """Give what is said of a pack wherever it goes: whose, of when, by whom, from where."""
    company, period = view.configuration.company, pack.period
    whole = period.end == narrowing.end_of(period.last, period.zone)
    return {
        "Company": company.name,
        "Period": period.label if period.first in period.label else f"{period.label}, {period.first} to {period.last}",
        "As of": f"the end of {period.last}" if whole else clock.in_zone(period.end, company.zone),
        **_made(view),
    }


def _made(view: Viewer) -> dict[str, str]:
    zone = view.configuration.company.zone
    return {
        "Made at": f"{clock.in_zone(clock.now(), zone)} {zone}",
        "Made by": f"{view.person.name} ({view.person.user_id})" if view.person else "System",
        "Environment": settings.ENVIRONMENT.upper(),
        "Build": build.identity().version,
        "Baseline": view.configuration.sha256,
    }


def _moment(view: Viewer, as_of: str) -> str:
    """Say of which moment a page is: the end of a day that is over, else now."""
    zone, now = view.configuration.company.zone, clock.now()
    over = bool(as_of) and narrowing.end_of(as_of, zone) <= now
    return f"the end of {as_of}" if over else clock.in_zone(now, zone)


def _table(table: Table) -> dict[str, Any]:
    columns = list(enumerate(table.columns))
    return {
        "title": table.title, "empty": table.empty, "columns": list(table.columns),
        "right": [table.counts(at) for at, _ in columns],
        "wide": [at == _widest(table) for at, _ in columns],
        "rows": [[{"text": cell.text, "late": cell.late} for cell in row] for row in table.rows],
    }  # fmt: skip


def _widest(table: Table) -> int:
    """Give the column that takes the room that is left: that of people's own words, else the one with the longest text."""
    if TITLE in table.columns:
        return table.columns.index(TITLE)
    longest = [max((len(row[at].text) for row in table.rows), default=0) for at, _ in enumerate(table.columns)]
    return longest.index(max(longest))


@cache
def _template() -> str:
    return Path(__file__).with_name("pack.typ").read_text(encoding="utf-8")
