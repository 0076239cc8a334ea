"""The only place that says how times, hashes, names and icons are written on a page."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

SPRITE = "indelible/icons.svg"
MINUS = "\N{MINUS SIGN}"
PIECE = re.compile(r"\b([A-Z]{2,6}(?:-[A-Z0-9]{1,6}){1,3}(?:\.\d{1,3})?|\d{4}-\d\d-\d\d)\b")


@cache
def icon_names() -> frozenset[str]:
    """The names that the sprite draws."""
    sprite = Path(__file__).parents[1] / "static" / SPRITE
    return frozenset(re.findall(r'<symbol id="([a-z]+)"', sprite.read_text(encoding="utf-8")))


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """Draw an icon beside a word; a name that the sprite lacks becomes a plain page."""
    known = name if name in icon_names() else "page"
    return format_html(
        '<svg class="i-ic{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        static(SPRITE),
        known,
    )


@register.filter
def stamp(when: object) -> SafeString | str:
    """Write a moment with seconds and offset: 2026-11-23 14:03:22 −05:00."""
    return _moment(when, "%Y-%m-%d %H:%M:%S")


@register.filter
def minute(when: object) -> SafeString | str:
    """Write a moment without seconds, with offset: 2026-11-23 14:03 −05:00."""
    return _moment(when, "%Y-%m-%d %H:%M")


@register.filter
def clock(when: object) -> SafeString | str:
    """Write only the time of day of a moment: 14:03:22."""
    return _moment(when, "%H:%M:%S", offset=False)


@register.filter
def day(when: object) -> SafeString | str:
    """Write a date: 2026-11-23. The date of a moment is the one in its own zone."""
    if isinstance(when, datetime):
        when = when.date()
    if not isinstance(when, date):
        return _text(when)
    return format_html('<time datetime="{0}">{0}</time>', when.isoformat())


@register.filter
def offset(when: object) -> str:
    """Write the offset of a moment: −05:00; nothing where there is none."""
    return _offset(when) if isinstance(when, datetime) else ""


@register.filter
def typed(when: object) -> str:
    """Write a moment or a date the way a person types it: 2026-10-14 09:20. Text comes back unchanged."""
    if isinstance(when, datetime):
        return when.strftime("%Y-%m-%d %H:%M")
    return when.isoformat() if isinstance(when, date) else _text(when)


@register.filter
def fingerprint(digest: object, groups: int | None = None) -> str:
    """Show the beginning of a hash in groups of four characters; lists never show it whole."""
    text, groups = _text(digest), groups or 4
    shown = [text[at : at + 4] for at in range(0, min(len(text), groups * 4), 4)]
    return " ".join(shown) + (" …" if len(text) > groups * 4 else "")


@register.filter
def initials(name: object) -> str:
    """First letters of the first and last word of a printed name."""
    words = [word for word in _text(name).split() if word[0].isalnum()]
    return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()


@register.filter
def found(text: object, query: object) -> SafeString:
    """Mark where the text has what was searched for."""
    needle = _text(query).strip()
    if not needle:
        return format_html("{}", _text(text))
    parts = re.split(f"({re.escape(needle)})", _text(text), flags=re.IGNORECASE)
    marked = (format_html("<mark>{}</mark>" if at % 2 else "{}", part) for at, part in enumerate(parts))
    return format_html_join("", "{}", ((part,) for part in marked))


@register.filter
def steady(text: object) -> SafeString:
    """Keep numbers of records and dates in one piece where a line breaks."""
    parts = PIECE.split(_text(text))
    held = (format_html('<span class="i-num">{}</span>' if at % 2 else "{}", part) for at, part in enumerate(parts))
    return format_html_join("", "{}", ((part,) for part in held))


@register.filter
def beside(left: Iterable[object], right: Iterable[object]) -> list[tuple[object, object]]:
    """Pair two lists of one length: the columns of a table with the cells of a row."""
    return list(zip(left or (), right or (), strict=False))


@register.filter
def among(value: object, chosen: object) -> bool:
    """Whether a value is the chosen one, or one of several, compared as text."""
    if isinstance(chosen, Sequence) and not isinstance(chosen, str):
        return str(value) in [str(one) for one in chosen]
    return str(value) == str(chosen)


def _moment(when: object, shape: str, *, offset: bool = True) -> SafeString | str:
    if not isinstance(when, datetime):
        return day(when)
    shown = when.strftime(shape) + (f" {_offset(when)}" if offset and when.tzinfo else "")
    return format_html('<time datetime="{}">{}</time>', when.isoformat(timespec="seconds"), shown)


def _offset(when: datetime) -> str:
    text = when.strftime("%z").replace("-", MINUS)
    return f"{text[:3]}:{text[3:5]}" if text else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)
