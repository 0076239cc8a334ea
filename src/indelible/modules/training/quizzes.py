"""The only place that marks answers: which quiz belongs to a training, how many answers are right, and what may follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import completes
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.modules.training import asking
from indelible.practice import chapters, filling

QUIZ, IN_USE = "quiz", "in_use"
PASS, ATTEMPTS = 80, 3
OPTIONS = ("a", "b", "c", "d")
MARK = "quiz"


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz in use: its questions, in their order, how much of them has to be right, and how often it may be tried."""

    number: str
    questions: list[dict[str, Any]]
    percent: int
    attempts: int

    def answered(self, rows: list[dict[str, Any]]) -> dict[int, str]:
        """Give the answers by the number of their question; of a question that stands twice, the last."""
        return {asking.number(row.get("question"), 0): str(row.get("answer") or "") for row in rows}

    def wrong(self, rows: list[dict[str, Any]]) -> list[int]:
        """Give the numbers of the questions whose answer is not right."""
        given = self.answered(rows)
        return [at for at, one in enumerate(self.questions, 1) if given.get(at) != one["right"]]


def of(training: Mapping[str, Any]) -> Quiz | None:
    """Give the quiz in use for the document of a training, None without one."""
    number = next((str(one["number"]) for one in training["document"] or []), "")
    series = Record.objects.filter(number=number).values_list("series", flat=True).first()
    return next((_quiz(one) for one in in_use() if series in _series(one)), None) if series else None


def in_use() -> list[Record]:
    """Give the quizzes that are in use, by number."""
    return list(Record.objects.filter(type=QUIZ, state=IN_USE).order_by("number"))


def _quiz(record: Record) -> Quiz:
    values = records.values(record)
    return Quiz(
        record.number,
        values["questions"],
        asking.number(values["pass_percent"], PASS),
        asking.number(values["attempts"], ATTEMPTS),
    )


def _series(quiz: Record) -> set[str]:
    numbers = [one["number"] for one in records.values(quiz)["document"] or []]
    named = set(Record.objects.filter(number__in=numbers).values_list("series", flat=True))
    return {str(one) for one in named} | set(numbers)


@filling.begins_with("training")
def a_row_for_each_question(record: Record) -> dict[str, Any]:
    """The form of whoever answers has the rows already: only the answers are missing."""
    values = records.values(record)
    found = of(values) if values["kind"] == QUIZ else None
    return {"answers": [{"question": str(at)} for at in range(1, len(found.questions) + 1)]} if found else {}


@filling.asks("training", instead_of="questions")
def questions_of(record: Record) -> dict[str, list[filling.Question]]:
    """Give the questions as the form asks them: each with its answers, and where to read again what was not right the last time."""
    values = records.values(record)
    found = of(values) if values["kind"] == QUIZ else None
    if found is None:
        return {}
    number = next((str(one["number"]) for one in values["document"] or []), "")
    wrong = found.wrong(values["answers"]) if tried(record) and values["answers"] else []
    text = chapters.text_of(number)
    return {"answers": [
        filling.Question(
            f"{at}. {one['question']}", {"question": str(at)}, "answer",
            tuple((name, str(one[name])) for name in OPTIONS if one.get(name)),
            *((f"Not right the last time: read section {one['section']} again.", number, chapters.place(text, one["section"]))
              if at in wrong else ()),
        )
        for at, one in enumerate(found.questions, 1)
    ]}  # fmt: skip


def tried(head: Record) -> int:
    """Give how many attempts were made since the training began, or a trainer opened it again."""
    return int(head.marks.get(MARK, {}).get("attempts", 0))


@rule("questions_can_be_answered")
def questions_can_be_answered(case: Case) -> str | None:
    """Every question of a quiz has at least two answers, of which the right one is among them, and the section that says it."""
    for at, row in enumerate(case.value("questions") or [], 1):
        options = [name for name in OPTIONS if row.get(name)]
        if not row.get("question") or len(options) < 2 or row.get("right") not in options:
            return f"Question {at} needs its text, two answers at least, and which of them is right."
        if not row.get("section"):
            return f"Question {at} needs the section in which the answer stands."
    return None if case.value("questions") else "There is no question yet."


@rule("one_quiz_for_a_document", alone=True)
def one_quiz_for_a_document(case: Case) -> str | None:
    """A document has one quiz in use: nobody chooses the easier one."""
    mine = _series(case.head)
    other = next((one.number for one in in_use() if _series(one) & mine), None)
    return f"{other} is in use for this document; retire it first." if other else None


@rule("quiz_is_passed")
def quiz_is_passed(case: Case) -> str | None:
    """Where a document has a quiz, nobody says that it was understood before the quiz is passed."""
    if case.value("kind") != QUIZ or case.head.marks.get(MARK, {}).get("passed"):
        return None
    found = of(case.content)
    if found is None:
        return "Its quiz is not approved yet: a trainer writes it, Quality approves it."
    return f"The quiz is not passed yet: answer its {len(found.questions)} questions and hand the answers in."


@rule("questions_are_answered")
def questions_are_answered(case: Case) -> str | None:
    """Answers are handed in whole, as often as the quiz allows before somebody helps."""
    found = of(case.content)
    if found is None:
        return "There is no approved quiz for this document."
    if case.head.marks.get(MARK, {}).get("passed"):
        return "The quiz is passed; sign that you have read and understood."
    given = found.answered(case.value("answers") or [])
    left = [str(at) for at in range(1, len(found.questions) + 1) if given.get(at) not in OPTIONS]
    if left:
        return f"Without an answer: question {', '.join(left)}."
    return None if tried(case.head) < found.attempts else "No attempt is left; a trainer helps first."


@completes("training.hand_in")
def answers_are_marked(case: Case, decision: Decision) -> None:
    """Mark the answers as handed in: the version keeps them, the event how many were right and where to read again."""
    found = of(case.content)
    if found is None:
        return
    wrong, count = found.wrong(case.value("answers") or []), tried(case.head) + 1
    right = len(found.questions) - len(wrong)
    passed = right * 100 >= found.percent * len(found.questions)
    decision.note = {
        "quiz": found.number, "attempt": count, "right": right, "of": len(found.questions), "percent": found.percent,
        "passed": passed, "left": found.attempts - count,
        "wrong": [{"question": at, "section": found.questions[at - 1]["section"]} for at in wrong],
    }  # fmt: skip
    mark = {"attempts": count, "passed": passed}
    decision.effects.head["marks"] = {**case.head.marks, MARK: mark}


@completes("training.reopen")
def attempts_begin_anew(case: Case, decision: Decision) -> None:
    """After coaching the attempts are counted anew; the earlier ones stay in the trail."""
    decision.effects.head["marks"] = {**case.head.marks, MARK: {"attempts": 0, "passed": False}}


@completes("training.take_from_work")
def stays_kept_from_work(case: Case, decision: Decision) -> None:
    """Who was kept from the work stays so until trained, whatever state the training goes through before."""
    decision.effects.head["marks"] = {**case.head.marks, "kept_from_work": True}
