"""The only place that draws a value as it is read, by its kind, and a lifecycle state with its pie.

What is one line is drawn here, because a list has hundreds of them and each partial costs as much as twenty lines of
these; what has an inside of its own is drawn by parts/fields/cell_KIND.html, which lists what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django import template
from django.template.defaultfilters import linebreaksbr
from django.template.loader import get_template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from indelible.faces.web.templatetags.look import day, icon, steady

register = template.Library()

Shown = Mapping[str, Any]
DONE = mark_safe('<path class="i-dot__mark" d="m4.2 7.3 1.9 1.9 3.7-4.2"/>')
NOTHING, EMPTY = mark_safe(""), mark_safe(" data-none")
VOID = mark_safe('<path class="i-dot__mark" d="M3 11 11 3"/>')


@register.simple_tag
def cell(shown: Shown, *, quiet: bool = False) -> SafeString:
    """Draw a value; `quiet` leaves an empty one blank, as in tables.

    `shown` has kind (text, rich_text, number, date, time, yes_no, choice, person, persons, links, files, table and, only
    for showing, state, chips, hash, record) and value; none?: what stands for an empty value ("none"), note?: small words
    after it, frozen?: "frozen at triage".
    """
    value = shown.get("value")
    if value or value == 0 or value is False:
        drawn = _drawn(shown)
    else:
        drawn = NOTHING if quiet else format_html('<span class="i-3rd">{}</span>', shown.get("none") or "none")
    if note := shown.get("note"):
        drawn += format_html(' <span class="i-2nd">{}</span>', note)
    if frozen := shown.get("frozen"):
        drawn += format_html(' <span class="i-frozen">{}{}</span>', icon("lock"), frozen)
    return drawn


@register.simple_tag
def row_cells(columns: Sequence[Shown], values: Sequence[Shown]) -> SafeString:
    """Draw the cells of a table's row; a column has label, main?, fit?, numeric?, see parts/table.html."""
    return format_html_join("", '<td class="{}"{}{}>{}</td>', map(_row_cell, columns, values))


@register.simple_tag
def state(shown: Shown) -> SafeString:
    """Draw a lifecycle state: label, tone (draft, work, wait, late, done, void), share?: 0 to 100."""
    pie = dot(shown.get("tone"), shown.get("share"))
    return format_html('<span class="i-state">{}{}</span>', pie, shown.get("label", ""))


@register.simple_tag
@cache
def dot(tone: str | None = None, share: int | None = None) -> SafeString:
    """Draw the pie of a state; `share` says how far through the lifecycle it stands."""
    inside = DONE if tone == "done" else VOID if tone == "void" else NOTHING
    if share and not inside:
        inside = format_html(
            '<circle class="i-dot__pie" cx="7" cy="7" r="2.2" pathLength="100" stroke-dasharray="{} 100" '
            'transform="rotate(-90 7 7)"/>', share,
        )  # fmt: skip
    return format_html(
        '<svg class="i-dot i-dot--{}" viewBox="0 0 14 14" aria-hidden="true">'
        '<circle class="i-dot__ring" cx="7" cy="7" r="6"/>{}</svg>', tone or "draft", inside,
    )  # fmt: skip


def _row_cell(column: Shown, value: Shown) -> tuple[str, SafeString, SafeString, SafeString]:
    css = f"{'t' if column.get('main') else ''}{' fit' if column.get('fit') else ''}{' n' if column.get('numeric') else ''}"
    named = not column.get("main") and value["kind"] != "record"
    empty = not value.get("value") and value.get("value") != 0
    label = format_html(' data-l="{}"', column["label"]) if named else NOTHING
    return css, label, EMPTY if empty else NOTHING, cell(value, quiet=True)


def _drawn(shown: Shown) -> SafeString:
    draw = _LINES.get(shown["kind"])
    if draw is not None:
        return draw(shown)
    return SafeString(get_template(f"parts/fields/cell_{shown['kind']}.html").render({"cell": shown}))


def _text(shown: Shown) -> SafeString:
    words = SafeString(linebreaksbr(steady(shown["value"])))
    return format_html('<span class="i-late">{}</span>', words) if shown.get("late") else words


def _number(shown: Shown) -> SafeString:
    unit = f" {shown['unit']}" if shown.get("unit") else ""
    if url := shown.get("url"):
        return format_html('<a class="i-num" href="{}">{}{}</a>', url, shown["value"], unit)
    return format_html('<span class="i-num">{}{}</span>', shown["value"], unit)


def _date(shown: Shown) -> SafeString:
    written = conditional_escape(day(shown["value"]))
    if late := shown.get("late"):
        return format_html('<span class="i-late">{}, {}</span>', written, late)
    return format_html('<span class="i-soon">{}</span>', written) if shown.get("soon") else written


def _yes_no(shown: Shown) -> SafeString:
    said = (shown.get("yes") or "Yes") if shown["value"] else (shown.get("no") or "No")
    return conditional_escape(said)


def _choice(shown: Shown) -> SafeString:
    if tone := shown.get("tone"):
        return format_html('<span class="i-chip i-chip--{}">{}</span>', tone, shown["value"])
    if shown.get("many"):
        return format_html_join(", ", "{}", ((one,) for one in shown["value"]))
    return conditional_escape(shown["value"])


def _person(shown: Shown) -> SafeString:
    """Draw the printed name in full; with title?, url?."""
    url, title, name = shown.get("url"), shown.get("title"), conditional_escape(shown["value"])
    name = format_html('<a href="{}">{}</a>', url, name) if url else name
    return format_html('{}<span class="i-2nd">, {}</span>', name, title) if title else name


def _record(shown: Shown) -> SafeString:
    if url := shown.get("url"):
        return format_html('<a class="i-id" href="{}">{}</a>', url, shown["value"])
    return format_html('<span class="i-id">{}</span>', shown["value"])


def _state(shown: Shown) -> SafeString:
    return state(shown["value"])


# text; number {unit?, url?}; date {late?: "10 d late", soon?}; yes_no {yes?, no?}; choice {value: label or labels, tone?: as chip,
# many?}; person {title?, url?}; record {url?}; state {value: see state}
_LINES: dict[str, Callable[[Shown], SafeString]] = {
    "text": _text, "number": _number, "date": _date, "yes_no": _yes_no, "choice": _choice, "person": _person,
    "record": _record, "state": _state,
}  # fmt: skip
