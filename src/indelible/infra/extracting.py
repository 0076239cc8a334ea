"""Reads the text out of one file, as a program of its own with little of everything: what it reads may be hostile.

It is run by `extraction` and imports nothing of ours, so that a file made to break its reader finds no settings, no
database, no secret and no network here. `python extracting.py KIND PATH MEMORY SECONDS` writes JSON lines: a block
`{"kind": "heading" | "paragraph" | "table", "level", "text", "rows"}` each, and at the end `{"end": WORD}`, one of
`whole`, `cut` (a limit cut it off), `protected`, `memory`, `unbounded`. Readers raise anything at all about a damaged
file; then it ends without that line.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import platform
import re
import resource
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST = 2_000_000  # characters; a procedure of 60 pages has 200,000
MOST_READ, MOST_OUTPUT = 4 * MOST, 16 * MOST  # bytes: in UTF-8, and with what JSON adds
MOST_PAGES, MOST_FILES = 3000, 64
BLANK = re.compile(r"\n\s*\n|\f")
PROTECTED_OFFICE = b"\xd0\xcf\x11\xe0"  # a Word file with a password stands inside one of these

# Seccomp's classic filter: (code, jump if true, jump if false, value); see seccomp(2) of Linux.
LOAD, IS, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, DENY = 0x7FFF0000, 0x00050000 | 13  # 13: permission denied
MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # how the kernel names it, its socket()
RINGS, OTHER_CALLS = 425, 0x40000000  # io_uring_setup(), which could open sockets as well; calls of another width
NO_NEW_RIGHTS, SECCOMP, FILTER = 38, 22, 2

Found = dict[str, Any]


class Protected(Exception):
    """The file can be read only with a password."""


class Unbounded(Exception):
    """This machine does not let its network be taken away from a process."""


def word(path: Path) -> Iterator[Found]:
    """Give headings, paragraphs and tables of a DOCX in their order."""
    if path.read_bytes()[:4] == PROTECTED_OFFICE:
        raise Protected
    docx = importlib.import_module("docx")  # the one reader that is needed: importing both takes a second
    for part in docx.Document(str(path)).iter_inner_content():
        if hasattr(part, "rows"):
            yield {"kind": "table", "rows": [[cell.text for cell in row.cells] for row in part.rows]}
        elif part.text.strip():
            name = str(part.style.name if part.style else "")
            level = name.removeprefix("Heading ")
            if name == "Title" or level.isdigit():
                yield {"kind": "heading", "level": int(level) if level.isdigit() else 1, "text": part.text}
            else:
                yield {"kind": "paragraph", "text": part.text}


def pages(path: Path) -> Iterator[Found]:
    """Give the paragraphs of a PDF: by poppler where it is there, which is much faster."""
    program = shutil.which("pdftotext")
    if program and (text := _by_poppler(program, path)) is not None:
        yield from _paragraphs(text)
        return
    pypdf = importlib.import_module("pypdf")
    pdf = pypdf.PdfReader(str(path))
    if pdf.is_encrypted and not pdf.decrypt(""):
        raise Protected
    for page in pdf.pages[:MOST_PAGES]:
        yield from _paragraphs(page.extract_text())


def _by_poppler(program: str, path: Path) -> str | None:
    command = [program, "-q", "-enc", "UTF-8", "-l", str(MOST_PAGES), str(path), "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
        said = reader.stdout.read(MOST_READ) if reader.stdout else b""
        if len(said) == MOST_READ:
            reader.kill()
        elif reader.wait():
            return None
    return said.decode("utf-8", "replace")


def written(path: Path) -> Iterator[Found]:
    """Give the paragraphs of a plain text."""
    with path.open("rb") as source:
        head = source.read(MOST_READ)
    yield from _paragraphs(head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace"))


def _paragraphs(text: str) -> Iterator[Found]:
    return ({"kind": "paragraph", "text": part} for part in BLANK.split(text) if part.strip())


WAYS = {"docx": word, "pdf": pages, "text": written}


def bound(memory: int, seconds: int) -> None:
    """Take away what reading needs none of, for this process and every one that it begins; raises Unbounded."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MOST_OUTPUT),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(10)
    without_network()


def without_network() -> None:
    """Let the kernel refuse every socket from now on; raises Unbounded where it does not do that."""
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        raise Unbounded
    machine, socket = MACHINES[platform.machine()]
    rules = [
        (LOAD, 0, 0, 4), (IS, 0, 5, machine), (LOAD, 0, 0, 0), (AT_LEAST, 3, 0, OTHER_CALLS), (IS, 2, 0, socket),
        (IS, 1, 0, RINGS), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, DENY),
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code))
    control = ctypes.CDLL(None).prctl
    if control(NO_NEW_RIGHTS, 1, 0, 0, 0) or control(SECCOMP, FILTER, program, 0, 0):
        raise Unbounded


def give(kind: str, path: Path) -> str:
    """Write the blocks of one file, as many as fit; say whether they all did."""
    left = MOST
    for block in WAYS[kind](path):
        text = block.get("text", "")
        size = len(text) + sum(len(cell) for row in block.get("rows", ()) for cell in row)
        if size > left:
            if text:
                _say(block | {"text": text[:left]})
            return "cut"
        _say(block)
        left -= size
    return "whole"


def main(kind: str, path: str, memory: str, seconds: str) -> None:
    """Read one file within its limits, and say at the end how that went."""
    try:
        bound(int(memory), int(seconds))
        end = give(kind, Path(path))
    except Unbounded:
        end = "unbounded"
    except Protected:
        end = "protected"
    except MemoryError:
        end = "memory"
    _say({"end": end})


def _say(what: Found) -> None:
    sys.stdout.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:5])
