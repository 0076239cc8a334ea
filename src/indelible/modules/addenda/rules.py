"""Who adds to a record that has ended, and what cannot be added: a conclusion that is another one than was signed."""

from __future__ import annotations

from django.db.models import Q

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import AccessGrant, Record
from indelible.kernel.rules import rule
from indelible.practice import belonging, filling

QUALITY = ("qa_ops", "qa_approver")


@rule("added_by_owner_or_quality", alone=True)
def added_by_owner_or_quality(case: Case) -> str | None:
    """Who adds to a record answers for it: its owner, or somebody of Quality."""
    parent = belonging.parent(case)
    if case.person is None or parent is None or case.person.id == parent.owner_id:
        return None
    now = Q(from_at__lte=case.at) & (Q(until_at=None) | Q(until_at__gt=case.at))
    quality = AccessGrant.objects.filter(now, person_id=case.person.id, role__in=QUALITY).exists()
    return None if quality else f"The owner of {parent.number}, or somebody of Quality, adds to it."


@rule("conclusions_stand")
def conclusions_stand(case: Case) -> str | None:
    """An addendum changes no conclusion that was signed: where it does, the record is opened again."""
    parent = case.value(case.declaration.parent or "")
    number = parent[0]["number"] if parent else "the record"
    return f"It changes a conclusion: have {number} opened again instead." if case.value("changes_conclusion") else None


@rule("its_record_stays_the_same")
def its_record_stays_the_same(case: Case) -> str | None:
    """An addendum stays with the record for which it was begun, under whose number it counts."""
    name = case.declaration.parent or ""
    moved = case.record is not None and records.values(case.record).get(name) != case.value(name)
    return "It counts under the record for which it was begun: withdraw it, and begin another one there." if moved else None


@filling.leaves_out("addendum")
def its_record_is_not_asked_again(record: Record | None) -> tuple[str, ...]:
    """The record to which it belongs is said once."""
    return ("belongs_to",) if record else ()
