"""People at work at the door: random signings and saves, each tallied before and after, each with its own key."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connections

from indelible.infra import clock
from indelible.kernel import acts, signatures
from indelible.kernel.errors import NotFound, Refused
from indelible.kernel.models import Record
from indelible.practice import queries
from tests.homes import TestHome
from tests.torture.tally import Tally

Plan = dict[str, Any]
DOCUMENTS, PATIENCE = 5, 100
LOST = (OperationalError, InterfaceError)
Given = TypeVar("Given")
WORK = {
    "draft": ["edit", "edit", "edit", "submit"],
    "in_review": ["agree", "agree", "amend", "return"],
    "in_approval": ["approve", "approve", "approve", "amend"],
    "approved": ["take_effect"],
}
WHO = {"edit": "ann", "submit": "ann", "amend": "ann", "agree": "rob", "return": "rob", "take_effect": "doc"}
REASON = "The reviewer named a missing step"


def patiently(doing: Callable[..., Given], *given: Any) -> Given:
    """Do something; a lost connection says nothing about what was done, so it is repeated as it was."""
    for _ in range(PATIENCE):
        try:
            return doing(*given)
        except LOST:
            connections.close_all()
    raise TimeoutError(f"the database did not answer {PATIENCE} times")


class Labourer:
    """One process's work; what an earlier life left open is repeated first, with the same key."""

    def __init__(self, home: TestHome, tally: Tally, name: str) -> None:
        self.home, self.tally, self.name = home, tally, name
        self.random = random.Random(uuid.uuid4().int)

    def work(self, enough: Callable[[], bool] = lambda: False) -> None:
        """Work until killed, or until it is enough."""
        for plan in list(self.tally.open().values()):
            if plan["who"] == self.name:
                patiently(self.attempt, plan)
        while not enough():
            patiently(self.attempt, patiently(self.plan))

    def plan(self) -> Plan:
        """Choose a document and something that can be done with it now; look at it, as a person would."""
        open_ones = list(Record.objects.filter(type="document", standing="in_work").order_by("number"))
        key = uuid.uuid4().hex
        if len(open_ones) < DOCUMENTS:
            return self.told(key, user="ann", act="document.create", inputs={"fields": self.fields()})
        record = self.random.choice(open_ones)
        verb = self.random.choice(WORK[record.state])
        user = WHO.get(verb) or self.random.choice(["hed", "qua"])
        inputs = {"fields": {"text": f"## 1 {key}"}} if verb in ("edit", "amend") else {}
        reason = REASON if verb in ("amend", "return") else ""
        return self.told(key, user=user, act=f"document.{verb}", number=record.number, seen=record.position,
                         reason=reason, inputs=inputs)  # fmt: skip

    def attempt(self, plan: Plan) -> None:
        """Act and tally."""
        try:
            record = Record.objects.get(number=plan["number"]).pk if plan["number"] else None
            done = acts.run(
                self.home.people[plan["user"]], plan["act"], record, seen=plan["seen"], key=plan["key"],
                presence=self.presence(plan), reason=plan["reason"], **plan["inputs"],
            )  # fmt: skip
        except (Refused, NotFound) as refusal:
            self.tally.write("refused", plan["key"], why=str(refusal))
        else:
            self.tally.write("done", plan["key"], hashes=[done.leaf])

    def presence(self, plan: Plan) -> uuid.UUID | None:
        """Prove presence for what stands there now, where the act is a signature that can be given."""
        verb = plan["act"].partition(".")[2]
        if not plan["number"] or verb in ("edit", "amend", "take_effect"):
            return None
        view = self.home.view(plan["user"])
        try:
            shown = queries.to_sign(view, queries.get_record(view, plan["number"]), verb)
        except (Refused, NotFound):
            return None
        return signatures.simulate(self.home.person(plan["user"]), view.ctx.session, shown.sha256)

    def told(self, key: str, **plan: Any) -> Plan:
        """Tally what will be tried."""
        whole = {"number": None, "seen": None, "reason": "", **plan}
        self.tally.write("tried", key, who=self.name, **whole)
        return {"key": key, **whole}

    def fields(self) -> Plan:
        """Give the fields of a new document."""
        return {
            "title": "Handling of samples", "class": "procedure", "owner": "ann", "audience": "Everybody in the laboratory",
            "department": self.home.departments["Quality Control"], "reviewers": ["rob"],
            "effective_on": f"{clock.now():%Y}-01-01", "training": "none", "text": "## 1 Purpose",
        }  # fmt: skip
