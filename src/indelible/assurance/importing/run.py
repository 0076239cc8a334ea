"""The only place that carries an import from its beginning to its report: examine, bring, reconcile, keep on a record.

The record of the run is made through the door like everything else, before the first row. What is on it is signed by
people who did not bring it; the importer signs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indelible.assurance.importing import bringing, examining, folder, plan, reconciling, table
from indelible.assurance.importing.examining import Examination
from indelible.assurance.importing.row import BEGUN, NEW
from indelible.infra import canonical
from indelible.kernel import acts, records
from indelible.kernel.context import Context
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Record, Request
from indelible.practice import queries, uploads

RUN, PREPARED = "import_run", "prepared"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to bring: a table, its folder, perhaps a mapping, the file for one-time links."""

    table: Path
    folder: Path
    mapping: Path | None = None
    kind: str = "document"
    links: Path | None = None


@dataclass(slots=True)
class Result:
    """What a run did: its record, the report, and how many rows were brought this time."""

    number: str
    state: str
    brought_now: int
    report: dict[str, Any]


def examine(ctx: Context, asked: Asked) -> Examination:
    """Examine without writing anything; raises Refused, Invalid, or Broken for the mapping."""
    view = queries.viewer(ctx)
    told, source = plan.read(asked.mapping) if asked.mapping else plan.shipped(asked.kind)
    declared = plan.check(told, source, view.configuration)
    read = table.read(asked.table, told.sheet)
    beside = (asked.table, asked.mapping, asked.links)
    files = folder.Folder.open(asked.folder, view.configuration.policies, beside=beside)
    return examining.examine(view, told, declared, read, files)


def run(ctx: Context, asked: Asked, *, say: Say) -> Result:
    """Bring what has no problem, and keep the report on the record of the run; the same again changes nothing."""
    say("Examining")
    found = examine(ctx, asked)
    if refusal := queries.may_create(queries.viewer(ctx), RUN):
        raise refusal
    bringing.check_links(found.plan.type, asked.links)
    sha256 = hashlib.sha256(asked.table.read_bytes()).hexdigest()
    head = _begin(ctx, found, asked, sha256)
    waiting = sum(row.status in (NEW, BEGUN) for row in found.rows)
    say(f"{head.number}: {waiting} rows to bring, {len(found.refused())} refused")
    brought = bringing.bring(ctx, found, links=asked.links, say=say)
    report = reconciling.reconcile(found, table=asked.table.name, table_sha256=sha256)
    head = _keep(ctx, head, report)
    return Result(head.number, head.state, brought, report)


def get_report(view: queries.Viewer, number: str) -> list[uploads.Opened]:
    """Give the files of a run's report to whoever may see the run; raises NotFound."""
    record = queries.get_record(view, number)
    if record.type != RUN:
        raise NotFound(number)
    return [uploads.open_file(view, record, item["sha256"]) for item in records.values(record).get("report") or []]


def _begin(ctx: Context, found: Examination, asked: Asked, sha256: str) -> Record:
    """Give the record of this table: the one that waits for its signatures, or the last one where nothing is left to bring."""
    mapping = canonical.encode(found.plan.model_dump(mode="json")).encode()
    stem = f"import-run:{hashlib.sha256(sha256.encode() + mapping).hexdigest()}"
    nothing_left = not any(row.status in (NEW, BEGUN) for row in found.rows)
    count, last = 1, _made(f"{stem}:1")
    while last is not None and last.state != PREPARED and not nothing_left:
        count += 1
        last = _made(f"{stem}:{count}")
    if last is not None:
        return last
    brought = uploads.receive(ctx, asked.table.name, [asked.table.read_bytes()], sha256)
    mapped = uploads.receive(ctx, "mapping.json", [mapping])
    fields = {
        "title": found.plan.title or f"{found.declared.plural} from {uploads.clean(asked.table.name)}"[:300],
        "kind": found.plan.type, "source": found.plan.source or None, "table": [brought.sha256],
        "table_sha256": sha256, "mapping": [mapped.sha256],
    }  # fmt: skip
    made = acts.run(ctx, f"{RUN}.create", key=f"{stem}:{count}", fields=fields)
    return Record.objects.get(pk=made.record)


def _made(key: str) -> Record | None:
    request = Request.objects.filter(key=key).first()
    return Record.objects.filter(pk=request.record_id, type=RUN).first() if request else None


def _keep(ctx: Context, head: Record, report: dict[str, Any]) -> Record:
    """Put the report on the record where it says something new; what was signed stays as it was signed."""
    head.refresh_from_db()
    if head.state != PREPARED or _says_the_same(head, report):
        return head
    zone = records.configuration_of(head).company.zone
    files = {"json": reconciling.as_json(report), "csv": reconciling.as_csv(report), "pdf": reconciling.as_pdf(report, zone)}
    kept = [uploads.receive(ctx, f"{head.number} reconciliation.{end}", [content]).sha256 for end, content in files.items()]
    counts = report["counts"]
    fields = {name: str(counts[name]) for name in ("rows", "brought", "refused", "differences")} | {"report": kept}
    try:
        acts.run(ctx, f"{RUN}.edit", head.pk, seen=head.position, fields=fields)
    except Refused as refusal:
        refusal.cause = f"The rows are in; the report of {head.number} is not on its record yet. {refusal.cause}".strip()
        raise
    return Record.objects.get(pk=head.pk)


def _says_the_same(head: Record, report: dict[str, Any]) -> bool:
    kept = next((item for item in records.values(head).get("report") or [] if item["name"].endswith(".json")), None)
    if kept is None:
        return False
    before = canonical.decode(b"".join(uploads.bytes_of(kept["sha256"])).decode())
    return _lasting(before) == _lasting(report)


def _lasting(report: dict[str, Any]) -> dict[str, Any]:
    """Give what a report says of the import itself: neither its own time nor what people did with the records since."""
    rows = [{key: value for key, value in row.items() if key != "state"} for row in report["rows"]]
    return {**{key: value for key, value in report.items() if key != "at"}, "rows": rows}
