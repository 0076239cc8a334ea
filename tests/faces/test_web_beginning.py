"""Templates of documents: offered where a new one is begun, taken from the baseline, never over what somebody wrote."""

from __future__ import annotations

import html
import re

import pytest

from indelible.kernel import config
from indelible.kernel.models import Record
from indelible.practice import drafts
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome

NEW = "/records/document/new"
pytestmark = pytest.mark.usefixtures("home")


def written(page: str) -> str:
    found = re.search(r'<textarea[^>]*id="f-text"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_a_document_begins_with_the_sections_of_its_class() -> None:
    client, skeletons = sign_in("ann"), config.current().type("document").skeletons

    offered = text(client.get(NEW))

    assert len(skeletons) == 18
    assert written(offered) == ""
    for name, skeleton in skeletons.items():
        assert f"{NEW}?skeleton={name}" in offered
        page = text(client.get(f"{NEW}?skeleton={name}"))
        assert written(page) == skeleton.text
        (chosen,) = skeleton.when["class"]
        assert re.search(rf'value="{chosen}"[^>]*(selected|checked)', page), name
    assert not Record.objects.filter(type="document").exists()


def test_what_somebody_wrote_stays(home: TestHome) -> None:
    client = sign_in("ann")
    drafts.keep(home.people["ann"], NEW, {"text": ["My own words"], "class": ["form"], "key": ["k"]})

    page = text(client.get(f"{NEW}?skeleton=procedure"))

    assert written(page) == "My own words"
    assert "“Procedure” was not put in." in page


def test_an_empty_text_is_begun_and_the_class_that_was_chosen_stays(home: TestHome) -> None:
    drafts.keep(home.people["ann"], NEW, {"text": [""], "title": ["Half"], "class": ["form"]})

    page = text(sign_in("ann").get(f"{NEW}?skeleton=procedure"))

    assert written(page).startswith("## 1 Purpose")
    assert 'value="Half"' in page
    assert re.search(r'value="form"[^>]*(selected|checked)', page)


def test_what_is_sent_is_never_overwritten() -> None:
    answer = sign_in("ann").post(f"{NEW}?skeleton=procedure", {"text": "", "title": "", "key": "k"})

    assert answer.status_code == 422
    assert written(text(answer)) == ""


@pytest.mark.parametrize("name", ["nothing", "", "%00", "Procedure", "procedure.md", "../policy"])
def test_what_is_no_template_begins_nothing(name: str) -> None:
    answer = sign_in("ann").get(f"{NEW}?skeleton={name}")

    if answer.status_code == 200:
        assert written(text(answer)) == ""
    else:
        assert answer.status_code == 400


def test_a_revision_and_an_edit_begin_with_their_own_text(home: TestHome) -> None:
    number = home.draft(text="## 1 Purpose\n\nMine.")

    page = text(sign_in("ann").get(f"/r/{number}/edit?skeleton=policy"))

    assert written(page) == "## 1 Purpose\n\nMine."
    assert "Begin with a template" not in page


def test_who_may_not_begin_a_document_is_offered_nothing() -> None:
    answer = sign_in("rea").get(f"{NEW}?skeleton=procedure")

    assert answer.status_code == 403
    assert "Responsibilities" not in text(answer)
