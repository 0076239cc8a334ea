"""The only place that receives files and gives them out again: limit, name, kind, visibility (D19).

What a file is, its bytes say, not its name and not its sender; a name that says something else is refused. It
is kept byte for byte: nothing in it is repaired or taken out, and what could run in a reader is marked. Files
are given out as attachments only; what a browser would run (HTML, SVG) never keeps its own media type.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pikepdf
from django.conf import settings

from indelible.infra import canonical, clock, ids
from indelible.infra.storage import CHUNK, Store, TooLarge
from indelible.kernel import authority, config, records
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid, Missing, NotFound, Refused, Unavailable
from indelible.kernel.models import Record, Upload, Version
from indelible.kernel.queries import Viewer

MEGABYTE = 1_000_000
NAME_LENGTH = 200
OCTETS, PDF, ZIP, TEXT = "application/octet-stream", "application/pdf", "application/zip", "text/plain"
OFFICE = "application/vnd.openxmlformats-officedocument"
WORD, SHEET = f"{OFFICE}.wordprocessingml.document", f"{OFFICE}.spreadsheetml.sheet"
SLIDES = f"{OFFICE}.presentationml.presentation"
MAIN_PARTS = {"word/document.xml": WORD, "xl/workbook.xml": SHEET, "ppt/presentation.xml": SLIDES}
# What a name promises: its bytes must be of this kind.
PROMISED = {
    "pdf": PDF, "docx": WORD, "xlsx": SHEET, "pptx": SLIDES, "png": "image/png", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "zip": ZIP,
}  # fmt: skip
# Text is text: which of these it is, only its name can say.
WRITTEN = {
    "txt": TEXT,
    "md": "text/markdown",
    "csv": "text/csv",
    "json": "application/json",
    "xml": "application/xml",
}
SIGNATURES = {
    b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg",
    b"PK\x03\x04": ZIP, b"PK\x05\x06": ZIP,
}  # fmt: skip

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
MARKUP = re.compile(
    rb"<\s*(?:!doctype\s+(?:html|svg)\b"
    rb"|(?:[a-z0-9]+:)?(?:html|svg|script|iframe|body|head|object|embed|meta|link|style|img)\b)"
    rb"|www\.w3\.org/(?:1999/xhtml|2000/svg)|<\?xml-stylesheet",
    re.IGNORECASE,
)
OVERLAP = 64
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 10_000, 1_000 * MEGABYTE, 100
UNPACKED_UNASKED, DIRECTORY = 10 * MEGABYTE, 5 * MEGABYTE
ACTIONS = {
    "/JavaScript": "javascript", "/Launch": "launch", "/SubmitForm": "submit", "/ImportData": "import",
    "/Rendition": "media", "/Movie": "media", "/RichMedia": "media", "/EmbeddedFile": "embedded",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A file to give out: name, media type without marks, what it was marked with, size and bytes."""

    name: str
    media_type: str
    marks: tuple[str, ...]
    size: int
    chunks: Iterator[bytes]


def receive(ctx: Context, name: str, chunks: Iterable[bytes], claimed_sha256: str | None = None) -> Upload:
    """Keep a file that a person brings and give its row; raises Invalid in words, and keeps nothing then.

    It becomes part of a record when an act names its hash. `claimed_sha256` is compared with what arrived.
    """
    person = _bringer(ctx)
    policies, kept = config.current().policies, clean(name)
    incoming = _Incoming(settings.HOME.files, kept, _suffix(kept, policies.upload_types), _claimed(claimed_sha256))
    limit = policies.upload_megabytes * MEGABYTE
    try:
        stored = incoming.put(chunks, limit=limit)
    except TooLarge:
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
    if not authority.sees(view.ctx, record, view.held):
        raise NotFound(record.number)
    item = next((item for item in _named(record) if item["sha256"] == sha256), None)
    if item is None:
        raise NotFound(f"{record.number} {sha256[:12]}")
    store = Store(settings.HOME.files)
    if not store.has(sha256):
        raise Unavailable(f"The bytes of {item['name']} are not in the file store; `indelible doctor` says more.")
    media_type, _, marks = str(item["media_type"]).partition("; active=")
    marked = tuple(marks.split("+")) if marks else ()
    return Opened(item["name"], media_type, marked, item["size"], store.read(sha256))


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
        self.name, self.suffix, self.claimed, self.media_type = name, suffix, claimed, OCTETS

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
        self.media_type = _kind(incoming, self.name, self.suffix)
        super()._settle(incoming, sha256)


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


def _kind(path: Path, name: str, suffix: str) -> str:
    """Say what the bytes are, in agreement with the name; raises Invalid where the two differ."""
    found = _signed(path, name)
    if suffix in PROMISED:
        if found != PROMISED[suffix]:
            _differs(name, suffix, found)
        return _pdf(path, name) if found == PDF else found
    if suffix in WRITTEN:
        return _text(path, name, suffix) if found == OCTETS else _differs(name, suffix, found)
    return OCTETS


def _signed(path: Path, name: str) -> str:
    with path.open("rb") as source:
        head = source.read(16)
    found = next((kind for mark, kind in SIGNATURES.items() if head.startswith(mark)), OCTETS)
    return _archive(path, name) if found == ZIP else found


