"""Malware is refused with its name, whichever way it comes; what could not be examined is not accepted, and no text is lost."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from structlog.testing import capture_logs

from indelible.assurance.examination import host
from indelible.infra import environment, scanning
from indelible.kernel.errors import Invalid, Unavailable
from indelible.practice import drafts, uploads
from indelible.practice.models import Upload
from tests.faces.browsing import asked, sign_in, text
from tests.faces.calling import V1, caller
from tests.homes import PASSWORD, TestHome
from tests.operation import scanner
from tests.operation.keeping import on_disk
from tests.operation.scanner import EICAR, NAME, STREAM_MEGABYTES, Scanner

AWAY = "tcp://127.0.0.1:1"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    with scanner.running(tmp_path_factory.mktemp("clamd")) as started:
        yield started


@pytest.fixture
def away(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> TestHome:
    """A home whose scanner is named and does not answer."""
    monkeypatch.setenv(scanning.NAME, AWAY)
    return home


def zipped(content: bytes, times: int = 1) -> bytes:
    for turn in range(times):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("raw.txt" if turn == 0 else "inner.zip", content)
        content = out.getvalue()
    return content


def nothing_kept(home: TestHome) -> bool:
    return not Upload.objects.exists() and not [p for p in (home.path / "files").rglob("*") if p.is_file()]


# --- a real daemon -----------------------------------------------------------------------------------------------------


@pytest.mark.clamd
@pytest.mark.parametrize("way", ["unix", "tcp"])
@pytest.mark.parametrize(
    ("name", "content"), [("raw.txt", EICAR), ("raw.zip", zipped(EICAR)), ("deep.zip", zipped(EICAR, 2))]
)
def test_what_the_scanner_finds_is_refused_by_its_name_and_logged(
    home: TestHome, daemon: Scanner, monkeypatch: pytest.MonkeyPatch, way: str, name: str, content: bytes
) -> None:
    monkeypatch.setenv(scanning.NAME, getattr(daemon, way))

    with capture_logs() as logged, pytest.raises(Invalid) as caught:
        uploads.receive(home.people["ann"], name, [content])

    assert caught.value.rule == "upload_infected"
    [line] = [one for one in logged if one["event"] == "upload infected"]
    assert (line["finding"], line["name"], line["sha256"]) == (f"{NAME}.UNOFFICIAL", name, sha256(content).hexdigest())
    assert f"{name} is not accepted: the malware scanner found {NAME}" in caught.value.text
    assert nothing_kept(home)


@pytest.mark.clamd
@pytest.mark.parametrize("content", [b"a;b\n1;2\n", b"x" * (STREAM_MEGABYTES << 20)])
def test_what_is_clean_is_kept_byte_for_byte(
    home: TestHome, daemon: Scanner, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setenv(scanning.NAME, daemon.unix)

    row = uploads.receive(home.people["ann"], "data.csv", [content])

    assert b"".join(uploads.bytes_of(row.sha256)) == content


@pytest.mark.clamd
def test_a_file_that_the_scanner_does_not_take_is_not_accepted_unexamined(
    home: TestHome, daemon: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scanning.NAME, daemon.unix)

    with pytest.raises(Unavailable) as caught:
        uploads.receive(home.people["ann"], "data.csv", [b"x" * ((STREAM_MEGABYTES << 20) + 1)])

    assert "StreamMaxLength" in str(caught.value)
    assert nothing_kept(home)


@pytest.mark.clamd
def test_every_way_of_bringing_a_file_passes_the_scanner(
    home: TestHome, daemon: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scanning.NAME, daemon.unix)
    number = home.until(home.draft(), "in_approval")
    client, program = sign_in("ann"), caller(home, "ann", "document")
    page = text(client.get("/records/document/new"))
    bad = {"Content-Type": "application/octet-stream"}

    told = {
        "script": client.post("/uploads", {"file": SimpleUploadedFile("raw.txt", EICAR)}),
        "form": client.post("/records/document/new", {**asked(page), "title": "With a file", "file_new": SimpleUploadedFile("r.txt", EICAR)}),
        "scan": client.post(f"/r/{number}/scan", {"scan_new": SimpleUploadedFile("page.txt", EICAR)}),
        "raw": program.post("/files?name=raw.txt", EICAR, **bad),
        "multipart": program.client.post(f"{V1}/files", {"file": SimpleUploadedFile("raw.zip", zipped(EICAR))}, headers=program.headers),
    }  # fmt: skip

    assert {way: answer.status_code for way, answer in told.items()} == dict.fromkeys(told, 422)
    assert {way for way, answer in told.items() if NAME not in text(answer)} == set()
    assert nothing_kept(home)


@pytest.mark.clamd
def test_an_import_brings_no_infected_file_and_says_which_row(home: TestHome, daemon: Scanner, tmp_path: Path) -> None:
    folder, table = tmp_path / "in", tmp_path / "documents.csv"
    folder.mkdir()
    (folder / "SOP-900.txt").write_bytes(EICAR)
    row = {
        "Title": "One", "Class": "procedure", "Owner": "ann", "Department": home.departments["Quality Control"], "File": "SOP-900.txt",
        "Audience": "Everybody", "Signers as stated on the original": "A. Smith", "Scan of the signed original": "SOP-900.txt",
        "Effective according to the original": "2020-01-01", "Place of the original": "Binder 3",
    }  # fmt: skip
    table.write_text("\n".join([",".join(row), ",".join(row.values())]))

    answer = run_import(home, daemon.unix, folder, table)

    assert answer.code == 1, answer.err + answer.out
    assert NAME in answer.out + answer.err
    assert not [row for row in Upload.objects.all() if row.name == "SOP-900.txt"]


@pytest.mark.clamd
def test_doctor_says_whether_the_scanner_answers(home: TestHome, daemon: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    assert home.people
    found = [host.scanner()]
    for address in (daemon.tcp, AWAY):
        monkeypatch.setenv(scanning.NAME, address)
        found.append(host.scanner())

    assert [ok for ok, _ in found] == [True, True, False]
    assert found[1][1].startswith("ClamAV")
    assert "no file is accepted" in found[2][1]


# --- no daemon ---------------------------------------------------------------------------------------------------------


def test_while_the_scanner_is_away_no_file_is_accepted_and_the_answer_says_so(away: TestHome) -> None:
    client, program = sign_in("ann"), caller(away, "ann", "document")

    script = client.post("/uploads", {"file": SimpleUploadedFile("a.txt", b"text")}, headers={"Sec-Fetch-Dest": "empty"})
    raw = program.post("/files?name=a.txt", b"text", **{"Content-Type": "application/octet-stream"})

    assert (script.status_code, raw.status_code) == (503, 503)
    assert "the malware scanner gave no verdict" in text(script)
    assert "it cannot be reached" in raw.json()["detail"]
    assert (script["Retry-After"], raw["Retry-After"]) == ("5", "5")
    assert nothing_kept(away)


def test_what_was_typed_beside_the_file_is_there_again(away: TestHome) -> None:
    client = sign_in("ann")
    form = {**asked(text(client.get("/records/document/new"))), "title": "Forty minutes of work", "audience": "Everybody"}

    refused = client.post("/records/document/new", {**form, "file_new": SimpleUploadedFile("a.txt", b"text")})
    again = text(client.get("/records/document/new"))

    assert refused.status_code == 503
    assert "What you typed is not lost" in text(refused)
    assert ("Forty minutes of work" in again, "This is your draft of" in again) == (True, True)
    assert [draft.form for draft in drafts.list_mine(away.people["ann"])] == ["/records/document/new"]


def test_text_without_a_file_needs_no_scanner(away: TestHome) -> None:
    assert away.until(away.draft(), "effective")


@contextmanager
def answering(*words: bytes) -> Iterator[str]:
    """A listener that says what it is told to, whatever it hears, and hangs up."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            for word in words:
                link, _ = listener.accept()
                with link:
                    heard = b""
                    while not heard.endswith(b"\0\0\0\0") and (piece := link.recv(65536)):
                        heard += piece
                    link.sendall(word)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


