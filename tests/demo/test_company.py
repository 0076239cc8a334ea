"""The loaded demo company: its states, its whole ledger, the declared redline, the long document, and a week that passes."""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
import pytest

from indelible.assurance.rendition import building
from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.context import Context
from indelible.kernel.models import Account, Event, Record
from indelible.practice import history, panels, queries, uploads
from indelible.practice.queries import Viewer
from indelible.practice.redline import contents
from indelible.practice.redline.words import plain
from indelible.project.demo import passing, rasters, sterility, timeline
from tests import homes
from tests.demo.conftest import TODAY

ZONE = ZoneInfo("America/New_York")
NEWEST = {
    "in_approval": {"SOP-014.04", "SOP-022.03", "SOP-033.03"}, "draft": {"SOP-019.01", "SOP-024.03", "SOP-035.01"},
    "approved": {"SOP-013.02", "SOP-029.02"}, "retired": {"SOP-038.02"},
}  # fmt: skip


@pytest.mark.usefixtures("company")
def test_forty_procedures_stand_where_the_story_has_them_and_the_ledger_verifies() -> None:
    revisions = list(Record.objects.filter(type="document").order_by("number"))
    newest = {str(record.series): record for record in revisions}
    states = Counter(record.state for record in newest.values())
    found = {state: {r.number for r in newest.values() if r.state == state} for state in NEWEST}
    late = {r.series for r in revisions if r.standing == "in_force" and r.due_at is not None and r.due_at < clock.now()}
    first = Event.objects.order_by("at").first()

    assert sorted(newest) == [f"SOP-{number:03}" for number in range(1, 41)]
    assert states == {"effective": 31, "in_approval": 3, "draft": 3, "approved": 2, "retired": 1}
    assert (found, late, len(revisions)) == (NEWEST, {"SOP-002", "SOP-028"}, 96)
    assert first is not None
    assert timedelta(days=785) < clock.now() - first.at < timedelta(days=797)
    assert _writers(newest["SOP-024"]) == {"gkim", "cmartin"}
    assert Counter(r.state for r in Record.objects.filter(type="controlled_copy")) == {
        "issued": 5,
        "reconciled": 4,
        "recalled": 1,
    }
    assert Record.objects.get(number="SOP-022.03").marks["open_comments"]
    homes.expect_whole()


def test_every_role_is_awake_but_one_and_one_cv_runs_out(quality: Viewer) -> None:
    items = Counter(record.state for record in Record.objects.filter(type="personnel_item"))
    _, _, sheet = panels.sheet(quality, "personnel-gaps")

    assert items == {"in_force": 33, "draft": 1}
    assert [[cell.text for cell in row] for row in sheet.tables[0].rows] == [
        ["Emily Carter", "Trainer", "Runs out", f"CV until {TODAY + timedelta(days=20)}"],
        [
            "Victor Abara",
            "Trainer",
            "Asleep",
            "The job description PFL-0033 is not signed yet by the manager, Ingrid Solheim.",
        ],
    ]


def test_the_cytometer_of_a_deviation_was_out_of_calibration_until_quality_accepted_the_next_one(quality: Viewer) -> None:
    cytometer = queries.get_record(quality, "EQU-002")
    trail = [(one.act, one.at) for one in history.of_record(cytometer)]
    (overdue,) = [at for act, at in trail if act == "equipment.fall_overdue"]
    (back,) = [at for act, at in trail if act == "equipment.take_over" and at < overdue + timedelta(days=9)]
    seen = queries.get_record(quality, "DEV-004").created_at

    states = Counter((one.type, one.state) for one in Record.objects.filter(type__in=["equipment", "lot", "commitment"]))

    assert overdue < seen < back
    assert states == {
        ("equipment", "calibrated"): 7, ("equipment", "active"): 1, ("lot", "dispositioned"): 12, ("lot", "on_hold"): 1,
        ("lot", "in_process"): 1, ("commitment", "closed"): 1, ("commitment", "open"): 2,
    }  # fmt: skip


