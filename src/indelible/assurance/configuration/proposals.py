"""A proposed configuration: the files as somebody wrote them, and what they say. It comes from a folder or from an archive.

An archive is a ZIP file whose bytes depend on the files alone, so that one proposal has one SHA-256. It travels as an attached
file of the change record; what it says is read once in a process, because content under a hash never changes.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from indelible.assurance.configuration import folder as layout
from indelible.assurance.configuration import loader, positions, writing
from indelible.assurance.configuration.positions import Problem, Source
from indelible.infra.storage import Store
from indelible.kernel import rules
from indelible.kernel.configuration import Configuration

ENDING, MEDIA_TYPE = "zip", "application/zip"
DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the earliest that ZIP can say: an archive tells no time
MOST_FILES, LARGEST = 400, 20_000_000
MEMBER = re.compile(r"(?:(?:types/)?[a-z][a-z0-9_]{0,59}\.yaml|skeletons/[a-z0-9][a-z0-9-]{0,59}\.md)")

Files = Mapping[str, bytes]


class Unreadable(Exception):
    """The attached file is no archive of a configuration, in a sentence."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The files by their names, and the configuration that they are."""

    files: Files
    configuration: Configuration
    _sources: dict[str, Source] = field(default_factory=dict)

    def blame(self, file: str, steps: positions.Steps, message: str) -> Problem:
        """Make a problem about a value in one of the files, or about the file where it does not say it."""
        if file not in self._sources:
            self._sources[file] = positions.read(file, self.files.get(file, b""))
        return self._sources[file].blame(steps, message)


def of_folder(place: Path) -> Proposal:
    """Read a folder; raises loader.Broken naming every fault with its place."""
    files = files_of(place)
    if [*layout.strangers(place)] or not all(map(MEMBER.fullmatch, files)):
        return Proposal(files, _load(place))
    return of_files(files)


def of_files(files: Files) -> Proposal:
    """Read files that lie in no folder; raises loader.Broken."""
    return _read(packed(files))


def of_archive(sha256: str) -> Proposal:
    """Read the archive that lies in the file store under a hash; raises Unreadable or loader.Broken."""
    store = Store(settings.HOME.files)
    if not store.has(sha256):
        raise Unreadable("The bytes of the proposal are not in the file store; `indelible doctor` says more.")
    return of_files(unpacked(b"".join(store.read(sha256))))


@lru_cache(maxsize=8)
def _read(archive: bytes) -> Proposal:
    # Reading takes a second, and the same bytes say the same: a page that offers acts asks for it again and again.
    files = unpacked(archive)
    with tempfile.TemporaryDirectory(prefix="indelible-configuration-") as scratch:
        place = Path(scratch)
        for name, content in files.items():
            target = place / name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content)
        return Proposal(files, _load(place))


def _load(place: Path) -> Configuration:
    return loader.load(place, rules=set(rules.known()))


def files_of(place: Path) -> dict[str, bytes]:
    """Give the files of a folder that belong to a configuration, by name; those of editors and version control do not."""
    found = [*(place / f"{name}.yaml" for name in layout.GENERAL), *layout.type_files(place), *layout.skeleton_files(place)]
    return {one.relative_to(place).as_posix(): one.read_bytes() for one in found if one.is_file()}


def written(configuration: Configuration) -> dict[str, bytes]:
    """Write a configuration as files without comments: what stands at its default is left out."""
    return writing.files(configuration)


def packed(files: Files) -> bytes:
    """Give the archive of files, byte for byte the same for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, DAY_ONE)
            member.external_attr = 0o644 << 16
            archive.writestr(member, files[name])
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Read an archive; raises Unreadable for what no archive of a configuration holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if len(members) > MOST_FILES or sum(one.file_size for one in members) > LARGEST:
                raise Unreadable("The archive holds more than a configuration does.")
            strange = [one.filename for one in members if not MEMBER.fullmatch(one.filename)]
            if strange:
                raise Unreadable(f"{layout.printable(strange[0][:80])} is not part of a configuration.")
            return {one.filename: archive.read(one) for one in members}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as problem:
        raise Unreadable(f"The attached file is no archive that can be read: {problem}.") from None
