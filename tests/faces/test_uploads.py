"""Files: what arrives is kept byte for byte or refused in words; names, kinds and limits; who gets a file again."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indelible.infra import recognition
from indelible.kernel import config
from indelible.kernel.configuration import Policies
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Invalid, NotFound, Refused, Unavailable
from indelible.kernel.models import Record
from indelible.practice import queries, uploads
from indelible.practice.models import Upload
from tests.faces.calling import V1, caller
from tests.homes import TestHome

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def pdf(*, javascript: bool = False, launch: bool = False, nested: bool = False, password: str | None = None,
        owner_only: bool = False) -> bytes:  # fmt: skip
    """Make a real PDF, with what some of them hide."""
    document = pikepdf.new()
    document.add_blank_page()
    actions = []
    if javascript:
        actions.append(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))
    if launch:
        actions.append(pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe"))
    if actions and nested:
        annotation = pikepdf.Dictionary(Type=pikepdf.Name.Annot, AA=pikepdf.Dictionary(E=actions[0]))
        document.pages[0].Annots = pikepdf.Array([annotation])
    elif actions:
        document.Root.OpenAction = actions[0]
        document.Root.AA = pikepdf.Dictionary(WC=actions[-1])
    out = io.BytesIO()
    if password:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user=password))
    elif owner_only:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user=""))
    else:
        document.save(out)
    return out.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph("Sampling")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def archive(entries: dict[str, bytes], *, like: bytes | None = None) -> bytes:
    out = io.BytesIO(like or b"")
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return out.getvalue()


def bring(home: TestHome, name: str, content: bytes, **given: Any) -> Upload:
    return uploads.receive(home.people["ann"], name, [content], **given)


def kept(home: TestHome) -> list[Path]:
    """List everything that lies in the store, also what should not."""
    return [path for path in (home.path / "files").rglob("*") if path.is_file()]


@pytest.fixture
def policies(home: TestHome, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a way to run under other policies."""

    def change(**values: Any) -> Policies:
        present = config.current()
        changed = present.policies.model_copy(update=values)
        monkeypatch.setattr(config, "current", lambda: present.model_copy(update={"policies": changed}))
        return changed

    assert home.people
    return change


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [("plan.pdf", pdf(), "application/pdf"), ("plan.docx", word(), recognition.WORD), ("photo.PNG", PNG, "image/png"),
     ("photo.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"), ("data.csv", b"a;b\r\n1;2\r\n", "text/csv"),
     ("note.txt", "Größe <b>µ</b> <script>alert(1)</script>".encode(), "text/plain"),
     ("note.md", b"# Title\n\ntext", "text/markdown"), ("data.json", b"{}", "application/json"),
     ("data.xml", b"<data><a/></data>", "application/xml"), ("raw.zip", archive({"a.txt": b"a"}), "application/zip"),
     ("old.txt", "Größe".encode("latin-1"), "application/octet-stream")],
)  # fmt: skip
def test_a_file_is_kept_byte_for_byte_and_its_kind_is_what_its_bytes_say(
    home: TestHome, name: str, content: bytes, media_type: str
) -> None:
    row = bring(home, name, content)
    stored = home.path / "files" / row.sha256[:2] / row.sha256

    assert (row.name, row.media_type, row.size) == (name, media_type, len(content))
    assert row.sha256 == hashlib.sha256(content).hexdigest() == hashlib.sha256(stored.read_bytes()).hexdigest()
    assert Upload.objects.get(pk=row.pk).person_id == home.people["ann"].person_id


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [("empty.txt", b"", "upload_empty"), ("page.html", HTML, "upload_type"), ("image.svg", SVG, "upload_type"),
     ("tool.exe", b"MZ", "upload_type"), ("noending", b"text", "upload_type"), ("docx", word(), "upload_type"),
     ("plan.docx", os.urandom(5000), "upload_content"), ("plan.docx", archive({"a.txt": b"a"}), "upload_content"),
     ("plan.docx", pdf(), "upload_content"), ("plan.pdf", word(), "upload_content"), ("plan.pdf", HTML, "upload_content"),
     ("plan.pdf", b"%PDF-1.7\nnot really", "upload_content"), ("plan.pdf", HTML + pdf(), "upload_content"),
     ("photo.png", b"\xff\xd8\xff\xe0", "upload_content"), ("photo.jpg", PNG, "upload_content"),
     ("photo.png", HTML, "upload_content"), ("note.txt", pdf(), "upload_content"), ("data.csv", word(), "upload_content"),
     ("data.zip", word(), "upload_content"), ("table.xlsx", word(), "upload_content"),
     ("note.txt", b"before\0after", "upload_content"), ("note.txt", b"bell \x07", "upload_content"),
     ("note.md", "ü".encode("utf-16"), "upload_content"), ("plan.pdf", pdf(password="secret"), "upload_encrypted"),
     ("plan.docx", archive({"word/vbaProject.bin": b"x"}, like=word()), "upload_macros"),
     ("bomb.zip", archive({"zeros": b"\0" * 30_000_000}), "upload_archive"),
     ("many.zip", archive({f"{n}": b"" for n in range(10_001)}), "upload_archive"),
     ("slip.zip", archive({"../../etc/passwd": b"x"}), "upload_archive")],
)  # fmt: skip
def test_what_is_not_accepted_is_refused_in_words_and_nothing_of_it_is_kept(
    home: TestHome, name: str, content: bytes, rule: str
) -> None:
    with pytest.raises(Invalid) as refused:
        bring(home, name, content)

    assert refused.value.rule == rule
    assert name in refused.value.text
    assert refused.value.missing[0].field == "file"
    assert kept(home) == []
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(pdf(javascript=True), "application/pdf; active=javascript"), (pdf(launch=True), "application/pdf; active=launch"),
     (pdf(javascript=True, launch=True), "application/pdf; active=javascript+launch"),
     (pdf(javascript=True, nested=True), "application/pdf; active=javascript"),
     (pdf(owner_only=True), "application/pdf; active=restricted")],
)  # fmt: skip
def test_a_pdf_that_could_run_something_is_marked_and_not_changed(home: TestHome, content: bytes, media_type: str) -> None:
    row = bring(home, "form.pdf", content)

    assert (row.media_type, row.size) == (media_type, len(content))


