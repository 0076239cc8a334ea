"""Pictures of a text on paper: shown from their pixels alone, or a line that says why not; the file stays an archive's."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from indelible.assurance.rendition import render, tree
from indelible.infra.pictures import Unprintable, printable
from indelible.kernel.models import Record
from indelible.practice import uploads
from tests.assurance.copies import AT, data, flat, pages, reader
from tests.assurance.test_printed_copy import copy, text_of
from tests.homes import TestHome
from tests.journeys.test_review import picture


def drawn(kind: str = "PNG", size: tuple[int, int] = (300, 200), mode: str = "RGB", **more: Any) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, None if mode == "P" else (200,) * len(Image.new(mode, (1, 1)).getbands())).save(
        written, kind, **more
    )
    return written.getvalue()


def claiming(width: int, height: int) -> bytes:
    """Give a PNG of a few bytes that says it has very many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def printed(markdown: str, content: bytes | None, name: str = "way.png") -> bytes:
    sha256 = hashlib.sha256(content or b"").hexdigest()
    return render(data(body=tree(markdown, {}, {name: sha256})), at=AT, pictures={sha256: content})


def images(pdf: bytes) -> list[tuple[int, int]]:
    return [image.image.size for page in reader(pdf).pages for image in page.images if image.image is not None]


@pytest.mark.parametrize("content", [drawn(), drawn("JPEG"), drawn(mode="RGBA"), drawn(mode="L"), drawn(mode="P"),
                                     drawn(mode="LA"), drawn("JPEG", mode="CMYK"), drawn(size=(1, 1)), drawn(size=(4000, 3))])  # fmt: skip
def test_a_picture_stands_in_the_text_and_the_file_stays_an_archives(content: bytes) -> None:
    pdf = printed("Before.\n\n![The way](way.png)\n\nAfter.", content)

    assert len(images(pdf)) == 1
    assert "[picture" not in flat("\n".join(pages(pdf)))
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"pdfuaid" in pdf
    assert pdf == printed("Before.\n\n![The way](way.png)\n\nAfter.", content)


@pytest.mark.parametrize(
    "written",
    ["![](way.png)", "- item ![a](way.png)\n  - ![b](way.png)", "| a | b |\n|---|---|\n| ![x](way.png) | y |",
     "> ![q](way.png)", "## A ![h](way.png)", "**![b](way.png)**", "[![l](way.png)](https://a.example)"],
)  # fmt: skip
def test_a_picture_may_stand_wherever_a_word_may(written: str) -> None:
    assert images(printed(written, drawn()))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "damaged or no PNG or JPEG"),
        (b"not a picture", "damaged or no PNG or JPEG"),
        (drawn(size=(300, 300))[:-40], "damaged or no PNG or JPEG"),
        (drawn("JPEG", size=(300, 300))[:400], "damaged or no PNG or JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "damaged or no PNG or JPEG"),
        (drawn("GIF"), "damaged or no PNG or JPEG"),
        (claiming(50_000, 50_000), "more than 40,000,000 pixels"),
        (claiming(2**31 - 1, 2**31 - 1), "more than 40,000,000 pixels"),
        (claiming(0, 5), "damaged or no PNG or JPEG"),
        (None, "not in the file store"),
    ],
    ids=["empty", "text", "short png", "short jpeg", "svg", "gif", "bomb", "largest", "no width", "gone"],
)
def test_in_place_of_what_cannot_be_shown_stands_why(content: bytes | None, says: str) -> None:
    pdf = printed("Before.\n\n![The way](way.png)\n\nAfter.", content)
    text = flat("\n".join(pages(pdf)))

    assert "[picture The way: not printed" in text
    assert says in text
    assert images(pdf) == []
    assert text.index("Before.") < text.index("[picture") < text.index("After.")


def test_only_pixels_go_on() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "patient name")
    content = drawn(pnginfo=told) + b"<script>more</script>"

    made = printable(content)

    assert b"patient" in content
    assert b"patient" not in made.content
    assert b"script" not in made.content


def test_a_large_picture_is_made_small_enough_for_a_page() -> None:
    made = printable(drawn(size=(5000, 2500)))

    assert Image.open(io.BytesIO(made.content)).size == (2000, 1000)
    assert (made.width, made.height) == (5000, 2500)
    with pytest.raises(Unprintable, match="pixels"):
        printable(claiming(8000, 5001))


def test_a_documents_copy_shows_its_pictures_and_no_file_of_another_record(home: TestHome) -> None:
    kept = uploads.receive(home.people["ann"], "the way.png", [picture(60)])
    number = home.draft(text="![The way](the%20way.png)\n\n![Other](other.png)", pictures=[kept.sha256])

    pdf = copy(home, number)

    assert images(pdf) == [(120, 60)]
    assert "[picture: Other, other.png]" in flat(text_of(pdf))
    assert Record.objects.get(number=number).content
