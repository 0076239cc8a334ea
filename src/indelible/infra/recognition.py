"""What a file is: its bytes say it, not its name and not its sender; nothing in it is repaired or taken out.

A name that promises something else is unfit, and so is what nobody could read later (a password, a damaged
archive). What could run in a reader is marked in the media type: `application/pdf; active=javascript`. So is a
signature that another program put inside (`active=signed`): it is content, not a signature of this system.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pikepdf

from indelible.infra.storage import CHUNK

MEGABYTE = 1_000_000
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
MARKED, SIGNED, SIGNED_OFFICE = "; active=", "signed", "_xmlsignatures/"
SIGNATURES = {
    b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg",
    b"PK\x03\x04": ZIP, b"PK\x05\x06": ZIP,
}  # fmt: skip

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
    "/Rendition": "media", "/Movie": "media", "/RichMedia": "media", "/EmbeddedFile": "embedded", "/Sig": "signed",
}  # fmt: skip


class Unfit(Exception):
    """A file that is not kept: the rule that it breaks, a sentence about it, and what would be kept instead."""

    def __init__(self, rule: str, text: str, wanted: str) -> None:
        super().__init__(text)
        self.rule, self.text, self.wanted = rule, text, wanted


def media_type(path: Path, name: str, suffix: str) -> str:
    """Say what the bytes are, in agreement with the name and its suffix (lower case); raises Unfit where they differ."""
    found = _signed(path, name)
    if suffix in PROMISED:
        if found != PROMISED[suffix]:
            _differs(name, suffix, found)
        if found == PDF:
            return _pdf(path, name)
        return f"{found}{MARKED}{SIGNED}" if found.startswith(OFFICE) and _is_signed(path) else found
    if suffix in WRITTEN:
        return _text(path, name, suffix) if found == OCTETS else _differs(name, suffix, found)
    return OCTETS


def marks(media_type: str) -> frozenset[str]:
    """Give what a media type is marked with: what could run, and whether another program signed inside."""
    _, _, told = media_type.partition(MARKED)
    return frozenset(told.split("+")) if told else frozenset()


def _is_signed(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(name.startswith(SIGNED_OFFICE) for name in archive.namelist())


def _signed(path: Path, name: str) -> str:
    with path.open("rb") as source:
        head = source.read(16)
    found = next((kind for mark, kind in SIGNATURES.items() if head.startswith(mark)), OCTETS)
    return _archive(path, name) if found == ZIP else found


def _differs(name: str, suffix: str, found: str) -> NoReturn:
    what = "something else" if found == OCTETS else found
    raise Unfit("upload_content", f"{name} is named as .{suffix}, and its content is {what}.",
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
        raise Unfit(
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
        raise Unfit(
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
        raise Unfit("upload_archive", f"{name} {problem}.", "An ordinary archive without a password.")


def _text(path: Path, name: str, suffix: str) -> str:
    decoder, text, markup, place, before = codecs.getincrementaldecoder("utf-8")(), True, False, 0, b""
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            if found := NOT_TEXT.search(chunk):
                raise Unfit("upload_content", f"{name} is named as text and holds the control character "
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
            found = sorted(set(active(document)) | ({"restricted"} if document.is_encrypted else set()))
    except pikepdf.PasswordError:
        raise Unfit(
            "upload_encrypted",
            f"{name} is encrypted: it opens with a user password only, and records outlive passwords.",
            "The same PDF saved without a password.",
        ) from None
    except (pikepdf.PdfError, RuntimeError, ValueError):
        # Anything that the reader of PDF cannot make sense of is a damaged file, whatever it stumbled over.
        raise Unfit("upload_content", f"{name} is named as .pdf and cannot be read as one.", "A PDF that opens.") from None
    return f"{PDF}{MARKED}{'+'.join(found)}" if found else PDF


def active(document: pikepdf.Pdf) -> Iterator[str]:
    """Find what could run when the PDF is opened or clicked, in every object and in what stands inside it."""
    waiting = list(document.objects)
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, pikepdf.Array):
            waiting += [part for part in thing if _direct(part)]
        elif isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            given = (thing.get(key) for key in ("/S", "/Subtype", "/Type", "/FT"))
            named = (str(name) for name in given if isinstance(name, pikepdf.Name))
            yield from (ACTIONS[name] for name in named if name in ACTIONS)
            yield from ["javascript"] if "/JS" in thing else []
            waiting += [part for _, part in thing.items() if _direct(part)]


def _direct(part: object) -> bool:
    return isinstance(part, (pikepdf.Array, pikepdf.Dictionary)) and not part.is_indirect
