"""A document that was signed elsewhere: brought, an uncertified copy, compared, in force; nobody is made to have signed it."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from indelible.kernel import acts
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import Record, Signature
from indelible.practice import queries, uploads
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.importing import papers

PIXEL = b"\x89PNG\r\n\x1a\n" + b"scanned page"


def brought(
    home: TestHome, number: str = "SOP-014.04", who: str = "doc", leaving: Collection[str] = (), **fields: Any
) -> str:
    """Bring one document with its scan as far as it goes without a signature."""
    scan = uploads.receive(home.people[who], "SOP-014 signed.png", [PIXEL])
    given = {
        "title": "Cleaning of benches", "class": "procedure", "owner": "ann", "audience": "Everybody in the laboratory",
        "department": home.departments["Quality Control"], "origin": "imported", "scan": [scan.sha256],
        "original_signers": "H. Muster (QA), 3 May 2021", "original_effective_on": "2021-05-10",
        "place_of_original": "Binder 7, room 2.14",
    }  # fmt: skip
    made = acts.run(
        home.people[who],
        "document.create",
        fields={k: v for k, v in (given | fields).items() if k not in leaving},
        number=number,
    )
    return home.act(who, "document.bring_in", made.number).number


def test_it_is_in_force_after_two_people_who_did_not_bring_it_have_signed(home: TestHome) -> None:
    number = brought(home)
    assert Record.objects.get(number=number).state == "attesting"

    home.sign("qua", "document.attest", number)
    assert Record.objects.get(number=number).state == "attesting"
    home.sign("quy", "document.attest", number)

    head = Record.objects.get(number="SOP-014.04")
    assert (head.state, head.series, head.revision) == ("effective", "SOP-014", 4)
    given = Signature.objects.filter(record_id=head.id).order_by("position")
    assert [queries.manifest_of(one)["statement"]["meaning"] for one in given] == ["certified_copy", "quality_approved"]


def test_who_brought_it_attests_nothing(home: TestHome) -> None:
    number = brought(home)

    with pytest.raises(Refused) as caught:
        home.sign("doc", "document.attest", number)

    assert "approver_is_not_author" in {one.rule for one in caught.value.missing}


def test_quality_does_not_sign_before_somebody_compared_it_and_never_alone(home: TestHome) -> None:
    number = brought(home)
    home.sign("qua", "document.attest", number)

    with pytest.raises(Refused) as caught:
        home.sign("qua", "document.attest", number)

    assert "signers_of_a_step_are_distinct" in {one.rule for one in caught.value.missing}


@pytest.mark.parametrize("left_out", ["scan", "original_signers", "original_effective_on", "place_of_original"])
def test_what_the_original_says_and_its_scan_are_there_before_anybody_compares(home: TestHome, left_out: str) -> None:
    with pytest.raises(Refused) as caught:
        brought(home, leaving={left_out})

    assert left_out in {one.field for one in caught.value.missing}


def test_what_was_written_here_takes_the_way_of_review(home: TestHome) -> None:
    with pytest.raises(Refused) as caught:
        brought(home, origin="written here")

    assert caught.value.rule == "declared_move"


def test_the_next_revision_is_written_here_and_says_nothing_of_the_paper(home: TestHome) -> None:
    number = brought(home)
    home.sign("qua", "document.attest", number)
    home.sign("quy", "document.attest", number)

    second = home.act("ann", "document.revise", number)

    content = queries.get_record(home.view("ann"), second.number).content
    assert second.number == "SOP-014.05"
    assert not {"17", "18", "19", "20", "21"} & set(content)


@pytest.mark.parametrize("number", ["SOP-014.00", "SOP-014.4", "SOP-014.", "SOP-014.04.04", "SOP-٠١٤.04", "WI-014.04"])
def test_a_brought_revision_fits_the_pattern(home: TestHome, number: str) -> None:
    with pytest.raises(Invalid) as caught:
        brought(home, number)

    assert caught.value.rule == "number"


def test_a_series_is_begun_once_and_only_by_whom_the_type_names(home: TestHome) -> None:
    brought(home)

    with pytest.raises(Invalid, match="SOP-014 was given already"):
        brought(home, "SOP-014.05")
    with pytest.raises(Refused) as caught:
        acts.run(
            home.people["ann"], "document.create", number="SOP-020.03", fields={"title": "Too far", "class": "procedure"}
        )

    assert caught.value.rule == "authority"


# --- what people are shown -----------------------------------------------------------------------------------------------

ELSEWHERE = "content, not a signature of this system"


def test_pages_and_prints_say_what_it_is_until_it_is_compared_and_after(home: TestHome) -> None:
    scan = uploads.receive(home.people["doc"], "SOP-014 signed.pdf", [papers.signed_pdf()])
    number = brought(home, scan=[scan.sha256])
    before = text(sign_in("qua").get(f"/r/{number}"))
    home.sign("qua", "document.attest", number)
    home.sign("quy", "document.attest", number)
    after = text(sign_in("rea").get(f"/r/{number}"))

    assert "Uncertified copy." in before
    assert ELSEWHERE in before
    assert "Uncertified copy." not in after
    assert "Compared with the original and attested here by Qua Quality" in after
    assert ELSEWHERE in after
    printed = PdfReader(BytesIO(sign_in("rea").get(f"/r/{number}/pdf").content))
    assert ELSEWHERE in " ".join("".join(page.extract_text() for page in printed.pages).split())


def test_what_awaits_comparison_is_a_list_of_its_own_and_each_is_signed_on_its_own_page(home: TestHome) -> None:
    number, effective = brought(home), home.until(home.draft(), "effective")
    browser = sign_in("qua")

    listed = text(browser.get("/records/document?state=attesting"))

    assert number in listed
    assert effective not in listed
    assert "Compared with the original and complete." in text(browser.get(f"/r/{number}/sign/attest"))
