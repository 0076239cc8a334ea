"""The only place that says which build is running (D25).

The identity is a hash over the package's own files and one over the installed dependencies' RECORD files, so a
patched file in place is another build, whatever its version number says.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
SOURCES = {".py", ".yaml", ".html", ".css", ".js", ".typ", ".md", ".svg", ".txt"}


@dataclass(frozen=True, slots=True)
class Build:
    """One build: `version` as released, `package` and `dependencies` as SHA-256 hex."""

    version: str
    package: str
    dependencies: str

    @property
    def name(self) -> str:
        """Give the short form that stands in records and on pages: `0.1.0+3f2a9c01d4e5`."""
        return f"{self.version}+{self.package[:12]}"


@cache
def identity() -> Build:
    """Give the identity of the running build, computed once per process."""
    return Build(metadata.version("indelible"), package_hash(PACKAGE), _dependencies())


def manifest(root: Path = PACKAGE) -> dict[str, str]:
    """Give the SHA-256 of every file of the package by its relative name, read anew; what Python compiles is left out."""
    paths = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}


def dependencies() -> dict[str, str]:
    """Give version and hash of the RECORD of every installed package by its name, read anew."""
    found: dict[str, str] = {}
    for one in metadata.distributions():
        record = hashlib.sha256((one.read_text("RECORD") or one.version).encode()).hexdigest()
        found.setdefault(one.name.lower(), f"{one.version}, RECORD {record[:32]}")
    return {name: found[name] for name in sorted(found) if name != "indelible"}


def unlike_their_record() -> dict[str, list[str]]:
    """Give, by installed package, the files that are gone or of another size than its RECORD says."""
    found: dict[str, list[str]] = {}
    for one in metadata.distributions():
        rows = csv.reader((one.read_text("RECORD") or "").splitlines())
        wrong = [
            row[0] for row in rows if len(row) == 3 and row[2] and not _has_size(Path(str(one.locate_file(row[0]))), row[2])
        ]
        if wrong and one.name.lower() != "indelible":
            found.setdefault(one.name.lower(), wrong)
    return found


def _has_size(path: Path, size: str) -> bool:
    try:
        return path.stat().st_size == int(size)
    except OSError:
        return False


def package_hash(root: Path) -> str:
    """Hash every source file below `root` with its relative name, in name order."""
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in SOURCES and p.is_file()):
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _dependencies() -> str:
    total = hashlib.sha256()
    for name, record in sorted((d.name.lower(), d.read_text("RECORD") or d.version) for d in metadata.distributions()):
        if name != "indelible":
            total.update(f"{name}\0{hashlib.sha256(record.encode()).hexdigest()}\n".encode())
    return total.hexdigest()
