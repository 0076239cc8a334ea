"""Three hundred files with twenty planted faults: twenty are named by row, the rest is in, and again changes nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from django.conf import settings

from indelible.assurance.importing import run as importing
from indelible.assurance.importing.run import Asked
from indelible.infra.storage import Store
from indelible.kernel import records
from indelible.kernel.context import Context
from indelible.kernel.models import Event, Record, Signature
from indelible.practice import queries
from tests.homes import TestHome
from tests.importing import papers

DOCUMENTS = 200  # every other one a DOCX with its scan, the others a scan alone: 300 files


def importer(home: TestHome, user: str = "doc") -> Context:
    return Context(home.person(user), "import", session=f"import-{user}")


def quiet(_: str) -> None:
    """Tell nobody."""


def test_twenty_of_three_hundred_are_named_by_row_and_the_rest_is_in(home: TestHome, tmp_path: Path) -> None:
    binder = papers.binder(tmp_path / "binder", DOCUMENTS)
    assert sum(path.is_file() for path in binder.folder.rglob("*")) == 300
    expected = papers.plant(binder)
    assert len(expected) == 20
    asked, ctx = Asked(binder.table, binder.folder, binder.mapping), importer(home)

    found = importing.examine(ctx, asked)
    assert {row.row: {one.column for one in row.problems} for row in found.refused()} == {
        r: {c} for r, c in expected.items()
    }
    assert Record.objects.filter(type="document").count() == 0

    done = importing.run(ctx, asked, say=quiet)
    assert {r["row"] for r in done.report["rows"] if r["status"] != "in"} == set(expected)
    assert (
        done.report["counts"]["brought"]
        == DOCUMENTS - 20
        == Record.objects.filter(type="document", state="attesting").count()
    )
    assert done.report["counts"]["differences"] == 0
    documents = Record.objects.filter(type="document").values("pk")
    assert not Signature.objects.filter(record_id__in=documents).exists()
    assert Record.objects.filter(type="document", standing="in_force").count() == 0
    _stored_as_brought(binder, done.report)
    _report_is_on_its_record(home, done.number)

    events = Event.objects.count()
    again = importing.run(ctx, asked, say=quiet)
    assert (again.brought_now, again.number, Event.objects.count()) == (0, done.number, events)

    _mended(binder)
    third = importing.run(ctx, asked, say=quiet)
    assert (third.brought_now, third.report["counts"]["brought"], third.report["counts"]["refused"]) == (
        1,
        DOCUMENTS - 19,
        19,
    )


def _stored_as_brought(binder: papers.Binder, report: dict) -> None:
    on_disk = {hashlib.sha256(path.read_bytes()).hexdigest() for path in binder.folder.rglob("*") if path.is_file()}
    files = [file for row in report["rows"] for file in row["files"]]
    assert files
    assert all(file["sha256_stored"] == file["sha256_brought"] and file["sha256_brought"] in on_disk for file in files)


def _report_is_on_its_record(home: TestHome, number: str) -> None:
    opened = {one.name.rpartition(".")[2]: b"".join(one.chunks) for one in importing.get_report(home.view("qua"), number)}
    assert set(opened) == {"json", "csv", "pdf"}
    assert json.loads(opened["json"])["counts"]["rows"] == DOCUMENTS
    lines = list(csv.DictReader(io.StringIO(opened["csv"].decode("utf-8-sig"))))
    assert len({line["row"] for line in lines}) == DOCUMENTS
    assert not [value for line in lines for value in line.values() if value.startswith(("=", "+", "-", "@"))]
    assert opened["pdf"].startswith(b"%PDF-")


def _mended(binder: papers.Binder) -> None:
    binder.rows[32]["Title"] = "Procedure with its title"
    binder.write()


def test_quality_signs_a_reconciliation_that_somebody_else_made_and_verified(home: TestHome, tmp_path: Path) -> None:
    binder = papers.binder(tmp_path / "binder", 4)
    done = importing.run(importer(home), Asked(binder.table, binder.folder, binder.mapping), say=quiet)

    home.sign("rob", "import_run.reconcile", done.number)
    home.sign("qua", "import_run.reconcile", done.number)

    assert Record.objects.get(number=done.number).state == "reconciled"
    again = importing.run(importer(home), Asked(binder.table, binder.folder, binder.mapping), say=quiet)
    assert (again.number, again.brought_now) == (done.number, 0)


def test_a_file_whose_bytes_are_gone_stands_in_the_report_and_is_not_signed_away(home: TestHome, tmp_path: Path) -> None:
    binder = papers.binder(tmp_path / "binder", 2)
    asked = Asked(binder.table, binder.folder, binder.mapping)
    done = importing.run(importer(home), asked, say=quiet)
    lost, store = done.report["rows"][1]["files"][0]["sha256_brought"], Store(settings.HOME.files)
    kept = b"".join(store.read(lost))
    store.withhold(lost)

    importing.run(importer(home), asked, say=quiet)

    assert records.values(Record.objects.get(number=done.number))["differences"] == "1"
    refusals = {one.rule for one in _refusals(home, done.number)}
    assert "files_are_as_brought" in refusals
    store.put([kept], limit=len(kept))


def _refusals(home: TestHome, number: str) -> tuple:
    view = home.view("rob")
    possible = {one.verb: one for one in queries.list_acts(view, Record.objects.get(number=number))}
    refusal = possible["reconcile"].refusal
    assert refusal is not None
    return refusal.missing


@pytest.mark.parametrize("user", ["rea", "rob"])
def test_who_may_not_create_the_records_imports_nothing(home: TestHome, tmp_path: Path, user: str) -> None:
    from indelible.kernel.errors import Refused  # noqa: PLC0415

    binder = papers.binder(tmp_path / "binder", 2)
    with pytest.raises(Refused) as caught:
        importing.run(importer(home, user), Asked(binder.table, binder.folder, binder.mapping), say=quiet)

    assert caught.value.rule == "authority"
    assert not Record.objects.filter(type__in=("document", "import_run")).exists()
