"""The text of files: read the same way for every caller, and no file made to do harm does any."""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import time
import zipfile
import zlib
from pathlib import Path
from subprocess import run

import pikepdf
import pytest

from indelible.infra import extracting, extraction
from indelible.infra.extraction import NO_BYTES, NO_KIND, NO_TEXT, Limits
from indelible.infra.recognition import PDF, WORD
from tests.practice.bringing import pdf, word

SHORT = Limits(seconds=3, memory=400 << 20)
DECLARED = (
    b'<?xml version="1.0"?>%s<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>"
)


def put(place: Path, content: bytes) -> Path:
    path = place / f"file-{zlib.crc32(content):08x}"
    path.write_bytes(content)
    return path


def why(place: Path, content: bytes, kind: str, limits: Limits = SHORT) -> str:
    """Read a file that holds no text for us; gives the reason, and sees that it came within the limits."""
    begun = time.monotonic()
    found = extraction.extract(put(place, content), kind, limits)

    assert time.monotonic() - begun < limits.seconds + 3
    assert found.blocks == ()
    return found.why


def rewritten(document: bytes) -> bytes:
    """Make a Word file whose text is exactly these bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word("x"))) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(entry, document if entry.filename == "word/document.xml" else source.read(entry))
    return out.getvalue()


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
    found = extraction.extract(put(tmp_path, content), media_type)

    assert (found.text.strip(), found.whole, found.why) == (text, True, "")


def test_a_pdf_is_read_without_poppler_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert extraction.extract(put(tmp_path, pdf("Zymogen")), PDF).text.strip() == "Zymogen"


def test_a_long_text_is_kept_to_its_beginning(tmp_path: Path) -> None:
    found = extraction.extract(put(tmp_path, b"zymogen " * 1_000_000), "text/plain")

    assert (len(found.text), found.whole) == (extracting.MOST, False)


def test_what_holds_no_text_says_so(tmp_path: Path) -> None:
    assert why(tmp_path, b"x", "image/png") == NO_KIND
    assert why(tmp_path, pdf(""), PDF) == NO_TEXT
    assert extraction.extract(tmp_path / "gone", "text/plain").why == NO_BYTES


@pytest.mark.parametrize("kind", [PDF, WORD])
@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 nonsense", b"PK\x03\x04 nonsense", word("x")[:500], pdf("x")[:60]])
def test_a_damaged_or_truncated_file_says_so(tmp_path: Path, kind: str, content: bytes) -> None:
    assert "damaged" in why(tmp_path, content, kind)


def test_a_file_with_a_password_says_so(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf("Zymogen"))) as opened:
        opened.save(out, encryption=pikepdf.Encryption(owner="secret", user="secret"))

    assert "password" in why(tmp_path, out.getvalue(), PDF)
    assert "password" in why(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), WORD)


def test_an_archive_that_unpacks_to_very_much_is_given_up(tmp_path: Path) -> None:
    text = b"</w:t></w:r></w:p><w:p><w:r><w:t>".join([b"a" * 100_000] * 800)

    told = why(tmp_path, rewritten(DECLARED % (b"", text)), WORD, Limits(seconds=20, memory=200 << 20))
    assert "memory" in told or "unpacked" in told  # a library that is given no memory calls the file bad


def test_entities_are_neither_multiplied_nor_fetched(tmp_path: Path) -> None:
    secret = put(tmp_path, b"the secret of this machine")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        place = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        laughs = b"".join(b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))
        for declared, used in (
            (b'<!DOCTYPE d [<!ENTITY l0 "ha">%s]>' % laughs, b"&l9;"),
            (b'<!DOCTYPE d [<!ENTITY f SYSTEM "file://%s">]>' % os.fsencode(secret), b"&f;"),
            (b'<!DOCTYPE d [<!ENTITY f SYSTEM "%s">]>' % place.encode(), b"&f;"),
            (b'<!DOCTYPE d SYSTEM "%s">' % place.encode(), b"&f;"),
        ):
            found = extraction.extract(put(tmp_path, rewritten(DECLARED % (declared, b"before " + used))), WORD, SHORT)
            assert found.why or found.text.strip() == "before", found.text[:200]
        with pytest.raises(TimeoutError):
            server.accept()


def endless(number: int) -> bytes:
    """Make a PDF in which a page draws itself, or is its own parent, or unpacks to a gigabyte of drawing."""
    if number == 0:
        return (
            pdf("x")
            .replace(b"/Resources <<", b"/Resources << /XObject << /Me 4 0 R >>")
            .replace(b"/F1 24 Tf", b"/Me Do    ")
        )
    if number == 1:
        return pdf("x").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    much = zlib.compress(b"BT /F1 9 Tf (zymogen) Tj ET\n" * 4_000_000, 6)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf("x"))) as opened:
        opened.pages[0].Contents = pikepdf.Stream(opened, much, Filter=pikepdf.Name.FlateDecode)
        opened.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return out.getvalue()


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("poppler", [True, False])
def test_a_pdf_without_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, poppler: bool
) -> None:
    if not poppler:
        monkeypatch.setenv("PATH", str(tmp_path))
    begun = time.monotonic()
    found = extraction.extract(put(tmp_path, endless(number)), PDF, SHORT)

    assert time.monotonic() - begun < SHORT.seconds + 3
    assert bool(found.why) != bool(found.blocks)
    assert len(found.text) <= extracting.MOST


def ended(process: int) -> bool:
    """Say whether a process is gone, or waits only for somebody who takes note of its end."""
    for _ in range(50):
        state = Path(f"/proc/{process}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_reader_that_never_ends_is_ended_with_all_that_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, told = tmp_path / "pdftotext", tmp_path / "told"
    slow.write_text(f"#!/bin/sh\necho $$ > {told}\nwhile :; do :; done\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "longer than 1 second" in why(tmp_path, pdf("x"), PDF, Limits(seconds=1))
    assert ended(int(told.read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no file is read at all")
def test_whoever_reads_has_no_network_nor_has_what_it_begins() -> None:
    tried = "import socket; socket.create_connection(('127.0.0.1', 9))"
    program = f"import runpy, subprocess, sys; it = runpy.run_path({extracting.__file__!r}); it['without_network']();"
    for attempt in (tried, f"subprocess.run([sys.executable, '-c', {tried!r}], check=True)"):
        done = run([sys.executable, "-I", "-c", program + attempt], capture_output=True, text=True, check=False)
        assert "Permission denied" in done.stderr, done.stderr
    free = run([sys.executable, "-I", "-c", tried], capture_output=True, text=True, check=False)
    assert "Connection refused" in free.stderr


def test_where_the_network_cannot_be_taken_away_nothing_is_read(tmp_path: Path) -> None:
    given = ["text", str(put(tmp_path, b"Zymogen")), str(SHORT.memory), "3"]
    program = (
        "import platform, runpy, sys; platform.machine = lambda: 'other'; "
        f"sys.argv[1:] = {given!r}; runpy.run_path({extracting.__file__!r}, run_name='__main__')"
    )
    done = run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == {"end": "unbounded"}
    assert "network" in extraction.ENDS["unbounded"]
