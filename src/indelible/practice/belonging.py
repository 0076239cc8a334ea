"""What belongs to a record or follows from it: children, linked records, linked documents, and whether they have ended.

The rules here run one after the other (`alone`), as does what begins a child: nobody closes a record while somebody
else adds work to it (D7).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from indelible.infra import clock
from indelible.kernel import records, work
from indelible.kernel.case import Case
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Link, Record
from indelible.kernel.rules import rule

ENDED = ("done", "void")


def children(head: Record) -> list[Record]:
    """Give the records that belong to this one, by number: those whose declared parent it is."""
    rows = Link.objects.filter(target=head.number)
    relations = {(link.record_id, link.relation) for link in rows}
    found = Record.objects.filter(pk__in={pk for pk, _ in relations}).order_by("number")
    return [child for child in found if (child.pk, records.type_of(child).parent) in relations]


def parent(case: Case) -> Record | None:
    """Give the record to which this one belongs, as its content says now; None without one."""
    linked = case.value(case.declaration.parent) if case.declaration.parent else None
    return Record.objects.filter(number=linked[0]["number"]).first() if linked else None


def list_following(head: Record, kind: str) -> list[Record]:
    """Give the records of a type whose content names this one; links by hand are context and say nothing."""
    rows = Link.objects.filter(target=head.number).exclude(relation="by_hand").values("record_id")
    return list(Record.objects.filter(pk__in=rows, type=kind).order_by("number"))


def ended(record: Record) -> bool:
    """Say whether a record has come to an end, good or void."""
    return records.state_of(record).look in ENDED


def date_of(record: Record) -> datetime | None:
    """Give the day by which a record is to be finished: what its states count from a field, extensions included.

    None where no state does, or its field is still empty.
    """
    declaration = records.type_of(record)
    case = Case(ctx=SYSTEM, verb="", declaration=declaration, configuration=records.configuration_of(record),
                at=clock.now(), record=record, person=None, content=records.values(record))  # fmt: skip
    dues = (state.due for state in declaration.lifecycle.values() if state.due and state.due.since)
    return max((work.due_at(case, due) for due in dues if case.value(due.since or "")), default=None)


def not_in_force(head: Record, numbers: Iterable[str]) -> list[str]:
    """Give the documents of those named, and those that name this record, that are not in force in a revision since it was begun."""
    late = []
    for number in numbers:
        rows = Record.objects.filter(Q(number=number) | Q(series=number))
        in_force = rows.filter(standing="in_force", in_force_from__gte=head.created_at).exists()
        if not in_force or rows.filter(standing="in_work").exists():
            late.append(number)
    coming = Link.objects.filter(target=head.number).exclude(relation="by_hand").values("record_id")
    late += Record.objects.filter(pk__in=coming, standing="in_work").order_by("number").values_list("number", flat=True)
    return list(dict.fromkeys(late))


@rule("own_actions_verified", alone=True)
def own_actions_verified(case: Case) -> str | None:
    """Every action that belongs to the record and blocks its closing was verified, or cancelled with Quality."""
    return _open(child for child in children(case.head) if records.values(child).get("blocks_closing") is not False)


@rule("own_work_has_ended", alone=True)
def own_work_has_ended(case: Case) -> str | None:
    """Nothing that belongs to the record is open, whether it blocks its closing or not."""
    return _open(children(case.head))


@rule("blocking_actions_verified", alone=True)
def blocking_actions_verified(case: Case) -> str | None:
    """Every blocking action of the plan was verified, or cancelled with Quality."""
    return own_actions_verified(case)


@rule("tasks_before_use_verified", alone=True)
def tasks_before_use_verified(case: Case) -> str | None:
    """What has to be done before use was done and verified."""
    return _open(child for child in children(case.head) if records.values(child).get("before_use"))


@rule("linked_documents_effective", alone=True)
def linked_documents_effective(case: Case) -> str | None:
    """The documents that are to be made or revised are in force, in a revision that came after this record."""
    late = not_in_force(case.head, (item["number"] for item in case.value("documents") or []))
    return f"Not effective yet: {', '.join(late)}." if late else None


@rule("documents_effective", alone=True)
def documents_effective(case: Case) -> str | None:
    """The documents of the change are in force before it is used."""
    return linked_documents_effective(case)


@rule("linked_changes_closed", alone=True)
def linked_changes_closed(case: Case) -> str | None:
    """The changes that were begun for this record are closed."""
    return _open(list_following(case.head, "change"))


@rule("linked_training_done", alone=True)
def linked_training_done(case: Case) -> str | None:
    """Training that was asked for by this record is done, waived or cancelled."""
    return _open(list_following(case.head, "training"))


@rule("training_done", alone=True)
def training_done(case: Case) -> str | None:
    """Whoever has to know the change was trained, or needs no training."""
    return linked_training_done(case)


def _open(found: Iterable[Record]) -> str | None:
    numbers = [one.number for one in found if not ended(one)]
    return f"Still open: {', '.join(numbers[:20])}." if numbers else None
