"""My work of seven people of the demo company: what its story leaves open for them on the day of loading, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from indelible.kernel.context import Context
from indelible.kernel.models import Account
from indelible.practice import queries

# Read from the story by hand: who is named, who holds the role, and who is kept from it by what they wrote or signed.
WORK: dict[str, set[tuple[str, str]]] = {
    "dwhitfield": {  # Head of Quality: every step that awaits Quality, but for what waits for another signature first
        ("AUD-004", "close"),
        ("SUP-012", "approve"), ("SUP-007", "suspend"),
        ("SUP-001", "requalify"), ("SUP-002", "requalify"), ("SUP-005", "requalify"),
        ("SOP-014.04", "approve"), ("SOP-022.03", "approve"), ("SOP-033.03", "approve"),
        ("SOP-002.01", "reaffirm"), ("SOP-011.01", "reaffirm"),  # as head of the function; the Quality signature comes second
        ("CC-005", "close"), ("CC-008", "approve"),
        ("DEV-011", "close"), ("DEV-012", "close"), ("RSK-005", "accept"), ("INSP-001", "close"),
    },
    "therrera": {  # document control, and owner of two procedures whose review is due
        ("SOP-013.02", "take_effect"), ("SOP-029.02", "take_effect"), ("CPY-00004", "reconcile"), ("ACT-00011", "done"),
        ("SOP-002.01", "reaffirm"), ("SOP-011.01", "reaffirm"), ("INSP-001-R03", "prepare_answer"),
    },
    "nrao": {("TRN-00553", "acknowledge"), ("TRN-00554", "acknowledge"), ("SOP-022.03", "approve")},  # late with reading
    "rduarte": {  # answers for most suppliers, and manages all of them
        ("AUD-003-F01", "done"), ("AUD-004-F01", "done"), ("CAPA-007", "complete"), ("COM-003", "fulfil"), ("QST-0009", "answer"),
        ("SEV-0001", "renew"), ("SEV-0005", "renew"),
        ("SUP-001", "requalify"), ("SUP-002", "requalify"), ("SUP-005", "requalify"),
    },
    "kmensah": {  # head of Quality Control, which the mock inspection looked at
        ("SOP-033.03", "approve"), *((f"AUD-005-F0{serial}", "respond") for serial in range(1, 6)),
    },
    "bashworth": {("DRL-002", "perform")},  # the administrator signs and decides nothing, and runs the drill that is late
    "sosei": {  # validation and internal auditor
        ("AUD-005", "close"), ("AUD-006", "announce"), ("CAPA-005", "effective"), ("PRV-001", "submit"), ("TRV-002", "edit"),
    },
}  # fmt: skip


@pytest.mark.parametrize("user", WORK)
def test_my_work_is_what_the_story_leaves_open_and_nothing_else(company: Path, user: str) -> None:
    person = Account.objects.get(user_id=user).person_id

    listed = queries.list_work(queries.viewer(Context(person, "session", session=f"session-{user}")))

    found = [(record.number, task.move) for task, record in listed]
    assert len(found) == len(set(found))
    assert set(found) == WORK[user]
