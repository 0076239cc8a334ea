"""OQ of files: kept under the hash of their bytes, judged by their bytes, and examined where a scanner is named."""

from __future__ import annotations

import hashlib
import http.client
import io
import socket
import threading
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
# In pieces, so that no scanner takes this file for what it describes.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!" + b"$H+H*"
NAME = "Script.Eicar"


def yes(it):
    return "yes" if it else "no"


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return out.getvalue()


def bring(person, name, content, **more):
    headers = {"Content-Type": "application/octet-stream"}
    return person._send("POST", "/api/v1/files", data=content, params={"name": name, **more}, headers=headers, known=True)  # noqa: SLF001 - with headers or bytes of its own


@pytest.mark.script(
    "OQ-SYS-014",
    title="A file is kept under the hash of its bytes, and refused where it is not what was announced",
    negative=True,
    requirements=("URS-SYS-004",),
)
def test_files_by_their_hash(steps, site, database):
    """The hash is counted outside of the product; another hash or a shorter body than announced leave nothing behind."""
    content, made = b"What this script brings, byte for byte.\n", {}
    sha256 = hashlib.sha256(content).hexdigest()
    other = b"What arrives is something else.\n"

    def kept(content):
        name = hashlib.sha256(content).hexdigest()
        return [path for path in (Path(site.copy.home) / "files").rglob(name) if path.is_file()]

    @steps("Bring a file and say its hash", given=f"sha256={sha256[:16]}…", expected="201; the same hash told: yes")
    def _():
        answer = bring(site.person("author"), "kept.txt", content, sha256=sha256)
        return f"{answer.status}; the same hash told: {yes(answer.json.get('sha256') == sha256)}"

    @steps("Read the file in the store", expected="1 file under its hash, with the same bytes: yes")
    def _():
        found = kept(content)
        return f"{len(found)} file under its hash, with the same bytes: {yes(found and found[0].read_bytes() == content)}"

    @steps("Bring other bytes under that hash", expected="422 upload_hash; kept: no")
    def _():
        answer = bring(site.person("author"), "other.txt", other, sha256=sha256)
        return f"{answer.status} {answer.rule}; kept: {yes(kept(other))}"

    @steps("Announce more bytes than are sent", given="the connection ends early", expected="201: no; kept: no")
    def _():
        program = made["program"] = site.token("author")
        address = urlsplit(site.copy.address)
        head = (
            f"POST /api/v1/files?name=short.txt HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {program.secret}\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {len(other) + 1000}\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection((address.hostname, address.port), 30) as link:
            link.sendall(head.encode() + other)
            link.shutdown(socket.SHUT_WR)
            answer = link.recv(4096)
        return f"201: {yes(b' 201 ' in answer)}; kept: {yes(kept(other))}"

    @steps(
        "Read the first file again, and count what was noted of the others", given="SQL", expected="unchanged: yes; noted: 0"
    )
    def _():
        noted = database.value("SELECT count(*) AS n FROM upload WHERE sha256 = ?", hashlib.sha256(other).hexdigest())
        return f"unchanged: {yes(kept(content)[0].read_bytes() == content)}; noted: {noted}"


@pytest.mark.script(
    "OQ-SYS-015",
    title="A file whose kind, size or content does not fit is refused with the reason",
    negative=True,
    requirements=("URS-SYS-005",),
)
def test_files_that_do_not_fit(steps, site, reading):
    """Judged by its bytes: disguised, dangerous, empty and too large files are refused by the rule, and nothing of them is kept."""
    markup = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
    cases = {
        "an empty file": ("empty.txt", b"", "upload_empty"),
        "a program": ("tool.exe", b"MZ" + b"\0" * 60, "upload_type"),
        "a file without an ending": ("noending", b"text", "upload_type"),
        "a page that says it is a picture": ("photo.png", markup, "upload_content"),
        "a picture that says it is a PDF": ("plan.pdf", PNG, "upload_content"),
        "text with a byte that is none": ("note.txt", b"before\0after", "upload_content"),
        "an archive that grows without measure": ("bomb.zip", zipped({"zeros": b"\0" * 30_000_000}), "upload_archive"),
        "an archive that leaves its folder": ("slip.zip", zipped({"../../etc/passwd": b"x"}), "upload_archive"),
    }
    most = int(reading.policies["upload_megabytes"])

    def kept(content):
        name = hashlib.sha256(content).hexdigest()
        return any(path.is_file() for path in (Path(site.copy.home) / "files").rglob(name))

    for words, (name, content, rule) in cases.items():

        @steps(
            f"Bring {words}", given=f"{name}, {len(content)} bytes", expected=f"422 {rule}; the file named: yes; kept: no"
        )
        def _(name=name, content=content):
            answer = bring(site.person("author"), name, content)
            named = name in str(answer.json.get("detail", answer.text))
            return f"{answer.status} {answer.rule}; the file named: {yes(named)}; kept: {yes(kept(content))}"

    @steps(
        "Announce a file that is larger than the policy allows",
        given=f"more than {most} MB",
        expected="413 upload_size: yes",
    )
    def _():
        address, program = urlsplit(site.copy.address), site.token("author")
        link = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        link.putrequest("POST", "/api/v1/files?name=large.txt")
        for name, value in {
            "Authorization": f"Bearer {program.secret}",
            "Content-Type": "application/octet-stream",
            "Content-Length": str((most + 2) * 1_000_000),
        }.items():
            link.putheader(name, value)
        link.endheaders(b"x" * 1000)
        answer = link.getresponse()
        said = answer.read().decode("utf-8", "replace")
        link.close()
        return f"{answer.status} upload_size: {yes('upload_size' in said)}"

    @steps("Bring a picture that is one", given="photo.png", expected="201; kept: yes")
    def _():
        answer = bring(site.person("author"), "photo.png", PNG)
        return f"{answer.status}; kept: {yes(kept(PNG))}"


class Scanner:
    """A listener that speaks as ClamAV's daemon does (INSTREAM), and finds one string."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.answer = b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            with link:
                heard = b""
                while b"zINSTREAM\0" not in heard or not heard.endswith(b"\0\0\0\0"):
                    if not (piece := link.recv(65536)):
                        break
                    heard += piece
                    if heard.startswith(b"zVERSION\0"):
                        break
                found = f"stream: {NAME} FOUND" if EICAR in heard else "stream: OK"
                link.sendall(self.answer or found.encode() + b"\0")


@pytest.mark.script(
    "OQ-SYS-016",
    title="What the scanner finds, or does not examine, is not kept",
    negative=True,
    requirements=("URS-SYS-006",),
)
def test_the_scanner(steps, own):
    """On a home of the script's own whose scanner the script plays: clean, found, no verdict, and away."""
    made = {}
    clean, bad = b"a;b\n1;2\n", b"before " + EICAR

    def kept(content):
        name = hashlib.sha256(content).hexdigest()
        return any(path.is_file() for path in (own.home / "files").rglob(name))

    @steps("Found a home and serve it with a scanner", given="INDELIBLE_SCANNER", expected="exit 0; served")
    def _():
        made["scanner"] = Scanner()
        founded = own.found("--environment", "validation")
        told = own.serve(INDELIBLE_SCANNER=made["scanner"].address)
        made["person"] = own.administrator(founded)
        return f"exit {founded.code}; {told}"

    @steps("Bring a clean file", expected="201; kept: yes")
    def _():
        return f"{bring(made['person'], 'clean.csv', clean).status}; kept: {yes(kept(clean))}"

    @steps("Bring what the scanner finds", expected="422 upload_infected; the finding named: yes; kept: no")
    def _():
        answer = bring(made["person"], "raw.txt", bad)
        return f"{answer.status} {answer.rule}; the finding named: {yes(NAME in answer.text)}; kept: {yes(kept(bad))}"

    @steps("Bring it in an archive", expected="kept: no")
    def _():
        # The scanner of this script does not unpack, so the string lies in the archive as it is.
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("raw.txt", bad)
        bring(made["person"], "raw.zip", out.getvalue())
        return f"kept: {yes(kept(out.getvalue()))}"

    for words, answer in {
        "an error": b"stream: lstat() failed ERROR\0",
        "nothing": b"\0",
        "no words of its own": b"HTTP/1.1 200 OK\0",
    }.items():

        @steps(f"Bring a file while the scanner answers {words}", expected="503; kept: no")
        def _(words=words, answer=answer):
            made["scanner"].answer = answer
            content = f"not examined: {words}\n".encode()
            return f"{bring(made['person'], 'note.txt', content).status}; kept: {yes(kept(content))}"

    @steps("Bring a file while the scanner is away", expected="503; kept: no")
    def _():
        made["scanner"].listener.shutdown(socket.SHUT_RDWR)
        made["scanner"].listener.close()
        content = b"nobody examines this\n"
        return f"{bring(made['person'], 'note.txt', content).status}; kept: {yes(kept(content))}"

    @steps("Count the files that were noted", given="SQL", expected="1")
    def _():
        return str(own.database.value("SELECT count(*) AS n FROM upload"))
