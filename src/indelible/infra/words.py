"""What a word is when texts are searched: the same for what is indexed, asked for and marked, on every engine.

Words are runs of letters and digits without capitals and accents; what stands between spaces with a digit in it
(`SOP-021`, `11.8`) is also one word, so that numbers are found as numbers. Nothing that a person types is ever an
operator: an asked text becomes words, and words hold letters and digits only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_WORD, MOST_TERMS = 64, 12
MOST_BYTES = 700_000  # of distinct words in one text: PostgreSQL's tsvector ends at a megabyte
AROUND, WIDTH, MOST_MARKS = 60, 220, 50
UNSAID = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
MARKS = re.compile(r"^[ \t]*(?:#{1,6}\s|>\s?|[*+]\s)|\*\*|~~|[`|]|_{2,}|-{3,}", re.MULTILINE)

_ALONE = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff"  # scripts without spaces: each sign is a word
WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+")
ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ers", "er", "ed", "es", "s")
SHORTEST_STEM = 4


class _Fold(dict[int, int]):
    """Takes capitals and accents away, one character for one, so that places in a text stay the same."""

    def __missing__(self, code: int) -> int:
        base = "".join(c for c in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(c))
        low = (base if len(base) == 1 else chr(code)).lower()
        found = self[code] = ord(low) if len(low) == 1 else code
        return found


_FOLD = _Fold()


@dataclass(frozen=True, slots=True)
class Term:
    """One word that must be there; `begins` when a longer word that begins so will do. `parts` are what was typed."""

    word: str
    begins: bool
    parts: tuple[str, ...]


def fold(text: str) -> str:
    """Give a text without capitals and accents, character by character."""
    return text.translate(_FOLD)


def plain(text: str) -> str:
    """Give a text in one line, without the signs of Markdown and what nobody sees."""
    return " ".join(MARKS.sub(" ", LINK.sub(r"\1", _said(text))).split())


def words_of(*texts: str) -> str:
    """Give the distinct words of texts in order, with spaces between them: what an index holds."""
    found: set[str] = set()
    for text in texts:
        for chunk in fold(_said(text)).split():
            found.update(_words(chunk))
    kept, size = [], 0
    for word in sorted(found):
        size += len(word.encode()) + 4
        if size > MOST_BYTES:
            break
        kept.append(word)
    return " ".join(kept)


def terms_of(asked: str) -> list[Term]:
    """Give what an asked text asks for: all of these words; punctuation alone asks for nothing."""
    terms: dict[str, Term] = {}
    for chunk in fold(_said(asked)).split():
        parts = tuple(word[:LONGEST_WORD] for word in WORD.findall(chunk))
        whole = [_term("".join(parts), parts)] if _is_number(chunk, parts) else [_term(part, (part,)) for part in parts]
        terms |= {term.word: term for term in whole}
    return list(terms.values())[:MOST_TERMS]


def pieces(text: str, terms: list[Term]) -> list[tuple[str, bool]]:
    """Give the part of a text that shows most of the terms, cut into (text, marked); nothing where none stands in it."""
    if not terms or not text:
        return []
    pattern = re.compile("|".join(_pattern(term) for term in terms))
    hits = [found.span() for found, _ in zip(pattern.finditer(fold(text)), range(MOST_MARKS), strict=False)]
    if not hits:
        return []
    best = max(hits, key=lambda hit: (_within(text, hits, hit[0]), -hit[0]))
    first = _edge(text, max(0, best[0] - AROUND))
    last = len(text) if first + WIDTH >= len(text) else max(best[1], text.rfind(" ", first, first + WIDTH))
    return list(_cut(text, first, last, [hit for hit in hits if first <= hit[0] and hit[1] <= last]))


def marked(text: str, terms: list[Term]) -> list[tuple[str, bool]]:
    """Give a whole short text, cut into (text, marked)."""
    if not terms:
        return [(text, False)]
    hits = [found.span() for found in re.finditer("|".join(_pattern(term) for term in terms), fold(text))]
    return list(_cut(text, 0, len(text), hits))


def _said(text: str) -> str:
    return UNSAID.sub(" ", unicodedata.normalize("NFKC", text))


def _words(chunk: str) -> Iterator[str]:
    parts = WORD.findall(chunk)
    yield from (part[:LONGEST_WORD] for part in parts)
    if _is_number(chunk, parts):
        yield "".join(parts)


def _is_number(chunk: str, parts: tuple[str, ...] | list[str]) -> bool:
    together = sum(map(len, parts))
    return len(parts) > 1 and together <= LONGEST_WORD and any(c.isdigit() for c in chunk)


def _term(word: str, parts: tuple[str, ...]) -> Term:
    if len(word) < 2 or WORD.match(word[0]) is None or re.match(rf"[{_ALONE}]", word):
        return Term(word, begins=False, parts=parts)
    if any(c.isdigit() for c in word):
        return Term(word, begins=True, parts=parts)
    stem = next((word[: -len(e)] for e in ENDINGS if word.endswith(e) and len(word) - len(e) >= SHORTEST_STEM), word)
    return Term(stem, begins=True, parts=(stem,))


def _pattern(term: Term) -> str:
    if re.match(rf"[{_ALONE}]", term.word):
        return re.escape(term.word)
    inside = r"[^\w\s]*_*[^\w\s]*".join(map(re.escape, term.parts))
    return rf"(?<![^\W_]){inside}" + (r"[^\W_]*" if term.begins else r"(?![^\W_])")


def _within(text: str, hits: list[tuple[int, int]], first: int) -> int:
    return len({fold(text[a:b]) for a, b in hits if first <= a < first + WIDTH - AROUND})


def _edge(text: str, place: int) -> int:
    space = text.find(" ", place, place + 30) if place else -1
    return space + 1 if space >= 0 else place


def _cut(text: str, first: int, last: int, hits: list[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    if first:
        yield "… ", False
    at = first
    for begin, end in hits:
        if begin > at:
            yield text[at:begin], False
        yield text[begin:end], True
        at = end
    if at < last:
        yield text[at:last], False
    if last < len(text):
        yield " …", False
