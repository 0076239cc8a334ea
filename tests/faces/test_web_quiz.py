"""A quiz is answered by buttons: one fieldset for each question, what was wrong names its section, and nothing tells what is right."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from indelible.kernel import records
from indelible.kernel.models import Event, Record
from indelible.practice import looks
from tests.faces import browsing
from tests.faces.browsing import sign_in, text
from tests.homes import TestHome
from tests.modules.events import day, head, investigated
from tests.modules.trained import answer, curriculum, grant, only, quizzed, settle

TEXT = "# 1 Purpose\n\nWhy\n\n# 4 Who\n\n## 4.1 Called\n\nAnn\n\n# 5 What\n\n## 5.2 Filling\n\n" + "With care. " * 200 + "\n"


@pytest.fixture
def training(home: TestHome) -> str:
    """Give Rea's training on a procedure in force with a quiz of two questions."""
    number = home.until(home.draft(training="quiz", text=TEXT, effective_on=day(14)), "approved")
    home.act("doc", "document.take_effect", number)
    settle()
    curriculum(home, number[:-3], everybody=False, people=["rea"])
    grant(home, "bea", "trainer")
    looks.look(home.people["rea"], head(number))
    quizzed(home, number)
    return only(home, "rea").number


@pytest.fixture
def rea(training: str) -> Client:
    """Give the browser of Rea, who has something to answer."""
    assert training
    return sign_in("rea")


def form(client: Client, training: str) -> str:
    return text(client.get(f"/r/{training}/edit"))


def question(page: str, at: int) -> str:
    """Give the fieldset of one question."""
    found = re.findall(r'<fieldset class="i-question".*?</fieldset>', page, re.DOTALL)
    return str(found[at])


def radios(part: str) -> list[tuple[str, str, bool]]:
    found = re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)"( checked)?>', part)
    return [(name, value, bool(checked)) for name, value, checked in found]


def test_each_question_is_a_fieldset_of_its_own_with_a_button_for_each_answer(rea: Client, training: str) -> None:
    page = form(rea, training)

    assert page.count('<fieldset class="i-question"') == 2
    first = question(page, 0)
    assert "<legend>1. When is the tank filled?</legend>" in first
    assert '<input type="hidden" name="answers.0.question" value="1">' in first
    assert [name for name, _, _ in radios(first)] == ["answers.0.answer"] * 2
    assert not any(checked for _, _, checked in radios(page))
    assert first.count("<label") == 2
    assert "<select" not in first


def test_the_form_does_not_say_which_answer_is_right_nor_the_questions_twice(rea: Client, training: str) -> None:
    page = form(rea, training)

    quiz = records.values(Record.objects.get(type="quiz"))
    assert {row["right"] for row in quiz["questions"]} == {"a", "b"}
    assert page.count("Who is called?") == page.count("When is the tank filled?") == 1
    assert "right" not in question(page, 0).lower()
    assert "Read section" not in page
    assert "read section" not in page


def test_answers_are_sent_as_rows_and_handed_in(home: TestHome, rea: Client, training: str) -> None:
    sent = {"answers.0.question": "1", "answers.0.answer": "a", "answers.1.question": "2", "answers.1.answer": "b",
            "key": "k-1", "seen": str(head(training).position)}  # fmt: skip
    assert rea.post(f"/r/{training}/edit", sent).status_code == 302
    assert [row["answer"] for row in records.values(head(training))["answers"]] == ["a", "b"]
    assert [value for _, value, checked in radios(form(rea, training)) if checked] == ["a", "b"]
    home.act("rea", "training.hand_in", training)

    assert head(training).marks["quiz"]["passed"] is True


@pytest.mark.parametrize("wrong", ["e", "1", "A ", "<b>"])
def test_what_is_no_answer_is_refused_and_the_rest_is_kept(rea: Client, training: str, wrong: str) -> None:
    sent = {"answers.0.question": "1", "answers.0.answer": wrong, "answers.1.question": "2", "answers.1.answer": "b",
            "key": "k-2", "seen": str(head(training).position)}  # fmt: skip
    answered = rea.post(f"/r/{training}/edit", sent)

    assert answered.status_code == 422
    assert [(name, value) for name, value, checked in radios(text(answered)) if checked] == [("answers.1.answer", "b")]
    assert not records.values(head(training))["answers"]


def test_a_question_that_was_left_out_is_named_when_it_is_handed_in(home: TestHome, rea: Client, training: str) -> None:
    sent = {"answers.0.question": "1", "answers.1.question": "2", "answers.1.answer": "b", "key": "k-3",
            "seen": str(head(training).position)}  # fmt: skip
    assert rea.post(f"/r/{training}/edit", sent).status_code == 302
    answered = rea.post(f"/r/{training}/act/hand_in", {"key": "k-4", "seen": str(head(training).position)})

    assert "Without an answer: question 1." in text(answered)
    assert not Event.objects.filter(record_id=head(training).pk, payload__contains='"attempt"').exists()


def test_a_wrong_answer_names_its_section_and_leads_to_it_and_right_ones_say_nothing(
    home: TestHome, rea: Client, training: str
) -> None:
    document = str(records.values(head(training))["document"][0]["number"])
    answer(home, "rea", training, "a", "a")
    page = form(rea, training)

    assert "Not right the last time: read section 5.2 again." in question(page, 1)
    assert f'href="/r/{document}#s-3"' in question(page, 1)
    assert "Not right" not in question(page, 0)
    assert re.search(r'<h2 id="s-3"[^>]*>5 What', text(rea.get(f"/r/{document}")))


def test_after_a_trainer_helped_the_questions_come_without_the_old_hints(home: TestHome, rea: Client, training: str) -> None:
    for letters in ("aa", "bb", "ba"):
        answer(home, "rea", training, *letters)
    home.sign("bea", "training.reopen", training, "We went through sections 4 and 5 together")

    assert "Not right" not in form(rea, training)
    assert (
        len(
            re.findall(
                r'"attempt":\d', "".join(Event.objects.filter(record_id=head(training).pk).values_list("payload", flat=True))
            )
        )
        == 3
    )


def test_a_table_that_is_no_quiz_is_asked_as_before(home: TestHome) -> None:
    page = text(browsing.sign_in("ann").get(f"/r/{investigated(home)}/edit"))
    assert "data-rows" in page
    assert "i-question" not in page
