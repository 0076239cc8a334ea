"""The only place that has the text of a file read out: in a process of its own, with little time, memory and no network.

Whoever wants the text of a file asks here, the redline as the search: one child (`extracting`), one set of limits, one
answer that says in words why there is no text.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from indelible.infra import extracting
from indelible.infra.recognition import PDF, TEXT, WORD

KINDS = {
    WORD: "docx", PDF: "pdf", TEXT: "text", "text/markdown": "text", "text/csv": "text", "application/json": "text",
    "application/xml": "text",
}  # fmt: skip
WHOLE, CUT = "whole", "cut"
DAMAGED = "it could not be read: damaged, not what its name says, or too large once it is unpacked"
ENDS = {
    "protected": "it is protected with a password",
    "memory": "reading it takes more memory than is given to one file",
    "unbounded": "this server cannot take the network away from the process that reads files",
}
NO_TEXT = "it holds no text, such as a scan that is only a picture"
NO_KIND = "files of this kind hold no text that could be read"
NO_BYTES = "its bytes are not in the file store"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long reading a file may take (seconds, by the clock and on the processor), how much memory (bytes) it may use."""

    seconds: float = 30
    memory: int = 1 << 30


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a file says: its blocks in order; `whole` is false where a limit cut it off, `why` says why there are none."""

    blocks: tuple[dict[str, Any], ...] = ()
    whole: bool = True
    why: str = ""

    @property
    def text(self) -> str:
        """Give all of it as one text: what is searched."""
        return "\n".join(part for block in self.blocks for part in _parts(block))


def readable(media_type: str) -> bool:
    """Say whether text can be read out of files of this kind."""
    return media_type.partition(";")[0] in KINDS


def extract(path: Path, media_type: str, limits: Limits = LIMITS) -> Extracted:
    """Give the text of a file, its beginning where it is very long; never raises for what a file holds."""
    kind = KINDS.get(media_type.partition(";")[0])
    if kind is None:
        return Extracted(why=NO_KIND)
    return _read(kind, path, limits) if path.is_file() else Extracted(why=NO_BYTES)


@lru_cache(maxsize=8)  # a content never changes: it is named by its hash
def _read(kind: str, path: Path, limits: Limits) -> Extracted:
    command = [sys.executable, "-I", extracting.__file__, kind, str(path), str(limits.memory), str(int(limits.seconds) + 1)]
    surroundings = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryDirectory() as place:
        in_time = _run(command, surroundings, place, out, limits.seconds)
        out.seek(0)
        lines = list(_lines(out))
    if not in_time:
        return Extracted(why=f"reading it took longer than {limits.seconds:g} seconds")
    end = str(lines.pop().get("end")) if lines else ""
    if end not in (WHOLE, CUT):
        return Extracted(why=ENDS.get(end, DAMAGED))
    found = Extracted(tuple(lines), end == WHOLE)
    return found if found.text.strip() else Extracted(why=NO_TEXT)


def _run(command: list[str], surroundings: dict[str, str], place: str, out: IO[bytes], seconds: float) -> bool:
    """Run the child, and end it with all that it began; says whether it ended by itself in time."""
    with subprocess.Popen(command, env=surroundings, cwd=place, stdin=subprocess.DEVNULL, stdout=out,
                          stderr=subprocess.DEVNULL, start_new_session=True) as child:  # fmt: skip
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        finally:
            _end(child.pid)
    return True


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # nobody is left of it, as it should be


def _lines(out: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in out:
        try:
            said = json.loads(line)
        except ValueError:  # its last line, where it was ended in the middle of it
            return
        if isinstance(said, dict):
            yield said


def _parts(block: dict[str, Any]) -> Iterator[str]:
    if "rows" in block:
        yield from (" ".join(row) for row in block["rows"])
    else:
        yield str(block["text"])
