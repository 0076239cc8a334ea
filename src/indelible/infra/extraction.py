"""The only place that has the text of a file read out: in a process of its own, with little time, memory and no way back."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from indelible.infra.recognition import PDF, TEXT, WORD

PROGRAM = Path(__file__).with_name("extracting.py")
SECONDS = 30
LARGEST = 50_000_000  # bytes
KINDS = {WORD: "docx", PDF: "pdf", TEXT: "text", "text/markdown": "text", "text/csv": "text"}


class Extracted(NamedTuple):
    """What a file says: its blocks in order; `whole` is false where a limit cut it off."""

    blocks: tuple[dict[str, Any], ...]
    whole: bool


def readable(media_type: str) -> bool:
    """Say whether text can be read out of files of this kind."""
    return media_type.partition(";")[0] in KINDS


@lru_cache(maxsize=8)  # a content never changes: it is named by its hash
def extract(path: Path, media_type: str) -> Extracted | None:
    """Give the text of a file; None where none can be read out of it, be it damaged, too large or hostile."""
    kind = KINDS.get(media_type.partition(";")[0])
    if kind is None or not path.is_file() or path.stat().st_size > LARGEST:
        return None
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(PROGRAM), kind, str(path)],
            capture_output=True, timeout=SECONDS, check=True, env={"LANG": "C.UTF-8"},
        )  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    found = json.loads(done.stdout)
    return Extracted(tuple(found["blocks"]), bool(found["whole"]))
