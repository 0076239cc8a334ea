"""The courses of the product: drafts of the company's own, and what waits until somebody has done them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from indelible.kernel import records
from indelible.kernel.errors import Invalid, Refused
from indelible.kernel.models import Record
from indelible.modules.training import asking, courses
from indelible.practice import looks
from tests.homes import TestHome, hire
from tests.modules.events import day, head, reported
from tests.modules.trained import answer, mine, settle

ACTS = 7  # three documents, a quiz on each, one curriculum


def begun(home: TestHome, user: str = "ann", **given: Any) -> list[str]:
    asked = {"department": home.departments["Quality Control"], "reviewers": ["rob"]} | given
    return [made.number for made in courses.begin(home.people[user], **asked)]


def taught(home: TestHome) -> list[str]:
    """Approve what was begun, and let everybody who is there do it; gives the documents, in force."""
    numbers = begun(home)
    documents = [one for one in numbers if head(one).type == "document"]
    for number in documents:
        home.act("ann", "document.edit", number, fields={"effective_on": day(14)})
        home.until(number, "approved")
    for number in numbers:
        if head(number).type == "quiz":
            home.sign("ann", "quiz.approve", number)
            home.sign("qua", "quiz.approve", number)
    home.sign("ann", "curriculum.submit", numbers[-1])
    for who in ("hed", "qua"):
        home.sign(who, "curriculum.approve", numbers[-1])
    settle()
    for user in home.people:
        learn(home, user)
    for number in documents:
        home.act("doc", "document.take_effect", number)
    settle()
    return documents


def learn(home: TestHome, user: str, *, but: int = 0) -> None:
    """Let somebody read, answer rightly and sign each course that is open for them, but the last ones."""
    open_ones = mine(home, user, state="assigned")
    for training in open_ones[: len(open_ones) - but]:
        number = records.values(training)["document"][0]["number"]
        looks.look(home.people[user], head(number))
        (course,) = [one for one in courses.read() if one.title == head(number).title]
        answer(home, user, training.number, *(question["right"] for question in course.questions))
        home.sign(user, "training.acknowledge", training.number)
        settle()


def test_every_question_is_answered_by_a_section_of_its_own_course() -> None:
    for course in courses.read():
        sections = dict(re.findall(r"^#+ ([\d.]+) (.+)$", course.text, re.MULTILINE))
        asked = {question["section"] for question in course.questions}
        assert asked <= set(sections), course.name
        assert len(course.questions) >= 6
        assert len({question["right"] for question in course.questions}) > 1, "who answers the same letter always passes"


def test_they_are_begun_as_drafts_that_nobody_has_approved_and_once(home: TestHome) -> None:
    numbers = begun(home)

    assert len(numbers) == ACTS
    assert {head(number).state for number in numbers} == {"draft"}
    assert begun(home) == numbers
    assert Record.objects.filter(type__in=("quiz", "curriculum")).count() == len(courses.read()) + 1


@pytest.mark.parametrize("who", ["rea", "adm", "gue", "exe"])
def test_only_who_may_write_documents_begins_them(home: TestHome, who: str) -> None:
    with pytest.raises(Refused):
        begun(home, who)

    assert not Record.objects.filter(type="document").exists()


@pytest.mark.parametrize("given", [{"department": "DEP-99"}, {"reviewers": ["nobody"]}])
def test_a_department_or_reviewer_that_is_not_there_is_named(home: TestHome, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"DEP-99|nobody"):
        begun(home, **given)

    assert not Record.objects.filter(type="document").exists()


def test_until_they_are_done_one_reads_trains_and_reports_and_nothing_else(home: TestHome) -> None:
    documents = taught(home)
    home.people["new"] = hire(home, "new", "New Comer", ["author", "qa_ops"])
    settle()
    assert len(mine(home, "new", state="assigned")) == len(documents)

    learn(home, "new", but=1)
    with pytest.raises(Refused) as refusal:
        home.draft("new")
    assert refusal.value.rule == "training_is_done"
    review = home.draft("ann", reviewers=["new"])
    home.sign("ann", "document.submit", review)
    with pytest.raises(Refused) as refusal:
        home.sign("new", "document.agree", review)
    assert refusal.value.rule == "training_is_done"
    assert head(reported(home, "new")).state == "triage"

    learn(home, "new")
    assert head(home.draft("new")).state == "draft"


def test_who_was_trained_before_is_not_kept_from_anything(home: TestHome) -> None:
    taught(home)

    assert head(home.draft("bea")).state == "draft"


def test_a_star_means_everything_and_a_word_that_is_none_is_still_refused(home: TestHome) -> None:
    fields = {"title": "Two", "owner": "ann", "department": home.departments["Quality Control"], "everybody": True,
              "documents": [home.until(home.draft(), "effective")]}  # fmt: skip
    number = home.act("ann", "curriculum.create", fields=fields | {"acts": f"{asking.EVERYTHING}, documents"}).number

    with pytest.raises(Refused) as refusal:
        home.sign("ann", "curriculum.submit", number)

    assert {one.rule for one in refusal.value.missing} == {"tied_acts_are_known"}
