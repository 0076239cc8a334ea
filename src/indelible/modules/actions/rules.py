"""What an action owes to the record to which it belongs, and what its assignee cannot change."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.practice import belonging, extensions, filling

TERMS = ("what", "belongs_to", "owner", "due_on", "blocks_closing", "before_use")
SERIOUS = ("major", "critical")


@rule("its_parent_is_open", alone=True)
def its_parent_is_open(case: Case) -> str | None:
    """Work is added to a record that is open, in the name of its owner."""
    parent = belonging.parent(case)
    if parent is None or case.record is not None:
        return None
    if belonging.ended(parent):
        return f"{parent.number} has ended; reopen it before work is added."
    if parent.owner_id and str(parent.owner_id) not in case.named_people("owner"):
        return f"Name the owner of {parent.number}: the action is accepted by them."
    return None


@rule("not_after_its_parent")
def not_after_its_parent(case: Case) -> str | None:
    """An action is due at the latest when the record is to which it belongs."""
    return _too_late(case, case.value("due_on")) if case.record is None else None


@rule("extension_within_its_parent")
def extension_within_its_parent(case: Case) -> str | None:
    """An action is extended at the latest to the date of the record to which it belongs."""
    return _too_late(case, case.value(extensions.ASKED))


@rule("its_parent_is_minor")
def its_parent_is_minor(case: Case) -> str | None:
    """The owner alone extends what belongs to a minor record; otherwise Quality authorises it."""
    parent = belonging.parent(case)
    serious = parent is not None and records.values(parent).get("class", "major") in SERIOUS
    return f"{parent.number} is not minor: Quality authorises the extension." if serious and parent else None


@rule("terms_stay_as_agreed")
def terms_stay_as_agreed(case: Case) -> str | None:
    """What was agreed stays: the work, its record, its date, whether it blocks; only the owner names another assignee."""
    if case.record is None:
        return None
    before = records.values(case.record)
    changed = [name for name in TERMS if before.get(name) != case.value(name)]
    if changed:
        words = ", ".join(field.title.lower() for name in changed if (field := case.declaration.field(name)))
        return f"Agreed and not to be changed: {words}. Cancel it and make another, or extend it."
    owner = case.person is not None and case.person.id == case.record.owner_id
    return None if owner or before.get("assignee") == case.value("assignee") else "Only the owner names another assignee."


@rule("evidence_is_given")
def evidence_is_given(case: Case) -> str | None:
    """Done is what has evidence: a text, a record or a file."""
    given = any(case.value(name) for name in ("evidence", "evidence_records", "evidence_files"))
    return None if given else "There is no evidence yet: describe it, name a record, or add a file."


@filling.leaves_out("action")
def terms_are_not_asked_again(record: Record | None) -> tuple[str, ...]:
    """What was agreed is not asked for again."""
    return TERMS if record else ()


def _too_late(case: Case, day: str | None) -> str | None:
    parent = belonging.parent(case)
    latest = belonging.date_of(parent) if parent else None
    if day is None or parent is None or latest is None:
        return None
    last = latest.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    if date.fromisoformat(day) <= last:
        return None
    return f"{parent.number} is due on {last}: the action cannot be due later. Extend {parent.number} first."
