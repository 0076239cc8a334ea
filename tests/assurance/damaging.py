"""Plays the attacker who owns the database, and says what verification must find: the tamper suite's own hands.

Guards are lifted by name, rows are changed by plain SQL, guards are put back, so that only the damage itself can show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from indelible.assurance.verify import Finding, Report, verify
from indelible.infra import database, guards
from indelible.kernel import sequencer, timers
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.practice import uploads
from tests.homes import TestHome

BY_NUMBER = "(SELECT id FROM record WHERE number = %s)"
_ON = re.compile(r" ON (?:public\.)?(\w+)")


@contextmanager
def lifted(*, back: bool = True) -> Iterator[Any]:
    """Be the owner, with every guard dropped, and give a cursor; `back` installs the guards again."""
    with database.owner(), connection.cursor() as cursor:
        for name, text in guards.list_definitions().items():
            drop(cursor, name, text)
        yield cursor
        if back:
            guards.install()


def drop(cursor: Any, name: str, text: str) -> None:
    """Drop one trigger, whatever its table is called."""
    on = _ON.search(text)
    where = f" ON {on[1]}" if on and connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER {name}{where}")


def damage(sql: str, *values: Any) -> int:
    """Change rows behind the product's back; gives how many, because damage that did nothing proves nothing."""
    with lifted() as cursor:
        cursor.execute(sql, values)
        changed: int = cursor.rowcount
    assert changed, f"nothing was damaged by: {sql}"
    return changed


def in_json(column: str, key: str, value: str) -> str:
    """Give SQL that sets a text under a key of a JSON column."""
    if connection.vendor == "postgresql":
        return f"{column} = jsonb_set({column}, '{{{key}}}', '\"{value}\"')"
    return f"{column} = json_set({column}, '$.\"{key}\"', '{value}')"


def expect(kind: str, *, record: str | None, field: str, table: str | None = None) -> Finding:
    """Verify, and give the finding that there must be."""
    report = verify()
    found = [f for f in report.findings if (f.kind, f.record, f.field) == (kind, record, field)]
    assert found, f"no {kind} of {record}, {field}; found:\n{told(report)}"
    assert not report.ok
    assert table is None or found[0].table == table
    assert found[0].message.endswith(".")
    assert record is None or record in found[0].message
    return found[0]


def told(report: Report) -> str:
    """Give everything that was found, for a failing test's reader."""
    return "\n".join(f"{f.kind} {f.table} {f.record} {f.field}: {f.message}" for f in report.findings) or "nothing"


def live(home: TestHome) -> dict[str, str]:
    """Let several documents live: signed, amended, returned, superseded, withdrawn, restricted; gives their numbers."""
    numbers = {
        "superseded": home.until(home.draft(), "effective"), "voided": home.until(home.draft(title="Calibration"), "in_approval"),
        "restricted": home.draft(title="Sample of Jane Miller"), "withdrawn": home.draft(), "filed": home.draft(file=[bring(home)]),
    }  # fmt: skip
    numbers["effective"] = home.act(
        "ann",
        "document.revise",
        numbers["superseded"],
        fields={
            "effective_on": "2020-01-02",
            "reason_for_revision": "Other days",
            "summary_of_changes": "Section 1",
            "revision_class": "full",
        },
    ).number
    home.until(numbers["effective"], "approved")
    timers.run_due()
    home.sign("hed", "document.approve", numbers["voided"])
    home.act("ann", "document.amend", numbers["voided"], reason="Step 3 named the wrong buffer", fields={"text": "## 1 New"})
    sequencer.drain()
    home.act("ann", "document.edit", numbers["restricted"], fields={"title": "Sample 14"}, reason="A name had been entered")
    for who in ("qua", "quy"):
        home.sign(who, "document.restrict", numbers["restricted"], reason="Personal data of a patient")
    home.sign("ann", "document.withdraw", numbers["withdrawn"], reason="Not needed any more")
    _talk(home, numbers)
    return numbers


def _talk(home: TestHome, numbers: dict[str, str]) -> None:
    home.act("ann", "document.comment", numbers["filed"], text="See the method in the file")
    home.act("ann", "document.link", numbers["filed"], to=numbers["voided"])
    home.act("ann", "document.link", numbers["filed"], to=numbers["effective"])
    home.act("ann", "document.unlink", numbers["filed"], to=numbers["voided"], reason="The wrong document")
    home.act("ann", "document.create", key="k-1", fields={"title": "Asked twice", "class": "procedure"})
    try:
        home.act("doc", "document.edit", numbers["filed"], fields={"title": "Mine"})
    except Refused:
        return
    raise AssertionError("a refusal is part of this life")


def bring(home: TestHome, content: bytes = b"Method 12: dissolve, filter, inject.") -> str:
    """Bring a file as Ann and give its hash."""
    return uploads.receive(home.people["ann"], "method.txt", [content]).sha256


def head(number: str) -> Record:
    """Give a record as it stands."""
    return Record.objects.get(number=number)
