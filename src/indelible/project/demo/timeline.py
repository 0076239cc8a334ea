"""The only place that reads the story of the demo documents, and that refuses one that cannot have happened.

`timeline.yaml` says who and when, `changes.yaml` why each revision was made and which words it changed. Both are read
as strictly as a configuration: what is wrong is named with its file and line, and nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from indelible.assurance.configuration import positions, values
from indelible.assurance.configuration.positions import Broken, Problem, Source

FOLDER = Path(__file__).parent
TIMELINE, CHANGES = "timeline.yaml", "changes.yaml"
TEXTS = "documents"
HISTORY = 791  # days: 26 months
WRITING = 45  # days from the first word of a revision to its effect


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class People(_Said):
    """Who writes, answers for, reviews and approves a document."""

    owner: str
    author: str
    reviewers: list[str] = Field(min_length=1)
    function: str
    quality: str


class Readers(_Said):
    """Whose document it is, who must know it and how they learn it."""

    department: str
    audience: str
    training: Literal["none", "read", "quiz", "practical"]


class Revision(_Said):
    """One revision: the day of its effect, or how far it has come by the day of loading, which is day 0."""

    effective: int | None = None
    submitted: int | None = None
    begun: int | None = None
    kind: Literal["full", "limited", "administrative"] = "full"
    author: str | None = None
    edited_by: str | None = None
    returned_by: str | None = None
    signed: list[str] = []
    text: str | None = None
    annexes: bool = False
    picture: str | None = None


class Review(_Said):
    """A periodic review after which nothing was changed; `by` signs for the owner and for Quality."""

    day: int
    by: list[str] = Field(min_length=2, max_length=2)
    why: str


class Copy(_Said):
    """A controlled copy of the revision in force on its day; `returned` says when it was accounted for, and how."""

    day: int
    kind: Literal["print to work by", "blank form to fill in"] = "print to work by"
    holder: str
    place: str
    sets: int = 1
    purpose: str
    returned: int | None = None
    outcome: Literal["destroyed", "returned and filed", "filled in and filed", "lost"] = "destroyed"


class Remark(_Said):
    """A comment on words of the revision that is in work, perhaps with other words, perhaps answered."""

    day: int
    by: str
    on: str
    says: str
    suggests: str | None = None
    answered: Literal["accepted", "declined"] | None = None
    answer: str = ""


class Retired(_Said):
    """The end of a document, approved by the function and by Quality."""

    day: int
    by: list[str] = Field(min_length=2, max_length=2)
    why: str


class Document(_Said):
    """A document with its revisions, oldest first, and what happened to it."""

    number: str
    title: str
    people: People
    readers: Readers
    revisions: list[Revision] = Field(min_length=1)
    reviews: list[Review] = []
    copies: list[Copy] = []
    remarks: list[Remark] = []
    retired: Retired | None = None

    def author_of(self, number: int) -> str:
        """Give who wrote a revision."""
        return self.revisions[number - 1].author or self.people.author


class Edit(_Said):
    """Words that stood there before and after; or a section that was moved whole, and the heading it stood before."""

    was: str = ""
    now: str = ""
    moved: str | None = None
    stood_before: str | None = None


class Change(_Said):
    """Why a revision was made, what it says of itself, and every place at which it differs from the one before."""

    revision: int
    reason: str
    summary: str
    edits: list[Edit] = []


class Timeline(_Said):
    """The file of that name."""

    documents: list[Document] = Field(min_length=1)


Changes = dict[str, list[Change]]


@dataclass(frozen=True, slots=True)
class Story:
    """All documents, and what each revision changed."""

    documents: tuple[Document, ...]
    changes: Changes

    def change(self, number: str, revision: int) -> Change:
        """Give what a revision says of itself."""
        return next(one for one in self.changes[number] if one.revision == revision)

    def text(self, document: Document, revision: int) -> str:
        """Give the text of a revision: the newest one, with what came later taken back; annexes are not part of it."""
        given = document.revisions[revision - 1].text
        if given or revision == len(document.revisions):
            return (FOLDER / TEXTS / (given or f"{document.number}.md")).read_text("utf-8")
        text = self.text(document, revision + 1)
        for edit in reversed(self.change(document.number, revision + 1).edits):
            text = undone(text, edit)
        return text


def read(folder: Path = FOLDER) -> Story:
    """Read the story; raises Broken with every fault, each with its file and line."""
    timeline, changes = _source(folder, TIMELINE), _source(folder, CHANGES)
    told: Timeline | None = values.take(timeline, Timeline)
    said: Changes | None = values.take(changes, Changes)
    if told is None or said is None:
        raise Broken([*timeline.problems, *changes.problems])
    story = Story(tuple(told.documents), said)
    faults = [*_faults(story, timeline), *_gaps(story, changes)]
    if faults := faults or [*_words(story, changes)]:
        raise Broken(faults)
    return story


@cache
def company() -> dict[str, Any]:
    """Read company, departments, products and people."""
    return dict(YAML(typ="safe").load((FOLDER / "company.yaml").read_text("utf-8")))


def undone(text: str, edit: Edit) -> str:
    """Take one edit back; raises ValueError where its words do not stand there exactly once."""
    if edit.moved is None:
        if text.count(edit.now) != 1:
            raise ValueError(f"{text.count(edit.now)} times")
        return text.replace(edit.now, edit.was)
    before, heading, rest = text.partition(f"{edit.moved}\n")
    section, mark, after = rest.partition("\n#")
    left, anchor, end = f"{before}{mark.removeprefix(chr(10))}{after}".partition(f"{edit.stood_before}\n")
    if not heading or not anchor:
        raise ValueError("no heading")
    return f"{left}{heading}{section}\n{anchor}{end}"


def _source(folder: Path, name: str) -> Source:
    return positions.read(name, (folder / name).read_bytes())


def _faults(story: Story, source: Source) -> Iterator[Problem]:
    """Find what cannot have happened."""
    people = {person["user_id"] for person in company()["people"]}
    departments = {department["id"] for department in company()["departments"]}
    seen: set[str] = set()
    for index, document in enumerate(story.documents):
        steps: positions.Steps = ("documents", index)
        if document.number in seen:
            yield source.blame((*steps, "number"), f"{document.number} stands here a second time.")
        seen.add(document.number)
        if document.readers.department not in departments:
            hint = values.suggestion(document.readers.department, departments)
            yield source.blame((*steps, "readers", "department"), f"The company has no such department; {hint}")
        yield from _people(document, people, source, steps)
        yield from _separations(document, source, steps)
        yield from _order(document, source, steps)
        yield from _days(document, source, steps)


def _people(document: Document, people: Collection[str], source: Source, steps: positions.Steps) -> Iterator[Problem]:
    who = document.people
    named: list[tuple[positions.Steps, str]] = [(("people", "reviewers", i), one) for i, one in enumerate(who.reviewers)]
    named += [(("people", role), getattr(who, role)) for role in ("owner", "author", "function", "quality")]
    for at, revision in enumerate(document.revisions):
        given = (("author", revision.author), ("edited_by", revision.edited_by), ("returned_by", revision.returned_by))
        named += [(("revisions", at, key), one) for key, one in given if one]
        named += [(("revisions", at, "signed", i), one) for i, one in enumerate(revision.signed)]
    named += [
        (("reviews", at, "by", i), one) for at, review in enumerate(document.reviews) for i, one in enumerate(review.by)
    ]
    named += [(("remarks", at, "by"), remark.by) for at, remark in enumerate(document.remarks)]
    for place, one in named:
        if one not in people:
            hint = values.suggestion(one, people)
            yield source.blame((*steps, *place), f"Nobody of the company has the user id {one!r}; {hint}")


def _separations(document: Document, source: Source, steps: positions.Steps) -> Iterator[Problem]:
    """Find who would review or approve work of their own; the door refuses it too, in the middle of a load."""
    who = document.people
    authors = {document.author_of(number) for number in range(1, len(document.revisions) + 1)}
    authors |= {revision.edited_by for revision in document.revisions if revision.edited_by}
    for index, reviewer in enumerate(who.reviewers):
        if reviewer in authors:
            yield source.blame((*steps, "people", "reviewers", index), f"{reviewer} wrote it and would review it.")
    if who.function in {*authors, who.owner}:
        yield source.blame((*steps, "people", "function"), f"{who.function} is author or owner; management signs instead.")
    if who.quality in {*authors, who.owner, *who.reviewers}:
        yield source.blame((*steps, "people", "quality"), f"{who.quality} worked on it; the other quality approver signs.")


def _order(document: Document, source: Source, steps: positions.Steps) -> Iterator[Problem]:
    """Find days on which something would happen before it can."""
    before = -HISTORY
    for index, revision in enumerate(document.revisions):
        place = (*steps, "revisions", index)
        last = index == len(document.revisions) - 1
        if revision.effective is None and not last:
            yield source.blame(place, "Only the newest revision can be without a day of effect.")
        day = first_day(revision)
        if day is None:
            yield source.blame(place, "Say when it takes effect, or was submitted, or was begun.")
        elif day < before:
            yield source.blame(place, f"It would begin on day {day}, before day {before}, when the one before took effect.")
        before = revision.effective if revision.effective is not None else before


def _days(document: Document, source: Source, steps: positions.Steps) -> Iterator[Problem]:
    """Find what happens to a document on a day on which it cannot."""
    for place, day in _days_in_force(document):
        if document.revisions[0].effective is None or not document.revisions[0].effective < day <= 0:
            yield source.blame((*steps, *place), f"On day {day} no revision of it is in force.")
    for index, copy in enumerate(document.copies):
        if copy.returned is not None and not copy.day < copy.returned <= 0:
            yield source.blame((*steps, "copies", index, "returned"), "It comes back after it was issued, and before today.")
    for index, remark in enumerate(document.remarks):
        if not (first_day(document.revisions[-1]) or 0) < remark.day <= 0:
            yield source.blame((*steps, "remarks", index, "day"), "On that day nobody is working on its newest revision.")


def _days_in_force(document: Document) -> Iterator[tuple[positions.Steps, int]]:
    yield from ((("reviews", index, "day"), review.day) for index, review in enumerate(document.reviews))
    yield from ((("copies", index, "day"), copy.day) for index, copy in enumerate(document.copies))
    if document.retired is not None:
        yield ("retired", "day"), document.retired.day


def first_day(revision: Revision) -> int | None:
    """Give the day on which a revision was begun; None where nothing says it."""
    if revision.effective is not None:
        return min(revision.effective, 17) - WRITING  # what is still to take effect was approved in time for training
    return revision.submitted - 15 if revision.submitted is not None else revision.begun


def _gaps(story: Story, source: Source) -> Iterator[Problem]:
    """Find revisions that say nothing of themselves, and changes of revisions that are not there."""
    documents = {document.number: document for document in story.documents}
    for number, changes in story.changes.items():
        if number not in documents:
            yield source.blame((number,), f"{TIMELINE} has no {number}; {values.suggestion(number, documents)}", key=True)
            continue
        wanted = [*range(2, len(documents[number].revisions) + 1)]
        if [one.revision for one in changes] != wanted:
            yield source.blame((number,), f"It has to say what changed in the revisions {wanted}, in this order.", key=True)
    for number, document in documents.items():
        if len(document.revisions) > 1 and number not in story.changes:
            yield Problem(CHANGES, 1, 1, number, f"{number} has {len(document.revisions)} revisions; say what changed.")


def _words(story: Story, source: Source) -> Iterator[Problem]:
    """Find edits whose words do not stand in the text that they made."""
    for document in story.documents:
        if not (FOLDER / TEXTS / f"{document.number}.md").is_file():
            yield Problem(f"{TEXTS}/{document.number}.md", 1, 1, "", "The text of the newest revision is missing.")
        elif fault := _unmade(story, document, source):
            yield fault


def _unmade(story: Story, document: Document, source: Source) -> Problem | None:
    for change in reversed(story.changes.get(document.number, [])):
        text = story.text(document, change.revision)
        for index in range(len(change.edits) - 1, -1, -1):
            try:
                text = undone(text, change.edits[index])
            except ValueError as fault:
                steps = (document.number, change.revision - 2, "edits", index)
                said = (
                    f"Its words have to stand exactly once in revision {change.revision:02} of {document.number}: {fault}."
                )
                return source.blame(steps, said)
    return None
