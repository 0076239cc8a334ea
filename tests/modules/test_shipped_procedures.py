"""The procedures that ship: whole texts with marks to adapt, none of which goes on while a mark stands in it."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdf
import pytest

from indelible.assurance.rendition import building
from indelible.kernel import config
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from tests.homes import TestHome

RULE = "nothing_is_left_to_adapt"
SECTIONS = ("Purpose", "Scope", "Responsibilities", "When", "Records and references")
MARK = re.compile(r"\[\[adapt: [^\]]+\]\]")
SUBJECTS = {  # what the guide asks a company to have written down
    "sop_access", "sop_signatures", "sop_change_control", "sop_review", "sop_training", "sop_backup", "sop_incidents", "sop_trail",
    "sop_vendors", "sop_validation",
}  # fmt: skip


def shipped() -> dict[str, str]:
    """Give the shipped procedures by name, as the configuration in force holds them."""
    found = config.current().type("document").skeletons
    return {name: one.text for name, one in found.items() if name.startswith("sop_")}


def adapted(text: str) -> str:
    return MARK.sub("what holds in this company", text)


def refused(home: TestHome, who: str, act: str, number: str) -> str:
    with pytest.raises(Refused) as told:
        home.sign(who, f"document.{act}", number)
    return "".join(one.text for one in told.value.missing if one.rule == RULE)


def test_each_subject_of_the_guide_has_its_procedure(home: TestHome) -> None:
    assert set(shipped()) == SUBJECTS
    for name, text in shipped().items():
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        assert len(MARK.findall(text)) >= 3, name
        assert text.count("[[") == len(MARK.findall(text)), f"{name}: a mark that the rule may not find"
        missing = [one for one in SECTIONS[:3] + SECTIONS[4:] if not any(one in line for line in headings)]
        assert missing == [], name


@pytest.mark.parametrize("name", sorted(SUBJECTS))
def test_each_has_two_to_six_pages(home: TestHome, name: str) -> None:
    number = home.draft(text=adapted(shipped()[name]), title=f"Procedure {name}")

    content = building.pdf(home.view("ann"), Record.objects.get(number=number))

    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    assert 2 <= len([one for one in pages if len(one) > 200]) <= 6
    assert "what holds in this company" in " ".join(" ".join(pages).split())


def test_a_shipped_text_is_not_sent_on_while_a_mark_stands_in_it(home: TestHome) -> None:
    text = shipped()["sop_access"]
    number = home.draft(text=text)

    said = refused(home, "ann", "submit", number)

    assert said.startswith(f"{len(MARK.findall(text))} places are still to be adapted, the first under “2 Scope”: [[adapt: ")
    assert Record.objects.get(number=number).state == "draft"
    home.act("ann", "document.edit", number, fields={"text": adapted(text)})
    assert home.sign("ann", "document.submit", number).state == "in_review"


@pytest.mark.parametrize(
    "mark", ["[[adapt: who]]", "[[ADAPT: who]]", "[[ adapt who ]]", "[[adapt: who", "[[adapt: who\nand when]]"]
)
def test_one_mark_is_enough_however_it_is_written(home: TestHome, mark: str) -> None:
    number = home.draft(text=f"## 1 Purpose\n\nThe {mark} does it.")

    assert "One place is still to be adapted, the first under “1 Purpose”" in refused(home, "ann", "submit", number)


@pytest.mark.parametrize(
    "words", ["We adapt the procedure.", "[adapt](https://example.org)", "[[SOP-001]]", "[[adaptation]]"]
)
def test_other_words_are_no_mark(home: TestHome, words: str) -> None:
    number = home.draft(text=f"## 1 Purpose\n\n{words}")

    assert home.sign("ann", "document.submit", number).state == "in_review"


def test_a_mark_that_comes_in_later_sends_the_document_back_to_where_it_is_found(home: TestHome) -> None:
    number = home.until(home.draft(), "in_approval")
    fields: dict[str, Any] = {"text": "## 1 Purpose\n\nIt is done by [[adapt: whom]]."}

    assert home.act("ann", "document.amend", number, fields=fields, reason="Said who does it").state == "draft"
    assert "One place is" in refused(home, "ann", "submit", number)


def test_an_administrative_revision_is_held_to_it_too(home: TestHome) -> None:
    number = home.revise(
        "ann", home.until(home.draft(), "effective"), revision_class="administrative", text="By [[adapt: whom]]."
    )

    assert "at its beginning" in refused(home, "ann", "submit_administrative", number)
