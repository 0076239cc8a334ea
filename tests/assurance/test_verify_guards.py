"""Verification of the database's own protection: a guard that is gone, switched off, weakened or not ours is named (D16)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from indelible.assurance.verify import verify
from indelible.infra import database, guards
from tests.assurance.damaging import drop, expect, told
from tests.homes import TestHome

damaged = pytest.mark.damaged(reason="what is tested is that the damage is found")
postgres = connection.vendor == "postgresql"
only_postgres = pytest.mark.skipif(not postgres, reason="true of PostgreSQL only")


def owner(*statements: str) -> None:
    with database.owner(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_what_is_installed_is_what_would_be_installed(home: TestHome) -> None:
    present = guards.list_definitions()

    assert present == guards.definitions(connection.vendor)
    assert set(present) == guards.expected(connection.vendor)


def test_every_dropped_guard_is_named(home: TestHome) -> None:
    for name in sorted(guards.expected(connection.vendor)):
        with database.owner(), connection.cursor() as cursor:
            drop(cursor, name, guards.list_definitions()[name])

        found = expect("guard_missing", record=None, field=name)

        assert (found.new, found.message) == (None, f"The guard {name} is missing or switched off.")
        assert name.startswith(found.table), "the table is the one that it guards"
        assert [f.field for f in verify().findings] == [name]
        with database.owner():
            guards.install()


@damaged
def test_a_guard_of_the_same_name_without_its_body_is_named(home: TestHome) -> None:
    if postgres:
        owner("CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS "
              "$$ BEGIN RETURN coalesce(NEW, OLD); END $$")  # fmt: skip
        names = {f"{table}_guard" for table in guards.TRUTH if table != "version"}
        names |= {f"{table}_guard_truncate" for table in guards.TRUTH}
    else:
        owner(
            "DROP TRIGGER event_guard_update", "CREATE TRIGGER event_guard_update BEFORE UPDATE ON event BEGIN SELECT 1; END"
        )
        names = {"event_guard_update"}

    report = verify()

    assert {f.field for f in report.findings if f.kind == "guard_changed"} == names, told(report)


@damaged
@only_postgres
@pytest.mark.parametrize(("sql", "kind", "field"), [
    ("ALTER TABLE event DISABLE TRIGGER event_guard", "guard_missing", "event_guard"),
    ("ALTER TABLE event ENABLE REPLICA TRIGGER event_guard", "guard_missing", "event_guard"),
    ("ALTER FUNCTION head_bind() SET search_path = pg_temp, public", "guard_changed", "record_bind_update"),
    ("ALTER FUNCTION ledger_withhold() SECURITY INVOKER", "guard_changed", "restriction_withholds"),
    ("ALTER TABLE event ENABLE ROW LEVEL SECURITY", "table_changed", "event"),
    ("ALTER TABLE refusal SET UNLOGGED", "table_changed", "refusal"),
    ("CREATE RULE quiet AS ON INSERT TO refusal DO INSTEAD NOTHING", "table_changed", "refusal"),
    ("ALTER TABLE event DROP CONSTRAINT event_once", "constraint_missing", "event_once"),
    ("DROP INDEX record_one_in_force", "constraint_missing", "record_one_in_force"),
])  # fmt: skip
def test_another_way_to_weaken_the_database_is_named(home: TestHome, sql: str, kind: str, field: str) -> None:
    owner(sql)

    expect(kind, record=None, field=field)


@damaged
@pytest.mark.sqlite
def test_a_dropped_constraint_of_a_file_is_named(home: TestHome) -> None:
    owner("DROP INDEX record_one_in_force")

    expect("constraint_missing", record=None, field="record_one_in_force")


@damaged
def test_a_trigger_that_is_not_ours_is_named(home: TestHome) -> None:
    owner(*_stranger())

    assert expect("guard_extra", record=None, field="helpful").table == "event"


def _stranger() -> tuple[Any, ...]:
    if not postgres:
        return ("CREATE TRIGGER helpful AFTER INSERT ON event BEGIN DELETE FROM pending; END",)
    return (
        "CREATE FUNCTION help() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM pending; RETURN NULL; END $$",
        "CREATE TRIGGER helpful AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION help()",
    )