def _differs(name: str, suffix: str, found: str) -> NoReturn:
    what = "something else" if found == OCTETS else found
    raise _invalid("upload_content", f"{name} is named as .{suffix}, and its content is {what}.",
                   "A name that says what the file is, or a file that is not damaged.")  # fmt: skip


def _archive(path: Path, name: str) -> str:
    try:
        _directory_is_small(path, name)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError):
        return OCTETS  # it begins like an archive and is none
    _unpacks_to_something_sensible(entries, name)
    names = {entry.filename for entry in entries}
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise _invalid(
            "upload_macros",
            f"{name} holds macros, which are not accepted.",
            "The same file saved without macros.",
        )
    main = next((kind for part, kind in MAIN_PARTS.items() if part in names), None)
    return main if main and "[Content_Types].xml" in names else ZIP


def _directory_is_small(path: Path, name: str) -> None:
    # zipfile reads the whole directory into memory; its size stands in the archive's last record.
    with path.open("rb") as source:
        source.seek(max(0, path.stat().st_size - 65_557))
        tail = source.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and int.from_bytes(tail[at + 12 : at + 16], "little") > DIRECTORY:
        raise _invalid(
            "upload_archive",
            f"{name} is an archive with too many entries.",
            f"At most {MOST_ENTRIES:,} entries.",
        )


def _unpacks_to_something_sensible(entries: list[zipfile.ZipInfo], name: str) -> None:
    size, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    outside = [e.filename for e in entries if e.filename.startswith("/") or ".." in re.split(r"[/\\]", e.filename)]
    problem = ""
    if any(entry.flag_bits & 1 for entry in entries):
        problem = "has a password: nobody could read it later"
    elif (
        len(entries) > MOST_ENTRIES
        or size > MOST_UNPACKED
        or (size > UNPACKED_UNASKED and size > MOST_RATIO * max(1, packed))
    ):
        problem = f"would unpack to {len(entries):,} files and {size:,} bytes"
    elif outside:
        problem = "holds a name that leads out of the archive"
    if problem:
        raise _invalid("upload_archive", f"{name} {problem}.", "An ordinary archive without a password.")


def _text(path: Path, name: str, suffix: str) -> str:
    decoder, text, markup, place, before = codecs.getincrementaldecoder("utf-8")(), True, False, 0, b""
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            if found := NOT_TEXT.search(chunk):
                raise _invalid("upload_content", f"{name} is named as text and holds the control character "
                               f"U+{found.group()[0]:04X} at byte {place + found.start() + 1}.",
                               "Text, saved as UTF-8.")  # fmt: skip
            markup = markup or MARKUP.search(before + chunk) is not None
            text = text and _decodes(decoder, chunk)
            place, before = place + len(chunk), chunk[-OVERLAP:]
    # Script tags inside a text are text; what begins as markup some browsers run, whatever it is called.
    risky = markup and (suffix == "xml" or _begins_as_markup(path))
    return WRITTEN[suffix] if text and _decodes(decoder, b"", final=True) and not risky else OCTETS


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _begins_as_markup(path: Path) -> bool:
    with path.open("rb") as source:
        return source.read(1024).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")


def _pdf(path: Path, name: str) -> str:
    try:
        with pikepdf.open(path) as document:
            marks = sorted(set(_active(document)) | ({"restricted"} if document.is_encrypted else set()))
    except pikepdf.PasswordError:
        raise _invalid(
            "upload_encrypted",
            f"{name} is encrypted: it opens with a user password only, and records outlive passwords.",
            "The same PDF saved without a password.",
        ) from None
    except (pikepdf.PdfError, RuntimeError, ValueError):
        # Anything that the reader of PDF cannot make sense of is a damaged file, whatever it stumbled over.
        raise _invalid(
            "upload_content", f"{name} is named as .pdf and cannot be read as one.", "A PDF that opens."
        ) from None
    return f"{PDF}; active={'+'.join(marks)}" if marks else PDF


def _active(document: pikepdf.Pdf) -> Iterator[str]:
    """Find what could run when the PDF is opened or clicked, in every object and in what stands inside it."""
    waiting = list(document.objects)
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, pikepdf.Array):
            waiting += [part for part in thing if _direct(part)]
        elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            given = (thing.get(key) for key in ("/S", "/Subtype", "/Type"))
            named = (str(name) for name in given if isinstance(name, pikepdf.Name))
            yield from (ACTIONS[name] for name in named if name in ACTIONS)
            yield from ["javascript"] if "/JS" in thing else []
            waiting += [part for _, part in thing.items() if _direct(part)]


def _direct(part: object) -> bool:
    return isinstance(part, (pikepdf.Array, pikepdf.Dictionary)) and not part.is_indirect


def _named(record: Record) -> Iterator[dict[str, Any]]:
    declaration = records.type_of(record)
    fields = [field for field in declaration.fields if field.kind == "files"]
    yield from (item for field in fields for item in record.content.get(str(field.id)) or [])
    for version in Version.objects.filter(record_id=record.pk).order_by("-number").iterator() if fields else ():
        content = canonical.decode(version.content)["fields"] if version.content else {}
        yield from (item for field in fields for item in content.get(str(field.id)) or [])


def _invalid(rule: str, text: str, missing: str, *, field: str = "file") -> Invalid:
    return Invalid(rule=rule, text=text, missing=(Missing(missing, field=field, rule=rule),), do="Bring another file.")
