"""Words, and the text of files: the same everywhere, and no file made to do harm does any."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indelible.infra import file_text, words
from indelible.infra.file_text import PDF, WORD, Limits, Unreadable
from tests.practice.bringing import pdf, word

pytestmark = pytest.mark.engine_free


@given(st.text())
def test_what_is_asked_for_holds_nothing_but_letters_and_digits(text: str) -> None:
    for term in words.terms_of(text):
        assert term.word.isalnum() or all(words.WORD.fullmatch(c) for c in term.word)
        assert not set(term.word) & set("\"'*():&|!<>\\ \0")


@given(st.text())
def test_every_text_is_found_by_itself(text: str) -> None:
    held = words.words_of(text).split(" ")

    for term in words.terms_of(text):
        assert any(word.startswith(term.word) if term.begins else word == term.word for word in held), term


@given(st.text(), st.text())
def test_a_piece_is_cut_out_of_the_text_as_it_is(text: str, asked: str) -> None:
    cut = words.pieces(text, words.terms_of(asked))

    assert "".join(part for part, _ in cut).removeprefix("… ").removesuffix(" …") in text
    assert not cut or any(marked for _, marked in cut)
    assert "".join(part for part, _ in words.marked(text, words.terms_of(asked))) == text


def test_more_words_than_an_index_takes_are_left_out() -> None:
    held = words.words_of(" ".join(f"word{i}" for i in range(200_000)))

    assert len(held) < words.MOST_BYTES


def test_text_reads_without_the_signs_of_markdown() -> None:
    marked = "## 1 Purpose\n\n**Bold** and [a link](/r/SOP-1)\n\n> said\n\n| a | b |\n* item with p > 0.05 and 2*3 `code`"

    assert words.plain(marked) == "1 Purpose Bold and a link said a b item with p > 0.05 and 2*3 code"


def put(place: Path, content: bytes) -> Path:
    path = place / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "media_type", "text"),
    [
        (word("Zymogen", cell="Cryovial"), WORD, "Zymogen\nCryovial"),
        (pdf("Zymogen"), f"{PDF}; active=javascript", "Zymogen"),
        ("Prüfung".encode(), "text/plain", "Prüfung"),
        ("a;ü".encode("utf-16"), "text/csv", "a;ü"),
        (b"caf\xe9", "text/markdown", "caf\ufffd"),
    ],
)
def test_files_are_read(tmp_path: Path, content: bytes, media_type: str, text: str) -> None:
    assert file_text.read(put(tmp_path, content), media_type).strip() == text


def test_a_pdf_is_read_without_poppler_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert file_text.read(put(tmp_path, pdf("Zymogen")), PDF).strip() == "Zymogen"


def bomb(place: Path) -> bytes:
    """Make a Word file of a few kilobytes whose text unpacks to a gigabyte."""
    path = place / "bomb.docx"
    with zipfile.ZipFile(put(place, word("x"))) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.filename != "word/document.xml":
                target.writestr(entry, source.read(entry))
        with target.open("word/document.xml", "w", force_zip64=True) as out:
            out.write(
                b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
            )
            for _ in range(300):
                out.write(b"<w:p><w:r><w:t>" + b"a" * 1_000_000 + b"</w:t></w:r></w:p>")
            out.write(b"</w:body></w:document>")
    return path.read_bytes()


@pytest.mark.parametrize("kind", [PDF, WORD])
def test_a_damaged_file_is_unreadable_in_words(tmp_path: Path, kind: str) -> None:
    for content in (b"", b"%PDF-1.4 nonsense", b"PK\x03\x04 nonsense", word("x")[:500]):
        with pytest.raises(Unreadable, match=r"damaged|no text"):
            file_text.read(put(tmp_path, content), kind)


def test_a_file_that_unpacks_to_very_much_is_given_up(tmp_path: Path) -> None:
    path = put(tmp_path, bomb(tmp_path))
    begun = time.monotonic()

    with pytest.raises(Unreadable, match="never ends"):
        file_text.read(path, WORD, Limits(seconds=20, memory=400 << 20))
    assert time.monotonic() - begun < 25


def test_a_file_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "pdftotext"
    slow.write_text("#!/bin/sh\nwhile :; do :; done\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    begun = time.monotonic()

    with pytest.raises(Unreadable):
        file_text.read(put(tmp_path, pdf("x")), PDF, Limits(seconds=1))
    assert time.monotonic() - begun < 6


def test_a_long_text_is_kept_to_its_beginning(tmp_path: Path) -> None:
    text = file_text.read(put(tmp_path, b"zymogen " * 1_000_000), "text/plain")

    assert len(text) == file_text.MOST_TEXT


def test_an_image_holds_no_text(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="this kind"):
        file_text.read(put(tmp_path, b"x"), "image/png")
    with pytest.raises(Unreadable, match="file store"):
        file_text.read(tmp_path / "gone", "text/plain")
