"""The only place that turns authored Markdown into the tree that a rendition is set from.

CommonMark and tables, raw HTML off: a tag in the source is a text. The tree is plain JSON, so the typesetter
walks data and nothing that an author writes is ever read as markup of the typesetter.

A node is `{"t": kind}` with, where they apply: `c` children, `s` text, `depth` of a heading (1 is the top; no
depth is skipped, as PDF/UA demands, so `#` then `###` prints as 1 and 2), `start` and `delimiter` of an
ordered list, `loose` of a list (blank lines between its items), `href` of a link, record or picture, `title` of a
link or of a code block (its first line), `align` of a table cell. A `record` is the number of one that is found at `href`; the `sha256` of a
picture is that of a file of the record, and `narrow` says that it stands in the cell of a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from indelible.practice import citing

_TEXTS = {"text", "code_inline", "fence", "code_block", "html_block", "html_inline"}
_DEEPEST = 20  # beyond this nesting the parser would drop the content, silently
_NONCHARACTERS = [chr(code) for code in (*range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF)]


def tree(markdown: str, cited: Mapping[str, str] | None = None, pictures: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give the token tree of `markdown` as plain JSON; never fails, whatever the text holds.

    In: a text as it was stored; where the records that it names are found, by number; the hashes of the files that
    it may show, by name. Out: nodes as in the module's
    docstring. A text that is nested so deeply that the parser would drop a part of it comes as one block of its source,
    so that no words are lost (11.10(b)).
    """
    # Half a surrogate pair is not a text: it stays visible as an escape.
    markdown = markdown.encode("utf-8", "backslashreplace").decode("utf-8")
    nul = _stand_in(markdown)
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable("table")
    tokens = parser.parse(markdown.replace("\0", nul))
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return {"t": "root", "c": [{"t": "code_block", "s": markdown}]}
    return _Walk(nul, cited or {}, pictures or {}).node(SyntaxTreeNode(tokens))


def _stand_in(markdown: str) -> str:
    # The parser replaces NUL without a trace; a code point that no text uses carries it through.
    return next((char for char in _NONCHARACTERS if char not in markdown), "\ufffd")


class _Walk:
    """One pass over one text; remembers the open headings, which decide the depth of the next."""

    def __init__(self, nul: str, cited: Mapping[str, str], pictures: Mapping[str, str]) -> None:
        self.nul, self.cited, self.pictures = nul, cited, pictures
        self.open: list[int] = []

    def node(self, source: SyntaxTreeNode) -> dict[str, Any]:
        if source.type == "heading" and not _has_words(source):
            return {"t": "paragraph"}  # PDF/UA forbids a heading that says nothing
        found: dict[str, Any] = {"t": source.type} | self._own(source)
        if source.type in _TEXTS:
            found["s"] = self._text(source.content)
        elif source.children and source.type != "image":
            found["c"] = [child for each in source.children for child in self._children(each, source)]
        return found

    def _children(self, source: SyntaxTreeNode, parent: SyntaxTreeNode) -> list[dict[str, Any]]:
        if self.cited and source.type == "text" and not _in_a_link(parent):
            pieces = citing.pieces(source.content, self.cited)
            return [{"t": "record", "s": s, "href": url} if url else {"t": "text", "s": self._text(s)} for s, url in pieces]
        node = self.node(source)
        return list(node.get("c", [])) if source.type == "inline" else [node]

    def _own(self, source: SyntaxTreeNode) -> dict[str, Any]:
        """Give what only this kind of node has."""
        own: dict[str, Any] = {}
        match source.type:
            case "heading":
                own = {"depth": self._depth(int(source.tag[1]))}
            case "bullet_list":
                own = {"loose": _is_loose(source)}
            case "ordered_list":
                start = int(source.attrs.get("start", 1))
                own = {"loose": _is_loose(source), "start": start, "delimiter": source.markup}
            case "link":
                own = {"href": self._attribute(source, "href"), "title": self._attribute(source, "title")}
            case "image":
                own = {"href": self._attribute(source, "src"), "s": self._text(source.content)}
                if sha256 := self.pictures.get(unquote(own["href"])):
                    own |= {"sha256": sha256, "narrow": _in_a_cell(source)}
            case "fence":
                own = {"title": self._text(source.info.strip())}
            case "th" | "td":
                own = {"align": self._attribute(source, "style").removeprefix("text-align:") or "left"}
        return own

    def _depth(self, level: int) -> int:
        while self.open and self.open[-1] >= level:
            self.open.pop()
        self.open.append(level)
        return len(self.open)

    def _attribute(self, source: SyntaxTreeNode, name: str) -> str:
        return self._text(str(source.attrs.get(name, "")))

    def _text(self, text: str) -> str:
        return text.replace(self.nul, "\0") if self.nul != "\ufffd" else text


def _in_a_link(node: SyntaxTreeNode | None) -> bool:
    while node is not None and node.type not in ("link", "inline"):
        node = node.parent
    return node is not None and node.type == "link"


def _in_a_cell(node: SyntaxTreeNode | None) -> bool:
    while node is not None and node.type not in ("td", "th"):
        node = node.parent
    return node is not None


def _is_loose(source: SyntaxTreeNode) -> bool:
    paragraphs = (part for item in source.children for part in item.children if part.type == "paragraph")
    return any(not paragraph.hidden for paragraph in paragraphs)


def _has_words(source: SyntaxTreeNode) -> bool:
    return any(node.type in {*_TEXTS, "image"} and node.content.strip() for node in source.walk())
