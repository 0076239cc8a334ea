"""The only place that lives the demo documents through the door: each step of the plan as the act of a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from indelible.kernel.models import Record
from indelible.modules.documents.rules import BLANK
from indelible.practice import uploads
from indelible.project.demo import rasters, sterility, timeline
from indelible.project.demo.cast import Cast
from indelible.project.demo.plan import Calendar, Step
from indelible.project.demo.timeline import Story

DOCUMENT_CONTROL = "therrera"
PLANNED = 60  # days until what is still in the air shall take effect, as its author would like it


class Life:
    """What is remembered from step to step: numbers of comments and copies."""

    def __init__(self, cast: Cast, story: Story, calendar: Calendar) -> None:
        self.cast, self.story, self.calendar = cast, story, calendar
        self.copies: dict[int, str] = {}
        self.acts: dict[str, Callable[[Step, str], None]] = {
            "create": self._create, "edit": self._edit, "return": self._return, "comment": self._comment,
            "issue": self._issue, "account_for": self._account_for,
        }  # fmt: skip

    def go(self, step: Step) -> None:
        """Make one step; until its moment comes, the clock makes what falls due."""
        self.cast.wait(step.at)
        number = f"{step.document.number}.{step.revision:02}"
        if step.what in self.acts:
            self.acts[step.what](step, number)
            return
        verb = "approve" if step.what.startswith("approve") else step.what
        self.cast.sign(step.who, f"document.{verb}", number, reason=step.given.why if step.given else "")
        if step.what == "submit_administrative":
            self.cast.sign(DOCUMENT_CONTROL, "document.submit_administrative", number)

    def _create(self, step: Step, _number: str) -> None:
        document, revision = step.document, step.document.revisions[step.revision - 1]
        effective = PLANNED if revision.effective is None else revision.effective
        text = self.story.text(document, step.revision)
        if revision.edited_by:
            text = timeline.undone(text, self.story.change(document.number, step.revision).edits[-1])
        fields: dict[str, Any] = {
            "text": text + (sterility.annexes() if revision.annexes else ""), "training": document.readers.training,
            "effective_on": self.calendar.day(effective).isoformat(), "related": _related(document.number, text),
        }  # fmt: skip
        if revision.picture:
            kept = (timeline.FOLDER / timeline.TEXTS / revision.picture).read_bytes()
            fields["pictures"] = [self._bring(step.who, f"{revision.picture.split('.')[0]}.png", kept)]
        if revision.annexes:
            fields["file"] = [self._bring(step.who, rasters.NAME, rasters.pdf())]
        if step.revision > 1:
            change = self.story.change(document.number, step.revision)
            fields |= {"reason_for_revision": change.reason, "summary_of_changes": change.summary,
                       "revision_class": revision.kind}  # fmt: skip
            before = Record.objects.get(number=f"{document.number}.{step.revision - 1:02}")
            self.cast.act(step.who, "document.revise", before.id, fields=fields)
            return
        fields |= {
            "title": document.title, "class": "procedure", "owner": document.people.owner,
            "department": self.cast.departments[document.readers.department], "audience": document.readers.audience,
            "reviewers": document.people.reviewers,
        }  # fmt: skip
        self.cast.act(step.who, "document.create", fields=fields, number=document.number)

    def _bring(self, who: str, name: str, content: bytes) -> str:
        self.cast.tick()
        return uploads.receive(self.cast.people[who], name, [content]).sha256

    def _edit(self, step: Step, number: str) -> None:
        """The second of two authors writes the last of the declared edits."""
        record = Record.objects.get(number=number)
        fields = {"text": self.story.text(step.document, step.revision)}
        self.cast.act(step.who, "document.edit", record.id, seen=record.position, fields=fields)

    def _return(self, step: Step, number: str) -> None:
        reason = "A limit without its unit stands in the procedure; the analyst could not follow it."
        self.cast.sign(step.who, "document.return", number, reason=reason)

    def _comment(self, step: Step, number: str) -> None:
        record, remark = Record.objects.get(number=number), step.given
        given = {"suggestion": remark.suggests} if remark.suggests else {}
        said = self.cast.act(
            step.who, "document.comment", record.id, text=remark.says, field="text", quote=remark.on, **given
        )
        if remark.answered:
            author = step.document.author_of(step.revision)
            self.cast.act(author, "document.resolve", record.id, position=said.position, outcome=remark.answered,
                          reason=remark.answer)  # fmt: skip

    def _issue(self, step: Step, number: str) -> None:
        copy = step.given
        fields = {"document": [number], "kind": copy.kind, "holder": copy.holder, "place": copy.place,
                  "copies": str(copy.sets), "purpose": copy.purpose}  # fmt: skip
        made = self.cast.act(DOCUMENT_CONTROL, "controlled_copy.create", fields=fields)
        self.cast.act(DOCUMENT_CONTROL, "controlled_copy.issue", made.record)
        self.copies[id(copy)] = made.number

    def _account_for(self, step: Step, _number: str) -> None:
        copy, number = step.given, self.copies[id(step.given)]
        record = Record.objects.get(number=number)
        fields = {"outcome": copy.outcome, "returned_on": step.at.date().isoformat(), **_told_of(copy)}
        self.cast.act(DOCUMENT_CONTROL, "controlled_copy.edit", record.id, fields=fields)
        for person in (DOCUMENT_CONTROL, step.who):
            self.cast.sign(person, "controlled_copy.reconcile", number)


def _told_of(copy: timeline.Copy) -> dict[str, Any]:
    """Tell of each set of a blank form: the last one was not needed."""
    if copy.kind != BLANK:
        return {}
    filled, last = str(copy.sets - 1), str(copy.sets)
    rows = [{"first": last, "became": "unused and destroyed"}]
    if copy.sets > 1:
        rows.insert(0, {"first": "1", "last": filled, "became": "filled in and filed"})
    return {"outcome": "each set as listed", "sets": rows}


def _related(number: str, text: str) -> list[str]:
    """Give what the text refers to, as far as it was in force when somebody wrote it."""
    in_force = Record.objects.filter(type="document", standing="in_force").exclude(series=number)
    return sorted({str(one) for one in in_force.values_list("series", flat=True) if str(one) in text})
