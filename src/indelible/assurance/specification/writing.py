"""The only place that writes a Configuration Specification out: Markdown with drawings, JSON, and the pages (PDF/A-3a, PDF/UA-1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from indelible.assurance.rendition.glyphs import printable_tree
from indelible.assurance.specification.content import Specification, Table
from indelible.infra.pdf import PdfFailed, compile_pdf
from indelible.kernel import config
from indelible.kernel.models import Baseline

NAME = "configuration-specification"
TITLE = "Configuration Specification"


def files(told: Specification) -> dict[str, Callable[[], bytes]]:
    """Give what a specification consists of, by the name of its file."""
    drawings = {f"lifecycles/{one.drawing}": (lambda svg=one.svg: svg.encode()) for one in told.sections if one.svg}
    return {
        f"{NAME}.md": lambda: markdown(told).encode(), f"{NAME}.json": lambda: as_json(told).encode(), f"{NAME}.pdf": lambda: pdf(told),
        **drawings,
    }  # fmt: skip


def write(told: Specification, folder: Path) -> list[str]:
    """Write all files into a folder and give their names; raises OSError, or PdfFailed before anything was written."""
    made = {name: make() for name, make in files(told).items()}
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(made)


def as_json(told: Specification) -> str:
    """Give all of it as one JSON document."""
    return json.dumps(told.data(), indent=1, ensure_ascii=False) + "\n"


def markdown(told: Specification) -> str:
    """Give all of it as Markdown; the drawings stand beside it."""
    return "\n".join(_lines(told)).rstrip() + "\n"


def pdf(told: Specification) -> bytes:
    """Give all of it as PDF, dated by its baseline: the same specification gives the same bytes; raises PdfFailed."""
    at = Baseline.objects.order_by("-number")[0].at.astimezone(ZoneInfo(config.current().company.zone))
    drawings = {one.drawing: one.svg.encode() for one in told.sections if one.svg}
    data = _data(told)
    try:
        return compile_pdf(_template(), printable_tree(data), at=at, pictures=drawings)
    except PdfFailed:
        return compile_pdf(_template(), printable_tree(data, strict=True), at=at, pictures=drawings)


def _data(told: Specification) -> dict[str, Any]:
    sections = [
        {"title": one.title, "lead": one.lead, "drawing": one.drawing, "described": one.described,
         "tables": [{"title": table.title, "columns": list(table.columns), "rows": [list(row) for row in table.rows], "matrix": table.matrix,
                     "weights": _weights(table)} for table in one.tables if table.rows]}
        for one in told.sections
    ]  # fmt: skip
    return {
        "title": TITLE,
        "about": list(told.about.items()),
        "environment": settings.ENVIRONMENT.upper(),
        "sections": sections,
    }


def _weights(table: Table) -> list[int]:
    """Give each column a share of the width by what stands in it: long texts get room, short words keep theirs."""
    found = []
    for at, column in enumerate(table.columns):
        texts = [row[at] for row in table.rows]
        longest = max((len(text) for text in texts), default=0)
        words = max((len(word) for text in [*texts, column] for word in text.split()), default=1)
        found.append(4 + max(min(longest, 60), min(words, 24) + 4))
    return found


def _lines(told: Specification) -> Iterator[str]:
    yield f"# {TITLE}"
    yield ""
    for name, value in told.about.items():
        yield f"- {name}: {value}"
    yield ""
    for section in told.sections:
        yield from (f"## {section.title}", "", section.lead, "")
        if section.drawing:
            yield from (f"![{section.described}](lifecycles/{section.drawing})", "")
        for table in (one for one in section.tables if one.rows):
            yield from (f"### {table.title}", "", _line(table.columns), _line(("---",) * len(table.columns)))
            yield from map(_line, table.rows)
            yield ""


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>") or " "


@cache
def _template() -> str:
    return Path(__file__).with_name("specification.typ").read_text(encoding="utf-8")