@pytest.mark.parametrize(
    ("given", "clean"),
    [("../../etc/passwd.txt", "passwd.txt"), ("C:\\fakepath\\plan.txt", "plan.txt"), ("a/b/c.txt", "c.txt"),
     ("x" * 300 + ".txt", "x" * 196 + ".txt"), ("\u202egnp.txt", "gnp.txt"), ("a\0b\r\nc.txt", "abc.txt"),
     ("con:<|>?.txt", "con_____.txt"), ("  .hidden.txt", "hidden.txt"),
     ("Prüfplan (2) – final.txt", "Prüfplan (2) – final.txt"), ("u\u0308.txt", "ü.txt"),
     ("plan\u200b.txt", "plan.txt"), ("名前.txt", "名前.txt"), ("...", "file"), ("", "file")],
)  # fmt: skip
def test_a_name_is_only_a_name(given: str, clean: str) -> None:
    assert uploads.clean(given) == clean


def test_a_name_of_three_hundred_letters_keeps_its_ending(home: TestHome) -> None:
    assert bring(home, "n" * 300 + ".csv", b"a;b").name == "n" * 196 + ".csv"


def test_the_limit_is_the_policys_to_the_byte(home: TestHome, policies: Any) -> None:
    policies(upload_megabytes=1)
    assert bring(home, "just.txt", b"x" * 1_000_000).size == 1_000_000

    with pytest.raises(Invalid, match=r"larger than 1 MB \(1,000,000 bytes\)") as refused:
        bring(home, "more.txt", b"x" * 1_000_001)
    assert refused.value.rule == "upload_size"
    assert len(kept(home)) == 1


def test_a_hundred_and_one_megabytes_are_refused_while_they_stream(home: TestHome) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(101):
            sent += 1
            yield b"x" * 1_000_000

    with pytest.raises(Invalid) as refused:
        uploads.receive(home.people["ann"], "large.txt", chunks())

    assert (refused.value.rule, sent) == ("upload_size", 101)
    assert kept(home) == []


def test_a_hash_that_was_claimed_is_compared_with_what_arrived(home: TestHome) -> None:
    good = hashlib.sha256(b"text").hexdigest()
    assert bring(home, "a.txt", b"text", claimed_sha256=good.upper()).sha256 == good

    for claimed in ("0" * 64, "nonsense"):
        with pytest.raises(Invalid) as refused:
            bring(home, "b.txt", b"other", claimed_sha256=claimed)
        assert (refused.value.rule, refused.value.missing[0].field) == ("upload_hash", "sha256")
    assert len(kept(home)) == 1


def test_markup_that_policies_let_in_is_kept_as_bytes_only(home: TestHome, policies: Any) -> None:
    policies(upload_types=["svg", "html", "txt", "xml"])
    xhtml = b"<a xmlns:h='http://www.w3.org/1999/xhtml'><h:script/></a>"
    files = {"a.svg": SVG, "a.html": HTML, "a.txt": HTML, "a.xml": SVG, "b.xml": xhtml,
             "c.xml": b"<?xml-stylesheet href='x'?><a/>", "b.txt": b"\xef\xbb\xbf \n<svg onload=x>"}  # fmt: skip
    for name, content in files.items():
        assert bring(home, name, content).media_type == "application/octet-stream", name


def test_a_broken_stream_keeps_nothing(home: TestHome) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the cable was pulled")

    with pytest.raises(OSError, match="cable"):
        uploads.receive(home.people["ann"], "a.txt", chunks())
    assert kept(home) == []


