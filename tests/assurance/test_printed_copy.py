"""The printed copy of real records: every value, signature and change that is stored stands on its pages."""

from __future__ import annotations

import io
import json

import pypdf

from indelible.assurance.rendition import building
from indelible.kernel.models import Record
from indelible.practice import queries
from tests.homes import TestHome


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def copy(home: TestHome, number: str, *, trail: bool = False) -> bytes:
    view = home.view("qua")
    return building.pdf(view, queries.get_record(view, number), trail=trail)


def test_an_effective_documents_copy_carries_each_signature_with_name_time_and_meaning(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")

    text = text_of(copy(home, number))

    for name, meaning in (("Ann Author", "Authored"), ("Rob Reviewer", "Reviewed"), ("Hed Head", "Approved"),
                          ("Qua Quality", "Quality approved")):  # fmt: skip
        assert name in text
        assert meaning in text
    assert "America/New_York" in text
    assert "DRAFT" not in text


def test_a_drafts_copy_says_that_it_is_a_draft(home: TestHome) -> None:
    assert "DRAFT" in text_of(copy(home, home.draft()))


def test_a_changed_value_is_marked_with_old_value_who_and_why(home: TestHome) -> None:
    number = home.draft(title="First title")
    home.act("ann", "document.edit", number, fields={"title": "Second title"}, reason="The first one named a product")

    text = text_of(copy(home, number, trail=True))

    assert "First title" in text
    assert "The first one named a product" in text


def test_a_value_given_later_is_a_first_entry_and_one_that_was_emptied_in_between_is_a_change(home: TestHome) -> None:
    """Annex 11 8.2: what was changed since its first entry is told apart from what was filled in later."""
    number = home.draft()
    home.act("ann", "document.edit", number, fields={"place_of_original": "Archive 2"}, reason="It was found there")

    filled = " ".join(text_of(copy(home, number)).split())

    assert "by Ann Author, unchanged since" in filled
    assert "Changed" not in filled
    assert "No value was changed since its first entry." in filled

    home.act("ann", "document.edit", number, fields={"place_of_original": None}, reason="It is not kept there")
    home.act("ann", "document.edit", number, fields={"place_of_original": "Archive 3"}, reason="It was moved to another one")
    changed = " ".join(text_of(copy(home, number)).split())

    assert "First entered" in changed
    assert "unchanged since" not in changed
    assert changed.count("Changed 20") == 2
    assert "Before: Archive 2" in changed
    assert "No value was changed" not in changed


def test_a_voided_signature_stays_on_the_page_with_whose_act_voided_it(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    home.act("ann", "document.amend", number, reason="Step 3 named the wrong buffer", fields={"title": "Better title"})

    text = " ".join(text_of(copy(home, number)).split())

    assert "Hed Head" in text
    assert "Step 3 named the wrong buffer" in text


def test_the_machine_readable_source_travels_inside_and_equals_what_is_stored(home: TestHome) -> None:
    number = home.until(home.draft(), "effective")

    inside = pypdf.PdfReader(io.BytesIO(copy(home, number))).attachments["record.json"][0]

    stored = bytes(Record.objects.get(number=number).version_sha256).hex()
    assert json.loads(inside)["record"]["content_sha256"] == stored


def test_the_trail_names_roles_in_words_and_a_first_entry_replaces_nothing(home: TestHome) -> None:
    number = home.until(home.draft(title="First title"), "in_approval")
    home.sign("hed", "document.approve", number)
    home.act("ann", "document.amend", number, reason="Named the buffer", fields={"title": "Second title"})

    text = " ".join(text_of(copy(home, number, trail=True)).split())

    department = home.departments["Quality Control"]
    assert f"Head of function for {department}" in text
    assert "dept_approver" not in text
    assert f"Department {department} Quality Control" in text
    created = text[text.index("Created: Draft") : text.index("Submitted: ")]
    assert "Title: First title" in created
    assert "→" not in created
    assert "Title: First title → Second title" in text


def test_a_copy_without_signatures_and_trail_ends_where_its_text_ends(home: TestHome) -> None:
    reader = pypdf.PdfReader(io.BytesIO(copy(home, home.departments["Quality Control"])))

    assert len(reader.pages) == 1


def test_a_text_that_stands_on_the_copy_is_not_printed_again_in_the_trail_but_an_earlier_one_is(home: TestHome) -> None:
    first, second = "## 1 Purpose\n\nWash three times.", "## 1 Purpose\n\nWash four times."
    number = home.draft(text=first)
    home.act("ann", "document.edit", number, fields={"text": second}, reason="Three times left salt behind")

    text = " ".join(text_of(copy(home, number, trail=True)).split())

    assert f"as printed above, {len(second)} characters" in text
    assert text.count("Wash four times.") == 1
    assert "Wash three times." in text


def test_the_page_to_sign_by_hand_has_places_for_this_records_own_path_only(home: TestHome) -> None:
    view, number = home.view("qua"), home.draft()

    pages = text_of(building.pdf(view, queries.get_record(view, number), wet_ink=True))

    paper = pages[pages.index("Approval on paper") :]
    assert paper.count("Name in print") == 1
    assert "I wrote or revised this and it is complete" in paper
