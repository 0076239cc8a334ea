"""The only place that lives the demo company's training through the door: who learns what is assigned, and when.

Nobody learns everything on the day on which it is assigned: what is due soon comes first, the rest is spread over some rounds.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.context import NOBODY
from indelible.kernel.models import Record
from indelible.modules.training import quizzes
from indelible.practice import looks
from indelible.project.demo.cast import Cast

SOON = timedelta(days=12)  # until it is due: it is not put off to another round
ROUNDS = 3  # over which the rest is spread
CARELESS = 5  # of so many people one fails the first attempt
TRAINERS = ("ltran", "sobriennakamura", "therrera", "ecarter")
SHOWN = "Done once under observation as the procedure says, and once more without help."


class Learning:
    """What is remembered from round to round: how many there were."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.round = cast, 0

    def go_on(self, late: Collection[str]) -> None:
        """Let everybody but those who are late with it learn what is assigned, as far as it is time."""
        self.round += 1
        people = {str(context.person_id): user for user, context in self.cast.people.items() if user not in late}
        for training in Record.objects.filter(type="training", state="assigned").order_by("number"):
            values = records.values(training)
            user, serial = people.get(values["trainee"]["person"]), int(training.number[-5:])
            soon = date.fromisoformat(values["due_on"]) - clock.now().date() <= SOON
            if user is not None and (soon or (serial + self.round) % ROUNDS == 0):
                self._learn(training, values, user, serial)

    def _learn(self, training: Record, values: dict[str, Any], user: str, serial: int) -> None:
        for item in values["document"]:
            looks.look(self.cast.people[user], Record.objects.get(number=item["number"]))
        if values["kind"] == "practical":
            trainer = self._trainer(user)
            self.cast.act(trainer, "training.edit", training.id, fields={"taught": SHOWN}, reason="Practised today")
            for person in (user, trainer):
                self.cast.sign(person, "training.sign_off", training.number)
            return
        if values["kind"] == quizzes.QUIZ:
            self._answer(training, values, user, careless=serial % CARELESS == 0)
        self.cast.sign(user, "training.acknowledge", training.number)

    def _answer(self, training: Record, values: dict[str, Any], user: str, *, careless: bool) -> None:
        """Answer the questions; who was careless has read the sections again when the second attempt is made."""
        quiz = quizzes.of(values)
        if quiz is None:
            raise ValueError(f"{training.number} asks for a quiz, and none is in use")
        for right in (False, True) if careless else (True,):
            answers = [
                {"question": str(at), "answer": one["right"] if right else _another(one["right"])}
                for at, one in enumerate(quiz.questions, 1)
            ]
            self.cast.act(user, "training.edit", training.id, fields={"answers": answers}, reason="Answers to the quiz")
            self.cast.act(user, "training.hand_in", training.id)

    def _trainer(self, user: str) -> str:
        """Give who shows it: somebody of the same department, if one of them trains."""
        mine = self._department(user)
        others = [one for one in TRAINERS if one != user]
        return next((one for one in others if self._department(one) == mine), others[0])

    def _department(self, user: str) -> str | None:
        return Record.objects.get(pk=self.cast.people[user].person_id or NOBODY).department


def _another(answer: str) -> str:
    return "b" if answer == "a" else "a"
