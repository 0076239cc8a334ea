"""What the content of pages does, operator by operator: colours, marks, and words that no standard knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf

KNOWN = {
    "b", "B", "b*", "B*", "BDC", "BI", "BMC", "BT", "BX", "c", "cm", "CS", "cs", "d", "d0", "d1", "Do", "DP", "EI", "EMC", "ET",
    "EX", "f", "F", "f*", "G", "g", "gs", "h", "i", "ID", "j", "J", "K", "k", "l", "m", "M", "MP", "n", "q", "Q", "re", "RG",
    "rg", "ri", "s", "S", "SC", "sc", "SCN", "scn", "sh", "T*", "Tc", "Td", "TD", "Tf", "Tj", "TJ", "TL", "Tm", "Tr", "Ts",
    "Tw", "Tz", "v", "w", "W", "W*", "y", "'", '"', "INLINE IMAGE",
}  # fmt: skip
SHOWS = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "b", "B", "b*", "B*", "sh", "Do", "INLINE IMAGE"}
DEVICES = {
    "rg": "/DeviceRGB",
    "RG": "/DeviceRGB",
    "g": "/DeviceGray",
    "G": "/DeviceGray",
    "k": "/DeviceCMYK",
    "K": "/DeviceCMYK",
}
NESTED = 28
INTENTS = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}


def contents(document: pikepdf.Pdf) -> Iterator[Any]:
    """Give everything that holds operators: pages and the drawings that they use."""
    yield from document.pages
    yield from (o for o in document.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Form")


def operators(holder: Any) -> Iterator[tuple[list[Any], str]]:
    """Give operands and operator, one by one."""
    for step in pikepdf.parse_content_stream(holder):
        yield list(getattr(step, "operands", [])), str(step.operator)


def device_colours(document: pikepdf.Pdf) -> set[str]:
    """Give the device colour spaces that pages, drawings and images use."""
    found = {DEVICES[name] for holder in contents(document) for _, name in operators(holder) if name in DEVICES}
    found |= {
        str(given[0]) for holder in contents(document) for given, name in operators(holder)
        if name in ("cs", "CS") and str(given[0]).startswith("/Device")
    }  # fmt: skip
    images = (o for o in document.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image")
    spaces = [o.get("/ColorSpace") for o in images]
    return found | {str(one) for one in spaces if isinstance(one, pikepdf.Name) and str(one).startswith("/Device")}


def unknown(document: pikepdf.Pdf) -> Iterator[str]:
    """Name operators that no standard knows, graphics states nested too deep, and rendering intents that are none."""
    for holder in contents(document):
        depth = 0
        for given, name in operators(holder):
            depth += (name == "q") - (name == "Q")
            if name not in KNOWN:
                yield f"an unknown operator {name}"
            if depth > NESTED:
                yield f"graphics states nested more than {NESTED} deep"
                break
            if name == "ri" and str(given[0]) not in INTENTS:
                yield f"an unknown rendering intent {given[0]}"


def unmarked(page: Any) -> set[str]:
    """Name the operators that show something outside of any marked content."""
    depth, found = 0, set()
    for _, name in operators(page):
        depth += (name in ("BDC", "BMC")) - (name == "EMC")
        if name in SHOWS and depth == 0:
            found.add(name)
    return found
