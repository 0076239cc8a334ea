"""The only place that touches the bytes of uploaded files: a content-addressed folder.

A file is streamed to a temporary name while it is hashed and counted, made durable (file and folder), then
renamed to its SHA-256. Only then may a row name it, so a crash leaves an orphan and never a hole (D19).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20


class TooLarge(ValueError):
    """The stream is longer than the limit that was given; nothing of it was kept."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: SHA-256 as hex and the size in bytes."""

    sha256: str
    size: int


class Store:
    """Files under `root`, each named by its content; nothing is ever overwritten."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, chunks: Iterable[bytes], *, limit: int) -> Stored:
        """Keep a stream durably and give its hash and size; raises TooLarge above `limit` bytes."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.root, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as out:
                stored = _copy(chunks, out, limit)
            self._settle(Path(name), stored.sha256)
        finally:
            Path(name).unlink(missing_ok=True)
        return stored

    def path(self, sha256: str) -> Path:
        """Give where the content of this hash lies (or would lie)."""
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Say whether the content is there; its bytes are not re-read here."""
        return self.path(sha256).is_file()

    def read(self, sha256: str) -> Iterator[bytes]:
        """Stream the content; raises FileNotFoundError when it is gone."""
        with self.path(sha256).open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk

    def digest(self, sha256: str) -> str | None:
        """Re-hash what lies there now; None when nothing does."""
        if not self.has(sha256):
            return None
        total = hashlib.sha256()
        for chunk in self.read(sha256):
            total.update(chunk)
        return total.hexdigest()

    def withhold(self, sha256: str) -> None:
        """Remove the bytes of a restricted file; its hash and trail stay in the ledger (D32)."""
        self.path(sha256).unlink(missing_ok=True)

    def list_hashes(self) -> Iterator[str]:
        """List every content that lies in the folder, named by a row or not."""
        for path in self.root.glob("??/*"):
            yield path.name

    def _settle(self, incoming: Path, sha256: str) -> None:
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            incoming.chmod(0o440)
            incoming.replace(target)
        for folder in (target.parent, self.root):
            _sync_folder(folder)


def _copy(chunks: Iterable[bytes], out: BinaryIO, limit: int) -> Stored:
    total, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"longer than {limit} bytes")
        total.update(chunk)
        out.write(chunk)
    out.flush()
    os.fsync(out.fileno())
    return Stored(total.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
