"""Numbered blank forms: each set has a number on each page, and the account is closed when every one of them is told of."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from indelible.assurance.rendition import building
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Record
from tests.faces.browsing import effective, sign_in, text
from tests.homes import TestHome

DONE = {"outcome": "each set as listed", "returned_on": "2020-01-01"}


def head(number: str) -> Record:
    return Record.objects.get(number=number)


def blank(home: TestHome, *, copies: str = "5", kind: str = "blank form to fill in") -> tuple[str, str]:
    """Give a document in force and a copy of it, as blank forms, that is prepared."""
    form = effective(home)
    fields = {"document": [form], "kind": kind, "holder": "QC", "place": "Bench 2", "copies": copies}
    return form, home.act("doc", "controlled_copy.create", fields=fields).number


def row(first: str, last: str = "", became: str = "filled in and filed", remark: str = "") -> dict[str, str]:
    return {"first": first, "last": last, "became": became, "remark": remark}


def refusal(home: TestHome, copy: str, *rows: dict[str, Any]) -> str:
    home.act("doc", "controlled_copy.edit", copy, fields=DONE | {"sets": list(rows)})
    with pytest.raises(Refused) as caught:
        home.sign("doc", "controlled_copy.reconcile", copy)
    return " ".join(one.text for one in caught.value.missing)


def test_each_page_of_each_set_says_which_it_is(home: TestHome) -> None:
    form, copy = blank(home, copies="2")
    home.act("doc", "controlled_copy.issue", copy)

    content = building.sets(home.view("doc"), head(form), head(copy), 1)

    pages = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(content)).pages]
    half = len(pages) // 2
    for at, page in enumerate(pages):
        assert f"Controlled copy {copy}: QC, Bench 2 · set {1 + at // half} of 2" in page
        assert f"Page {1 + at % half} of {half}" in page
    assert b"pdfaid" not in content
    assert f"/r/{form}/pdf?for={copy}&amp;set=1" in text(sign_in("doc").get(f"/r/{copy}"))


def test_no_set_is_printed_that_was_not_given_out(home: TestHome) -> None:
    form, copy = blank(home, copies="2")
    other = effective(home)
    for number in (1, 2):  # only prepared yet
        with pytest.raises(NotFound):
            building.sets(home.view("doc"), head(form), head(copy), number)
    home.act("doc", "controlled_copy.issue", copy)
    client = sign_in("doc")

    for asked in ("0", "3", "-1", "x", "", "1e9"):
        assert client.get(f"/r/{form}/pdf?for={copy}&set={asked}").status_code == 404, asked
    assert client.get(f"/r/{other}/pdf?for={copy}&set=1").status_code == 404
    home.act("doc", "controlled_copy.recall", copy, reason="The form is being changed")
    with pytest.raises(NotFound):
        building.sets(home.view("doc"), head(form), head(copy), 1)
    assert "&amp;set=" not in text(client.get(f"/r/{copy}"))


@pytest.mark.parametrize("copies", ["1.5", "2.0001"])
def test_half_a_set_is_not_issued(home: TestHome, copies: str) -> None:
    _, copy = blank(home, copies=copies)

    with pytest.raises(Refused) as caught:
        home.act("doc", "controlled_copy.issue", copy)
    assert caught.value.missing[0].rule == "sets_are_counted" or "whole numbers" in caught.value.missing[0].text


def test_an_account_is_closed_only_when_every_set_is_told_of_once(home: TestHome) -> None:
    _, copy = blank(home)
    home.act("doc", "controlled_copy.issue", copy)
    lost = row("5", became="lost", remark="DEV-001")

    assert "Not accounted for: set 1 to 5" in refusal(home, copy)
    assert "Not accounted for: set 3, 5" in refusal(home, copy, row("1", "2"), row("4"))
    assert "ccounted for twice: set 2" in refusal(home, copy, row("1", "2"), row("2", "4"), lost)
    assert "ot among the 5 that were issued: set 6 to 7" in refusal(home, copy, row("1", "4"), row("6", "7"), lost)
    assert "What became of set 1 is not said" in refusal(home, copy, row("1", "5", became=""))
    assert "Set 5 is lost: say in the remark" in refusal(home, copy, row("1", "4"), row("5", became="lost"))
    for wrong in (row("4", "1"), row("0", "5"), row("1.5", "5"), row("", "5"), row("-3", "5")):
        assert "whole numbers, the smaller one first" in refusal(home, copy, wrong)
    assert "so many are never issued together" in refusal(home, copy, row("1", "900000000"))

    home.act("doc", "controlled_copy.edit", copy, fields={"sets": [row("1", "4"), lost]})
    home.sign("doc", "controlled_copy.reconcile", copy)
    assert home.sign("qua", "controlled_copy.reconcile", copy).state == "reconciled"


def test_a_print_to_work_by_needs_no_list(home: TestHome) -> None:
    _, copy = blank(home, kind="print to work by")
    home.act("doc", "controlled_copy.issue", copy)
    home.act("doc", "controlled_copy.edit", copy, fields={"outcome": "destroyed", "returned_on": "2020-01-01"})

    home.sign("doc", "controlled_copy.reconcile", copy)
    assert home.sign("qua", "controlled_copy.reconcile", copy).state == "reconciled"
