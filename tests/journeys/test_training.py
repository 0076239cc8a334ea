"""Training in a browser: read and sign on a phone, answer a quiz, look at the matrix; in both themes and both widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from indelible.kernel.models import Record
from tests.homes import TestHome
from tests.journeys import looking, steps
from tests.journeys.site import Site
from tests.modules.events import day
from tests.modules.trained import curriculum, grant, only, quizzed, read, settle

pytestmark = pytest.mark.chromium


def procedure(home: TestHome, title: str, training: str) -> str:
    number = home.until(home.draft(title=title, training=training, effective_on=day(14)), "approved")
    home.act("doc", "document.take_effect", number)
    settle()
    return number


def test_a_trainee_reads_what_changed_answers_the_quiz_and_signs_on_a_phone(here: Site) -> None:
    home = here.home
    first, asked = procedure(home, "Handling of samples", "read"), procedure(home, "Filling the tank", "quiz")
    quizzed(home, asked)
    curriculum(home, first[:-3], asked[:-3], everybody=False, people=["rea", "ann"], retraining_months="12")
    grant(home, "bea", "trainer")
    read(home, "rea", only(home, "rea", of=first))
    second = home.until(home.revise("ann", first, training="read", effective_on=day(14)), "approved")
    settle()
    training, quiz = only(home, "rea", of=second).number, only(home, "rea", of=asked).number

    context = steps.phone(here)
    page = here.watched(context.new_page())
    steps.sign_in(page, "rea")
    page.goto(f"/r/{training}")
    expect(page.get_by_role("main")).not_to_contain_text("Uncertified copy")  # nobody signed it elsewhere
    expect(page.locator("main .i-card").first).to_contain_text(f"Changed since {first}")
    page.get_by_role("link", name="Read the changes").click()
    expect(page).to_have_url(re.compile(f"/r/{second}/compare"))
    page.goto(f"/r/{second}")
    steps.signed(page, training, "acknowledge", "rea")
    expect(page.get_by_role("main")).to_contain_text("I have read and understood.")
    assert Record.objects.get(number=training).state == "done"

    page.goto(f"/r/{asked}")
    hand_in(page, quiz, "a", "a")
    expect(page.get_by_role("main")).to_contain_text("5.2")  # where the answer stands
    steps.TurnedAway()(page, quiz, "acknowledge", "quiz_is_passed")
    hand_in(page, quiz, "a", "b")
    steps.signed(page, quiz, "acknowledge", "rea")
    assert Record.objects.get(number=quiz).state == "done"
    context.close()

    page = here.page("rea")
    person = Record.objects.get(pk=home.person("rea")).number
    found: dict[str, list[str]] = {}
    for turn, path in enumerate((f"/r/{quiz}", "/panels/training-matrix", f"/r/{person}/panels/transcript",
                                 f"/r/{second}/panels/training-record?as_of={day(0)}")):  # fmt: skip
        page.goto(path)
        found |= looking.faults(page, path, turn)
    assert not found


def hand_in(page: Page, quiz: str, *letters: str) -> None:
    """Answer each question with the questions in sight, and hand the answers in."""
    page.goto(f"/r/{quiz}/edit")
    expect(page.get_by_role("main")).to_contain_text("Who is called?")
    expect(page.locator("[name=due_on], [name=trainee]")).to_have_count(0)  # what was assigned is not asked again
    for at, letter in enumerate(letters):
        expect(page.locator(f"[name='answers.{at}.question']")).to_have_value(str(at + 1))
        radios = page.locator(f"[name='answers.{at}.answer']")
        radios.first.focus()
        page.keyboard.press("Space")  # by the keyboard alone: the first one, then down to the one that is meant
        for _ in range("abcd".index(letter)):
            page.keyboard.press("ArrowDown")
        expect(page.locator(f"[name='answers.{at}.answer']:checked")).to_have_value(letter)
    assert page.evaluate(looking.BEYOND) == []
    page.get_by_role("button", name="Save a version").click()
    page.wait_for_url(f"**/r/{quiz}")
    steps.do(page, "Hand in the answers")


def test_what_was_read_on_a_phone_is_gone_on_with_at_a_desk(here: Site) -> None:
    home = here.home
    words = "With care, by two people, and never at night. " * 40
    text = "".join(
        f"# {at} {name}\n\n{words}\n\n{words}\n\n" for at, name in enumerate(("Purpose", "Who", "Filling", "Records"), 1)
    )
    number = home.until(home.draft(title="Filling by hand", training="read", text=text, effective_on=day(14)), "approved")
    home.act("doc", "document.take_effect", number)
    settle()
    curriculum(home, number[:-3], everybody=False, people=["rea"])
    training = only(home, "rea", of=number).number

    context = steps.phone(here)
    page = here.watched(context.new_page())
    steps.sign_in(page, "rea")
    page.goto(f"/r/{number}")
    for chapter in ("s-1", "s-2", "s-3"):
        with page.expect_response(re.compile("/reached$")) as told:
            page.locator(f"#{chapter}").scroll_into_view_if_needed()
            page.evaluate(f"document.getElementById('{chapter}').scrollIntoView()")
        assert told.value.status == 204
    context.close()

    page = here.page("rea")
    page.goto(f"/r/{number}")
    expect(page.get_by_role("main")).to_contain_text("You have read as far as 3 Filling.")
    page.get_by_role("link", name="Go on there").click()
    expect(page.locator("#s-3")).to_be_in_viewport()
    page.goto(f"/r/{training}")
    expect(page.get_by_role("main")).to_contain_text("Not opened yet")
    page.goto(f"/r/{training}/sign/acknowledge")
    expect(page.get_by_role("main")).to_contain_text(f"Not opened here yet in {number}: 4 Records.")
    found: dict[str, list[str]] = {}
    for turn, path in enumerate((f"/r/{number}", f"/r/{training}", f"/r/{training}/sign/acknowledge")):
        page.goto(path)
        found |= looking.faults(page, path, turn)
    assert not found