def test_only_people_bring_files_and_a_token_that_reads_does_not(home: TestHome) -> None:
    with pytest.raises(Refused, match="person"):
        uploads.receive(SYSTEM, "a.txt", [b"text"])
    refused = caller(home, "ann", "read").post("/files?name=a.txt", b"text", Content_Type="application/octet-stream")

    assert (refused.status_code, refused.json()["rule"]) == (403, "token_scope")


def test_a_file_is_given_out_to_whoever_sees_its_record_also_from_an_earlier_version(home: TestHome) -> None:
    row = bring(home, "plan.pdf", pdf(javascript=True))
    number = home.draft(file=[row.sha256])
    other = bring(home, "plan.txt", b"A text")
    home.act("ann", "document.edit", number, fields={"file": [other.sha256]}, reason="A text is enough here")
    record = Record.objects.get(number=number)

    opened = uploads.open_file(home.view("rob"), record, row.sha256)
    assert (opened.name, opened.media_type, opened.marks, opened.size) == (
        "plan.pdf", "application/pdf", ("javascript",), row.size)  # fmt: skip
    assert b"".join(opened.chunks) == pdf_of(home, row)
    assert b"".join(uploads.open_file(home.view("ann"), record, other.sha256).chunks) == b"A text"
    with pytest.raises(NotFound):
        uploads.open_file(home.view("rea"), record, row.sha256)
    with pytest.raises(NotFound):
        uploads.open_file(home.view("ann"), record, "0" * 64)


def pdf_of(home: TestHome, row: Upload) -> bytes:
    return (home.path / "files" / row.sha256[:2] / row.sha256).read_bytes()


@pytest.mark.damaged(reason="takes a file's bytes away")
def test_bytes_that_are_gone_are_said_to_be_gone(home: TestHome) -> None:
    row = bring(home, "plan.txt", b"A text")
    number = home.draft(file=[row.sha256])
    (home.path / "files" / row.sha256[:2] / row.sha256).unlink()

    with pytest.raises(Unavailable, match="doctor"):
        uploads.open_file(home.view("ann"), queries.get_record(home.view("ann"), number), row.sha256)


def test_over_http_a_file_comes_as_a_form_or_as_bytes_and_goes_out_inert(home: TestHome) -> None:
    ann, content = caller(home, "ann"), b"<script>alert(1)</script>"
    sha256 = hashlib.sha256(content).hexdigest()
    form = {"file": SimpleUploadedFile("../Plan \u202e1.txt", content), "sha256": sha256}
    by_form = ann.client.post(f"{V1}/files", form, headers=ann.headers)
    by_bytes = ann.post(f"/files?name=Plan.txt&sha256={sha256}", content, Content_Type="application/octet-stream")

    assert (by_form.status_code, by_bytes.status_code) == (201, 201)
    assert by_form.json() == {"sha256": sha256, "name": "Plan 1.txt", "size": 25, "media_type": "application/octet-stream"}
    number = home.draft(file=[sha256])
    answer = ann.get(f"/records/document/{number}/files/{sha256}")
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].startswith("attachment;")
    assert (answer["X-Content-Type-Options"], answer["Content-Length"]) == ("nosniff", "25")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "content", "kind", "status"),
    [("/files?name=a.txt", b"", "application/octet-stream", 422), ("/files", b"text", "application/octet-stream", 422),
     ("/files?name=a.exe", b"text", "application/octet-stream", 422),
     ("/files", b"--x--", "multipart/form-data; boundary=x", 422), ("/files", b"--x--", "multipart/form-data", 400),
     ("/files?name=a.txt&sha256=00", b"t", "application/octet-stream", 422),
     ("/files?name=large.txt", b"x" * 1_100_000, "application/octet-stream", 413)],
)  # fmt: skip
def test_over_http_a_file_that_is_not_accepted_is_answered_by_its_reason(
    home: TestHome, policies: Any, path: str, content: bytes, kind: str, status: int
) -> None:
    policies(upload_megabytes=1)
    answer = caller(home, "ann").post(path, content, Content_Type=kind, Content_Length=str(len(content)))

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert kept(home) == []


def test_over_http_a_file_of_unknown_length_is_not_taken(home: TestHome) -> None:
    answer = caller(home, "ann").post("/files?name=a.txt", b"", Content_Type="application/octet-stream")

    assert (answer.status_code, answer.json()["rule"]) == (411, "length")


def test_over_http_a_form_that_is_too_large_is_not_read(home: TestHome, policies: Any) -> None:
    policies(upload_megabytes=1)
    ann = caller(home, "ann")
    form = {"file": SimpleUploadedFile("large.txt", b"x" * 2_000_000)}
    answer = ann.client.post(f"{V1}/files", form, headers=ann.headers)

    assert answer.status_code == 413
    assert kept(home) == []
