"""A quiz: approved before anybody is measured by it, every attempt kept, help after the last one; and never the right answers shown."""

from __future__ import annotations

from typing import Any

import pytest

from indelible.infra import canonical
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Event, Version
from indelible.practice import looks, panels, queries
from tests.homes import TestHome
from tests.modules.events import day, head, refused
from tests.modules.trained import WHY, answer, curriculum, grant, only, quizzed, settle


@pytest.fixture
def training(home: TestHome) -> str:
    """Give Rea's training on a procedure in force with a quiz, which Rea has opened; Bea is a trainer."""
    number = home.until(home.draft(training="quiz", effective_on=day(14)), "approved")
    home.act("doc", "document.take_effect", number)
    settle()
    curriculum(home, number[:-3], everybody=False, people=["rea"], acts="document")
    grant(home, "bea", "trainer")
    looks.look(home.people["rea"], head(number))
    return only(home, "rea").number


def of(home: TestHome, training: str) -> str:
    return str(only(home, "rea").title.split(" ")[0])


def attempts(training: str) -> list[dict[str, Any]]:
    rows = Event.objects.filter(record_id=head(training).pk).order_by("position")
    notes = [canonical.decode(row.payload).get("note", {}) for row in rows]
    return [note for note in notes if "attempt" in note]


def test_nobody_has_understood_before_the_quiz_is_passed(home: TestHome, training: str) -> None:
    assert "quiz_is_passed" in refused(home, "rea", "training.acknowledge", training)
    quizzed(home, of(home, training))
    assert "quiz_is_passed" in refused(home, "rea", "training.acknowledge", training)

    answer(home, "rea", training, "a", "b")
    home.sign("rea", "training.acknowledge", training)

    assert head(training).state == "done"


def test_a_wrong_answer_names_the_section_and_every_attempt_is_kept(home: TestHome, training: str) -> None:
    quizzed(home, of(home, training))
    answer(home, "rea", training, "a", "a")
    answer(home, "rea", training, "b", "b")

    first, second = attempts(training)
    assert (first["right"], first["of"], first["passed"], first["left"]) == (1, 2, False, 2)
    assert first["wrong"] == [{"question": 2, "section": "5.2"}]
    assert second["wrong"] == [{"question": 1, "section": "4.1"}]
    assert Version.objects.filter(record_id=head(training).pk).count() == 3
    assert "quiz_is_passed" in refused(home, "rea", "training.acknowledge", training)


def test_after_the_last_attempt_a_trainer_helps_before_the_next(home: TestHome, training: str) -> None:
    quizzed(home, of(home, training))
    for letters in ("aa", "bb", "ba"):
        answer(home, "rea", training, *letters)
    assert head(training).state == "coaching"
    with pytest.raises(Refused):
        home.act("rea", "training.hand_in", training)
    assert "signer_authority" in refused(home, "rea", "training.reopen", training)

    home.sign("bea", "training.reopen", training, WHY)
    answer(home, "rea", training, "a", "b")
    home.sign("rea", "training.acknowledge", training)

    assert [one["attempt"] for one in attempts(training)] == [1, 2, 3, 1]
    assert head(training).state == "done"


def test_who_is_sent_to_coaching_does_not_do_what_the_training_is_for(home: TestHome, training: str) -> None:
    quizzed(home, of(home, training))
    for letters in ("aa", "bb", "ba"):
        answer(home, "rea", training, *letters)
    grant(home, "rea", "author")

    with pytest.raises(Refused) as caught:
        home.draft("rea")

    assert caught.value.rule == "training_is_done"


@pytest.mark.parametrize("letters", ["", "a", "ax"])
def test_what_is_not_answered_whole_is_not_taken(home: TestHome, training: str, letters: str) -> None:
    quizzed(home, of(home, training))

    rows = [{"question": str(at), "answer": one if one != "x" else None} for at, one in enumerate(letters, 1)]
    if rows:
        home.act("rea", "training.edit", training, fields={"answers": rows})

    with pytest.raises(Refused) as caught:
        home.act("rea", "training.hand_in", training)

    assert caught.value.rule == "questions_are_answered"
    assert not attempts(training)


def test_nobody_answers_for_somebody_else(home: TestHome, training: str) -> None:
    quizzed(home, of(home, training))

    with pytest.raises(Refused) as caught:
        home.act("bea", "training.edit", training, fields={"answers": [{"question": "1", "answer": "a"}]})
    assert caught.value.rule == "assignment_stays_as_made"

    with pytest.raises(Refused) as handed:
        home.act("bea", "training.hand_in", training)
    assert handed.value.rule == "authority"


def test_the_questions_are_shown_to_the_trained_and_the_quiz_is_not(home: TestHome, training: str) -> None:
    quiz = quizzed(home, of(home, training))
    answer(home, "rea", training, "a", "a")

    with pytest.raises(NotFound):
        queries.get_record(home.view("rea"), quiz)
    _, _, sheet = panels.sheet(home.view("rea"), "questions", of=training)

    asked, tried = sheet.tables
    assert [cell.text for cell in asked.rows[0]] == ["1", "When is the tank filled?", "Daily", "Weekly", "", ""]
    assert [cell.text for cell in tried.rows[0]] == ["1", "1 of 2 right, 2 attempts left", "section 5.2 (question 2)"]


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Which?", "a": "This", "right": "a", "section": "1"},
        {"question": "Which?", "a": "This", "b": "That", "right": "c", "section": "1"},
        {"question": "Which?", "a": "This", "b": "That", "section": "1"},
        {"question": "Which?", "a": "This", "b": "That", "right": "a"},
        {"a": "This", "b": "That", "right": "a", "section": "1"},
    ],
)
def test_questions_that_cannot_be_answered_are_not_approved(home: TestHome, row: dict[str, str]) -> None:
    given = {"title": "Quiz", "document": home.draft(), "questions": [row]}
    number = home.act("ann", "quiz.create", fields=given).number

    assert "questions_can_be_answered" in refused(home, "ann", "quiz.approve", number)


def test_a_document_has_one_quiz_and_nobody_approves_the_own_one(home: TestHome, training: str) -> None:
    quizzed(home, of(home, training))
    rows = [{"question": "Which?", "a": "This", "b": "That", "right": "a", "section": "1"}]
    given = {"title": "An easier one", "document": of(home, training), "questions": rows}
    number = home.act("ann", "quiz.create", fields=given).number

    assert "one_quiz_for_a_document" in refused(home, "ann", "quiz.approve", number)
    assert "signer_authority" in refused(home, "qua", "quiz.approve", number)
