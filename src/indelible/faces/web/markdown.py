"""The only place that turns authored text into HTML: no HTML in, and what comes out is cleaned once more."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from indelible.faces.web.redlining import say
from indelible.practice import chapters, citing
from indelible.practice.redline import blocks

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
_BLOCKS = {"p", "li", "pre", "table"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, **{tag: {"id"} for tag in _HEADINGS | _BLOCKS}}
PASSAGES = frozenset({"paragraph", "item", "code", "table"})
WORDED = frozenset({"paragraph", "item"})

Heading = dict[str, str]


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a text leads: the files that it may show and the records that it may name, by the words that it uses.

    No other image is shown. `remark` is where a passage is commented on, empty where it cannot be.
    """

    pictures: Mapping[str, str] = field(default_factory=dict)
    cited: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""


NOWHERE = Ways()


def html(text: str, ways: Ways = NOWHERE) -> SafeString:
    """Give clean HTML for Markdown; links that an author writes go to http, https and mailto only."""
    return _with_ways(_below_the_page(_READER.parse(text)), {}, ways)


def page(text: str, ways: Ways = NOWHERE) -> tuple[SafeString, list[Heading]]:
    """Give the same with an address for each chapter and passage, and the chapters; none where there are only a few."""
    parsed = _READER.parse(text)
    passages = _addressed(parsed)
    tokens = _below_the_page(parsed)
    found: list[Heading] = []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            found.append({"id": f"{chapters.PREFIX}{len(found) + 1}", "text": _words(tokens[index + 1])})
            token.attrSet("id", found[-1]["id"])
    return _with_ways(tokens, passages, ways), found if len(found) >= chapters.FEWEST else []


def _addressed(tokens: list[Token]) -> dict[str, Token | None]:
    """Give each passage the id that comments know it by; with the words in which a way to comment may end it."""
    found: dict[str, Token | None] = {}
    for block in blocks.of_tokens(tokens):
        if block.kind in PASSAGES:
            opening = tokens[block.token]
            opening.attrSet("id", f"b-{block.anchor}")
            inline = (t for t in tokens[block.token : block.token + 3] if t.type == "inline" and t.children)
            found[block.anchor] = next(inline, None) if block.kind in WORDED else None
    return found


def _with_ways(tokens: list[Token], passages: dict[str, Token | None], ways: Ways) -> SafeString:
    # What is drawn by us is put in after the cleaning, at places that no author can have guessed.
    secret, drawn = secrets.token_hex(12), list[SafeString]()

    def later(shown: SafeString) -> Token:
        drawn.append(shown)
        return Token("text", "", 0, content=f"{secret}:{len(drawn) - 1};")

    for token in tokens:
        if token.children:
            token.children = [_picture(child, ways.pictures, later) for child in _linked(token.children, ways.cited)]
    for anchor, inline in passages.items():
        if ways.remark and inline is not None and inline.children is not None:
            inline.children.append(later(format_html(" {}", say(ways.remark, anchor))))
    clean = re.sub(f"{secret}:([0-9]+);", lambda found: drawn[int(found[1])], _clean(tokens))
    return mark_safe(clean)  # noqa: S308 - cleaned text, and what format_html has escaped


def _linked(children: list[Token], cited: Mapping[str, str]) -> Iterator[Token]:
    """Turn the record numbers of a line into links; what stands in a link already, or is code, stays as it is."""
    inside = 0
    for child in children:
        inside += child.nesting if child.type in ("link_open", "link_close") else 0
        if child.type != "text" or inside or not cited:
            yield child
            continue
        for words, url in citing.pieces(child.content, cited):
            if url:
                yield Token("link_open", "a", 1, attrs={"href": url})
            yield Token("text", "", 0, content=words)
            if url:
                yield Token("link_close", "a", -1)


def _picture(child: Token, pictures: Mapping[str, str], later: Callable[[SafeString], Token]) -> Token:
    url = pictures.get(unquote(str(child.attrs.get("src", "")))) if child.type == "image" else None
    if url is None:
        return child
    return later(format_html('<span class="i-shot"><img src="{}" alt="{}" loading="lazy"></span>', url, child.content))


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
