"""The only place that keeps people from acts that they are not trained for; reporting and one's own training never (D28)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.gates import gate
from indelible.kernel.models import Party, Record
from indelible.modules.training import asking


@gate
def training_is_done(case: Case) -> None:
    """Refuse an act to whose training on it is overdue, or has to be done first (11.10(i), 211.25)."""
    if case.person is None or _never_gated(case):
        return
    if asking.TRAINING not in case.memo:
        case.memo[asking.TRAINING] = _tying(case.person.id, case.at)
    lacking = [one for one, acts in case.memo[asking.TRAINING] if {case.type, case.act} & acts]
    if lacking:
        zone = ZoneInfo(case.configuration.company.zone)
        missing = [Missing(f"{one.number}, {one.title}{_due(one, zone)}.", rule="training_is_done") for one in lacking]
        raise Refused(
            rule="training_is_done", text=f"You may not {case.verb.replace('_', ' ')} this {case.declaration.noun} untrained.",
            missing=tuple(missing), who_can=(), do=f"Do your training first: open {lacking[0].number}.",
        )  # fmt: skip


def _never_gated(case: Case) -> bool:
    if case.person is not None and case.type == asking.TRAINING and str(case.person.id) in case.named_people("trainee"):
        return True
    # A type that is always open is how people report: only what needs a signature in it can be tied to training.
    move = case.state.moves.get(case.verb) if case.record is not None else None
    return case.declaration.opens == "always" and not (move is not None and move.signs)


def _tying(person: UUID, at: datetime) -> list[tuple[Record, frozenset[str]]]:
    """Give the training of a person that is not done and keeps from acts now, with those acts."""
    mine = Party.objects.filter(person_id=person, capacity="trainee").values("record_id")
    rows = Record.objects.filter(type=asking.TRAINING, state__in=asking.OPEN, pk__in=mine).order_by("number")
    return [(one, acts) for one in rows if (acts := frozenset(asking.tied(records.values(one)["acts"]))) and _keeps(one, at)]


def _keeps(training: Record, at: datetime) -> bool:
    values = records.values(training)
    late = training.due_at is not None and training.due_at < at
    if not (late or values["before_work"] or training.marks.get("kept_from_work") or training.state == "coaching"):
        return False
    numbers = [one["number"] for one in values["document"] or []]
    return not numbers or Record.objects.filter(number__in=numbers, standing="in_force").exists()


def _due(training: Record, zone: ZoneInfo) -> str:
    return f", due {training.due_at.astimezone(zone):%Y-%m-%d}" if training.due_at else ""
