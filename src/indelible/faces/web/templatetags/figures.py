"""The only place that turns numbers into drawings: SVG from the server, the same on page and print.

Each figure takes a sentence that says the numbers, for those who do not see it.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from django import template

register = template.Library()


class Segment(TypedDict):
    """One part of a whole: its kind decides the colour."""

    kind: str
    count: float


class Drawn(TypedDict):
    """A rectangle with its text, in the units of the figure."""

    kind: str
    x: str
    y: str
    width: str
    height: str
    middle: str
    above: str
    value: str
    label: str


@register.inclusion_tag("parts/figures/meter.html")
def meter(segments: Sequence[Segment], total: float, say: str = "") -> dict[str, object]:
    """Parts of a whole in one line; kinds: ok, stale, bad, run. The rest of the total stays empty."""
    drawn, at = [], 0.0
    for segment in segments:
        share = 100 * segment["count"] / total if total else 0
        drawn.append({"kind": segment["kind"], "x": _n(at), "width": _n(share)})
        at += share
    return {"segments": drawn, "say": say}


@register.inclusion_tag("parts/figures/bars.html")
def bars(items: Sequence[Mapping[str, object]], say: str, width: int = 268, height: int = 48) -> dict[str, object]:
    """Bars with their values on top; an item has label, value and kind (bar, ink or late)."""
    top = max((_f(item["value"]) for item in items), default=0) or 1
    slot = (width + 6) / max(len(items), 1)
    drawn = [_bar(item, at * slot, slot - 6, height * _f(item["value"]) / top, height) for at, item in enumerate(items)]
    return {
        "items": drawn,
        "say": say,
        "width": width,
        "box": height + 32,
        "axis": height + 16.5,
        "foot": height + 29,
    }


@register.inclusion_tag("parts/figures/line.html")
def line(
    values: Sequence[float],
    say: str,
    goal: float | None = None,
    first: str = "",
    last: str = "",
    shown: str = "",
) -> dict[str, object]:
    """A line with its last value named and a dashed goal; first and last name the ends of the time."""
    everything = [*values, *([goal] if goal is not None else [])]
    low, high = min(everything, default=0), max(everything, default=1)
    span = (high - low) or 1
    level = [_n(42 - 32 * (value - low) / span) for value in everything]
    step = 230 / max(len(values) - 1, 1)
    points = [(_n(2 + at * step), level[at]) for at in range(len(values))]
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "end": points[-1] if points else None,
        "goal": level[-1] if goal is not None else None,
        "goal_at": _apart(level[-1], level[-2]) if goal is not None and points else "",
        "goal_text": "" if goal is None else f"goal {goal:g}",
        "shown": shown,
        "first": first,
        "last": last,
        "say": say,
    }


@register.inclusion_tag("parts/figures/band.html")
def band(spans: Sequence[Mapping[str, object]], say: str, width: int = 284) -> dict[str, object]:
    """States over time; a span has kind (released, pending, drifted, suspended), start, end (0 to 1), label."""
    drawn = []
    for span in spans:
        start, end = _f(span["start"]) * width, _f(span["end"]) * width
        wide = max(end - start, 3)
        left = min(start, width - wide)
        drawn.append({"kind": span["kind"], "x": _n(left), "width": _n(wide), "label": span.get("label", "")})
    for one in drawn:
        one["anchor"], one["at"] = _anchor(_f(one["x"]), _f(one["width"]), width)
    return {"spans": drawn, "say": say, "width": width}


def _bar(item: Mapping[str, object], x: float, width: float, tall: float, height: int) -> Drawn:
    tall = max(tall, 1.5)
    top = 16 + height - tall
    return {
        "kind": str(item.get("kind") or "bar"),
        "x": _n(x),
        "y": _n(top),
        "width": _n(width),
        "height": _n(tall),
        "middle": _n(x + width / 2),
        "above": _n(top - 4),
        "value": f"{_f(item['value']):g}",
        "label": str(item.get("label", "")),
    }


def _apart(goal: str, last: str) -> str:
    """The height of the goal's word: on its line, unless the last value stands there."""
    away = _f(goal) - _f(last)
    return goal if abs(away) > 11 else _n(_f(last) + (12 if away >= 0 else -12))


def _anchor(x: float, wide: float, width: int) -> tuple[str, str]:
    """Where a label under a band stands, so that it stays inside the drawing."""
    if x < 1:
        return "start", "0"
    if x + wide > width - 30:
        return "end", str(width)
    return "middle", _n(x + wide / 2)


def _f(value: object) -> float:
    return float(str(value))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
