"""The only place that turns authored text into HTML: no HTML in, and what comes out is cleaned once more."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_TAGS = {
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "code",
    "pre",
    "blockquote",
    "hr",
    "br",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "a",
    "s",
}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, **{tag: {"id"} for tag in _HEADINGS}}
FEWEST = 3  # headings from which a table of contents helps

Heading = dict[str, str]


def html(text: str) -> SafeString:
    """Give clean HTML for Markdown; links go to http, https and mailto only, images are left out."""
    return _clean(_below_the_page(_READER.parse(text)))


def page(text: str) -> tuple[SafeString, list[Heading]]:
    """Give a long text with an address for each chapter, and the chapters; none where there are only a few."""
    tokens = _below_the_page(_READER.parse(text))
    found: list[Heading] = []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            found.append({"id": f"s-{len(found) + 1}", "text": _words(tokens[index + 1])})
            token.attrSet("id", found[-1]["id"])
    return _clean(tokens), found if len(found) >= FEWEST else []


def _below_the_page(tokens: list[Token]) -> list[Token]:
    # The page has its own first heading, so the author's highest one is the second.
    levels = [int(t.tag[1]) for t in tokens if t.type == "heading_open"]
    shift = 2 - min(levels, default=2)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    return tokens


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))


def _clean(tokens: list[Token]) -> SafeString:
    raw = _READER.renderer.render(tokens, _READER.options, {})
    clean = nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - cleaned on the line above by a list of what is allowed
