"""The only place that turns authored text into HTML: no HTML in, and what comes out is cleaned once more."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_READER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_TAGS = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br",
    "table", "thead", "tbody", "tr", "th", "td", "a", "s",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}


def html(text: str) -> SafeString:
    """Give clean HTML for Markdown; links go to http, https and mailto only, images are left out."""
    raw = _READER.render(text)
    clean = nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - cleaned on the line above by a list of what is allowed
