"""Whether every character that a page shows can be drawn and read from the file alone: glyph, width, Unicode value."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import pikepdf

from tests.archival import strokes

FILES = ("/FontFile", "/FontFile2", "/FontFile3")
INVISIBLE = 3  # the rendering mode in which text is not drawn


def faults(document: pikepdf.Pdf) -> Iterator[str]:
    """Say what is missing, font by font."""
    shown = _shown(document)
    for font in document.objects:
        if not isinstance(font, pikepdf.Dictionary) or font.get("/Type") != "/Font" or "/CIDSystemInfo" in font:
            continue
        name, kind = str(font.get("/BaseFont", "?")), font.get("/Subtype")
        if kind == "/Type3":
            continue
        if kind != "/Type0":
            if not any(key in font.get("/FontDescriptor", {}) for key in FILES):
                yield f"{name} is not embedded"
            if "/ToUnicode" not in font:
                yield f"{name} has no Unicode values"
            continue
        yield from _composite(name, font, shown.get(font.objgen, set()))


def _composite(name: str, font: Any, used: set[int]) -> Iterator[str]:
    below = font.DescendantFonts[0]
    described = below.get("/FontDescriptor", {})
    if not any(key in described for key in FILES):
        yield f"{name} is not embedded"
        return
    if font.get("/Encoding") not in ("/Identity-H", "/Identity-V"):
        yield f"{name} has an encoding of its own"
    if below.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in below:
        yield f"{name} does not say which glyph belongs to which character"
    if "/ToUnicode" not in font:
        yield f"{name} has no Unicode values"
        return
    known = _unicode(font.ToUnicode.read_bytes())
    if lacking := used - known.keys():
        yield f"{name}: {len(lacking)} characters have no Unicode value"
    if any(value in ("", "\0", "\ufeff", "\ufffe") for value in known.values()):
        yield f"{name}: a Unicode value that is none"
    if below.get("/Subtype") == "/CIDFontType2" and below.get("/CIDToGIDMap") == "/Identity":
        count = _glyphs(described["/FontFile2"].read_bytes()) if "/FontFile2" in described else None
        if count is not None and any(code >= count for code in used):
            yield f"{name}: a character has no glyph"
    widths = _widths(below)
    if lacking := used - widths.keys() if int(below.get("/DW", 1000)) == 0 else set():
        yield f"{name}: {len(lacking)} characters have no width"


def _shown(document: pikepdf.Pdf) -> dict[tuple[int, int], set[int]]:
    """Give the codes that each composite font is asked to show."""
    found: dict[tuple[int, int], set[int]] = {}
    for holder in strokes.contents(document):
        resources = holder.get("/Resources", {})
        names = dict(resources.get("/Font", {}).items())
        current: Any = None
        for given, name in strokes.operators(holder):
            if name == "Tf":
                current = names.get(str(given[0]))
            elif name in ("Tj", "TJ", "'", '"') and current is not None and current.get("/Subtype") == "/Type0":
                parts = list(given[-1]) if name == "TJ" else [given[-1]]
                for part in parts:
                    if isinstance(part, pikepdf.String):
                        raw = bytes(part)
                        found.setdefault(current.objgen, set()).update(
                            int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw) - 1, 2)
                        )
    return found


def _unicode(text: bytes) -> dict[int, str]:
    """Read a ToUnicode map: single characters and ranges."""
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, value in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            found[int(code, 16)] = bytes.fromhex(value.decode()).decode("utf-16-be", "replace")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for low, high, value in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            for step, code in enumerate(range(int(low, 16), int(high, 16) + 1)):
                raw = (int(value, 16) + step).to_bytes(len(value) // 2, "big")
                found[code] = raw.decode("utf-16-be", "replace")
    return found


def _glyphs(font: bytes) -> int:
    """Give how many glyphs a TrueType font has, by its table `maxp`."""
    count = struct.unpack_from(">H", font, 4)[0]
    for index in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * index)
        if tag == b"maxp":
            return int(struct.unpack_from(">H", font, offset + 4)[0])
    return 0


def _widths(font: Any) -> dict[int, float]:
    found: dict[int, float] = {}
    row = list(font.get("/W", []))
    while len(row) >= 2:
        first = int(row.pop(0))
        if isinstance(row[0], pikepdf.Array):
            found |= {first + step: float(width) for step, width in enumerate(row.pop(0))}
        else:
            last, width = int(row.pop(0)), float(row.pop(0))
            found |= dict.fromkeys(range(first, last + 1), width)
    return found
