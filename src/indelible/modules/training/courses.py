"""The only place that brings the courses of the product into a company: as drafts, which the company reads, changes and approves.

Three documents, a quiz on each, and a curriculum for everybody by which all that is not reading, training or reporting waits
until they are done (11.10(i), (j); Annex 11-2). What a person must know is the company's to decide: nothing here approves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from indelible.kernel import acts
from indelible.kernel.acts import Outcome
from indelible.kernel.context import Context
from indelible.modules.training import asking

FOLDER = Path(__file__).parent / "courses"
TITLE = "Before the first work in this system"
DAYS, RETRAINING = 14, 24  # days for who is new; months until it is done again
AUDIENCE = "Everybody who has an account"


@dataclass(frozen=True, slots=True)
class Course:
    """One course: its text in Markdown and the questions on it, each naming the section that answers it."""

    name: str
    title: str
    text: str
    questions: list[dict[str, str]]


def read() -> list[Course]:
    """Read the courses that come with the product."""
    told = YAML(typ="safe", pure=True).load(FOLDER / "courses.yaml")
    return [
        Course(one["name"], one["title"], (FOLDER / f"{one['name']}.md").read_text(encoding="utf-8"), one["questions"])
        for one in told
    ]  # fmt: skip


def begin(ctx: Context, *, department: str, reviewers: Sequence[str]) -> Iterator[Outcome]:
    """Begin every course as a draft of this person, one act after the other; doing it again begins nothing twice.

    `department` is the one whose head approves them, `reviewers` are user ids. Gives what each act did; raises Refused
    or Invalid as the door does, and what was begun until then stays.
    """
    owner, documents = str(ctx.person_id), []
    for course in read():
        fields: dict[str, Any] = {
            "title": course.title, "class": "work instruction", "owner": owner, "department": department,
            "audience": AUDIENCE, "reviewers": list(reviewers), "training": "quiz", "text": course.text,
        }  # fmt: skip
        made = acts.run(ctx, "document.create", key=f"course {course.name}", fields=fields)
        documents.append(made.number)
        yield made
        questions = {"title": course.title, "document": made.number, "questions": course.questions}
        yield acts.run(ctx, "quiz.create", key=f"course {course.name}, quiz", fields=questions)
    yield acts.run(ctx, "curriculum.create", key="courses, curriculum", fields={
        "title": TITLE, "owner": owner, "department": department, "everybody": True, "documents": documents,
        "days": str(DAYS), "retraining_months": str(RETRAINING), "acts": asking.EVERYTHING, "before_work": True,
    })  # fmt: skip