@pytest.mark.parametrize("words", [b"", b"\0", b"stream: \0", b"UNKNOWN COMMAND\0", b"stream: lstat() failed ERROR\0", b"OK FOUND"[:2] + b"AY\0",
                                   b"stream: OK but no\0", b"HTTP/1.1 200 OK\r\n\r\n"])  # fmt: skip
def test_whatever_is_not_a_clean_verdict_does_not_count_as_one(
    home: TestHome, monkeypatch: pytest.MonkeyPatch, words: bytes
) -> None:
    with answering(words) as address:
        monkeypatch.setenv(scanning.NAME, address)
        with pytest.raises(Unavailable):
            uploads.receive(home.people["ann"], "a.txt", [b"text"])

    assert nothing_kept(home)


def test_a_scanner_that_never_answers_is_not_waited_for_for_ever(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "ANSWERS_WITHIN", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv(scanning.NAME, f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Unavailable) as caught:
            uploads.receive(home.people["ann"], "a.txt", [b"text"])

    assert "did not answer within" in str(caught.value)
    assert nothing_kept(home)


@pytest.mark.engine_free
@pytest.mark.parametrize("value", ["clamd", "http://127.0.0.1:3310", "unix://clamd.ctl", "tcp://127.0.0.1", "unix:///a b"])
def test_an_address_that_no_scanner_can_have_stops_the_start(value: str) -> None:
    with pytest.raises(environment.Unknown):
        environment.check({scanning.NAME: value})


def run_import(home: TestHome, address: str, folder: Path, table: Path) -> Any:
    """Run the import as an operator does, on the test's home."""
    shell = on_disk(home)
    shell.environment[scanning.NAME] = address
    by = ("--type", "document", "--as", "doc", "--password-stdin")
    return shell.run("import", "run", str(folder), "--table", str(table), *by, stdin=f"{PASSWORD}\n")
