"""The only place that knows the form of a backup: one plain tar file, of which every single byte is known in advance.

First stands `manifest.json`, which names every other member with its size and SHA-256; then its own SHA-256; then the
members in the manifest's order. Any tar program unpacks it. This reader takes nothing from it on trust: it works out
what must stand at each place and compares. So a link, a path that leads elsewhere, a size that is not true, a member
more, less or changed is damage, found before anything is written anywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from indelible.infra import canonical

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
AREAS = ("home.json", "configuration/", "keys/", "rows/", "files/")
BLOCK, CHUNK = 512, 1 << 20
SHAPE: dict[str, type | tuple[type, ...]] = {
    "made": str, "build": str, "engine": str, "environment": str, "schema": list, "tables": dict, "counts": dict,
    "position": (int, type(None)),
}  # fmt: skip
LONGEST_NAME, LARGEST_MANIFEST = 200, 256 << 20
END = bytes(2 * BLOCK)
PRIVATE, READ_ONLY = 0o600, 0o440


class Damaged(Exception):
    """The file is no backup, or not as it was written; `faults` name each member that is not."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{faults[0].member}: {faults[0].text}")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written: the member's name, and what is wrong, in words."""

    member: str
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive: its name there, its length and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is to become a member."""

    member: Member
    path: Path


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup whose manifest was read and is whole; `fingerprint` is the manifest's SHA-256 and so pins every byte."""

    path: Path
    manifest: dict[str, Any]
    fingerprint: str
    members: tuple[Member, ...]
    begin: int


def measured(name: str, path: Path) -> Source:
    """Measure a file that is to become a member."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            total.update(chunk)
            size += len(chunk)
    return Source(Member(name, size, total.hexdigest()), path)


def write(path: Path, manifest: dict[str, Any], sources: list[Source]) -> Archive:
    """Write a backup under a name of its own until it is whole and durable; then it takes `path`, which must be free.

    Raises Damaged when a source is no longer what was measured; nothing is left behind then.
    """
    members = tuple(source.member for source in sources)
    listed = [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in members]
    text = canonical.encode({**manifest, "format": FORMAT, "members": listed}).encode()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")  # mode 0600
    incoming = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            _write(out, text, sources)
            out.flush()
            os.fsync(out.fileno())
        if path.exists():
            raise FileExistsError(17, "is there already; a backup never replaces another", str(path))
        incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    _sync(path.parent)
    return open_archive(path)


def open_archive(path: Path) -> Archive:
    """Read the manifest and see that it is whole and that the file is as long as it says; raises Damaged."""
    try:
        with path.open("rb") as file:
            text = _manifest_bytes(file)
            fingerprint = hashlib.sha256(text).hexdigest()
            if file.read(len(_sealed(fingerprint))) != _sealed(fingerprint):
                raise Damaged([Fault(MANIFEST, f"is not what {SEAL} says was written")])
            manifest = _parsed(text)
            archive = Archive(path, manifest, fingerprint, tuple(_members(manifest)), file.tell())
            _is_as_long_as_it_says(archive, file)
            return archive
    except OSError as problem:
        raise Damaged([Fault(path.name, f"cannot be read: {problem.strerror or problem}")]) from None


def check(path: Path, tell: Callable[[int], None] | None = None) -> Archive:
    """Read every byte and compare it with what must stand there; raises Damaged with every member that differs."""
    archive, faults, done = open_archive(path), list[Fault](), 0
    for _, content in _walk(archive, faults):
        for chunk in content:
            done += len(chunk)
            if tell:
                tell(done)
    if faults:
        raise Damaged(faults)
    return archive


def extract(archive: Archive, target: Path) -> None:
    """Put every member below `target`, an existing folder, comparing again what is read; raises Damaged."""
    faults: list[Fault] = []
    for member, content in _walk(archive, faults):
        place = target / member.name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as out:
            for chunk in content:
                out.write(chunk)
        place.chmod(READ_ONLY if member.name.startswith("files/") else PRIVATE)
    if faults:
        raise Damaged(faults)


def told(made: Archive) -> dict[str, Any]:
    """Give what is said of a backup: where it lies, what it counts, up to which position, and its fingerprint."""
    manifest = {key: value for key, value in made.manifest.items() if key != "members"}
    size = made.path.stat().st_size
    return {
        "path": str(made.path), "bytes": size, "sha256": made.fingerprint, "counts": manifest["counts"],
        "position": manifest["position"], "manifest": {**manifest, "sha256": made.fingerprint, "members": len(made.members)},
    }  # fmt: skip


def _write(out: BinaryIO, text: bytes, sources: list[Source]) -> None:
    out.write(_framed(MANIFEST, text) + _sealed(hashlib.sha256(text).hexdigest()))
    for source in sources:
        out.write(_header(source.member.name, source.member.size))
        total = hashlib.sha256()
        with source.path.open("rb") as file:
            while chunk := file.read(CHUNK):
                total.update(chunk)
                out.write(chunk)
        if total.hexdigest() != source.member.sha256:
            raise Damaged([Fault(source.member.name, f"changed while it was read from {source.path}")])
        out.write(_padding(source.member.size))
    out.write(END)


def _walk(archive: Archive, faults: list[Fault]) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Give each member with the bytes of its content, which are to be read, and note what is wrong on the way."""
    with archive.path.open("rb") as file:
        file.seek(archive.begin)
        for member in archive.members:
            expected = _header(member.name, member.size)
            if (found := file.read(len(expected))) != expected:
                faults.append(Fault(member.name, f"its header is not as it was written{_says(found, member)}"))
            yield member, _content(file, member, faults)
        if file.read() != END:
            faults.append(Fault(archive.path.name, "the end of the archive is not as it was written"))


