"""The only place that draws the figures of a panel's table: each bar is a link to the list of what it counts.

No legend: a bar stands under the heading of its column, or above and below a line that names both. A figure has
its value beside it. The same figures stand in the table below, so the drawing needs no sentence that repeats them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import template

register = template.Library()

Shown = Mapping[str, Any]
WIDTH, GAP = 320, 8
VALUE = 26  # beside a bar, room for its figure
ROW, NAME, BAR, HIT = 42, 13, 11, 27  # heights: of a row, of its name, of a bar, of what can be pressed
HALF, MIDDLE, EDGE = 60, 16, 25  # of a chart by month: either side of its line, the line with its names, above and below
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@register.inclusion_tag("parts/figures/rows.html")
def chart_rows(chart: Shown) -> dict[str, object]:
    """Draw rows of bars, each under the heading of its column and all on one scale; see parts/chart.html."""
    columns = chart["columns"][1:]
    wide = (WIDTH - GAP * (len(columns) - 1)) / len(columns)
    top = max((figure["value"] for row in chart["rows"] for figure in row["figures"]), default=0) or 1
    first = 20 if len(columns) > 1 else 2
    drawn = []
    for at, row in enumerate(chart["rows"]):
        y = first + at * ROW
        bars = [
            _bar(row["label"], column, figure, tone, n * (wide + GAP), wide, y, top)
            for n, (column, figure, tone) in enumerate(zip(columns, row["figures"], chart["tones"], strict=True))
        ]
        drawn.append({"label": row["label"], "y": y + 9, "bars": bars})
    heads = [{"label": column, "x": _n(n * (wide + GAP))} for n, column in enumerate(columns)] if len(columns) > 1 else []
    return {"chart": chart, "width": WIDTH, "height": first + len(drawn) * ROW, "heads": heads, "rows": drawn, "bar_height": BAR,
            "hit": HIT, "say": _said(chart)}  # fmt: skip


@register.inclusion_tag("parts/figures/months.html")
def chart_months(chart: Shown) -> dict[str, object]:
    """Draw two figures of each month, the first upwards and the second downwards, on one scale; see parts/chart.html."""
    slot = WIDTH / max(len(chart["rows"]), 1)
    top = max((figure["value"] for row in chart["rows"] for figure in row["figures"]), default=0) or 1
    line = EDGE + HALF
    drawn = [_month(chart, at, slot, top, line) for at in range(len(chart["rows"]))]
    height = 2 * (EDGE + HALF) + MIDDLE
    return {
        "chart": chart, "width": WIDTH, "height": height, "months": drawn, "hit": HALF + EDGE - 2, "slot": _n(slot),
        "above": chart["columns"][1], "below": chart["columns"][2], "line": line, "under": line + MIDDLE,
        "text": line + 12, "foot": height - 3, "lower": line + MIDDLE + 2, "say": _said(chart),
    }  # fmt: skip


@register.inclusion_tag("parts/figures/matrix.html")
def chart_matrix(chart: Shown) -> dict[str, object]:
    """Draw figures by two grades, as a table whose headings say a word that they share once; see parts/chart.html."""
    across, down = _apart(chart["columns"][1:]), _apart([row["label"] for row in chart["rows"]])
    rows = [{"label": label, "figures": row["figures"]} for label, row in zip(down[1], chart["rows"], strict=True)]
    return {"title": chart["title"], "across": across[0], "columns": across[1], "down": down[0], "rows": rows}


def _apart(names: Sequence[str]) -> tuple[str, list[str]]:
    """Part the first word from several headings, where all of them begin with it."""
    first = {name.partition(" ")[0] for name in names}
    return (first.pop(), [name.partition(" ")[2] for name in names]) if len(first) == 1 else ("", [*names])


def _bar(row: str, column: str, figure: Shown, tone: str, x: float, wide: float, y: float, top: int) -> dict[str, object]:
    value = figure["value"]
    long = max((wide - VALUE) * value / top, 2) if value else 0
    return {
        "x": _n(x), "y": _n(y + NAME + (HIT - BAR) / 2 - 2), "long": _n(long), "tone": tone, "value": value,
        "text_x": _n(x + long + (4 if value else 0)), "text_y": _n(y + NAME + HIT / 2 + 1.5), "url": figure["url"],
        "hit_y": y + NAME - 2, "hit_wide": _n(wide), "say": f"{row}, {column}: {value}",
    }  # fmt: skip


def _month(chart: Shown, at: int, slot: float, top: int, line: int) -> dict[str, object]:
    row, (above, below) = chart["rows"][at], chart["columns"][1:]
    year, month = row["label"].split("-")
    x, wide = at * slot, slot - 8
    up, down = (_tall(figure["value"], top) for figure in row["figures"])
    sides = (
        (above, row["figures"][0], chart["tones"][0], line - up, up, line - up - 4, 0),
        (below, row["figures"][1], chart["tones"][1], line + MIDDLE, down, line + MIDDLE + down + 11, line + MIDDLE + 2),
    )
    bars = [
        {"x": _n(x + 4), "y": _n(y), "wide": _n(wide), "tall": _n(tall), "tone": tone, "value": figure["value"],
         "url": figure["url"], "text_y": _n(text), "hit_y": hit, "say": f"{row['label']}, {side}: {figure['value']}"}
        for side, figure, tone, y, tall, text, hit in sides
    ]  # fmt: skip
    name = year if month == "01" else MONTHS[int(month) - 1]
    return {"x": _n(x), "middle": _n(x + slot / 2), "name": name, "new": month == "01", "bars": bars}


def _tall(value: int, top: int) -> float:
    return max(HALF * value / top, 2) if value else 0


def _said(chart: Shown) -> str:
    """Say for those who do not see it what is drawn, and the sum of each column."""
    return ", ".join(
        f"{column} {sum(figures)}" for column, figures in zip(chart["columns"][1:], _columns(chart), strict=True)
    )


def _columns(chart: Shown) -> Iterator[Sequence[int]]:
    return (tuple(row["figures"][at]["value"] for row in chart["rows"]) for at in range(len(chart["columns"]) - 1))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
