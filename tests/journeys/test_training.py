"""Training in a browser: read and sign on a phone, answer a quiz, look at the matrix; in both themes and both widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from indelible.kernel.models import Record
from tests.homes import PASSWORD, TestHome
from tests.journeys import looking
from tests.journeys.site import Site
from tests.modules.events import day
from tests.modules.trained import curriculum, grant, only, quizzed, read, settle

pytestmark = pytest.mark.chromium


def procedure(home: TestHome, title: str, training: str) -> str:
    number = home.until(home.draft(title=title, training=training, effective_on=day(14)), "approved")
    home.act("doc", "document.take_effect", number)
    settle()
    return number


def test_training_is_read_answered_signed_and_looked_up(here: Site) -> None:
    home = here.home
    first, asked = procedure(home, "Handling of samples", "read"), procedure(home, "Filling the tank", "quiz")
    quizzed(home, asked)
    curriculum(home, first[:-3], asked[:-3], everybody=False, people=["rea", "ann"], retraining_months="12")
    grant(home, "bea", "trainer")
    read(home, "rea", only(home, "rea", of=first))
    second = home.until(home.revise("ann", first, training="read", effective_on=day(14)), "approved")
    settle()
    training, quiz = only(home, "rea", of=second).number, only(home, "rea", of=asked).number

    page = here.page("rea")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/r/{training}")
    expect(page.get_by_role("main")).to_contain_text(f"Changed since {first}")
    page.get_by_role("link", name="Read the changes").click()
    expect(page).to_have_url(re.compile(f"/r/{second}/compare"))
    page.goto(f"/r/{second}")
    page.goto(f"/r/{training}/sign/acknowledge")
    page.get_by_label("User id").fill("rea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign as")).click()
    expect(page.get_by_role("main")).to_contain_text("Read and understood")
    assert Record.objects.get(number=training).state == "done"

    person = Record.objects.get(pk=home.person("rea")).number
    found: dict[str, list[str]] = {}
    for turn, path in enumerate((f"/r/{quiz}", f"/r/{quiz}/edit", "/panels/training-matrix", f"/r/{person}/panels/transcript",
                                 f"/r/{second}/panels/training-record?as_of={day(0)}", f"/r/{training}")):  # fmt: skip
        page.goto(path)
        found |= looking.faults(page, path, turn)
    assert not found
