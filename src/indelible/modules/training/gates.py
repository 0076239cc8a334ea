"""The only place that keeps people from acts that they are not trained for; reporting and one's own training never (D28)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.infra import canonical
from indelible.kernel import config, gather, records
from indelible.kernel.case import Case
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.gates import gate
from indelible.kernel.models import Record
from indelible.modules.training import asking, pausing

OPEN, TIED, READ = "open training", "tied training", "read training"
states = ", ".join(f"'{state}'" for state in asking.OPEN)
gather.BESIDE[OPEN] = f"""SELECT '{OPEN}', CAST(r.id AS text), CAST(r.content AS text), r.baseline, NULL, NULL, NULL
    FROM party p JOIN record r ON r.id = p.record_id
    WHERE p.person_id = %s AND p.capacity = 'trainee' AND r.type = '{asking.TRAINING}' AND r.state IN ({states})"""


@gate
def training_is_done(case: Case) -> None:
    """Refuse an act to whose training on it is overdue, or has to be done first (11.10(i), 211.25)."""
    if case.person is None or _never_gated(case):
        return
    open_ones = [record for record, acts in _tying(case) if {case.type, case.act, asking.EVERYTHING} & acts]
    lacking = [one for one in _records(case, open_ones) if _keeps(one, case.at)] if open_ones else []
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


def _tying(case: Case) -> list[tuple[UUID, frozenset[str]]]:
    """Give the open training of this person that is tied to acts, with those acts; it was read beside the person."""
    if TIED not in case.memo:
        rows = ((UUID(key), baseline, content) for key, content, baseline, *_ in case.memo.get(OPEN, []))
        told = ((key, records.named(config.at(b).type(asking.TRAINING), canonical.decode(c))["acts"]) for key, b, c in rows)
        case.memo[TIED] = [(key, acts) for key, text in told if (acts := frozenset(asking.tied(text)))]
    found: list[tuple[UUID, frozenset[str]]] = case.memo[TIED]
    return found


def _records(case: Case, keys: list[UUID]) -> list[Record]:
    """Give the training by its keys, in the order of its numbers; one page considers many acts and reads each once."""
    known = case.memo.setdefault(READ, {})
    if lacking := [key for key in keys if key not in known]:
        known |= Record.objects.in_bulk(lacking)
    return sorted((known[key] for key in keys), key=lambda one: one.number)


def _keeps(training: Record, at: datetime) -> bool:
    values = records.values(training)
    due = _counts(training)
    late = due is not None and due < at
    if not (late or values["before_work"] or training.marks.get("kept_from_work") or training.state == "coaching"):
        return False
    numbers = [one["number"] for one in values["document"] or []]
    return not numbers or Record.objects.filter(number__in=numbers, standing="in_force").exists()


def _counts(training: Record) -> datetime | None:
    """Give the date from which it keeps its person from acts: being away stops the clock and opens no act."""
    return pausing.due_without(training) if pausing.stands_still(training) else training.due_at


def _due(training: Record, zone: ZoneInfo) -> str:
    due, still = _counts(training), ", and you are away" if pausing.stands_still(training) else ""
    return f", due {due.astimezone(zone):%Y-%m-%d}{still}" if due else ""
