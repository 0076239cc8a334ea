"""The only place that looks into a folder of files that somebody brings: what is there, and what a name in a table means.

A name leads to a file below that folder or to none: no parent, no root, no link. Files are read, never changed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from indelible.assurance.configuration import values
from indelible.infra import recognition
from indelible.infra.recognition import MEGABYTE, Unfit
from indelible.infra.storage import CHUNK
from indelible.kernel.configuration import Policies
from indelible.kernel.errors import Invalid
from indelible.practice import uploads

MOST_FILES, LONGEST_NAME = 100_000, 255
NOT_BROUGHT = frozenset({"Thumbs.db", "desktop.ini", ".DS_Store"})  # what systems leave in folders by themselves


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder that may be brought: where it lies, and what its bytes are."""

    name: str
    path: Path
    sha256: str
    size: int
    media_type: str

    def chunks(self) -> Iterator[bytes]:
        """Stream the bytes."""
        with self.path.open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk


class Unusable(Exception):
    """A name in a table that leads to no file that may be brought; says why."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule


@dataclass(slots=True)
class Folder:
    """The files below a folder, by the name that a table uses for them."""

    root: Path
    policies: Policies
    files: dict[str, Path] = field(default_factory=dict)
    known: dict[str, File] = field(default_factory=dict)

    @staticmethod
    def open(root: Path, policies: Policies, *, beside: Iterable[Path | None] = ()) -> Folder:
        """List a folder; links are not followed, hidden files and those that only stand `beside` are not brought."""
        left_out = {path.resolve() for path in beside if path}
        found = Folder(root.resolve(), policies)
        for place, folders, names in os.walk(found.root, followlinks=False):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(set(names) - NOT_BROUGHT):
                path = Path(place) / name
                if not name.startswith(".") and path.is_file() and not path.is_symlink() and path not in left_out:
                    found.files[_printable(path.relative_to(found.root).as_posix())] = path
        if len(found.files) > MOST_FILES:
            raise Invalid(
                rule="import_folder", text=f"{root} holds more than {MOST_FILES:,} files.", do="Bring it in parts."
            )
        return found

    def find(self, name: str) -> File:
        """Give the file that a table names; raises Unusable."""
        if name not in self.known:
            self.known[name] = self._judged(name)
        return self.known[name]

    def unnamed(self) -> list[str]:
        """List the files that no row has named."""
        named = {file.path for file in self.known.values()}
        return [name for name, path in self.files.items() if path not in named]

    def _judged(self, name: str) -> File:
        plain = name.replace("\\", "/").removeprefix("./")
        if plain.startswith("/") or ":" in plain.split("/")[0] or ".." in plain.split("/"):
            raise Unusable("import_path", f"{_short(name)} leads out of the folder; only files below it are brought.")
        if any(len(part.encode("utf-8", "surrogateescape")) > LONGEST_NAME for part in plain.split("/")):
            raise Unusable("import_path", f"{_short(name)} is longer than any file name can be ({LONGEST_NAME} bytes).")
        path = self.files.get(plain)
        if path is None:
            raise Unusable(
                "import_file_missing", f"{_short(name)} is not in the folder; {values.suggestion(plain, self.files)}"
            )
        return self._read(plain, path)

    def _read(self, name: str, path: Path) -> File:
        kept, size = uploads.clean(path.name), path.stat().st_size
        suffix = kept.rpartition(".")[2].lower() if "." in kept else ""
        if suffix not in self.policies.upload_types:
            raise Unusable(
                "upload_type", f"{_short(name)} is not accepted; one of: {', '.join(self.policies.upload_types)}."
            )
        if not 0 < size <= self.policies.upload_megabytes * MEGABYTE:
            raise Unusable(
                "upload_size", f"{_short(name)} has {size:,} bytes; 1 to {self.policies.upload_megabytes} MB are taken."
            )
        try:
            media_type = recognition.media_type(path, kept, suffix)
        except Unfit as unfit:
            raise Unusable(unfit.rule, f"{unfit.text} {unfit.wanted}") from None
        with path.open("rb") as source:
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        return File(kept, path, sha256, size, media_type)


def _short(name: str) -> str:
    return repr(name if len(name) <= 80 else f"{name[:77]}...")


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
