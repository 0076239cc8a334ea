"""What tests of drift share: how something is changed behind the product's back, and what a comparison then says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from indelible.assurance.drift import following
from indelible.infra import database, guards
from indelible.kernel import records
from indelible.kernel.models import Record
from tests.homes import TestHome

postgres = connection.vendor == "postgresql"
damaged = pytest.mark.damaged(reason="something is changed behind the product's back, to see that it is found")
IDLE, LONGER = "idle_minutes: 15", "idle_minutes: 30"


def keys() -> list[str]:
    """Compare, and give the keys of what was found."""
    return [one["key"] for one in following.check().findings]


def drifts(state: str = "found") -> list[dict[str, Any]]:
    return [
        records.values(row) | {"number": row.number}
        for row in Record.objects.filter(type="drift", state=state).order_by("number")
    ]


def incidents() -> list[str]:
    return list(Record.objects.filter(type="incident").order_by("number").values_list("number", flat=True))


def drop_a_guard() -> None:
    with database.owner(), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER event_queue" + (" ON event" if postgres else ""))


def install_guards() -> None:
    with database.owner():
        guards.install()


def edit(home: TestHome, file: str, old: str, new: str) -> Path:
    """Change a text in the company's folder, and give the file."""
    path = home.path / "configuration" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path
