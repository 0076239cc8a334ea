"""The only place that reads the text of files: in a child process of its own, bounded in time, memory and output.

Run as a program it reads one file and writes its text to the standard output. It imports nothing of the product, so
that a file made to break its reader finds no settings, no database and no secret there.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MOST_TEXT = 2_000_000  # bytes of text that are kept of one file
MOST_SECONDS, MOST_MEMORY, MOST_PAGES = 60, 1 << 30, 3000
PDF, WORD = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
READABLE = frozenset({PDF, WORD, "text/plain", "text/markdown", "text/csv", "application/json", "application/xml"})


class Unreadable(Exception):
    """There is no text to be had from the file; says why, in words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long reading a file may take (seconds, by the clock and on the processor) and how much memory it may use."""

    seconds: float = MOST_SECONDS
    memory: int = MOST_MEMORY


def read(path: Path, media_type: str, limits: Limits = Limits()) -> str:
    """Give the text of a file, its beginning where it is very long; raises Unreadable in words."""
    kind = media_type.partition(";")[0]
    if kind not in READABLE:
        raise Unreadable("files of this kind hold no text that can be searched")
    if not path.is_file():
        raise Unreadable("its bytes are not in the file store")
    command = [sys.executable, "-I", __file__, kind, str(path), str(limits.memory), str(int(limits.seconds) + 1)]
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8:replace"}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryDirectory() as place:
        code = _run(command, surroundings, place, out.fileno(), limits.seconds)
        size = out.seek(0, os.SEEK_END)
        out.seek(0)
        text = out.read(MOST_TEXT).decode("utf-8", "replace")
    if code != 0 and size < MOST_TEXT:
        raise Unreadable("it could not be read: damaged, protected, or made such that reading it never ends")
    if not text.strip():
        raise Unreadable("it holds no text, such as a scan that is only a picture")
    return text


def _run(command: list[str], surroundings: dict[str, str], place: str, out: int, seconds: float) -> int:
    with subprocess.Popen(command, env=surroundings, cwd=place, stdin=subprocess.DEVNULL, stdout=out,
                          stderr=subprocess.DEVNULL, start_new_session=True) as child:  # fmt: skip
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return child.wait()


def _bound(memory: int, seconds: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MOST_TEXT + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(10)


def _main(kind: str, path: str, memory: str, seconds: str) -> None:
    _bound(int(memory), int(seconds))
    if kind == PDF and (program := shutil.which("pdftotext")):
        os.execv(program, [program, "-q", "-enc", "UTF-8", "-l", str(MOST_PAGES), path, "-"])
    for piece in {PDF: _pdf, WORD: _word}.get(kind, _plain)(path):
        sys.stdout.write(piece + "\n")
        sys.stdout.flush()


def _pdf(path: str) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(path).pages[:MOST_PAGES]]


def _word(path: str) -> list[str]:
    import docx
    from docx.table import Table

    found = []
    for part in docx.Document(path).iter_inner_content():
        if isinstance(part, Table):
            found += [" ".join(cell.text for cell in row.cells) for row in part.rows]
        else:
            found.append(part.text)
    return found


def _plain(path: str) -> list[str]:
    with open(path, "rb") as source:  # noqa: PTH123 - the child knows as little as possible
        head = source.read(MOST_TEXT)
    return [head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")]


if __name__ == "__main__":
    _main(*sys.argv[1:5])
