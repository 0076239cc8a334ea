"""The ways of changing a title that are compared, each one transaction per change, with user and reason where it has them.

`ledger` is the product's write alone: lock the head, seal version and event, one `ledger.write`. `door` is the whole
act: who may, which fields, which reason, then the same write.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection, transaction

from indelible.infra import build, clock
from indelible.kernel import acts, ledger, records
from indelible.kernel.context import Context, Person
from indelible.kernel.ledger import Entry
from indelible.kernel.models import Account, Record
from tests.bench.models import Plain, Simple, manager

REASON = "Corrected typographical error found in periodic review"
ORDER = ("bare", "plain", "simple", "ledger", "door")


class Ways:
    """All ways on one database, for one writer; each call of a way changes one title of one random record."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.rows = manager(Plain).count()
        self.toys = list(Record.objects.filter(type="toy").values_list("id", flat=True))
        self.account = Account.objects.get(user_id="ann")
        person = records.find(self.account.person_id)
        self.person = Person(person.id, person.number, person.title, "Scientist", "ann")
        self.ctx = Context(person.id, "session", session="bench")
        self.bare = self._bare_postgres() if connection.vendor == "postgresql" else self._bare_sqlite()

    def named(self, way: str) -> Callable[[], None]:
        """Give one way by its name."""
        found: Callable[[], None] = getattr(self, way)
        return found

    def plain(self) -> None:
        """Change it as Django does by itself, without any trail."""
        with transaction.atomic():
            row = manager(Plain).get(pk=self._row())
            row.title = self._title()
            row.save()

    def simple(self) -> None:
        """Change it under django-simple-history, with user and reason."""
        with transaction.atomic():
            row: Any = manager(Simple).get(pk=self._row())
            row.title = self._title()
            row._history_user, row._change_reason = self.account, REASON
            row.save()

    def ledger(self) -> None:
        """Change it as the product writes: lock, seal, one write of version, event and head."""
        with transaction.atomic(durable=True):
            record = records.lock(self.random.choice(self.toys))
            ledger.write([self._entry(record, self._title())])

    def door(self) -> None:
        """Change it through the product's door."""
        acts.run(self.ctx, "toy.edit", self.random.choice(self.toys), reason=REASON, fields={"title": self._title()})

    def _row(self) -> int:
        return self.random.randint(1, self.rows)

    def _title(self) -> str:
        return f"Title rev {self.random.random():.12f} calibration of equipment"

    def _entry(self, record: Record, title: str) -> Entry:
        at, position = clock.now(), record.position + 1
        version = ledger.seal_version(
            record=record.id, kind="toy", number=record.version + 1, fields={**record.content, "1": title},
            baseline=record.baseline, validated="stage_a", at=at,
        )  # fmt: skip
        effects = {"head": {"title": title}}
        text, leaf = ledger.seal_event({
            "kind": "event", "record": str(record.id), "number": record.number, "type": "toy", "position": position,
            "prev": bytes(record.leaf).hex(), "at": clock.iso(at), "zone": "Europe/Zurich", "by": self._by(),
            "grant": {"by": "role", "role": "author", "grant": str(record.id), "scope": None}, "act": "toy.edit",
            "event": "toy.edited", "state": record.state, "from": record.state, "reason": REASON,
            "version": {"number": version.number, "sha256": version.sha256.hex(), "new": True}, "changed": [1],
            "baseline": record.baseline, "build": build.identity().name, "validated": "stage_a", "effects": effects,
        })  # fmt: skip
        return Entry(
            record.id, position, at, self.person.id, text, leaf, effects, record.state, created=False, version=version
        )

    def _by(self) -> dict[str, Any]:
        return {"person": str(self.person.id), "name": self.person.name, "title": self.person.title,
                "user_id": self.person.user_id, "roles": ["author"], "via": "session"}  # fmt: skip

    def _bare_postgres(self) -> Callable[[], None]:
        given = connection.get_connection_params()
        raw = psycopg.connect(host=given.get("host"), port=given.get("port"), user=given.get("user"),
                              password=given.get("password"), dbname=given["dbname"], autocommit=True)  # fmt: skip

        def change() -> None:
            row, title = self._row(), self._title()
            raw.execute("BEGIN")
            old = raw.execute("SELECT title FROM bench_plain WHERE id = %s FOR UPDATE", [row]).fetchone()
            raw.execute("UPDATE bench_plain SET title = %s, updated_at = now() WHERE id = %s", [title, row])
            raw.execute("INSERT INTO bench_audit (record, at, person, field, old, new, why) "
                        "VALUES (%s, now(), 'ann', 'title', %s, %s, %s)", [row, old and old[0], title, REASON])  # fmt: skip
            raw.execute("COMMIT")

        return change

    def _bare_sqlite(self) -> Callable[[], None]:
        settings = connection.settings_dict
        raw = sqlite3.connect(settings["NAME"], timeout=30, isolation_level=None)
        raw.executescript(settings["OPTIONS"]["init_command"])

        def change() -> None:
            row, title = self._row(), self._title()
            raw.execute("BEGIN IMMEDIATE")
            old = raw.execute("SELECT title FROM bench_plain WHERE id = ?", [row]).fetchone()[0]
            raw.execute("UPDATE bench_plain SET title = ?, updated_at = current_timestamp WHERE id = ?", [title, row])
            raw.execute("INSERT INTO bench_audit (record, at, person, field, old, new, why) "
                        "VALUES (?, current_timestamp, 'ann', 'title', ?, ?, ?)", [row, old, title, REASON])  # fmt: skip
            raw.execute("COMMIT")

        return change
