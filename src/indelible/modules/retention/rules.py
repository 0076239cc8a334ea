"""What must hold before anything is disposed of, who places and lifts a legal hold, and that people type no list.

Each rule of a disposal names the records that it stops, so that they can be taken out of it (21 CFR 11.10(c)).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from indelible.kernel import config, records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.modules.retention import acts, holding, keeping
from indelible.modules.retention.keeping import Kept
from indelible.modules.retention.listing import MOST, WRITTEN, lines, listed
from indelible.practice import filling

READ = "retention_of_list"
SHOWN = 5
Pair = tuple[Record, Kept]


@rule("disposal_is_switched_on")
def disposal_is_switched_on(case: Case) -> str | None:
    """Disposal is off until a class of the configuration says years, by a change that was approved."""
    del case  # of the configuration in force, and not of the one under which it was proposed
    if keeping.is_switched_on():
        return None
    return "Disposal is switched off: no class of retention.yaml says years. A change that Quality approves adds them."


@rule("list_is_the_systems")
def list_is_the_systems(case: Case) -> str | None:
    """The list of what is disposed of is written by the system, and by no person."""
    if case.person is None:
        return None
    before = records.values(case.record) if case.record else {}
    typed = any(before.get(name) != case.value(name) for name in WRITTEN)
    return "The system writes the list; choose the records, or leave them empty for all that is due." if typed else None


@rule("list_is_as_it_stands", alone=True)
def list_is_as_it_stands(case: Case) -> str | None:
    """What is signed lists exactly the records that are named, each as it stands now, and nothing that was disposed of before."""
    pairs = _read(case)
    if not pairs:
        return "It lists no record: choose some, or wait until something is due."
    if len(pairs) > MOST:
        return f"It names {len(pairs)} records; at most {MOST} are disposed of at a time."
    if gone := [record.number for record, kept in pairs if kept.disposed]:
        return f"Disposed of already: {_some(gone)}."
    now = lines(pairs, str(case.value("titles") or ""))
    if now == (case.value("lines") or []):
        return None
    old = {row["number"]: row for row in case.value("lines") or []}
    other = [row["number"] for row in now if old.get(row["number"]) != row] or sorted(
        {*old} - {row["number"] for row in now}
    )
    return f"The list is not as it stands now: {_some(other)}. The proposer edits it, and the system lists anew."


@rule("records_have_ended", alone=True)
def records_have_ended(case: Case) -> str | None:
    """Nothing is disposed of on which work goes on, or that is in force."""
    return _stops(case, lambda kept: not kept.ended, "Not at an end")


@rule(acts.HELD, alone=True)
def no_legal_hold_covers_them(case: Case) -> str | None:
    """A legal hold beats every retention: nothing that it covers is disposed of."""
    found = [f"{record.number} by {', '.join(kept.holds)}" for record, kept in _read(case) if kept.holds]
    return f"Under legal hold: {_some(found)}. Take them out, or let Quality lift the hold." if found else None


@rule("each_has_a_retention_rule", alone=True)
def each_has_a_retention_rule(case: Case) -> str | None:
    """What no rule says for how long it is kept is kept."""
    return _stops(case, lambda kept: kept.gap, "No rule says how long it is kept")


@rule("retention_is_over", alone=True)
def retention_is_over(case: Case) -> str | None:
    """Nothing is disposed of before the last day of its retention is over, the longest of all that it touches."""
    pairs = _read(case)
    today = case.memo[READ][2].today
    early = [
        f"{record.number} ({f'until {kept.ends}' if kept.ends else kept.because})"
        for record, kept in pairs
        if not kept.gap and not kept.is_over(today)
    ]
    return f"Retention is not over: {_some(early)}." if early else None


@rule("nothing_kept_rests_on_them", alone=True)
def nothing_kept_rests_on_them(case: Case) -> str | None:
    """What a kept record names is kept as long as that one, and what supports records as long as they are (11.10(e))."""
    pairs = _read(case)
    together, seen = [record.number for record, _ in pairs], case.memo[READ][2]
    found = [f"{record.number} by {named[0]}" for record, _ in pairs if (named := keeping.named_by(record, together, seen))]
    return f"Named by what is kept: {_some(found)}. Dispose of both together, or of neither." if found else None


@rule("hold_knows_its_types")
def hold_knows_its_types(case: Case) -> str | None:
    """A legal hold names types that the configuration has, and days in their order."""
    strange = [word for word in holding.words(case.value("types")) if word not in config.current().types]
    if strange:
        return f"No type is called {_some(strange)}: use the names of the configuration, such as deviation."
    first, last = case.value("made_from"), case.value("made_until")
    return (
        "The last day lies before the first."
        if first and last and date.fromisoformat(last) < date.fromisoformat(first)
        else None
    )


@rule("hold_says_what_it_covers", alone=True)
def hold_says_what_it_covers(case: Case) -> str | None:
    """A legal hold that covers nothing would only seem to protect."""
    if any(case.value(name) for name in ("records", "types", "made_from", "made_until")):
        return None
    return "It covers nothing yet: name records, types or days."


@rule("hold_is_lifted_by_another")
def hold_is_lifted_by_another(case: Case) -> str | None:
    """Who asked for a hold or placed it does not lift it."""
    me = str(case.person.id) if case.person else ""
    placed = {one["person"] for one in case.done_signatures() if one["move"] == "place"}
    return (
        "You asked for this hold or placed it; somebody else lifts it."
        if me in {str(case.head.author_id), *placed}
        else None
    )


@filling.leaves_out("disposal")
def the_list_is_not_asked(_record: Record | None) -> tuple[str, ...]:
    """Nobody is asked for what the system lists."""
    return WRITTEN


def _read(case: Case) -> list[Pair]:
    """Read the named records with what retention says of them, once for all rules of an act."""
    numbers = [one["number"] for one in case.value("records") or []]
    key = (str(case.record and case.record.pk), case.at, tuple(numbers))
    if case.memo.get(READ, (None,))[0] != key:
        seen = keeping.look()
        case.memo[READ] = (key, listed(numbers, seen), seen)
    found: list[Pair] = case.memo[READ][1]
    return found


def _stops(case: Case, stops: Callable[[Kept], bool], told: str) -> str | None:
    found = [record.number for record, kept in _read(case) if stops(kept)]
    return f"{told}: {_some(found)}. Take them out of the list." if found else None


def _some(found: list[str]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