def _content(file: BinaryIO, member: Member, faults: list[Fault]) -> Iterator[bytes]:
    total, left = hashlib.sha256(), member.size
    while left and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        total.update(chunk)
        yield chunk
    behind = _padding(member.size)
    if total.hexdigest() != member.sha256:
        faults.append(Fault(member.name, "has other bytes than were written"))
    if file.read(len(behind)) != behind:
        faults.append(Fault(member.name, "what stands behind it is not as it was written"))


def _manifest_bytes(file: BinaryIO) -> bytes:
    head = file.read(BLOCK)
    try:
        told = tarfile.TarInfo.frombuf(head, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise Damaged([Fault(MANIFEST, "does not stand at the beginning: this is no backup, or it is damaged")]) from None
    if told.name != MANIFEST or not 0 < told.size <= LARGEST_MANIFEST or head != _header(MANIFEST, told.size):
        raise Damaged([Fault(MANIFEST, "its header is not as it was written, or this is no backup")])
    text = file.read(told.size)
    if len(text) < told.size or file.read(len(_padding(told.size))) != _padding(told.size):
        raise Damaged([Fault(MANIFEST, "is cut off, or what stands behind it is damaged")])
    return text


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError):
        raise Damaged([Fault(MANIFEST, "is not the JSON that a manifest is")]) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        told = manifest.get("format") if isinstance(manifest, dict) else None
        raise Damaged([Fault(MANIFEST, f"says format {told!r}; this build reads format {FORMAT}")])
    wrong = [name for name, kinds in SHAPE.items() if not isinstance(manifest.get(name), kinds)]
    if wrong or not all(type(count) is int for count in (*manifest["tables"].values(), *manifest["counts"].values())):
        raise Damaged([Fault(MANIFEST, f"does not say what every manifest says: {', '.join(wrong) or 'counts'}")])
    return manifest


def _members(manifest: dict[str, Any]) -> Iterator[Member]:
    seen: set[str] = set()
    listed = manifest.get("members")
    for one in listed if isinstance(listed, list) else [None]:
        if not isinstance(one, dict) or set(one) != {"name", "size", "sha256"}:
            raise Damaged([Fault(MANIFEST, "lists members in another form than this build writes")])
        name, size, sha256 = one["name"], one["size"], one["sha256"]
        if not _may_be_named(name) or name in seen:
            raise Damaged([Fault(str(name)[:LONGEST_NAME], "is no name that a member of a backup can have")])
        if type(size) is not int or size < 0 or not isinstance(sha256, str):
            raise Damaged([Fault(name, "has a size or a hash in the manifest that no file can have")])
        seen.add(name)
        yield Member(name, size, sha256)


def _may_be_named(name: object) -> bool:
    if not isinstance(name, str) or not name.isprintable() or "\\" in name or len(name) > LONGEST_NAME:
        return False
    path = PurePosixPath(name)
    return path.as_posix() == name and ".." not in path.parts and name.startswith(AREAS) and not name.endswith("/")


def _is_as_long_as_it_says(archive: Archive, file: BinaryIO) -> None:
    """See that there is room for every member, and nothing more; where not, say which is the first that is not in its place."""
    length, place = os.fstat(file.fileno()).st_size, archive.begin
    expected = place + len(END) + sum(_length(member) for member in archive.members)
    if length == expected:
        return
    for member in archive.members:
        header = _header(member.name, member.size)
        file.seek(place)
        place += _length(member)
        if (found := file.read(len(header))) == header[: len(found)] and place > length:
            raise Damaged([Fault(member.name, f"is not there whole: the archive ends after {length:,} bytes")])
        if found != header:
            raise Damaged([Fault(member.name, f"does not stand in its place{_says(found, member)}")])
    raise Damaged([Fault(archive.path.name, f"is {length:,} bytes long and should be {expected:,}")])


def _says(found: bytes, member: Member) -> str:
    try:
        told = tarfile.TarInfo.frombuf(found[:BLOCK], "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        return ""
    kind = "" if told.isreg() else " and is no plain file"
    return f": it says {told.name[:LONGEST_NAME]!r}, {told.size} bytes{kind}; expected {member.size} bytes"


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, PRIVATE, 0
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _length(member: Member) -> int:
    return len(_header(member.name, member.size)) + member.size + len(_padding(member.size))


def _padding(size: int) -> bytes:
    return bytes(-size % BLOCK)


def _sealed(fingerprint: str) -> bytes:
    return _framed(SEAL, f"{fingerprint}\n".encode())


def _framed(name: str, content: bytes) -> bytes:
    return _header(name, len(content)) + content + _padding(len(content))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
