"""Forms of the web face: new, edit, amend and acts; nothing typed is lost, nothing is done twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indelible.infra import canonical
from indelible.kernel import records
from indelible.kernel.models import Record, Refusal, Signature
from indelible.practice import drafts
from tests.faces.browsing import asked, sign_in, text
from tests.homes import TestHome
from tests.kernel.test_wet_ink import page as paper

READINGS = {
    "readings.0.place": "top",
    "readings.0.value": "7.01",
    "readings.0.fine": "yes",
    "readings.3.place": "bottom",
    "readings.3.value": "6.98",
    "readings.3.fine": "no",
    "readings.__row__.place": "",
    "readings.9.place": "",
}


def form(home: TestHome, **changed: Any) -> dict[str, Any]:
    given = {
        "title": "Cleaning of hoods",
        "class": "procedure",
        "owner": str(home.person("ann")),
        "audience": "Everybody",
        "department": home.departments["Quality Control"],
        "reviewers": [str(home.person("rob"))],
        "text": "## 1 Purpose",
        "effective_on": "2020-01-01",
        "training": "none",
        "key": "form-1",
    }
    return given | changed


def edited(client: Any, number: str, **changed: Any) -> dict[str, Any]:
    """Give the edit form of a record as a browser would send it back, with changes."""
    page = client.get(f"/r/{number}/edit")
    record = Record.objects.get(number=number)
    values = records.values(record)
    kept = {
        "title": values["title"],
        "class": values["class"],
        "owner": values["owner"]["person"],
        "audience": values["audience"],
        "department": [v["number"] for v in values["department"]],
        "reviewers": [v["person"] for v in values["reviewers"]],
        "text": values["text"],
        "effective_on": values["effective_on"],
        "training": values["training"],
    }
    return kept | asked(text(page)) | changed


def test_a_new_record_comes_from_a_form(home: TestHome) -> None:
    client = sign_in("ann")

    answer = client.post("/records/document/new", form(home))
    record = Record.objects.get(number=answer["Location"].rpartition("/")[2])

    assert (answer.status_code, record.title, record.state) == (302, "Cleaning of hoods", "draft")
    assert "Cleaning of hoods" in text(client.get(answer["Location"]))


def test_a_form_sent_twice_makes_one_record(home: TestHome) -> None:
    client = sign_in("ann")

    first, second = (client.post("/records/document/new", form(home)) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Record.objects.filter(title="Cleaning of hoods").count() == 1


def test_what_was_typed_stands_there_again_when_something_is_missing(home: TestHome) -> None:
    answer = sign_in("ann").post("/records/document/new", form(home, title="", text="A long text <b>kept</b>"))
    page = text(answer)

    assert answer.status_code == 422
    assert "A long text &lt;b&gt;kept&lt;/b&gt;" in page
    assert 'href="#f-title"' in page
    assert f'value="{home.person("rob")}" checked' in page
    assert not Record.objects.filter(type="document").exists()


@pytest.mark.usefixtures("home")
def test_values_that_do_not_fit_come_back_with_a_sentence_each() -> None:
    bad = {
        "name": "V",
        "taken_at": "yesterday",
        "analyst": "",
        "kind": "wrong",
        "result": "1,5",
        "measured_on": "2026-99-01",
        "key": "k",
    }

    answer = sign_in("ann").post("/records/sample/new", bad)
    page = text(answer)

    assert answer.status_code == 422
    for name in ("taken_at", "kind", "result", "measured_on"):
        assert f'id="f-{name}-error"' in page, name
    for typed in ("yesterday", "1,5", "2026-99-01"):
        assert f'value="{typed}"' in page, typed


def test_every_kind_of_field_goes_through_the_form_and_comes_back(home: TestHome) -> None:
    client = sign_in("ann")
    document = home.draft()
    sent = {
        "name": "Vial 9",
        "taken_at": "2020-01-02 09:20",
        "analyst": str(home.person("ann")),
        "kind": "complaint",
        "result": "12.50",
        "within_limits": "no",
        "measured_on": "2020-01-03",
        "comment_on_result": "**late**",
        "related": ["", document],
        "key": "s",
        "witness": [str(home.person("bea")), str(home.person("rob"))],
        "department": home.departments["Operations"],
        "photo_new": SimpleUploadedFile("note.txt", b"seen"),
        "reason": "Entered from the paper book",
        **READINGS,
    }

    answer = client.post("/records/sample/new", sent)
    assert answer.status_code == 302, text(answer)
    number = answer["Location"].rpartition("/")[2]
    values = records.values(Record.objects.get(number=number))
    page = text(client.get(f"/r/{number}"))

    assert values["readings"] == [
        {"place": "top", "value": "7.01", "fine": True},
        {"place": "bottom", "value": "6.98", "fine": False},
    ]
    assert [w["name"] for w in values["witness"]] == ["Bea Author", "Rob Reviewer"]
    assert (values["result"], values["within_limits"], values["photo"][0]["name"]) == ("12.50", False, "note.txt")
    for words in (
        "Vial 9",
        "12.50",
        "<strong>late</strong>",
        document,
        "note.txt",
        "bottom",
        "6.98",
        "Complaint",
        "entered late",
    ):
        assert words in page, words
    again = text(client.get(f"/r/{number}/edit"))
    assert 'value="2020-01-02 09:20"' in again
    assert 'name="readings.1.value"' in again


@pytest.mark.usefixtures("home")
def test_a_row_is_added_without_script_and_nothing_is_created_by_it() -> None:
    client = sign_in("ann")
    sent = {
        "name": "Vial 9",
        "key": "s",
        "add_row": "readings",
        "photo_new": SimpleUploadedFile("note.txt", b"seen"),
        **READINGS,
    }

    page = text(client.post("/records/sample/new", sent))

    assert 'name="readings.2.place"' in page
    assert 'value="bottom"' in page
    assert "note.txt" in page
    assert not Record.objects.filter(type="sample").exists()


def test_a_file_that_was_kept_is_still_in_a_form_that_comes_back(home: TestHome) -> None:
    client = sign_in("ann")
    kept = text(client.post("/uploads", {"name": "file", "file": SimpleUploadedFile("plan.txt", b"the plan")}))
    sha256 = kept.partition('value="')[2].partition('"')[0]

    page = text(client.post("/records/document/new", form(home, title="", file=[sha256])))
    done = client.post("/records/document/new", form(home, file=[sha256]))

    assert f'value="{sha256}"' in page
    assert "plan.txt" in page
    assert done.status_code == 302


def test_an_edit_is_a_version_and_the_same_form_twice_is_one(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")
    sent = edited(client, number, title="Second title", reason="The first one was too long")

    answers = [client.post(f"/r/{number}/edit", sent) for _ in range(2)]
    record = Record.objects.get(number=number)

    assert [a.status_code for a in answers] == [302, 302]
    assert (record.title, record.version, record.position) == ("Second title", 2, 2)


def test_saving_a_form_keeps_the_order_in_which_people_were_named(home: TestHome) -> None:
    number, client = home.draft(reviewers=["rob", "bea"]), sign_in("ann")

    page = text(client.get(f"/r/{number}/edit"))
    ticked = re.findall(r'name="reviewers" value="([^"]+)" checked', page)

    assert ticked == [str(home.person("rob")), str(home.person("bea"))]


def test_who_was_slower_sees_both_texts_and_loses_none(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")
    sent = edited(client, number, text="## Mine\n\nMy own words.")
    home.act("ann", "document.edit", number, fields={"text": "## Theirs\n\nOther words."})

    answer = client.post(f"/r/{number}/edit", sent)
    page = text(answer)

    assert answer.status_code == 409
    assert "Look again: not saved" in page
    assert page.count("My own words.") >= 2  # beside the other text, and still in its field
    assert "Other words." in page
    assert "before this can be sent" not in page  # no field is wrong; the conflict is told once
    assert Record.objects.get(number=number).position == 2
    again = client.post(f"/r/{number}/edit", sent | asked(page))
    assert again.status_code == 302
    assert records.values(Record.objects.get(number=number))["text"].endswith("My own words.")


def test_an_amendment_says_whose_signatures_fall_and_needs_a_reason(home: TestHome) -> None:
    number, client = home.until(home.draft(), "in_approval"), sign_in("ann")
    page = text(client.get(f"/r/{number}/amend"))
    record = Record.objects.get(number=number)
    values = records.values(record)
    sent = {
        "title": values["title"],
        "class": "procedure",
        "owner": values["owner"]["person"],
        "audience": values["audience"],
        "department": [values["department"][0]["number"]],
        "reviewers": [str(home.person("rob"))],
        "effective_on": "2020-01-01",
        "training": "none",
        "text": "## Amended",
        **asked(page),
    }

    refused, done = (
        client.post(f"/r/{number}/amend", sent),
        client.post(f"/r/{number}/amend", sent | {"reason": "Wrong buffer in step 3"}),
    )

    assert "Ann Author" in page
    assert "Rob Reviewer" in page
    assert (refused.status_code, "## Amended" in text(refused)) == (422, True)
    assert done.status_code == 302
    assert Record.objects.get(number=number).state == "draft"


def test_what_was_kept_while_typing_is_in_the_form_until_it_is_saved(home: TestHome) -> None:
    number, client = home.draft(), sign_in("ann")
    drafts.keep(home.people["ann"], f"/r/{number}/edit", {"title": ["Half a ti"], "text": ["Half a text"]})

    assert 'value="Half a ti"' in text(client.get(f"/r/{number}/edit"))
    client.post(f"/r/{number}/edit", edited(client, number, title="Whole title", reason="It was too short"))

    assert drafts.find(home.people["ann"], f"/r/{number}/edit") is None


@pytest.mark.parametrize(("path", "status"), [("/records/document/new", 403), ("/r/{number}/edit", 403)])
def test_nobody_begins_to_type_what_would_be_refused(home: TestHome, path: str, status: int) -> None:
    answer = sign_in("rob").get(path.format(number=home.draft()))

    assert answer.status_code == status
    assert "Refused, nothing was changed" in text(answer)


def test_a_refused_edit_by_post_is_noted_and_keeps_the_text(home: TestHome) -> None:
    number, client = home.draft(), sign_in("rob")
    before = Refusal.objects.count()

    answer = client.post(f"/r/{number}/edit", form(home, seen="1", text="Words of the reviewer"))

    assert answer.status_code in (403, 422)
    assert "Words of the reviewer" in text(answer)
    assert Refusal.objects.count() == before + 1


def test_a_comment_is_said_once_and_stands_in_the_timeline(home: TestHome) -> None:
    number, client = home.draft(), sign_in("rob")

    for _ in range(2):
        assert client.post(f"/r/{number}/act/comment", {"comment": "Which buffer?", "key": "c-1"}).status_code == 302

    assert text(client.get(f"/r/{number}")).count("Which buffer?") == 1


def test_links_are_made_and_taken_away_with_a_reason(home: TestHome) -> None:
    number, other, client = home.draft(), home.draft(title="The other one"), sign_in("ann")

    linked = client.post(f"/r/{number}/act/link", {"to": other, "seen": "1", "key": "l"})
    page = text(client.get(f"/r/{number}"))
    unlinked = client.post(
        f"/r/{number}/act/unlink", {"to": other, "seen": "2", "key": "u", "reason": "It was the wrong one"}
    )

    assert (linked.status_code, unlinked.status_code) == (302, 302)
    assert "Linked records" in page
    assert "The other one" in page
    assert f"/r/{number}/act/unlink" in page
    assert "The other one" not in text(client.get(f"/r/{number}"))


def test_an_act_on_what_has_moved_on_is_answered_with_what_happened(home: TestHome) -> None:
    number, client = home.until(home.draft(), "in_review"), sign_in("rob")
    home.act("ann", "document.amend", number, reason="Better words were found", fields={"text": "## Other"})

    answer = client.post(
        f"/r/{number}/act/reassign", {"to": str(home.person("bea")), "seen": "2", "key": "r", "reason": "Ann is away"}
    )

    assert answer.status_code == 409
    assert "Look again: not done" in text(answer)
    assert "Better words were found" in text(answer)


def test_handing_over_changes_the_owner(home: TestHome) -> None:
    number, client = home.draft(), sign_in("rob")
    page = text(client.get(f"/r/{number}/act/reassign"))

    answer = client.post(
        f"/r/{number}/act/reassign", {**asked(page), "to": str(home.person("bea")), "reason": "Ann is away in May"}
    )

    assert answer.status_code == 302
    assert Record.objects.get(number=number).owner_id == home.person("bea")
    assert "to Bea Author" in text(client.get(f"/r/{number}"))


def test_a_page_signed_by_hand_is_scanned_by_one_and_certified_by_another(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    brought = sign_in("ann").post(f"/r/{number}/scan", {"scan_new": SimpleUploadedFile("page.txt", b"signed by hand")})
    client = sign_in("doc")
    page = text(client.get(f"/r/{number}/certify"))
    given = paper(home, number)
    scan = next(part.partition('"')[0] for part in page.split('name="scan" value="')[1:])

    wrong = client.post(f"/r/{number}/certify", {**given, **asked(page), "scan": scan, "page_hash": "0" * 16})
    done = client.post(f"/r/{number}/certify", {**given, **asked(page), "scan": scan, "key": "other"})

    assert brought.status_code == 302
    assert (wrong.status_code, "Binder 3, shelf B" in text(wrong)) == (422, True)
    assert done.status_code == 302
    manifest = canonical.decode(
        Signature.objects.get(printed_name="Hed Head", record_id=Record.objects.get(number=number).pk).manifest
    )
    assert (manifest["method"], manifest["paper"]["scan"]) == ("wet ink", scan)
    assert "wet ink" in text(client.get(f"/r/{number}"))
    assert "Bring a scan" in text(sign_in("ann").get(f"/r/{number}"))
