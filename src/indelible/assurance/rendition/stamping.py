"""The only place that makes the reading copy of an uploaded PDF: its pages inside our frame, which says what they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from indelible.assurance.rendition import building
from indelible.assurance.rendition.glyphs import printable_tree
from indelible.infra import clock, recognition, underlay
from indelible.infra.pdf import compile_pdf
from indelible.infra.storage import Store
from indelible.infra.underlay import Unusable
from indelible.kernel import records
from indelible.kernel.errors import NotFound, Unavailable
from indelible.kernel.models import Record
from indelible.practice.queries import Viewer

__all__ = ["Unusable", "reading_copy"]

TEMPLATES = ("parts.typ", "stamp.typ")
LEFT, TOP, RIGHT, BOTTOM = FRAME = (18, 25, 18, 33)  # millimetres


def reading_copy(view: Viewer, record: Record, sha256: str, copy: Record | None = None) -> bytes:
    """Give the stamped reading copy of a PDF that a record names now (Annex 11 8.1; 11.10(b)).

    Each page says number, revision, state, environment, page x of y, who printed it when, and the hashes of content and
    file; what is not in force has its word across it. Raises NotFound for what is no PDF of this record, Unusable where
    the pages cannot be taken over.
    """
    item = next((one for one in pdfs(record) if one["sha256"] == sha256), None)
    if item is None:
        raise NotFound(f"{record.number} {sha256[:12]}")
    store = Store(settings.HOME.files)
    if not store.has(sha256):
        raise Unavailable(f"The bytes of {item['name']} are not in the file store; `indelible doctor` says more.")
    path = store.path(sha256)
    shown = building.shown(view, record, copy=copy).model_dump() | {
        "wide": [width > height for width, height in underlay.sizes(path)],
        "source": {"name": item["name"], "sha256": sha256},
        "frame": {"top": TOP, "bottom": BOTTOM},
    }
    ours = compile_pdf(_template(), printable_tree(shown), at=clock.now())
    return underlay.beneath(ours, path, FRAME)


def pdfs(record: Record) -> list[dict[str, str]]:
    """List the PDFs among the files of a record's present content."""
    values = records.values(record)
    fields = (f for f in records.type_of(record).live_fields() if f.kind == "files")
    items = (item for f in fields for item in values.get(f.name) or [])
    return [item for item in items if item["media_type"].partition(recognition.MARKED)[0] == recognition.PDF]


@cache
def _template() -> str:
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in TEMPLATES)
