"""The file of a printed copy: its data inside, repeatable bytes, and nothing that people write breaks it."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import pikepdf
import pytest

from indelible.assurance.rendition import RenditionData, glyphs, render, tree
from indelible.assurance.rendition.glyphs import drawn, printable
from indelible.assurance.rendition.render import LARGEST_ATTACHMENT
from indelible.infra import canonical
from indelible.infra.pdf import Attachment, PdfFailed, compile_pdf
from tests.assurance.copies import (
    AT,
    CONTENT,
    EVENT,
    RECORD,
    SIGNATURE,
    data,
    field,
    flat,
    pages,
    reader,
    text_of,
)

pytestmark = pytest.mark.engine_free


def test_the_data_travel_inside_the_pdf_as_its_source() -> None:
    """11.10(b): the electronic copy says the same as the readable one."""
    shown = data(fields=[field("赵美玲 \u202e\x07 🧬")], body=tree("a\0b"), signatures=[SIGNATURE], trail=[EVENT])

    pdf = render(shown, at=AT)
    (content,) = reader(pdf).attachments["record.json"]
    structure = pikepdf.open(io.BytesIO(pdf))

    assert RenditionData.model_validate_json(content) == shown
    assert canonical.encode(shown.model_dump(mode="json")).encode() == content
    assert [str(file.AFRelationship) for file in structure.Root.AF.as_list()] == ["/Source"]


def test_the_same_input_gives_the_same_bytes() -> None:
    parts = {"signatures": [SIGNATURE], "trail": [EVENT]}
    other = Attachment("a.csv", "text/csv", b"1", "supplement")

    first, second = (render(data(**parts), at=AT, attachments=[other]) for _ in range(2))

    assert first == second
    assert first != render(data(**parts, printed_by="Ingrid Solheim"), at=AT, attachments=[other])
    assert first != render(data(**parts), at=AT + timedelta(seconds=1), attachments=[other])


def test_the_file_claims_pdf_a3a_and_ua1_and_embeds_every_font() -> None:
    pdf = pikepdf.open(io.BytesIO(render(data(body=tree("*a* **b** `c`")), at=AT)))
    claims = pdf.Root.Metadata.read_bytes().decode()
    fonts = [font for page in pdf.pages for font in page.resources.Font.as_dict().values()]
    faces = [font.DescendantFonts[0].FontDescriptor for font in fonts]

    assert "<pdfaid:part>3</pdfaid:part>" in claims
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in claims
    assert "<pdfuaid:part>1</pdfuaid:part>" in claims
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en"
    assert len(faces) >= 4
    assert all("/FontFile2" in face or "/FontFile3" in face for face in faces)
    assert pdf.check_pdf_syntax() == []


def test_the_dates_in_the_file_come_from_the_caller() -> None:
    found = reader(render(data(), at=AT + timedelta(microseconds=4))).metadata

    assert found is not None
    assert found.creation_date == AT
    assert found.title == f"DEV-010 · revision 04 {RECORD['title']}"


def test_small_originals_travel_along_and_the_list_says_which() -> None:
    small, large = b"a,b\n", b"x" * (LARGEST_ATTACHMENT + 1)
    files = [
        {
            "name": name,
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "by": "L",
            "at": AT,
        }
        for name, content in (("small.csv", small), ("large.bin", large))
    ]
    originals = [
        Attachment("small.csv", "text/csv", small, "supplement"),
        Attachment("large.bin", "application/octet-stream", large, "supplement"),
    ]

    pdf = render(data(files=files), at=AT, attachments=originals)
    text = flat("".join(pages(pdf)))

    assert reader(pdf).attachments["small.csv"] == [small]
    assert "large.bin" not in reader(pdf).attachments
    assert text.index("small.csv") < text.index("· inside this PDF") < text.index("large.bin")
    assert text.index("large.bin") < text.index("· not inside this PDF")


def test_a_file_counts_as_inside_by_its_bytes_and_not_by_its_name() -> None:
    file = {"name": "a.csv", "size": 1, "sha256": CONTENT, "by": "L", "at": AT}

    pdf = render(data(files=[file]), at=AT, attachments=[Attachment("a.csv", "text/csv", b"other", "supplement")])

    assert "not inside this PDF" in flat("".join(pages(pdf)))


def test_names_of_attachments_are_made_safe_and_unique() -> None:
    names = ["../../etc/passwd", "record.json", "record.json", "赵 é.csv", "🧬\ud800\0", "", ".."]

    pdf = render(data(), at=AT, attachments=[Attachment(n, "no media type", b"1", "supplement") for n in names])
    found = {item.name: item.description for item in reader(pdf).attachment_list}

    assert found == {
        "record.json": "record.json",
        "_.._etc_passwd": "../../etc/passwd",
        "record (2).json": "record.json",
        "record (3).json": "record.json",
        "U+8D75 e.csv": "赵 é.csv",
        "U+1F9EC_ud800_": "🧬\\ud800_",
        "file": "",
        "file (2)": "..",
    }


INJECTIONS = [
    "#eval(1)",
    "$a$",
    "<script>alert(1)</script>",
    '#read("data.json")',
    "= not a heading",
    "@ref",
    "*/",
]


@pytest.mark.parametrize("attempt", INJECTIONS)
def test_what_looks_like_code_is_printed_as_text(attempt: str) -> None:
    text = text_of(
        fields=[field(attempt)],
        body=tree(f"see {attempt} end"),
        signatures=[SIGNATURE | {"printed_name": attempt}],
        record=RECORD | {"title": attempt},
    )

    assert f"Description {attempt}" in text
    assert f"see {attempt} end" in text
    assert text.count(attempt) >= 5


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("赵美玲", "[U+8D75][U+7F8E][U+73B2]"),
        ("سلام", "[U+0633][U+0644][U+0627][U+0645]"),
        ("🧬", "[U+1F9EC]"),
        ("👩\u200d🔬", "[U+1F469][U+200D][U+1F52C]"),
        ("a\0b\x07c\x1b", "a[U+0000]b[U+0007]c[U+001B]"),
        ("\ufeff\ue000\uffff\U0010ffff", "[U+FEFF][U+E000][U+FFFF][U+10FFFF]"),
        ("Dana\u202edleif", "Dana[U+202E]dleif"),
        ("D\u0338\u0336", "D[U+0338][U+0336]"),
        ("one\r\ntwo\u2028three\tfour", "one\ntwo\nthree    four"),
        ("Łukasz Siobhán ≥ → − µ ½ ☐ ✓ ﬁ Ω Ж", "Łukasz Siobhán ≥ → − µ ½ ☐ ✓ ﬁ Ω Ж"),
    ],
)
def test_what_no_font_can_draw_is_printed_as_its_code_point(written: str, printed: str) -> None:
    signature = SIGNATURE | {"meaning_sentence": written}

    text = text_of(fields=[field(f"({written})")], body=tree(f"{{{written}}} <{written}>"), signatures=[signature])

    assert printable(written) == printed
    assert f"Description ({flat(printed)})" in text
    assert f"{{{flat(printed)}}} <{flat(printed)}>" in text
    assert f"Reviewed: {flat(printed)}" in text
    assert render(data(watermark=written, record=RECORD | {"title": written}), at=AT)


def test_a_font_that_lacks_what_it_promises_costs_letters_and_not_the_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(glyphs, "IN_MONO", frozenset({ord("赵")}))  # a seeded fault: no font has it
    drawn.cache_clear()
    try:
        text = text_of(fields=[field("a 赵 é")])
    finally:
        drawn.cache_clear()

    assert "Description a [U+8D75] [U+00E9]" in text


def test_half_a_surrogate_pair_stops_nothing() -> None:
    assert "\\ud800" in text_of(fields=[field("\ud800")], body=tree("\ud800"))


def test_every_character_that_is_drawn_is_drawn_in_every_style() -> None:
    """The typesetter refuses a file for one missing glyph; had it, all of these would be code points."""
    signs = " ".join(sorted(char for char in drawn() if char.strip() and char not in "\\`*_[]<>&#|~!"))
    body = tree(f"{signs}\n\n*{signs}*\n\n**{signs}**\n\n***{signs}***\n\n`{signs}`")

    text = text_of(fields=[field(signs)], body=body, company={"name": "H"}, record=RECORD | {"title": "t"})

    assert "[U+" not in text
    assert all(text.count(char) >= 5 for char in "Ω≥☐─Жé")


def test_the_last_resort_is_plain_ascii() -> None:
    assert printable("é ≥ a", strict=True) == "[U+00E9] [U+2265] a"


def test_names_of_300_letters_stay_on_the_page_and_whole() -> None:
    name = "N" * 299 + "Z"
    pdf = render(
        data(
            company={"name": name},
            record=RECORD | {"title": name},
            fields=[field(name, label=name)],
            signatures=[SIGNATURE | {"printed_name": name}],
            trail=[EVENT | {"who": name}],
        ),
        at=AT,
    )

    lines = "\n".join(pages(pdf)).splitlines()

    assert max(len(line) for line in lines) < 150  # 300 letters on one line would run off the paper
    assert "".join("".join(lines).split()).count(name) >= 5


def test_a_title_that_fills_pages_leaves_room_for_the_record() -> None:
    found = pages(render(data(record=RECORD | {"title": "title " * 900}, fields=[field("the value")]), at=AT))

    assert len(found) < 12
    assert "the value" in flat("".join(found))
    assert "title on page 1" in found[-1]


def test_a_document_of_sixty_pages_is_set() -> None:
    section = "## Section {}\n\n" + "The reviewer looks at the records. " * 120 + "\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    body = tree("\n\n".join(section.format(number) for number in range(1, 75)))

    found = pages(render(data(body=body), at=AT))

    assert len(found) >= 60
    assert "Section 74" in "".join(found)


def test_headings_never_skip_a_depth_whatever_the_author_wrote() -> None:
    """PDF/UA-1 refuses a file that does."""
    body = tree("#### a\n\n# b\n\n###### c\n\n# \n\n> ### d")

    depths = [node["depth"] for node in body["c"] if node["t"] == "heading"]

    assert depths == [1, 1, 2]
    assert "a b c d" in text_of(body=body)


def test_html_links_and_pictures_are_visible_text() -> None:
    text = text_of(body=tree('<b onclick="x()">bold</b>\n\n[SOP](https://a.example/x "t") ![flow](flow.png)'))

    assert '<b onclick="x()">bold</b>' in text
    assert "SOP (https://a.example/x, t)" in text
    assert "[picture: flow, flow.png]" in text


@pytest.mark.parametrize("depth", [1, 15, 19, 40, 200])
def test_text_is_not_lost_however_deep_it_is_nested(depth: int) -> None:
    assert "innermost" in text_of(body=tree(">" * depth + " innermost"))


@pytest.mark.parametrize(
    ("template", "content", "reason"),
    [
        ('#import "@preview/cetz:0.3.0": canvas', {}, "may not import"),
        ("#panic()", {}, "panicked"),
        ('#read("/etc/passwd")', {}, "not found|access"),
        ('#json("data.json").x', {"x": float("nan")}, "JSON"),
        ('#set document(title: "t")\n#json("data.json").x', {"x": "赵"}, "displayed"),
    ],
)
def test_the_typesetter_says_why_it_made_nothing(template: str, content: dict[str, Any], reason: str) -> None:
    with pytest.raises(PdfFailed, match=reason):
        compile_pdf(template, content, at=AT)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(PdfFailed, match="zone"):
        compile_pdf("x", {}, at=AT.replace(tzinfo=None))
