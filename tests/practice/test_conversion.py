"""Text out of a word processor's file and back: what comes is what was there, what is lost is named, nothing runs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indelible.practice import conversion
from indelible.practice.conversion import Unreadable

pytestmark = pytest.mark.engine_free
TEXT = """# Purpose

Samples are handled **so that** nothing *is lost*, see SOP-014.

## Steps

1. Open the valve
2. Close it

- one
- two
  - deeper

| Name | Value |
| --- | --- |
| A\\|B | 1 |
| C | 2 |

> Quoted from the standard

Last line.
"""


def made(*, build: object = None) -> bytes:
    document = docx.Document()
    if callable(build):
        build(document)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def there_and_back(text: str) -> str:
    return conversion.from_docx(conversion.to_docx(text, title="Handling", number="SOP-001.01")).text


def test_a_text_goes_out_and_comes_back_as_it_was() -> None:
    assert there_and_back(TEXT) == TEXT


def test_a_working_copy_says_on_each_page_what_it_is() -> None:
    document = docx.Document(io.BytesIO(conversion.to_docx(TEXT, title="Handling", number="SOP-001.01")))

    assert document.sections[0].header.paragraphs[0].text == "SOP-001.01 Handling. Working copy, not controlled."


def test_a_first_row_becomes_the_head_of_its_table() -> None:
    def build(document: docx.document.Document) -> None:
        table = document.add_table(2, 2)
        for place, word in enumerate(("Step", "Who", "1", "QC")):
            table.cell(place // 2, place % 2).text = word

    assert conversion.from_docx(made(build=build)).text == "| Step | Who |\n| --- | --- |\n| 1 | QC |\n"


def test_what_looks_like_html_stays_text() -> None:
    found = conversion.from_docx(made(build=lambda d: d.add_paragraph("<script>alert(1)</script> & <b>")))

    assert found.text == "\\<script>alert(1)\\</script> & \\<b>\n"


def test_what_the_text_does_not_carry_is_named() -> None:
    picture = Path(__file__).parents[2] / "docs" / "pictures" / "record.png"

    def build(document: docx.document.Document) -> None:
        document.add_picture(str(picture))
        document.sections[0].header.paragraphs[0].text = "Halcyra"
        table = document.add_table(2, 2)
        table.cell(0, 0).merge(table.cell(0, 1))

    warnings = " ".join(conversion.from_docx(made(build=build)).warnings)
    assert "1 picture was left out" in warnings
    assert "Headers and footers were left out" in warnings
    assert "Merged table cells" in warnings


def test_a_plain_file_gives_no_warning() -> None:
    assert conversion.from_docx(made(build=lambda d: d.add_paragraph("Plain"))).warnings == ()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"%PDF-1.7", made()[:2000], b"\xd0\xcf\x11\xe0" * 100])
def test_what_is_no_such_file_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(Unreadable, match="save it anew"):
        conversion.from_docx(content)


def test_an_archive_of_other_things_is_not_read_as_text() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("word/document.xml", "<not closed")
    with pytest.raises(Unreadable):
        conversion.from_docx(kept.getvalue())


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_any_text_goes_out_and_can_be_read_again(text: str) -> None:
    conversion.from_docx(conversion.to_docx(text, title="Any", number="SOP-001.01"))


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('<w:p><w:del w:id="1" w:author="A"><w:r><w:delText>Old.</w:delText></w:r></w:del></w:p>', "Tracked insertions"),
        ('<w:p><w:ins w:id="1" w:author="A"><w:r><w:t>New.</w:t></w:r></w:ins></w:p>', "Tracked insertions"),
        ('<w:p><m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>a</m:t></m:r></m:oMath></w:p>',
         "Formulas were left out"),
        ('<w:p><w:r><w:object/></w:r></w:p>', "Charts, drawings and embedded objects"),
    ],
)  # fmt: skip
def test_what_a_word_processor_marks_and_a_text_does_not_carry_is_named(mark: str, said: str) -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made())) as source, zipfile.ZipFile(kept, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(
                name,
                content.replace(b"<w:sectPr", mark.encode() + b"<w:sectPr", 1) if name == "word/document.xml" else content,
            )

    assert [one for one in conversion.from_docx(kept.getvalue()).warnings if one.startswith(said)]


def test_a_footer_alone_is_named() -> None:
    def build(document: docx.document.Document) -> None:
        document.sections[0].footer.paragraphs[0].text = "Page 1 of 1"

    (said,) = conversion.from_docx(made(build=build)).warnings
    assert said.startswith("Headers and footers were left out")
