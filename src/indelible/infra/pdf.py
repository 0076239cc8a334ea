"""The only place that runs the typesetter: plain data in, the bytes of a PDF out.

One engine, typst from its wheel: no system library, no program to start. Each file claims PDF/A-3a and
PDF/UA-1 at once (the engine refuses to write one that breaks a rule it checks; `tests/archival` reads every kind
of file again by a structural check of its own; no certified validator is part of this).

Data never becomes markup. It is written as JSON beside the template, and the template reads it with
`json("data.json")`; a text that looks like code is a text.

Fonts: Inter from the wheel `fontpkg-inter` (OFL-1.1, the face of the product's pages) and the faces that the
typst wheel carries (DejaVu Sans Mono for code and hashes). Fonts of the system are never looked at, though
they may be there: the wheels belong to the build that was qualified and a system font does not, so the same
data gives the same bytes on every machine with this build. A missing font wheel is a broken installation and
is said, not papered over.

Nothing is fetched: a template that imports a package is refused before the engine could ask for it.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Literal, get_args

import typst

FONT_WHEEL = "fontpkg-inter"
STANDARDS: list[typst.PDFStandard] = ["a-3a", "ua-1"]
Relationship = Literal["source", "data", "alternative", "supplement"]

_PACKAGE = re.compile(r"""["']@""")  # "@preview/..." is how typst names a package, and it would be downloaded
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE = re.compile(r'[/\\:*?"<>|]')
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_ATTACH = """
#for a in json("attachments.json") {
  pdf.attach(a.name, read(a.file, encoding: none), relationship: a.relationship, mime-type: a.media_type,
    description: a.description)
}
"""


class PdfFailed(Exception):
    """No PDF was made; the text says what the typesetter refused and, where it knows, what would help."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels inside the PDF; `relationship` says what it is to the pages (AFRelationship)."""

    name: str
    media_type: str
    content: bytes
    relationship: Relationship


def compile_pdf(
    template: str,
    data: dict[str, Any],
    *,
    at: datetime,
    attachments: Sequence[Attachment] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """Set `template` with `data` and give the PDF; the same input gives the same bytes.

    In: typst source that reads `json("data.json")`; JSON-like data; `at`, with its zone, for the dates inside
    the file; files to embed (names are made safe and unique); images that the template shows, by the name of their
    file, which is the caller's own. Out: PDF/A-3a and PDF/UA-1, tagged, fonts
    embedded. Raises PdfFailed when template, data, an attachment or a character is refused, or the font wheel
    is missing. Serves 11.10(b) and Annex 11 8.1: a readable copy that stays readable without this system.
    """
    offset = at.utcoffset()
    if offset is None:
        raise PdfFailed("the time of a PDF needs its zone")
    if _PACKAGE.search(template):
        raise PdfFailed("a template may not import packages: they would be fetched from the network")
    with tempfile.TemporaryDirectory(prefix="indelible-pdf-") as place:
        folder = Path(place)
        _write_json(folder / "data.json", data)
        _write_attachments(folder, attachments)
        for name, content in (pictures or {}).items():
            (folder / name).write_bytes(content)
        # The engine takes fixed offsets only; a named zone knows its offset at this moment.
        return _compile(folder, template + _ATTACH, at.astimezone(timezone(offset)))


@cache
def font_files() -> tuple[Path, ...]:
    """Give the font files of the wheel, found without running its code; raises PdfFailed without it."""
    try:
        wheel = distribution(FONT_WHEEL)
    except PackageNotFoundError as problem:
        raise PdfFailed(f"the font wheel {FONT_WHEEL} is not installed") from problem
    fonts = sorted(str(wheel.locate_file(file)) for file in wheel.files or () if file.suffix == ".ttf")
    if not fonts:
        raise PdfFailed(f"the wheel {FONT_WHEEL} holds no fonts")
    return tuple(Path(font) for font in fonts)


@cache
def _fonts() -> typst.Fonts:
    folders = sorted({str(file.parent) for file in font_files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=list(folders))


def _compile(folder: Path, source: str, at: datetime) -> bytes:
    nowhere = folder / "no-packages"
    main = folder / "main.typ"
    main.write_text(source, encoding="utf-8")
    try:
        return typst.compile(
            str(main),
            root=str(folder),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=STANDARDS,
            package_path=nowhere,
            package_cache_path=nowhere,
            timestamp=at.replace(microsecond=0),
        )
    except typst.TypstError as problem:
        raise PdfFailed("; ".join([problem.message, *problem.hints])) from problem


def _write_json(path: Path, value: object) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
        path.write_text(text, encoding="utf-8")
    except (TypeError, ValueError) as problem:  # UnicodeEncodeError, half a surrogate pair, is a ValueError
        raise PdfFailed(f"the data cannot be written as JSON: {problem}") from problem


def _write_attachments(folder: Path, attachments: Sequence[Attachment]) -> None:
    names = _unique(_safe(attachment.name) for attachment in attachments)
    listed = []
    for index, (name, attachment) in enumerate(zip(names, attachments, strict=True)):
        if attachment.relationship not in get_args(Relationship):
            raise PdfFailed(f"{name}: no such relationship as {attachment.relationship}")
        file = f"attachment-{index}"
        (folder / file).write_bytes(attachment.content)
        media_type = attachment.media_type
        listed.append(
            {
                "name": name,
                "description": _whole(attachment.name),
                "file": file,
                # A browser once said what an upload is; nonsense there must not stop the copy of a record.
                "media_type": media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream",
                "relationship": attachment.relationship,
            }
        )
    _write_json(folder / "attachments.json", listed)


def _safe(name: str) -> str:
    """Give a name that nobody reads as a path, in ASCII: the index of attachments has no other encoding.

    Accents are dropped, other letters become their code points; the description keeps the name as it is.
    """
    plain = unicodedata.normalize("NFKD", _whole(name))
    ascii_only = "".join(
        char if char.isascii() else "" if unicodedata.combining(char) else f"U+{ord(char):04X}" for char in plain
    )
    return _UNSAFE.sub("_", ascii_only).strip(". ") or "file"


def _whole(name: str) -> str:
    return _CONTROL.sub("_", name.encode("utf-8", "backslashreplace").decode("utf-8"))


def _unique(names: Iterable[str]) -> list[str]:
    """Keep the first of equal names and count the later ones: `a.pdf`, `a (2).pdf`."""
    seen: dict[str, None] = {}
    for name in names:
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        candidate, count = name, 1
        while candidate in seen:
            count += 1
            candidate = f"{stem} ({count}){dot}{suffix}"
        seen[candidate] = None
    return list(seen)
