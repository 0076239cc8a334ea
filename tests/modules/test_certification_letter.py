"""The letter to FDA under 11.100(c): what it takes to file one, to do without, and what a changed legal entity brings about."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.practice import queries, uploads
from tests.homes import TestHome
from tests.modules.events import head, refused
from tests.modules.test_ready_to_sign import WHY, lacks, without_letter
from tests.modules.trained import settle


def letter(home: TestHome, who: str = "rob", /, **more: Any) -> str:
    """Begin a letter that was sent, with scan and proof."""
    ctx = home.people[who]
    scan, proof = (uploads.receive(ctx, f"{name}.csv", [name.encode()]).sha256 for name in ("scan", "proof"))
    fields = {"title": "Certification", "company": ["CMP-01"], "signatory": "exe", "signed_on": "2020-01-02", "addressee": "As looked up",
              "way": "electronically", "looked_up_on": "2020-01-02", "sent_on": "2020-01-03", "place_of_original": "Safe 1",
              "scan": [scan], "proof": [proof]} | more  # fmt: skip
    number = home.act(who, "certification_letter.create", fields=fields).number
    settle()
    return number


def test_without_the_letter_nobody_signs_a_regulated_record_and_everything_else_goes_on(home: TestHome) -> None:
    home.file("ann")  # a file of a person is no regulated record
    number = letter(home)
    without_letter(home)

    assert lacks(home, "ann") == {"letter_is_filed"}
    home.file("bea")
    home.sign("doc", "certification_letter.file", number)
    home.sign("ann", "document.submit", home.draft("ann"))


@pytest.mark.parametrize(
    "missing", ["scan", "proof", "sent_on", "addressee", "way", "looked_up_on", "signatory", "place_of_original"]
)
def test_a_letter_is_filed_with_scan_proof_and_the_way_it_went(home: TestHome, missing: str) -> None:
    number = letter(home, "rob", **{missing: None})

    assert "required_fields" in refused(home, "doc", "certification_letter.file", number) | {"required_fields"}
    with pytest.raises(Refused) as caught:
        home.sign("doc", "certification_letter.file", number)
    assert missing in [one.field for one in caught.value.missing]


def test_who_brought_the_scan_does_not_certify_it(home: TestHome) -> None:
    number = letter(home, "doc")

    assert "approver_is_not_author" in refused(home, "doc", "certification_letter.file", number)
    home.sign("qua", "certification_letter.file", number)


def test_a_letter_that_was_sent_before_it_was_signed_is_not_filed(home: TestHome) -> None:
    number = letter(home, signed_on="2020-01-04")

    assert "letter_went_in_order" in refused(home, "doc", "certification_letter.file", number)


def test_that_none_is_needed_takes_a_reason_and_two_signatures(home: TestHome) -> None:
    number = letter(home)

    with pytest.raises(Refused) as caught:
        home.sign("qua", "certification_letter.do_without", number)
    assert caught.value.rule == "reason_given"
    home.sign("qua", "certification_letter.do_without", number, reason=WHY)
    assert head(number).state == "draft"
    home.sign("exe", "certification_letter.do_without", number, reason=WHY)
    assert head(number).state == "not_applicable"


def test_a_new_company_gets_the_draft_of_its_letter_from_its_entry(home: TestHome) -> None:
    home.act("rob", "company.create", fields={"name": "Second Company, Inc.", "address": "1 Main Street\nSpringfield"})
    settle()

    made = Record.objects.filter(type="certification_letter").latest("number")
    assert made.title == "Certification of electronic signatures of Second Company, Inc."
    assert "Second Company, Inc., 1 Main Street, Springfield, certifies" in str(
        queries.case_of(home.view("doc"), made).value("text")
    )
    home.sign("ann", "document.submit", home.draft("ann"))  # a further one is a task, and stops nobody


def test_a_changed_legal_entity_questions_its_letter_and_a_newer_one_takes_its_place(home: TestHome) -> None:
    number = letter(home)
    home.sign("doc", "certification_letter.file", number)
    assert head("LTR-001").state == "superseded"

    home.act("rob", "company.edit", "CMP-01", fields={"letterhead": "With care"}, reason=WHY)
    settle()
    assert head(number).state == "filed"
    home.act("rob", "company.edit", "CMP-01", fields={"name": "Renamed company"}, reason=WHY)
    settle()
    assert head(number).state == "questioned"
    assert head(number).due_at is not None
    home.sign("ann", "document.submit", home.draft("ann"))  # what was certified was certified

    newer = letter(home, title="Certification of the renamed company")
    home.sign("doc", "certification_letter.file", newer)
    assert (head(number).state, head(newer).state) == ("superseded", "filed")
