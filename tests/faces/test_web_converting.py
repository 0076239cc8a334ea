"""A document's file becomes its text: shown with what is lost, taken over by an edit, and never by who may not see it."""

from __future__ import annotations

import io

import docx
import pytest

from indelible.kernel.models import Event, Record
from indelible.practice import conversion, uploads
from indelible.practice.models import Draft
from tests.faces import browsing
from tests.faces.browsing import text
from tests.homes import TestHome


@pytest.fixture
def filed(home: TestHome) -> tuple[str, str]:
    """Make a draft with a DOCX; gives its number and the file's hash."""
    document = docx.Document()
    document.add_heading("Cleaning of hoods", level=1)
    document.add_paragraph("Wipe each surface <b>twice</b>.")
    document.sections[0].header.paragraphs[0].text = "Old letterhead"
    kept = io.BytesIO()
    document.save(kept)
    row = uploads.receive(home.people["ann"], "hoods.docx", [kept.getvalue()])
    return home.draft(file=[row.sha256]), row.sha256


def test_the_text_of_a_file_is_shown_with_what_it_does_not_carry(filed: tuple[str, str]) -> None:
    number, sha256 = filed
    events = Event.objects.count()
    page = text(browsing.sign_in("ann").get(f"/r/{number}/convert/{sha256}"))

    assert "Wipe each surface &lt;b&gt;twice&lt;/b&gt;." in page
    assert "Headers and footers were left out" in page
    assert f"/r/{number}/edit?from={sha256}" in page
    assert Event.objects.count() == events


def test_the_form_begins_with_the_text_and_saving_it_makes_a_version(home: TestHome, filed: tuple[str, str]) -> None:
    number, sha256 = filed
    ann = browsing.sign_in("ann")
    form = text(ann.get(f"/r/{number}/edit?from={sha256}"))

    assert "# Cleaning of hoods" in form
    assert "not saved yet" in form
    assert Record.objects.get(number=number).version == 1
    home.act("ann", "document.edit", number, fields={"text": "# Cleaning of hoods"})
    assert Record.objects.get(number=number).version == 2


@pytest.mark.parametrize("who", ["rea", "bea"])
def test_who_may_not_see_the_draft_gets_neither_text_nor_file(filed: tuple[str, str], who: str) -> None:
    number, sha256 = filed
    client = browsing.sign_in(who)

    for path in (f"/r/{number}/convert/{sha256}", f"/r/{number}/docx", "/r/SOP-999.01/docx"):
        assert client.get(path).status_code == 404, path


def test_another_records_file_or_one_of_another_kind_is_not_found(home: TestHome, filed: tuple[str, str]) -> None:
    number, _ = filed
    other = uploads.receive(home.people["ann"], "notes.txt", [b"Notes"])
    home.act("ann", "document.edit", number, fields={"file": [other.sha256]})
    ann = browsing.sign_in("ann")

    assert ann.get(f"/r/{number}/convert/{'0' * 64}").status_code == 404
    assert ann.get(f"/r/{number}/convert/{other.sha256}").status_code == 404


def test_the_text_goes_out_as_a_working_copy(home: TestHome) -> None:
    number = home.draft(text="# Purpose\n\nSamples are **kept**.")
    answer = browsing.sign_in("ann").get(f"/r/{number}/docx")

    assert f"{number} working copy.docx" in answer["Content-Disposition"]
    assert conversion.from_docx(answer.content).text == "# Purpose\n\nSamples are **kept**.\n"


def test_who_edits_the_same_is_named_and_what_they_type_is_not(home: TestHome) -> None:
    number = home.draft(owner="bea")
    path = f"/r/{number}/edit"
    ann, bea = browsing.sign_in("ann"), browsing.sign_in("bea")
    assert ann.post(f"/drafts?form={path}", {"text": "A secret thought"}).json()["others"] == []

    page = text(bea.get(path))
    assert "Ann Author is editing this too." in page
    assert "A secret thought" not in page
    assert bea.post(f"/drafts?form={path}", {"text": "Mine"}).json()["others"] == ["Ann Author"]
    assert Draft.objects.count() == 2
