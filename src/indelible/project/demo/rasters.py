"""Makes the annex of SOP-029 when the demonstration is loaded: 30 MB of a reader's raw signals as one PDF.

A file of that size belongs in no source tree. Every byte follows from the seed, so that every load has the same hash.
One page is one bottle: each line of its picture is one reading, and the line grows lighter where something grows.
"""

from __future__ import annotations

import io
import math
import random
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

NAME = "SOP-029 Annex F raw reader signals.pdf"
SEED = 29
BOTTLES, READINGS, SENSORS = 60, 1008, 496  # a reading every ten minutes for 7 days; 30 MB in all
DARK, BRIGHT, NOISE = 40, 210, 18
PAGE = (595, 842)


def pdf() -> bytes:
    """Give the annex; the same bytes at every call."""
    chance = random.Random(SEED)  # noqa: S311 - measured noise, no secret
    made = pikepdf.new()
    font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for bottle in range(1, BOTTLES + 1):
        onset = chance.uniform(60, 700) if bottle % 3 else None  # every third bottle is a negative control
        picture = Stream(made, _raster(chance, onset))
        picture.update(Dictionary(
            Type=Name.XObject, Subtype=Name.Image, Width=SENSORS, Height=READINGS, ColorSpace=Name.DeviceGray, BitsPerComponent=8,
        ))  # fmt: skip
        page = Dictionary(
            Type=Name.Page, MediaBox=Array([0, 0, *PAGE]), Contents=made.make_indirect(Stream(made, _marks(bottle, onset))),
            Resources=Dictionary(Font=Dictionary(F=font), XObject=Dictionary(R=made.make_indirect(picture))),
        )  # fmt: skip
        made.pages.append(pikepdf.Page(made.make_indirect(page)))
    out = io.BytesIO()
    made.save(out, static_id=True, compress_streams=False)
    return out.getvalue()


def _raster(chance: random.Random, onset: float | None) -> bytes:
    lines = []
    for reading in range(READINGS):
        grown = 0.0 if onset is None else 1 / (1 + math.exp(min(60.0, (onset - reading) / 28)))
        lines.append(chance.randbytes(SENSORS).translate(_shade(DARK + int((BRIGHT - DARK) * grown))))
    return b"".join(lines)


@cache
def _shade(level: int) -> bytes:
    """Give the grey of each value of the noise around a level."""
    return bytes(level + value * NOISE // 256 for value in range(256))


def _marks(bottle: int, onset: float | None) -> bytes:
    told = "no growth within 7 days" if onset is None else f"signal rises about {onset / 6:.0f} h after loading"
    lines = [
        f"SOP-029 Annex F: raw reader signals, bottle V-{bottle:03} of {BOTTLES}; {told}",
        f"{SENSORS} sensor elements across, {READINGS} readings down, one every 10 minutes. Invented data of a demonstration.",
    ]
    written = "".join(f"BT /F 9 Tf 40 {805 - 13 * index} Td ({line}) Tj ET\n" for index, line in enumerate(lines))
    return f"{written}q 515 0 0 740 40 35 cm /R Do Q\n".encode("ascii")
