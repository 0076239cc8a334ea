"""Documents to try things on, and what people learn from them: curricula, quizzes and training."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID

from indelible.kernel import acts
from indelible.kernel.models import Record
from indelible.practice import looks
from tests.properties import ways
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
ALL = None


def document(user: str, owner: str, reviewers: list[str], department: str = "Quality Control") -> Maker:
    """Make a complete draft of a procedure."""

    def make(cast: Cast) -> UUID:
        fields = {"title": f"Title {next(SERIAL)}", "class": "procedure", "owner": owner, "audience": "Everybody here",
                  "department": cast.home.departments[department], "reviewers": reviewers, "text": "## 1 Purpose",
                  "effective_on": "2020-01-01", "training": "none"}  # fmt: skip
        return acts.run(cast.players[user].ctx, "document.create", fields=fields).record

    return make


def curriculum(user: str, owner: str, **more: Any) -> Maker:
    """Make a curriculum for a document that nobody else works on."""

    def make(cast: Cast) -> UUID:
        draft = Record.objects.get(pk=document("ann", "own", ["rob"])(cast)).number
        fields = {"title": f"Curriculum {next(SERIAL)}", "owner": owner, "department": cast.home.departments["Quality Control"],
                  "people": ["rea"], "documents": [draft]}  # fmt: skip
        return acts.run(cast.players[user].ctx, "curriculum.create", fields=fields | more).record

    return make


def quiz(**more: Any) -> Maker:
    """Make a quiz of one question on a document that nobody else works on."""

    def make(cast: Cast) -> UUID:
        draft = Record.objects.get(pk=document("ann", "own", ["rob"])(cast)).number
        row = {"question": "Which?", "a": "This", "b": "That", "right": "a", "section": "1"} | more
        fields = {"title": f"Quiz {next(SERIAL)}", "document": draft, "questions": [row]}
        return acts.run(cast.players["ann"].ctx, "quiz.create", fields=fields).record

    return make


def training(user: str, trainee: str, **more: Any) -> Maker:
    """Make a practice that could go through every state."""

    def make(cast: Cast) -> UUID:
        fields = {"what": f"Practice {next(SERIAL)}", "trainee": trainee, "kind": "practical", "because": "other", "due_on": "2099-01-01",
                  "valid_until": "2099-12-31", "taught": "Shown three times", "evidence": "A certificate"}  # fmt: skip
        return acts.run(cast.players[user].ctx, "training.create", fields=fields | more).record

    return make


def reading(cast: Cast) -> UUID:
    """Make a training on a document in force, which the trainee has opened."""
    number = in_force(cast)
    looks.look(cast.players["bea"].ctx, Record.objects.get(number=number))
    return training("rob", "bea", kind="read", document=number)(cast)


def in_force(cast: Cast) -> str:
    """Give a document in force; the first one brings it there."""
    if not cast.world.effective:
        made = document("ann", "own", ["rob", "sys"])(cast)
        assert ways.reach(cast, made, "effective")
        cast.world.effective.add(Record.objects.get(pk=made).number)
    return next(iter(cast.world.effective))


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "curriculum": {
        "plain": (curriculum("ann", "own"), ALL),
        "own work": (curriculum("mul", "hed"), ("draft", "in_approval")),
        "for nobody": (curriculum("ann", "own", people=[]), ("draft",)),
    },
    "training": {
        "plain": (training("rob", "bea"), ALL),
        "read": (reading, ("assigned", "kept_from_work", "done")),
        "own": (training("tra", "mul"), ("assigned",)),
        "imported": (training("tra", "bea", because="imported", trained_on="2020-01-01"), ("assigned", "done")),
        "of the trainer": (training("rob", "tra"), ("assigned",)),
        "without evidence": (training("mul", "bea", taught=None, evidence=None), ("assigned",)),
    },
    "quiz": {"plain": (quiz(), ALL), "unanswerable": (quiz(right="d"), ("draft",))},
}
