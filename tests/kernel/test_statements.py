"""How many statements a change costs, BEGIN and COMMIT counted: a fixed few, none for each field, role or person."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from indelible.infra import clock, database, ids
from indelible.kernel import acts, ledger, records, sequencer, signatures, statements
from indelible.kernel.ledger import Entry
from indelible.kernel.models import Record, Timer
from indelible.kernel.projections import Delete, Insert, Operation
from indelible.practice import queries
from indelible.practice.models import Upload
from tests.homes import TestHome

DOOR = 5


def counted(seen: CaptureQueriesContext) -> int:
    """Count round trips on PostgreSQL; on SQLite, which makes none, the inserts of one write count as one."""
    if database.is_postgres():
        return len(seen.captured_queries)
    heads = [query["sql"].split()[0] for query in seen.captured_queries]
    writing = {"INSERT", "UPDATE", "DELETE"}
    return len([head for head in heads if head not in writing]) + bool(writing & set(heads))


def told(seen: CaptureQueriesContext) -> str:
    # What was planned before has no text of its own any more.
    return "\n".join((query["sql"] or "as planned before")[:160] for query in seen.captured_queries)


@pytest.fixture
def number(home: TestHome) -> str:
    """Give a draft that was edited once, so that nothing of the configuration has to be read any more."""
    number = home.draft()
    home.act("ann", "document.edit", number, fields={"title": "Warm"})
    return number


def head(number: str) -> Record:
    return Record.objects.get(number=number)


@pytest.mark.damaged(reason="writes an event that no act decided")
def test_the_ledgers_write_takes_four_statements_on_postgresql_and_six_on_sqlite(home: TestHome, number: str) -> None:
    subject = head(number).id

    with CaptureQueriesContext(connection) as seen, transaction.atomic(durable=True):
        record = records.lock(subject)
        ledger.write([edit_of(record)])

    assert len(seen) <= (4 if database.is_postgres() else 6), told(seen)


def edit_of(record: Record) -> Entry:
    version = ledger.seal_version(
        record=record.id, kind=record.type, number=record.version + 1, fields=record.content, baseline=record.baseline,
        validated="released", at=record.updated_at,
    )  # fmt: skip
    effects = {"head": {"title": "Another title"}}
    text, leaf = ledger.seal_event({"record": str(record.id), "position": record.position + 1, "state": record.state})
    return Entry(record.id, record.position + 1, record.updated_at, None, text, leaf, effects, record.state, created=False,
                 version=version)  # fmt: skip


def test_an_edit_takes_five_statements_whatever_it_touches(home: TestHome, number: str) -> None:
    one = {"title": "One field"}
    many = {
        "title": "Every field", "class": "procedure", "owner": "bea", "department": home.departments["Operations"],
        "audience": "Everybody", "reviewers": ["rob", "qua", "hed", str(home.person("exe"))], "text": "## 1 New",
        "related": [home.draft(), home.draft(), number], "effective_on": "2021-01-01", "training": "read",
    }  # fmt: skip

    found, seen = [], CaptureQueriesContext(connection)
    for fields in (one, many):
        with seen:
            acts.run(home.people["ann"], "document.edit", number, reason="Named wrongly before", fields=fields)
        found.append(counted(seen))

    assert found == [DOOR, DOOR], told(seen)


@pytest.mark.damaged(reason="names files that nobody brought")
def test_an_edit_that_names_new_files_asks_for_none_of_them_by_itself(home: TestHome, number: str) -> None:
    for index in range(4):
        Upload.objects.create(id=ids.new(), person_id=home.person("ann"), sha256=f"{index}" * 64, size=9, name=f"{index}.pdf",
                              media_type="application/pdf", at=clock.now())  # fmt: skip

    with CaptureQueriesContext(connection) as seen:
        acts.run(home.people["ann"], "document.edit", number, fields={"file": ["0" * 64]})
    with CaptureQueriesContext(connection) as again:
        acts.run(home.people["ann"], "document.edit", number, fields={"file": ["0" * 64], "title": "The same file"})

    assert (counted(seen), counted(again)) == (DOOR, DOOR), told(seen)


@pytest.mark.parametrize(("state", "user", "act"), [
    ("draft", "ann", "submit"), ("in_review", "rob", "agree"), ("in_approval", "qua", "approve"),
])  # fmt: skip
def test_a_signature_takes_five_statements(home: TestHome, number: str, state: str, user: str, act: str) -> None:
    if state != "draft":
        home.until(number, state)
    if act == "approve":
        home.sign("hed", "document.approve", number)
    view = home.view(user)
    record = queries.get_record(view, number)
    shown = queries.to_sign(view, record, act)
    presence = signatures.simulate(home.person(user), view.ctx.session, shown.sha256)

    with CaptureQueriesContext(connection) as seen:
        acts.run(view.ctx, f"document.{act}", record.id, seen=record.position, presence=presence, key="k")

    assert counted(seen) == DOOR, told(seen)


@pytest.mark.damaged(reason="writes a timer that no event set")
def test_a_place_that_is_left_and_taken_in_one_write_is_free_when_it_is_taken(home: TestHome, number: str) -> None:
    record, later = head(number), clock.now() + timedelta(days=1)
    Timer.objects.create(record_id=record.id, move="expire", due_at=clock.now())
    rows: list[Operation] = [
        Delete(Timer, {"record_id": record.id}),
        Insert(Timer, {"record_id": record.id, "move": "expire", "due_at": later}),
    ]

    with transaction.atomic(durable=True):
        statements.execute(rows, [])

    assert list(Timer.objects.filter(record_id=record.id).values_list("due_at", flat=True)) == [later]


def test_a_role_more_costs_no_statement_more(home: TestHome, number: str) -> None:
    home.act("adm", "grant.create", fields={"person": "ann", "role": "doc_control", "why": "Needed for the work"})

    with CaptureQueriesContext(connection) as seen:
        acts.run(home.people["ann"], "document.edit", number, fields={"title": "Two roles"})

    assert counted(seen) == DOOR, told(seen)


@pytest.mark.sqlite
def test_sqlite_plans_a_repeated_act_only_once(home: TestHome, number: str) -> None:
    planned: list[object] = []

    def planning(*asked: object) -> int:
        planned.append(asked)
        return sqlite3.SQLITE_OK

    connection.connection.set_authorizer(planning)  # SQLite asks it while it plans, and only then
    home.act("ann", "document.edit", number, fields={"title": "Planned"})
    planned.clear()

    home.act("ann", "document.edit", number, fields={"title": "Repeated"})
    connection.close()

    assert len(planned) < 10, planned[:20]


@pytest.mark.sqlite
def test_the_sequencer_stands_in_nobodys_way_while_nothing_waits(home: TestHome) -> None:
    sequencer.drain()
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as writer:
        writer.execute("BEGIN IMMEDIATE")
        began = time.monotonic()

        assert sequencer.drain() == 0
        assert time.monotonic() - began < 5, "it waited for the writer's lock, for nothing"
