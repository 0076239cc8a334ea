"""Printed copies: all of the record is on the pages, and no page can be mistaken for another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from indelible.assurance.rendition import RenditionData, render, tree
from indelible.assurance.rendition.data import ShownField, Signature, Table
from tests.assurance.copies import (
    AT,
    CONTENT,
    EVENT,
    MINUS,
    RECORD,
    SIGNATURE,
    WHOLE,
    data,
    field,
    flat,
    heights,
    pages,
    reader,
    text_of,
)

pytestmark = pytest.mark.engine_free


def test_the_signature_page_shows_name_time_zone_and_meaning_of_each_signature() -> None:
    """11.50(b): all three wherever the record is printed."""
    second = SIGNATURE | {
        "printed_name": "Ingrid Solheim",
        "meaning_label": "Approved",
        "at": AT.astimezone(UTC),
    }

    page = next(p for p in pages(render(data(signatures=[SIGNATURE, second]), at=AT)) if "Signatures" in p)

    assert "Aiko Tanabe" in page
    assert "Reviewed: I checked the content." in page
    assert f"2026-11-23 14:03:22 {MINUS}05:00 America/New_York" in page
    assert "Ingrid Solheim" in page
    assert "Approved: I checked the content." in page
    assert "2026-11-23 19:03:22 +00:00 America/New_York" in page
    assert "password and one-time code" in page
    assert CONTENT[:16] in page


def test_a_voided_signature_stays_and_says_who_voided_it_when_and_why() -> None:
    voided = {"by": "Linh Tran", "at": AT, "reason": "the cause was edited"}

    text = text_of(signatures=[SIGNATURE | {"counts": False, "voided": voided}])

    assert "Aiko Tanabe" in text
    assert f"voided by Linh Tran, 2026-11-23 14:03:22 {MINUS}05:00. Reason: the cause was edited" in text
    assert "Counts for" not in text


def test_every_page_says_which_record_which_content_who_printed_and_where_it_ends() -> None:
    """Annex 11 8.1."""
    found = pages(render(data(fields=[field("line\n" * 150)]), at=AT))

    assert len(found) >= 4
    for number, page in enumerate(found, 1):
        assert "DEV-010 · revision 04" in page
        assert RECORD["title"] in page
        assert "Investigating" in page
        assert "DEMO" in page
        assert CONTENT in page
        assert f"Printed by Dana Whitfield, 2026-11-23 14:03:22 {MINUS}05:00 America/New_York" in page
        assert f"Page {number} of {len(found)}" in page


def test_what_is_not_effective_is_marked_on_every_page() -> None:
    for page in pages(render(data(watermark="SUPERSEDED", fields=[field("line\n" * 150)]), at=AT)):
        assert page.count("SUPERSEDED") >= 2  # across the page and in its head


def test_a_state_that_is_the_watermark_stands_in_the_head_once() -> None:
    for page in pages(render(data(record=RECORD | {"state_label": "In review"}, watermark="IN REVIEW"), at=AT)):
        assert page.count("IN REVIEW") == 1  # across the page
        assert page.count("In review") == 1


@pytest.mark.parametrize("letterhead", ["Quality Unit", "Halcyra Therapeutics, Inc. · 1 Road, Framingham"])
def test_an_address_of_several_lines_takes_one_and_is_not_said_twice(letterhead: str) -> None:
    company = {"name": "Halcyra Therapeutics, Inc.", "address": "1 Road\nFramingham\nUSA", "letterhead": letterhead}

    page = pages(render(data(company=company), at=AT))[0]

    assert page.count("Framingham") == 1
    assert letterhead in page
    assert ("1 Road, Framingham, USA" in page) == (letterhead == "Quality Unit")


def test_what_is_effective_carries_no_watermark() -> None:
    effective = render(data(watermark=None, record=RECORD | {"state_label": "Effective"}), at=AT)
    draft = render(data(), at=AT)

    assert "DRAFT" in "".join(pages(draft))
    assert "DRAFT" not in "".join(pages(effective))


def test_a_copy_cannot_be_made_without_deciding_about_the_watermark() -> None:
    parts = {name: value for name, value in WHOLE.items() if name != "watermark"}

    with pytest.raises(ValidationError, match="watermark"):
        RenditionData(**parts)
    with pytest.raises(ValidationError, match="watermark"):
        data(watermark=" ")


def test_a_changed_value_shows_the_old_one_and_who_changed_it_when_and_why() -> None:
    """Annex 11 8.2."""
    changes = [{"old": "Minor", "who": "Aiko Tanabe", "when": AT, "why": "cannot meet its specification"}]

    text = text_of(fields=[field("Major", changed=changes)])

    assert f"Changed 2026-11-23 14:03:22 {MINUS}05:00 by Aiko Tanabe" in text
    assert "Before: Minor" in text
    assert "Reason: cannot meet its specification" in text
    assert "Unchanged" not in text


def test_an_unchanged_value_says_so() -> None:
    assert "Unchanged since first entry" in text_of(fields=[field("Major", unchanged=True)])


def test_a_value_that_came_later_than_the_record_says_who_entered_it_first_and_is_no_change() -> None:
    entered = {"who": "Aiko Tanabe", "when": AT}
    changes = [{"old": "Minor", "who": "Grace Kim", "when": AT, "why": "the wrong line"}]

    kept = text_of(fields=[field("Major", entered=entered, unchanged=True)])
    then = text_of(fields=[field("Major", entered=entered, changed=changes)])

    first = f"First entered 2026-11-23 14:03:22 {MINUS}05:00 by Aiko Tanabe"
    assert f"{first}, unchanged since" in kept
    assert "Changed" not in kept
    assert first in then
    assert f"{first}, unchanged since" not in then
    assert "Before: Minor" in then


def test_fields_that_nobody_filled_in_are_named_together() -> None:
    empty = [{"label": label, "kind": "text"} for label in ("Impact on the patient", "Lots")]

    text = text_of(fields=[empty[0], field("Major", unchanged=True), empty[1]])

    assert "Not filled in: Impact on the patient, Lots." in text


def test_a_field_that_was_emptied_stands_by_itself_with_what_it_said_before() -> None:
    changes = [{"old": "Minor", "who": "Aiko Tanabe", "when": AT, "why": "belongs to another record"}]

    text = text_of(fields=[{"label": "Impact on the patient", "kind": "text", "changed": changes}])

    assert "Impact on the patient not filled in" in text
    assert "Before: Minor" in text


def test_restricted_content_leaves_a_visible_place() -> None:
    """D32."""
    text = text_of(fields=[{"label": "Initials", "kind": "text", "restricted": "by two people, INC-003"}])

    assert "Initials Restricted: by two people, INC-003" in text


def test_the_trail_shows_who_when_what_old_new_and_why() -> None:
    text = text_of(trail=[EVENT], trail_statement="One change since first entry")

    assert "Edited: Triage → Investigating" in text
    assert f"2026-11-23 14:03:22 {MINUS}05:00 · Linh Tran (author)" in text
    assert "Reason: logger data added" in text
    assert "Cause: Shipment was late. → The shipper left its range." in text
    assert "Voided the signature of Siobhán O'Brien-Nakamura, authored" in text
    assert "One change since first entry" in text


def test_a_copy_without_its_trail_says_so() -> None:
    statement = "printed without the audit trail"

    assert statement in text_of()
    assert statement not in text_of(trail=[EVENT])


def test_tables_files_and_authored_text_are_printed() -> None:
    table = {"columns": ["No", "Answer"], "rows": [["1", "The bag was warm."]]}
    file = {"name": "logger.csv", "size": 1234567, "sha256": CONTENT, "by": "Linh Tran", "at": AT}
    body = tree("## 1 Purpose\n\nSay *how*.\n\n| Who | Does |\n|---|---|\n| Author | writes |\n\n1. one\n2. two")

    text = text_of(fields=[{"label": "Whys", "kind": "table", "table": table}], files=[file], body=body)

    assert "No Answer 1 The bag was warm." in text
    assert "logger.csv 1,234,567 bytes" in text
    assert f"SHA-256 {CONTENT}" in text
    assert "1 Purpose Say how. Who Does Author writes 1. one 2. two" in text


def test_the_paper_for_wet_ink_names_the_content_and_leaves_room() -> None:
    """D26."""
    row = {"role": "Head of Quality", "meaning_label": "Quality approved", "meaning_sentence": "I approve."}

    page = flat(next(p for p in pages(render(data(wet_ink=[row]), at=AT)) if "Approval on paper" in p))

    assert "DEV-010 · revision 04" in page
    assert " ".join(CONTENT[i : i + 8] for i in range(0, 64, 8)) in page
    assert "Quality approved Head of Quality I approve." in page
    for place in ("Name in print", "Date and time", "Signature", "Meaning"):
        assert place in page
    assert "Approval on paper" not in text_of()


def test_paper_is_a4_or_letter() -> None:
    a4, letter = (reader(render(data(paper=paper), at=AT)).pages[0].mediabox for paper in ("a4", "us-letter"))

    assert (round(a4.width), round(a4.height)) == (595, 842)
    assert (round(letter.width), round(letter.height)) == (612, 792)


def test_rows_signatures_and_events_are_not_split_across_pages() -> None:
    rows = [[f"first{n} " + "word " * 90 + f"last{n}"] for n in range(100, 130)]
    signatures = [SIGNATURE | {"printed_name": f"first{n}", "components": [f"last{n}"]} for n in range(130, 160)]
    events = [
        EVENT | {"act_label": f"first{n}", "reason": "line\n" * (n % 8), "voided_signatures": [f"last{n}"]}
        for n in range(160, 190)
    ]
    table = {"columns": ["long"], "rows": rows}

    found = pages(
        render(
            data(fields=[{"label": "T", "kind": "table", "table": table}], signatures=signatures, trail=events),
            at=AT,
        )
    )

    assert len(found) > 6
    for number in range(100, 190):
        first = [index for index, page in enumerate(found) if f"first{number}" in page]
        last = [index for index, page in enumerate(found) if f"last{number}" in page]
        assert first == last
        assert len(first) == 1


def test_what_is_taller_than_a_page_goes_on_and_loses_nothing() -> None:
    tall = "line\n" * 150
    table = {"columns": ["a", "b"], "rows": [["short", tall + "rowend"]]}
    pdf = reader(
        render(
            data(
                fields=[
                    {"label": "T", "kind": "table", "table": table},
                    field("v", changed=[{"old": tall + "oldend", "who": "w", "when": AT, "why": "y"}]),
                ],
                signatures=[SIGNATURE | {"meaning_sentence": tall + "meaningend"}],
                trail=[EVENT | {"reason": tall + "reasonend"}],
            ),
            at=AT,
        )
    )

    for end in ("rowend", "oldend", "meaningend", "reasonend"):
        found = [height for page in pdf.pages for height in heights(page, end)]
        assert found, end
        assert all(50 < height < 800 for height in found), (end, found)


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("printed_name", " "),
        ("meaning_label", ""),
        ("meaning_sentence", ""),
        ("at", datetime(2026, 11, 23, 14, 3)),  # noqa: DTZ001  the very thing that must be refused
        ("zone", ""),
        ("voided", {"by": "x", "at": AT, "reason": "y"}),
    ],
)
def test_a_signature_that_lacks_its_manifestation_cannot_be_shown(part: str, wrong: object) -> None:
    """11.50(a)."""
    with pytest.raises(ValidationError):
        Signature.model_validate(SIGNATURE | {part: wrong})


def test_a_field_has_one_value_and_was_changed_or_not() -> None:
    change = {"old": "a", "who": "w", "when": AT, "why": "y"}

    with pytest.raises(ValidationError, match="one value"):
        ShownField.model_validate(field("x", restricted="hidden"))
    with pytest.raises(ValidationError, match="changed or it was not"):
        ShownField.model_validate(field("x", changed=[change], unchanged=True))
    with pytest.raises(ValidationError, match="one text per column"):
        Table(columns=["a", "b"], rows=[["1"]])


def test_every_word_of_what_belongs_to_a_record_is_on_its_pages_however_much_it_is() -> None:
    long = "word " * 1400  # more than a page
    row = {"number": "AUD-001-F01", "state_label": "Open", "version_number": 2, "version_sha256_prefix": CONTENT[:16],
           "cells": ["An entry is not countersigned", "major"], "more": [{"label": "Evidence", "text": f"begin {long}end"}]}  # fmt: skip
    last = row | {"number": "AUD-001-F02", "cells": [f"first {long}last", "W" * 200], "more": []}
    group = {"label": "Findings", "columns": ["Finding", "Class"], "rows": [row, last]}

    text = text_of(children=[group])

    assert text.count("word") == 2800
    assert "AUD-001-F01 Open An entry is not countersigned major" in text
    assert "Evidence: begin" in text
    assert text.index("end") < text.index("AUD-001-F02")
    assert "W" * 200 in "".join(text.split())


def test_a_row_of_what_belongs_to_a_record_cannot_lack_a_column() -> None:
    row = {"number": "AUD-001-F01", "state_label": "Open", "version_number": 2, "version_sha256_prefix": CONTENT[:16],
           "cells": ["only one"]}  # fmt: skip

    with pytest.raises(ValidationError, match="one text per column"):
        data(children=[{"label": "Findings", "columns": ["Finding", "Class"], "rows": [row]}])
