"""The only place that says which records may be signed in one go: the same step of one type, in a meaning that is not barred from it.

A series is n signatures, each with its own statement, proof, transaction and row (11.50, 11.70); only the secret is typed once. A company
bars meanings with `series: false`, and no step that needs a reason or takes something away is signed together with others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from indelible.kernel import ledger, records
from indelible.kernel.errors import Missing, NotFound, Refused
from indelible.kernel.models import Record, Task
from indelible.kernel.types import Move
from indelible.practice import queries
from indelible.practice.queries import ToSign, Viewer

MOST = 20  # records in one go: nobody reads more before signing
POSTED = re.compile(r"([A-Za-z0-9.-]{1,40}) (\d{1,9}) ([0-9a-f]{64})")
RULE = "meaning_in_series"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record whose step waits for this person, and exactly what would be signed."""

    record: Record
    shown: ToSign


@dataclass(frozen=True, slots=True)
class Chosen:
    """One record of a list that was sent: the position and the hash of the statement that its reader saw; `refused` where it awaits it no more."""

    record: Record
    seen: int
    statement: str
    refused: Refused | None


def steps(view: Viewer, work: Iterable[tuple[Task, Record]]) -> dict[tuple[str, str], int]:
    """Give of which type which step waits more than once and may be given in a series, each with how often; asks the database nothing."""
    found: dict[tuple[str, str], int] = {}
    for task, record in work:
        move = records.state_of(record).moves.get(task.move)
        if move is not None and _open(view, move):
            found[record.type, task.move] = found.get((record.type, task.move), 0) + 1
    return {step: count for step, count in found.items() if count > 1}


def list_waiting(view: Viewer, kind: str, verb: str) -> list[Waiting]:
    """List what of a type waits for this person's signature of one step, at most MOST; raises Refused where none is given in a series."""
    found: list[Waiting] = []
    barred: Refused | None = None
    for task, record in queries.list_work(view):
        if (record.type, task.move) != (kind, verb) or len(found) == MOST:
            continue
        try:
            shown = queries.to_sign(view, queries.get_record(view, record.number), verb)
            _allowed(view, record, verb, shown)
            found.append(Waiting(record, shown))
        except Refused as refused:
            barred = refused if refused.rule == RULE else barred
    if barred is not None and not found:
        raise barred
    return found


def read(view: Viewer, kind: str, verb: str, posted: list[str]) -> list[Chosen]:
    """Read a list that was sent; raises Refused, with nothing signed, for one that this page cannot have sent."""
    try:
        return _read(view, kind, verb, posted)
    except Refused as refused:
        ledger.note(view.ctx, f"{kind}.{verb}", " ".join(posted)[:100] or kind, refused)
        raise


def _read(view: Viewer, kind: str, verb: str, posted: list[str]) -> list[Chosen]:
    matches = [POSTED.fullmatch(one) for one in posted]
    numbers = [match[1] for match in matches if match]
    if len(numbers) != len(posted) or len(set(numbers)) != len(numbers) or len(numbers) > MOST:
        raise _not_ours("each record once, with what was shown of it")
    chosen = []
    for match in matches:
        if match is None:
            continue
        try:
            record = queries.get_record(view, match[1])
        except NotFound:
            raise _not_ours("a record that does not exist, or that you may not see") from None
        if record.type != kind:
            raise _not_ours(f"{record.number} is of another type")
        chosen.append(Chosen(record, int(match[2]), match[3], _refusal(view, record, verb)))
    return chosen


def _refusal(view: Viewer, record: Record, verb: str) -> Refused | None:
    """Give why a record is left out; raises Refused for one that no series may hold. What moved meanwhile is told by the door."""
    _allowed(view, record, verb)
    try:
        shown = queries.to_sign(view, record, verb)
    except Refused as refused:
        ledger.note(view.ctx, f"{record.type}.{verb}", record.number, refused)
        return refused
    _allowed(view, record, verb, shown)
    return None


def _allowed(view: Viewer, record: Record, verb: str, shown: ToSign | None = None) -> None:
    """Refuse what is signed by itself only: by the declared step, and by the meaning that this person would give."""
    move = records.state_of(record).moves.get(verb)
    meanings = records.configuration_of(record).meanings
    barred = move is not None and not _open(view, move)
    if shown is not None:
        barred = barred or not meanings[shown.statement["meaning"]].series
    if barred:
        raise Refused(
            rule=RULE, text=f"{record.number} is signed by itself: this step is not given for several records in one go.",
            missing=(Missing("A signature on its own page.", rule=RULE),), do=f"Open {record.number} and sign there.",
        )  # fmt: skip


def _open(view: Viewer, move: Move) -> bool:
    meanings = view.configuration.meanings
    plain = not move.danger and move.reason != "required"
    return plain and any(need.meaning in meanings and meanings[need.meaning].series for need in move.signs)


def _not_ours(what: str) -> Refused:
    return Refused(
        rule="series_as_shown", text=f"Nothing was signed: the list is not one that was shown here ({what}).",
        missing=(Missing("The list as it is shown on the page.", rule="series_as_shown"),), do="Open the page anew.",
    )  # fmt: skip
