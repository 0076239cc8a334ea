"""The training of the demo company: who learned what, how, in time, and what one more signature brings about."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.db.models import QuerySet

from indelible.infra import canonical
from indelible.kernel import acts, reactions, records, signatures
from indelible.kernel.context import NOBODY, Context
from indelible.kernel.models import Account, Event, Record, Signature
from indelible.practice import queries


@pytest.mark.usefixtures("company")
def test_practice_is_signed_by_the_trainee_and_by_somebody_else() -> None:
    kinds = Counter(records.values(one)["kind"] for one in _trainings())
    practised = [one for one in _trainings() if records.values(one)["kind"] == "practical"]

    assert kinds == {"read": 462, "practical": 109, "quiz": 7}
    for training in practised:
        signed = Signature.objects.filter(record_id=training.pk).order_by("id").values_list("meaning", "person_id")
        assert [meaning for meaning, _ in signed] == ["acknowledged", "verified"]
        assert len({signer for _, signer in signed}) == 2


@pytest.mark.usefixtures("company")
def test_who_failed_the_quiz_passed_it_later_and_both_attempts_are_kept() -> None:
    asked = [training for training in _trainings() if records.values(training)["kind"] == "quiz"]
    attempts = {training.number: _attempts(training) for training in asked}

    assert sorted(map(len, attempts.values())) == [1, 1, 1, 1, 1, 1, 2]
    assert all(passed[-1] and not any(passed[:-1]) for passed in attempts.values())


@pytest.mark.usefixtures("company")
def test_nobody_but_one_learned_after_the_day_on_which_it_was_due() -> None:
    late = {
        training.number
        for training in _trainings()
        if (signed := Signature.objects.filter(record_id=training.pk).order_by("id").last()) is None
        or signed.at.date() > date.fromisoformat(records.values(training)["due_on"])
    }

    assert late == {"TRN-00553", "TRN-00554", "TRN-00557", "TRN-00558"}, (
        "the chief medical officer puts it off, and one has left"
    )


@pytest.mark.parametrize(("number", "people"), [("SOP-014.04", 11), ("SOP-022.03", 9)])
def test_the_last_approval_of_a_revision_assigns_its_training(company: Path, number: str, people: int) -> None:
    before = set(_trainings().values_list("number", flat=True))
    record = Record.objects.get(number=number)
    for user in ("kmensah", "nrao", "dwhitfield"):
        _approve(user, record)
    while reactions.run_pending():
        pass

    assigned = [one for one in _trainings() if one.number not in before]
    record.refresh_from_db()
    assert (company.is_dir(), record.state) == (True, "approved")
    assert {item["number"] for one in assigned for item in records.values(one)["document"]} == {number}
    assert len(assigned) == people


def _trainings() -> QuerySet[Record]:
    return Record.objects.filter(type="training").order_by("number")


def _attempts(training: Record) -> list[bool]:
    events = Event.objects.filter(record_id=training.pk).order_by("position")
    notes = [canonical.decode(event.payload).get("note") or {} for event in events]
    return [note["passed"] for note in notes if "attempt" in note]


def _approve(user: str, record: Record) -> None:
    """Sign the approval where it waits for this person; head of function and Quality sign one after the other."""
    ctx = Context(Account.objects.get(user_id=user).person_id, "session", session=f"session-{user}")
    view = queries.viewer(ctx)
    if (record.number, "approve") not in {(one.number, task.move) for task, one in queries.list_work(view)}:
        return
    head = queries.get_record(view, record.number)
    shown = queries.to_sign(view, head, "approve")
    presence = signatures.simulate(ctx.person_id or NOBODY, ctx.session, shown.sha256)
    acts.run(ctx, "document.approve", head.id, seen=head.position, presence=presence, reason="")
