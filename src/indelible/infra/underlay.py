"""The only place that puts the pages of somebody's PDF onto pages of ours: what they show, and nothing that they could do.

A page is taken over as a drawing. Links, forms, scripts, actions, attachments and signatures of the file are no part of a
drawing; what a form or a remark shows is drawn into it first. The result is examined before it is given out.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf

from indelible.infra import recognition

MOST_PAGES = 1_000
LARGEST = 60 * recognition.MEGABYTE
POINTS = 72 / 25.4  # to the millimetre
CARRIED = ("/AF", "/PieceInfo", "/Metadata", "/OPI")  # of a drawing: what is not seen
OURS = ("/Metadata", "/StructTreeRoot", "/MarkInfo", "/OutputIntents", "/AF", "/Names")


class Unusable(Exception):
    """A PDF whose pages cannot be taken over; the text says why."""


def sizes(path: Path) -> list[tuple[float, float]]:
    """Give width and height of each page as it is seen, in points; raises Unusable."""
    if path.stat().st_size > LARGEST:
        raise Unusable(f"it is larger than {LARGEST // recognition.MEGABYTE} MB")
    try:
        with pikepdf.open(path) as document:
            if not 0 < len(document.pages) <= MOST_PAGES:
                raise Unusable(f"it has {len(document.pages):,} pages; 1 to {MOST_PAGES:,} are taken over")
            return [_size(page) for page in document.pages]
    except pikepdf.PasswordError as problem:
        raise Unusable("it is encrypted and opens with a password only") from problem
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise Unusable("it is damaged: no program can rely on what it shows") from problem


def beneath(ours: bytes, path: Path, frame: tuple[float, float, float, float]) -> bytes:
    """Give our pages with those of a file beneath them, one each, inside `frame`: millimetres from left, top, right, bottom.

    In: a PDF of as many pages as the file has. Out: a PDF in which nothing can act, not claimed to be PDF/A, because the
    drawings are somebody else's. Raises Unusable.
    """
    try:
        with pikepdf.open(io.BytesIO(ours)) as made, pikepdf.open(path) as file:
            file.generate_appearance_streams()
            file.flatten_annotations("all")
            for page, shown in zip(made.pages, file.pages, strict=True):
                page.add_underlay(shown, _inside(page, frame))
            for key in OURS:
                if key in made.Root:
                    del made.Root[key]
            _quieten(made)
            written = io.BytesIO()
            made.save(written, deterministic_id=True)
            found = _acting(written.getvalue())
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise Unusable("it is damaged: no program can rely on what it shows") from problem
    if found:
        raise Unusable(f"it holds what could act and cannot be taken out: {', '.join(found)}")
    return written.getvalue()


def joined(parts: Sequence[bytes]) -> bytes:
    """Give the pages of several PDFs of ours as one, to be printed; what they claimed one by one is claimed no more."""
    with pikepdf.open(io.BytesIO(parts[0])) as made:
        for part in parts[1:]:
            with pikepdf.open(io.BytesIO(part)) as other:
                made.pages.extend(other.pages)
        for key in OURS:
            if key in made.Root:
                del made.Root[key]
        written = io.BytesIO()
        made.save(written, deterministic_id=True)
    return written.getvalue()


def _size(page: pikepdf.Page) -> tuple[float, float]:
    left, low, right, high = (float(edge) for edge in _edges(page.trimbox))
    width, height = abs(right - left), abs(high - low)
    turned = int(page.rotation) % 180 != 0
    return (height, width) if turned else (width, height)


def _edges(box: pikepdf.Array) -> Sequence[float]:
    return [float(edge) for edge in box]


def _inside(page: pikepdf.Page, frame: tuple[float, float, float, float]) -> pikepdf.Rectangle:
    left, top, right, bottom = (side * POINTS for side in frame)
    low_x, low_y, high_x, high_y = _edges(page.mediabox)
    return pikepdf.Rectangle(low_x + left, low_y + bottom, high_x - right, high_y - top)


def _quieten(document: pikepdf.Pdf) -> None:
    """Take out of every drawing what it carries unseen; what is left is examined, and nothing that can act is given out."""
    for thing in document.objects:
        if isinstance(thing, pikepdf.Stream):
            for key in CARRIED:
                if key in thing:
                    del thing[key]


def _acting(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as document:
        return sorted(set(recognition.active(document)))
