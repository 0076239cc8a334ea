"""The only place that reads what an agreement says of telling: within how many days they tell us what, and we answer.

A row of an agreement that was accepted and is in force on the day on which we were told becomes two clocks of the notice: theirs, from
the day on which it happened at theirs, and ours, from the day on which we were told. Days are those of the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from indelible.infra import clock
from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows_later
from indelible.kernel.models import Link, Record
from indelible.kernel.rules import rule
from indelible.modules.suppliers.programme import AGREEMENT
from indelible.modules.suppliers.rules import EVIDENCE, says_nothing
from indelible.practice import filling, narrowing

WAS_ACCEPTED = ("accepted", "renewed", "expired")  # its days say whether it was in force then
COMPUTED = ("terms", "answer_by")
NO_TERMS = "No agreement in force on that day set days for it."


@dataclass(frozen=True, slots=True)
class Terms:
    """What one agreement says of one kind of notice: in how many days they tell, and we answer; None where it does not say."""

    agreement: str
    tell: int | None
    answer: int | None

    def late(self, values: dict[str, Any]) -> int | None:
        """Give by how many days they told too late, 0 where in time; None where no days were set or it is not known when it happened."""
        happened, received = values.get("happened_on"), values.get("received_on")
        if self.tell is None or not happened or not received:
            return None
        return max((date.fromisoformat(received) - date.fromisoformat(happened)).days - self.tell, 0)

    def answer_by(self, values: dict[str, Any]) -> date | None:
        """Give the day by which we answer; None where no days were set."""
        if self.answer is None:
            return None
        return date.fromisoformat(values["received_on"]) + timedelta(days=self.answer)

    def said(self, values: dict[str, Any]) -> str:
        """Say both clocks in words."""
        told = (
            f"{self.agreement}: told within {self.tell} days"
            if self.tell is not None
            else f"{self.agreement}: no days to tell"
        )
        late = self.late(values)
        how = "" if late is None else " (in time)" if not late else f" ({late} days late)"
        answer = f"answered within {self.answer} days" if self.answer is not None else "no days to answer"
        return f"{told}{how}, {answer}."


def of_notice(values: dict[str, Any]) -> Terms | None:
    """Give the terms for a notice: those of the newest agreement that was in force on the day on which we were told."""
    named, day = values.get("supplier") or [], str(values.get("received_on") or "")
    if not named or not day:
        return None
    rows = Link.objects.filter(target=named[0]["number"], relation="supplier").values("record_id")
    for one in Record.objects.filter(type=EVIDENCE, state__in=WAS_ACCEPTED, pk__in=rows).order_by("-number"):
        agreed = records.values(one)
        in_force = str(agreed.get("valid_from") or "") <= day <= str(agreed.get("valid_until") or day)
        if agreed.get("item") != AGREEMENT or not in_force:
            continue
        for row in agreed.get("notice_terms") or []:
            if row.get("kind") == values.get("kind"):
                return Terms(one.number, _days(row.get("tell")), _days(row.get("answer")))
    return None


@rule("notice_fits_its_terms", alone=True)
def notice_fits_its_terms(case: Case) -> str | None:
    """Whether a notice came as early as was agreed follows from the agreement, where one sets days for its kind."""
    found = of_notice(case.content)
    if found is None or found.tell is None:
        return None
    late = found.late(case.content)
    if late is None:
        return f"{found.agreement} sets {found.tell} days to tell of this: say when it happened at theirs."
    if case.content["happened_on"] > case.content["received_on"]:
        return "It happened at theirs after they told of it: correct one of the two days."
    if bool(case.value("in_time")) == bool(late):
        return f"{found.said(case.content)} Correct “As early as was agreed”."
    return None


@rule("notice_was_answered", alone=True)
def notice_was_answered(case: Case) -> str | None:
    """Where an agreement sets days for our answer, a notice is closed with the day of the answer, and the reason where that was late."""
    found = of_notice(case.content)
    until = found.answer_by(case.content) if found else None
    if found is None or until is None:
        return None
    answered = case.value("answered_on")
    if not answered:
        return f"{found.agreement} asks for our answer by {until}: answer them, and say on which day."
    if answered < case.content["received_on"]:
        return "Answered before they told of it: correct one of the two days."
    if answered > until.isoformat() and says_nothing(case, "answered_late_because"):
        return f"The answer was due on {until}: say why it was late."
    return None


@completes("supplier_notice.submit")
def answer_has_its_day(case: Case, decision: Decision) -> None:
    """Where our answer is due sooner than the judgement, the work on the notice is due on that day."""
    found = of_notice(case.content)
    until = found.answer_by(case.content) if found else None
    if until is None:
        return
    at = narrowing.end_of(until.isoformat(), case.configuration.company.zone)
    if at < clock.parse(decision.effects.head["due_at"]):
        decision.effects.head["due_at"] = clock.iso(at)
        decision.effects.open_tasks = [{**task, "due": clock.iso(at)} for task in decision.effects.open_tasks]


@follows_later("supplier_notice.create")
@follows_later("supplier_notice.edit")
def terms_are_written(event: dict[str, Any]) -> Iterator[Reply]:
    """Both clocks stand in the notice, with the agreement that sets them."""
    head = records.find(event["number"])
    if head.state not in ("draft", "judging"):
        return
    values = records.values(head)
    found = of_notice(values)
    until = found.answer_by(values) if found else None
    computed = {"terms": found.said(values) if found else NO_TERMS, "answer_by": until.isoformat() if until else None}
    if any(values.get(name) != value for name, value in computed.items()):
        yield Reply("supplier_notice.edit", head.id, {"fields": computed}, reason="Computed from the agreement")


@filling.leaves_out("supplier_notice")
def terms_are_computed(_record: Record | None) -> tuple[str, ...]:
    """Both clocks follow from the agreement."""
    return COMPUTED


def _days(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None
