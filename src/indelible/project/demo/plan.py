"""Reads the demo company's files and puts the life of its documents in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent
BEFORE_EFFECT = {"create": 45, "submit": 30, "agree": 26, "approve_function": 22, "approve_quality": 20}
STEPS = (*BEFORE_EFFECT, "take_effect")
REACHED = {
    "draft": 1, "withdrawn": 1, "in_review": 2, "in_approval": 3, "approved": 5, "effective": 6, "superseded": 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one revision's life, at its time."""

    at: datetime
    order: int
    what: str
    document: dict[str, Any]
    revision: dict[str, Any]
    who: str


def company() -> dict[str, Any]:
    """Read company, departments, products and people."""
    return dict(_read("company.yaml"))


def text_of(revision: dict[str, Any]) -> str:
    """Read the text of one revision."""
    return (FOLDER / "documents" / str(revision["file"])).read_text("utf-8")


def documents(start: datetime) -> list[Step]:
    """Give every step of every document's life, in order of time; `start` is the day of loading."""
    steps = [
        step
        for document in _read("documents.yaml")["documents"]
        for revision in document["revisions"]
        for step in _life(document, revision, start)
    ]
    return sorted(steps, key=lambda step: (step.at, step.document["number"], step.order))


def _life(document: dict[str, Any], revision: dict[str, Any], start: datetime) -> Iterator[Step]:
    author, state = revision.get("author", document["author"]), str(revision["state"])
    for order, what in enumerate(STEPS[: REACHED[state]]):
        who = {"approve_function": document["function_approver"], "approve_quality": document["quality_approver"]}
        yield Step(_when(what, revision, start), order, what, document, revision, who.get(what, author))
    signed = revision.get("signed_so_far", [])
    for order, person in enumerate(signed, REACHED[state]):
        what = _signature_of(person, document, state)
        yield Step(start - timedelta(days=2, hours=order), order, what, document, revision, person)
    if state == "withdrawn":
        at = start + timedelta(days=int(revision.get("withdrawn_offset_days", -5)), hours=3)
        yield Step(at, len(STEPS), "withdraw", document, revision, author)


def _signature_of(person: str, document: dict[str, Any], state: str) -> str:
    if state == "in_review":
        return "agree"
    return "approve_function" if person == document["function_approver"] else "approve_quality"


def _when(what: str, revision: dict[str, Any], start: datetime) -> datetime:
    if what == "take_effect" and revision.get("effective_offset_days") is not None:
        return start + timedelta(days=int(revision["effective_offset_days"]))
    end = _end(revision, start)
    return end - timedelta(days=BEFORE_EFFECT.get(what, 0)) + timedelta(hours=9, minutes=7 * len(what))


def _end(revision: dict[str, Any], start: datetime) -> datetime:
    effective = revision.get("effective_offset_days")
    if effective is None:
        begun = int(revision.get("withdrawn_offset_days", revision.get("submitted_offset_days", -6)))
        return start + timedelta(days=begun + BEFORE_EFFECT["submit"])
    # What takes effect after the day of loading was approved before it, with time left for training.
    return start + timedelta(days=min(int(effective), BEFORE_EFFECT["approve_quality"] - 3))


def _read(name: str) -> Any:
    return YAML(typ="safe").load((FOLDER / name).read_text("utf-8"))
