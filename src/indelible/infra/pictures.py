"""The only place that opens pictures: what comes out is pixels only, small enough to be set on a page.

A picture is decoded and written anew, so that nothing but what is seen goes on: no metadata, no second image behind the
first, nothing after the end. What cannot be decoded is said in words and never stops the page around it.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2_000  # pixels: more than a page can show at 300 to the inch
FORMATS = ("PNG", "JPEG")
HUGE = f"not printed, it has more than {MOST_PIXELS:,} pixels"
_BROKEN = (OSError, SyntaxError, ValueError, OverflowError, EOFError, struct.error, zlib.error)


class Unprintable(Exception):
    """A picture that cannot be printed; the text says why, to stand in its place."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is printed: bytes, how its file name ends, and its size in pixels before it was made smaller."""

    content: bytes
    suffix: str
    width: int
    height: int


def printable(data: bytes) -> Picture:
    """Give a picture made anew from its pixels; the same bytes give the same picture. Raises Unprintable."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise Unprintable(HUGE)
            upright = ImageOps.exif_transpose(opened)
            return _anew(upright, "jpg" if opened.format == "JPEG" else "png")
    except Image.DecompressionBombError as problem:
        raise Unprintable(HUGE) from problem
    except _BROKEN as problem:
        raise Unprintable("not printed, it is damaged or no PNG or JPEG") from problem


def _anew(picture: Image.Image, suffix: str) -> Picture:
    width, height = picture.size
    if picture.mode not in ("RGB", "L"):
        # Paper is white: what is transparent shows it.
        with_alpha = picture.convert("RGBA")
        picture = Image.new("RGB", picture.size, "white")
        picture.paste(with_alpha, mask=with_alpha.getchannel("A"))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    written = io.BytesIO()
    plain.save(written, "JPEG" if suffix == "jpg" else "PNG", **({"quality": 90} if suffix == "jpg" else {}))
    return Picture(written.getvalue(), suffix, width, height)