def test_the_redline_of_the_audit_trail_review_holds_the_declared_edits_and_nothing_else(quality: Viewer) -> None:
    old, new = (queries.get_record(quality, f"SOP-014.{revision}") for revision in ("03", "04"))
    found = contents.compare_contents((records.type_of(old), records.type_of(new)), old.content, new.content)
    text = next(field.text for field in found.fields if field.text is not None)
    words = [
        (segment.op, plain(segment.words).strip())
        for block in text.blocks()
        for segment in block.segments
        if segment.op != "same"
    ]
    declared = timeline.read().change("SOP-014", 4).edits
    moved = [part.title for part in text.parts if part.moved_from and not part.rides]

    assert {kind: n for kind, n in found.counts().items() if kind not in ("field", "file")} == {
        "text": 11,
        "row": 1,
        "image": 1,
        "moved": 1,
    }
    assert {change.field.name for change in found.fields if change.status != "same"} == {
        "text", "pictures", "effective_on", "reason_for_revision", "summary_of_changes"}  # fmt: skip
    assert moved == ["When something is found"]
    assert len([edit for edit in declared if not edit.moved and "|" not in edit.now]) == 11
    for op, said in words:
        at = [edit for edit in declared if said in (edit.now if op == "ins" else edit.was)]
        assert at or said == "The way of a line through the review", (op, said)


def test_rapid_sterility_has_41_pages_six_tables_and_an_annex_of_30_megabytes(quality: Viewer) -> None:
    record = queries.get_record(quality, "SOP-029.02")
    pages = pikepdf.open(io.BytesIO(building.pdf(quality, record))).pages
    values = records.values(record)
    annex = b"".join(uploads.bytes_of(values["file"][0]["sha256"]))
    opened = pikepdf.open(io.BytesIO(annex))

    assert len(pages) == 41
    assert len(re.findall(r"^\|[-| ]+\|$", values["text"], re.MULTILINE)) == 6
    assert 30_000_000 <= len(annex) < 31_000_000
    assert (len(opened.pages), opened.check_pdf_syntax()) == (rasters.BOTTLES, [])
    assert hashlib.sha256(rasters.pdf()).digest() == hashlib.sha256(annex).digest(), "not the same bytes at every load"


def test_the_figures_of_the_validation_follow_from_its_printed_rows() -> None:
    text = sterility.annexes()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| V-")]
    for level in sterility.LEVELS:
        tried = [row for row in rows if row[3] == str(level)]
        seen = sum("none" not in row[4] for row in tried)
        line = next(one for one in text.splitlines() if one.startswith(f"| All | {level} |"))
        assert f"| {seen} of {len(tried)} |" in line
    # Exact limits as tables of the binomial distribution give them.
    assert [round(limit, 4) for limit in sterility.bounds(0, 30)] == [0.0, 0.1157]
    assert [round(limit, 4) for limit in sterility.bounds(8, 10)] == [0.4439, 0.9748]
    assert [round(limit, 4) for limit in sterility.bounds(36, 36)] == [0.9026, 1.0]
    # Newcombe's own example of 56 of 70 against 48 of 80 has unequal groups; here 9 of 10 against 3 of 10.
    assert [round(one, 4) for one in sterility.difference(9, 3, 10)] == [0.6, 0.1705]


def test_a_week_later_two_revisions_take_effect_at_their_minute_without_gap_or_overlap(company: Path) -> None:
    told = passing.advance(timedelta(days=8))
    midnight = datetime(2026, 11, 30, tzinfo=ZONE)
    reader = queries.viewer(Context(Account.objects.get(user_id="ltran").person_id, "session", session="test"))

    assert company.is_dir()
    assert {"SOP-013.02 is effective", "SOP-029.02 is effective"} <= set(told["done"])
    for series in ("SOP-013", "SOP-029"):
        old, new = Record.objects.filter(series=series).order_by("revision")
        assert (old.state, new.state) == ("superseded", "effective")
        assert new.in_force_from is not None
        assert old.in_force_until == new.in_force_from
        assert timedelta(0) <= new.in_force_from - midnight < timedelta(minutes=1)
    for day, revision in ((6, 1), (7, 2), (8, 2)):
        listed = _in_force(reader, (TODAY + timedelta(days=day)).isoformat())
        assert listed["SOP-013"] == listed["SOP-029"] == [revision]
        assert all(len(revisions) == 1 for revisions in listed.values())
        assert len(listed) == 37, "all but the first drafts SOP-019 and SOP-035, and SOP-038 that is retired"


def _writers(record: Record) -> set[str]:
    people = {str(record.author_id), *record.marks["editors"]}
    return {account.user_id for account in Account.objects.filter(person_id__in=people)}


def _in_force(view: Viewer, day: str) -> dict[str, list[int | None]]:
    page = queries.list_records(view, "document", filters={"as_of": day}, size=200)
    found: dict[str, list[int | None]] = {}
    for record in page.records:
        found.setdefault(str(record.series), []).append(record.revision)
    return found
