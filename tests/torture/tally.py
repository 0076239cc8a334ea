"""What was tried and what was acknowledged, on disk before and after each act: the memory that survives every kill."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Tally:
    """One file of JSON lines; each line is durable before anything goes on."""

    path: Path

    def write(self, word: str, key: str, **said: Any) -> None:
        """Write one line: `tried` before an act, `done` or `refused` after it."""
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, (json.dumps({"word": word, "key": key, **said}) + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Give every whole line; a kill may have cut the last one of a life."""
        if self.path.exists():
            for line in self.path.read_bytes().split(b"\n"):
                try:
                    yield json.loads(line)
                except ValueError:
                    continue

    def size(self) -> int:
        """Give how long the file is now: a place from which to count on."""
        return self.path.stat().st_size if self.path.exists() else 0

    def since(self, place: int) -> int:
        """Count the lines that were written behind a place."""
        if self.size() <= place:
            return 0
        with self.path.open("rb") as file:
            file.seek(place)
            return file.read().count(b"\n")

    def count(self, word: str) -> int:
        """Count the lines with a word, without reading what else they say; a long campaign asks often."""
        return self.path.read_bytes().count(json.dumps({"word": word})[:-1].encode()) if self.path.exists() else 0

    def of(self, word: str) -> dict[str, dict[str, Any]]:
        """Give the lines with a word, by key."""
        return {line["key"]: line for line in self.lines() if line["word"] == word}

    def open(self) -> dict[str, dict[str, Any]]:
        """Give what was tried and never answered."""
        over = {**self.of("done"), **self.of("refused")}
        return {key: line for key, line in self.of("tried").items() if key not in over}
