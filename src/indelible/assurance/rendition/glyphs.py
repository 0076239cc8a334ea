"""The only place that decides which characters a rendition prints as they are and which as a code point.

A PDF/A file may not hold a character that no embedded font can draw, and the typesetter refuses the whole
file for one such character. A record is never unprintable for a character, so whatever cannot be drawn is
printed as its visible code point: `[U+1F9EC]`. Nothing is dropped and nothing is drawn as an empty box; the
JSON inside the PDF holds the text as it was written.

Printed as they are: what both styles of Inter can draw (Latin, Greek, Cyrillic, Vietnamese, usual signs), and
the ranges below from DejaVu Sans Mono. Printed as code points: every other script (Chinese, Arabic, Hebrew
...), emoji, control characters, private use, and what could make the paper say something else than the
record: invisible format characters (some reverse the direction of writing) and overlay marks (a struck name
means a voided signature here). As no script that runs from right to left is drawn, printed order is always
stored order.
"""

from __future__ import annotations

import struct
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from indelible.infra import pdf

# In DejaVu Sans Mono (inside the typst wheel, so no file of ours can be asked): ligatures that come with text
# pasted from PDFs, box drawing, and the marks of check lists. A test prints each of them in each style.
IN_MONO = frozenset({*range(0x2500, 0x2580), *range(0x25A0, 0x2600), *range(0xFB00, 0xFB05), *map(ord, "☐☑☒✓✔✗✘")})
MINUS = "\u2212"
SOFT_HYPHEN = "\u00ad"  # the one format character that the typesetter itself understands

_NEVER = {"Cc", "Cf", "Cs", "Co", "Cn"}  # control, format, surrogate, private use, unassigned
_OVERLAY = 1  # the combining class of strokes through a letter
_LINE_ENDS = dict.fromkeys(map(ord, "\r\x85\u2028\u2029"), "\n")
_FULL_MAP = {(0, 4), (0, 6), (3, 10)}  # platform and encoding of a character map that reaches beyond 16 bits


def printable(text: str, *, strict: bool = False) -> str:
    """Give `text` as it can be printed: line ends unified, tabs as spaces, the undrawable as code points.

    `strict` keeps plain ASCII only: the last resort when the typesetter refuses what this module let through.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").translate(_LINE_ENDS).replace("\t", "    ")
    return "".join(char if _is_drawn(char, strict=strict) else f"[U+{ord(char):04X}]" for char in text)


def printable_tree(value: Any, *, strict: bool = False) -> Any:
    """Give a copy of plain data with every text printable and every time written out with its offset."""
    if isinstance(value, str):
        return printable(value, strict=strict)
    if isinstance(value, datetime):
        return _moment(value, strict=strict)
    if isinstance(value, dict):
        return {key: printable_tree(item, strict=strict) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable_tree(item, strict=strict) for item in value]
    return value


@cache
def drawn() -> frozenset[str]:
    """Give every character that is printed as itself; raises PdfFailed when the font wheel is missing."""
    in_all_styles = frozenset.intersection(*(_characters(file) for file in pdf.font_files()))
    return frozenset(
        char
        for char in map(chr, in_all_styles | IN_MONO)
        if char == SOFT_HYPHEN or (unicodedata.category(char) not in _NEVER and unicodedata.combining(char) != _OVERLAY)
    )


def _is_drawn(char: str, *, strict: bool) -> bool:
    if char == "\n" or (char.isascii() and char.isprintable()):
        return True
    return not strict and char in drawn()


def _moment(at: datetime, *, strict: bool) -> str:
    """Write a time as the screens do: `2026-11-23 14:03:22 -05:00`, with a real minus sign."""
    text = at.isoformat(sep=" ", timespec="seconds")
    return f"{text[:19]} {text[19:] if strict else text[19:].replace('-', MINUS)}"


def _characters(font: Path) -> frozenset[int]:
    """Read which characters a font file can draw: the 32-bit groups (format 12) of its `cmap` table."""
    raw = font.read_bytes()
    start = _table(raw, b"cmap")
    (count,) = struct.unpack_from(">H", raw, start + 2)
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", raw, start + 4 + 8 * index)
        (form,) = struct.unpack_from(">H", raw, start + offset)
        if (platform, encoding) in _FULL_MAP and form == 12:
            return _groups(raw, start + offset)
    raise pdf.PdfFailed(f"{font.name} has no full character map")


def _table(raw: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", raw, 4)
    for index in range(count):
        name, _, offset, _ = struct.unpack_from(">4sLLL", raw, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise pdf.PdfFailed(f"a font without a {tag.decode()} table")


def _groups(raw: bytes, start: int) -> frozenset[int]:
    (count,) = struct.unpack_from(">L", raw, start + 12)
    found: set[int] = set()
    for index in range(count):
        first, last, _ = struct.unpack_from(">LLL", raw, start + 16 + 12 * index)
        found.update(range(first, last + 1))
    return frozenset(found)
