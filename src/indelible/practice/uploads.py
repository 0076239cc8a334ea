"""The only place that receives files and gives them out again: limit, name, kind, visibility (D19).

They are kept byte for byte. Files are given out as attachments only; what a browser would run (HTML, SVG) never
keeps its own media type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from indelible.infra import canonical, clock, ids, logs, recognition, scanning
from indelible.infra.recognition import MEGABYTE, Unfit
from indelible.infra.storage import Store, TooLarge
from indelible.kernel import config, records
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid, Missing, NotFound, Refused, Unavailable
from indelible.kernel.models import Record, Version
from indelible.kernel.types import TypeDeclaration
from indelible.practice import queries, quotas
from indelible.practice.models import Upload
from indelible.practice.queries import Viewer

NAME_LENGTH = 200

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file to give out: name, media type without marks, what it was marked with, size and bytes."""

    name: str
    media_type: str
    marks: tuple[str, ...]
    size: int
    chunks: Iterator[bytes]


def receive(ctx: Context, name: str, chunks: Iterable[bytes], claimed_sha256: str | None = None) -> Upload:
    """Keep a file that a person brings and give its row; raises Invalid in words, or Unavailable, and keeps nothing then.

    It becomes part of a record when an act names its hash. `claimed_sha256` is compared with what arrived.
    """
    person = _bringer(ctx)
    policies, kept = config.current().policies, clean(name)
    incoming = _Incoming(settings.HOME.files, kept, _suffix(kept, policies.upload_types), _claimed(claimed_sha256))
    limit, room = policies.upload_megabytes * MEGABYTE, quotas.room(person)
    try:
        stored = incoming.put(chunks, limit=min(limit, room.left))
    except TooLarge:
        if room.left < limit:
            raise room.refusal from None
        raise _invalid(
            "upload_size",
            f"{kept} is larger than {policies.upload_megabytes} MB ({limit:,} bytes).",
            "A smaller file, or a higher limit in the company's policies.",
        ) from None
    return Upload.objects.create(
        id=ids.new(), person_id=person, sha256=stored.sha256, size=stored.size, name=kept,
        media_type=incoming.media_type, at=clock.now(),
    )  # fmt: skip


def open_file(view: Viewer, record: Record, sha256: str) -> Opened:
    """Open a file that a record names, now or in an earlier version; raises NotFound for whom it is not."""
    if not queries.sees(view, record):
        raise NotFound(record.number)
    item = next((item for item in _named(record) if item["sha256"] == sha256), None)
    if item is None:
        raise NotFound(f"{record.number} {sha256[:12]}")
    store = Store(settings.HOME.files)
    if not store.has(sha256):
        raise Unavailable(f"The bytes of {item['name']} are not in the file store; `indelible doctor` says more.")
    media_type = str(item["media_type"])
    marked = tuple(sorted(recognition.marks(media_type)))
    return Opened(item["name"], media_type.partition(recognition.MARKED)[0], marked, item["size"], store.read(sha256))


def open_own(ctx: Context, sha256: str) -> Opened:
    """Open a file that this person brought and that no record needs to name yet; raises NotFound for any other."""
    row = Upload.objects.filter(person_id=ctx.person_id, sha256=sha256).order_by("-at").first() if ctx.person_id else None
    store = Store(settings.HOME.files)
    if row is None or not store.has(sha256):
        raise NotFound(sha256[:12])
    marked = tuple(sorted(recognition.marks(row.media_type)))
    return Opened(row.name, row.media_type.partition(recognition.MARKED)[0], marked, row.size, store.read(sha256))


def bytes_of(sha256: str) -> Iterator[bytes]:
    """Stream what is kept under a hash, for the product's own reading; people get files by `open_file`."""
    return Store(settings.HOME.files).read(sha256)


