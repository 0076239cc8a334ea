"""The only place that compares what was brought with what is kept, and writes it down for people to sign.

Counts in, out and refused; for each row its number, title and the SHA-256 of the file as brought and as stored, read
again from the store. As JSON for programs, CSV for spreadsheets (no value is a formula there), PDF for people.
"""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from indelible.assurance.importing.examining import Examination
from indelible.assurance.importing.row import IN, Row
from indelible.assurance.rendition.glyphs import printable_tree
from indelible.infra import canonical, clock
from indelible.infra.pdf import PdfFailed, compile_pdf
from indelible.infra.storage import Store
from indelible.kernel import records
from indelible.kernel.models import Record

FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEAD = ("row", "number", "title", "status", "state", "field", "file", "sha256_brought", "sha256_stored", "same", "problems")


def reconcile(found: Examination, *, table: str, table_sha256: str) -> dict[str, Any]:
    """Give the report: every row of the table with what became of it, and what differs."""
    store = Store(settings.HOME.files)
    kept = {r.pk: r for r in Record.objects.filter(pk__in=[row.record for row in found.rows if row.record])}
    rows = [_row(row, kept.get(row.record) if row.record else None, store) for row in found.rows]
    files = [file for row in rows for file in row["files"]]
    return {
        "format": 1, "type": found.plan.type, "title": found.plan.title, "source": found.plan.source, "table": table,
        "table_sha256": table_sha256, "at": clock.iso(clock.now()), "notes": found.notes, "rows": rows,
        "counts": {
            "rows": len(rows), "brought": sum(row["status"] == IN for row in rows),
            "refused": sum(row["status"] != IN for row in rows), "files_brought": len(files),
            "files_stored": sum(file["sha256_stored"] is not None for file in files),
            "differences": sum(not file["same"] for file in files), "files_in_no_row": sum("no row" in n for n in found.notes),
        },
    }  # fmt: skip


def _row(row: Row, record: Record | None, store: Store) -> dict[str, Any]:
    named = _named(record) if record else {}
    files = []
    for name, brought in row.files.items() if record else ():
        for file in brought:
            stored = store.digest(file.sha256) if file.sha256 in named.get(name, ()) else None
            files.append({"field": name, "file": file.name, "size": file.size, "sha256_brought": file.sha256,
                          "sha256_stored": stored, "same": stored == file.sha256})  # fmt: skip
    return {
        "row": row.row, "number": record.number if record else row.number, "title": row.title, "status": row.status,
        "state": record.state if record else None, "files": files, "problems": [asdict(one) for one in row.problems],
    }  # fmt: skip


def _named(record: Record) -> dict[str, set[str]]:
    declared, values = records.type_of(record), records.values(record)
    fields = [f.name for f in declared.live_fields() if f.kind == "files"]
    return {name: {item["sha256"] for item in values.get(name) or []} for name in fields}


def as_json(report: dict[str, Any]) -> bytes:
    """Give the report for programs, in canonical form."""
    return canonical.encode(report).encode()


def as_csv(report: dict[str, Any]) -> bytes:
    """Give the report for spreadsheets: one line for each file of a row, one for a row without."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for row in report["rows"]:
        problems = " | ".join(f"{one['column']}: {one['text']}" for one in row["problems"])
        for file in row["files"] or [{}]:
            values = {**row, **file, "problems": problems}
            writer.writerow([_safe(values.get(name)) for name in HEAD])
    return out.getvalue().encode("utf-8-sig")


def _safe(value: Any) -> str:
    text = "" if value is None else "yes" if value is True else "no" if value is False else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def as_pdf(report: dict[str, Any], zone: str) -> bytes:
    """Give the report for people; a character that no font has is printed as its code point, never left out."""
    at = clock.parse(report["at"])
    shown = {**report, "at": clock.in_zone(at, zone)}
    try:
        return compile_pdf(_template(), printable_tree(shown), at=at)
    except PdfFailed:
        return compile_pdf(_template(), printable_tree(shown, strict=True), at=at)


@cache
def _template() -> str:
    return Path(__file__).with_name("report.typ").read_text(encoding="utf-8")