def pictures(declaration: TypeDeclaration, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the images among the files of a content, by the names that its texts use."""
    items = [item for f in declaration.live_fields() if f.kind == "files" for item in values.get(f.name) or []]
    return {item["name"]: item for item in items if str(item.get("media_type", "")).startswith("image/")}


def told(media_type: str) -> str | None:
    """Give what whoever sees a file in a list must know of it, None for nothing."""
    marked = recognition.marks(media_type)
    found = ["can run something when opened"] if marked - {recognition.SIGNED} else []
    found += (
        ["holds a signature made elsewhere: content, not a signature of this system"] if recognition.SIGNED in marked else []
    )
    return "; ".join(found) or None


def clean(name: str) -> str:
    """Give a name that nobody reads as a path or as something else; a harmless one stays as it was given."""
    last = re.split(r"[/\\]", name)[-1]
    visible = UNSEEN.sub("", unicodedata.normalize("NFC", last)).strip(" .")
    plain = re.sub(r'[<>:"|?*]', "_", visible) or "file"
    stem, dot, suffix = plain.rpartition(".")
    if not stem or len(suffix) > 12:
        return plain[:NAME_LENGTH]
    return stem[: NAME_LENGTH - len(suffix) - 1] + dot + suffix


class _Incoming(Store):
    """The store while it takes one file in: the bytes are judged before they become part of it."""

    def __init__(self, root: Path, name: str, suffix: str, claimed: str | None) -> None:
        super().__init__(root)
        self.name, self.suffix, self.claimed, self.media_type = name, suffix, claimed, recognition.OCTETS

    def _settle(self, incoming: Path, sha256: str) -> None:
        if incoming.stat().st_size == 0:
            raise _invalid("upload_empty", f"{self.name} holds nothing: 0 bytes arrived.", "A file with content.")
        if self.claimed not in (None, sha256):
            raise _invalid(
                "upload_hash",
                f"{self.name} did not arrive as it was sent: its SHA-256 is {sha256}.",
                "The same bytes as at the sender; send it again.",
                field="sha256",
            )
        try:
            self.media_type = recognition.media_type(incoming, self.name, self.suffix)
        except Unfit as unfit:
            raise _invalid(unfit.rule, unfit.text, unfit.wanted) from None
        self._examine(incoming, sha256)
        super()._settle(incoming, sha256)

    def _examine(self, incoming: Path, sha256: str) -> None:
        """Have the scanner look before anybody can open it; what was not examined is not kept."""
        try:
            scanning.examine(incoming)
        except scanning.Infected as found:
            logs.warn("upload infected", finding=found.finding, name=self.name, sha256=sha256)
            raise _invalid("upload_infected", f"{self.name} is not accepted: the malware scanner found {found.finding}.",
                           "A file without it; tell whoever answers for security.") from None  # fmt: skip
        except scanning.NotExamined as problem:
            logs.warn("upload not examined", problem=str(problem), sha256=sha256)
            raise Unavailable(
                f"{self.name} was not accepted: the malware scanner gave no verdict, because {problem}. What you typed is not "
                "lost; bring the file again in a moment, and tell an administrator if it stays so."
            ) from None


def _bringer(ctx: Context) -> UUID:
    if ctx.person_id is None:
        raise Refused(rule="upload_person", text="Only a person brings files.")
    if ctx.scopes is not None and set(ctx.scopes) <= {"read"}:
        raise Refused(
            rule="token_scope", text="This token may not bring files: it reads only.",
            missing=(Missing("A token with the scope of a type."),), do="Use another token.",
        )  # fmt: skip
    return ctx.person_id


def _suffix(name: str, allowed: list[str]) -> str:
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix not in allowed:
        what = f"files that end in .{suffix}" if suffix else "a file without an ending"
        raise _invalid(
            "upload_type",
            f"{name} is not accepted: the company does not take {what}.",
            f"One of: {', '.join(allowed)}.",
        )
    return suffix


def _claimed(sha256: str | None) -> str | None:
    if sha256 is None or re.fullmatch(r"[0-9a-f]{64}", sha256.lower()):
        return sha256.lower() if sha256 else None
    raise _invalid(
        "upload_hash",
        "The SHA-256 that was given is not 64 hexadecimal digits.",
        "64 digits, or none.",
        field="sha256",
    )


def _named(record: Record) -> Iterator[dict[str, Any]]:
    declaration = records.type_of(record)
    fields = [field for field in declaration.fields if field.kind == "files"]
    yield from (item for field in fields for item in record.content.get(str(field.id)) or [])
    for version in Version.objects.filter(record_id=record.pk).order_by("-number").iterator() if fields else ():
        content = canonical.decode(version.content)["fields"] if version.content else {}
        yield from (item for field in fields for item in content.get(str(field.id)) or [])


def _invalid(rule: str, text: str, missing: str, *, field: str = "file") -> Invalid:
    return Invalid(rule=rule, text=text, missing=(Missing(missing, field=field, rule=rule),), do="Bring another file.")
