"""The database's own guards, in place: what was written is refused any change, whoever asks and through whatever door (11.10(e)).

Each table refuses UPDATE, DELETE, TRUNCATE, REPLACE and ON CONFLICT; a head changes with its newest event alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, models

from indelible.assurance.rebuild import rebuild
from indelible.infra import database, guards, ids
from indelible.kernel import sequencer
from indelible.kernel.models import TRUTH, Event, Record, Task
from indelible.project import roles
from tests import homes
from tests.homes import TestHome

postgres = connection.vendor == "postgresql"
only_postgres = pytest.mark.skipif(not postgres, reason="true of PostgreSQL only")
REFUSED = r"append-only|not authorized|prohibited|permission denied"
HEAD_REFUSED = r"without its event|is never|not authorized|permission denied"
TABLES = [model._meta.db_table for model in TRUTH]


@pytest.fixture
def full(home: TestHome) -> TestHome:
    """Give a home with a row in every truth table."""
    number = home.until(home.draft(), "in_review")
    home.act("ann", "document.create", key="k-1", fields={"title": "One", "class": "procedure"})
    record = Record.objects.get(number=number)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO blob (sha256, size, media_type, at) VALUES ('00', 1, 'text/plain', '2026-01-01 00:00:00+00:00')"
        )
        cursor.execute("INSERT INTO refusal (at, payload, leaf) VALUES ('2026-01-01 00:00:00+00:00', '{}', %s)", [b"0" * 32])
        cursor.execute("INSERT INTO restriction (record_id, version, position) VALUES (%s, 99, 1)", [_id(record.id)])
    sequencer.drain()
    return home


filled = pytest.mark.damaged(reason="its rows of truth are put there by hand, to see that they stay")


def _id(identifier: Any) -> Any:
    return identifier if postgres else identifier.hex


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def copied(table: str, verb: str, tail: str = "") -> str:
    """Give SQL that inserts a row that is there already."""
    model = next(model for model in TRUTH if model._meta.db_table == table)
    names = ", ".join(f'"{f.column}"' for f in model._meta.concrete_fields)
    return f"{verb} INTO {table} ({names}) SELECT {names} FROM {table} WHERE true {tail}"


@filled
@pytest.mark.parametrize("what", ["update", "delete", "replace", "do update", "do nothing", "truncate"])
def test_what_was_written_can_neither_be_changed_nor_deleted(full: TestHome, what: str) -> None:
    if what in ({"replace"} if postgres else {"truncate"}):
        pytest.skip("the engine knows no such statement")
    for table in TABLES:
        before = rows(table)
        assert before, f"{table} is empty: nothing was tried"

        if what == "do nothing" and postgres:
            run(changing(table, what))
        else:
            with pytest.raises(DatabaseError, match=REFUSED):
                run(changing(table, what))

        assert rows(table) == before


def changing(table: str, what: str) -> str:
    """Give SQL that would change, delete or replace rows of a truth table."""
    model = next(model for model in TRUTH if model._meta.db_table == table)
    key, last = model._meta.pk.column, model._meta.concrete_fields[-1].column
    return {
        "update": f"UPDATE {table} SET {last} = {last}", "delete": f"DELETE FROM {table}",
        "replace": copied(table, "INSERT OR REPLACE"), "truncate": f"TRUNCATE {table}",
        "do update": copied(table, "INSERT", f"ON CONFLICT ({key}) DO UPDATE SET {last} = excluded.{last}"),
        "do nothing": copied(table, "INSERT", "ON CONFLICT DO NOTHING"),
    }[what]  # fmt: skip


def rows(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return sorted((tuple(map(_plain, row)) for row in cursor.fetchall()), key=str)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@filled
@pytest.mark.sqlite
@pytest.mark.parametrize("what", ["update", "delete", "replace", "do update"])
def test_another_programs_connection_to_the_file_is_refused_too(full: TestHome, what: str) -> None:
    plain = sqlite3.connect(full.path / "indelible.sqlite3")
    for table in TABLES:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            plain.execute(changing(table, what))
    plain.close()


@pytest.mark.parametrize("change", [
    "UPDATE record SET state = 'effective' WHERE number = %s", "UPDATE record SET title = 'X' WHERE number = %s",
    "UPDATE record SET position = position + 1 WHERE number = %s", "DELETE FROM record WHERE number = %s",
    "UPDATE record SET state = 'effective', mended = mended + 1 WHERE number = %s",
    "UPDATE record SET position = position + 1, leaf = (SELECT leaf FROM event ORDER BY id LIMIT 1) WHERE number = %s",
    "UPDATE record SET position = position - 1, mended = mended + 1 WHERE number = %s",
])  # fmt: skip
def test_a_head_does_not_change_without_its_event(home: TestHome, change: str) -> None:
    number = home.until(home.draft(), "in_review")
    before = Record.objects.values().get(number=number)

    with pytest.raises(DatabaseError, match=HEAD_REFUSED):
        run(change, number)

    assert Record.objects.values().get(number=number) == before


@pytest.mark.parametrize("change", ["update", "bulk_update", "delete", "save"])
def test_djangos_own_ways_past_the_door_are_refused(home: TestHome, change: str) -> None:
    record = Record.objects.get(number=home.draft())
    record.title = "Another"
    ways: dict[str, Callable[[], object]] = {
        "update": lambda: Record.objects.filter(pk=record.pk).update(title="Another"),
        "bulk_update": lambda: Record.objects.bulk_update([record], ["title"]),
        "delete": lambda: Record.objects.filter(pk=record.pk).delete(), "save": record.save,
    }  # fmt: skip

    with pytest.raises(DatabaseError, match=HEAD_REFUSED):
        ways[change]()


def test_a_head_without_an_event_is_not_inserted(home: TestHome) -> None:
    record = Record.objects.get(number=home.draft())
    names = [f.column for f in Record._meta.concrete_fields if f.column not in ("id", "number", "series", "standing")]
    columns = ", ".join(f'"{name}"' for name in names)

    with pytest.raises(DatabaseError, match=HEAD_REFUSED):
        run(f"INSERT INTO record (id, number, {columns}) SELECT %s, 'SOP-999.01', {columns} FROM record WHERE id = %s",
            _id(ids.new()), _id(record.id))  # fmt: skip


@pytest.mark.sqlite
@pytest.mark.parametrize("sql", [
    "DROP TRIGGER event_guard_update", "DROP TABLE event", "CREATE TRIGGER x AFTER INSERT ON event BEGIN SELECT 1; END",
    "ALTER TABLE event RENAME TO event2", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)", "CREATE VIEW x AS SELECT 1",
    "CREATE TEMP TRIGGER x AFTER INSERT ON event BEGIN SELECT 1; END", "CREATE INDEX x ON event (at)", "DROP INDEX event_by_time",
    "ATTACH ':memory:' AS other", "DETACH main", "PRAGMA writable_schema = ON", "PRAGMA writable_schema",
    "PRAGMA recursive_triggers = OFF", "PRAGMA synchronous = OFF", "PRAGMA journal_mode = DELETE", "PRAGMA ignore_check_constraints = 1",
    "PRAGMA schema_version = 7", "SELECT load_extension('x')", "VACUUM INTO '/tmp/x.sqlite3'", "REINDEX", "ANALYZE",
    "UPDATE sqlite_master SET sql = ''", "DELETE FROM sqlite_master",
])  # fmt: skip
def test_the_products_connection_to_a_file_refuses_what_it_never_needs(home: TestHome, sql: str) -> None:
    with pytest.raises(DatabaseError, match=r"not authorized|authorization denied|prohibited|may not be modified"):
        run(sql)


@contextmanager
def runtime_role(engine: homes.Postgres) -> Iterator[None]:
    """Work as the role that the product has in production; the copy keeps the rights that the template's role was given."""
    settings = connections["default"].settings_dict
    owner = settings["USER"]
    connections.close_all()
    settings["USER"] = roles.name_for(f"{engine.prefix}_template")
    try:
        yield
    finally:
        connections.close_all()
        settings["USER"] = owner


ATTEMPTS = (
    "DELETE FROM {t}", "TRUNCATE {t}", "ALTER TABLE {t} ADD COLUMN x int", "DROP TABLE {t}", "ALTER TABLE {t} DISABLE TRIGGER ALL",
    "DROP TRIGGER {g} ON {t}", "ALTER TABLE {t} OWNER TO CURRENT_USER", "CREATE INDEX x ON {t} ((1))",
    "CREATE TRIGGER x AFTER INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
    "CREATE RULE x AS ON INSERT TO {t} DO INSTEAD NOTHING",
)  # fmt: skip


@only_postgres
@filled
@pytest.mark.parametrize("sql", ATTEMPTS)
def test_the_runtime_role_has_no_right_to_change_the_truth(full: TestHome, engine: homes.Postgres, sql: str) -> None:
    with runtime_role(engine):
        for table in (*TABLES, "record"):
            guard = f"{table}_guard" if table != "record" else "record_keep"
            with pytest.raises(DatabaseError, match=r"permission denied|must be (owner|able)"):
                run(sql.format(t=table, g=guard))


@only_postgres
@filled
def test_the_runtime_role_has_no_right_to_update_truth_nor_to_give_itself_one(
    full: TestHome, engine: homes.Postgres
) -> None:
    with runtime_role(engine):
        for table in TABLES:
            with suppress(DatabaseError):  # refused, or answered with the warning that nothing was granted
                run(f"GRANT UPDATE ON {table} TO PUBLIC")
            with pytest.raises(DatabaseError, match="permission denied"):
                run(changing(table, "update"))


@only_postgres
@pytest.mark.parametrize("sql", [
    "SET session_replication_role = replica", "CREATE TABLE x (y int)", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "DROP FUNCTION ledger_refuse() CASCADE", "CREATE ROLE x", "ALTER ROLE CURRENT_USER SUPERUSER", "SET ROLE postgres",
    "CREATE SCHEMA x", "SELECT pg_read_file('/etc/passwd')", "COPY event FROM PROGRAM 'true'",
    "COPY event (payload) TO '/tmp/x'", "ALTER DATABASE postgres SET session_replication_role = replica",
])  # fmt: skip
def test_the_runtime_role_has_no_way_around_its_rights(home: TestHome, engine: homes.Postgres, sql: str) -> None:
    with runtime_role(engine), pytest.raises(DatabaseError, match=r"permission denied|must be|denied"):
        run(sql)


@only_postgres
def test_the_runtime_role_does_all_that_the_product_does(home: TestHome, engine: homes.Postgres) -> None:
    with runtime_role(engine):
        first = home.until(home.draft(title="Sample of Jane Miller"), "effective")
        home.act("ann", "document.revise", first, key="k-1", fields={"effective_on": "2020-01-02"})
        number = home.draft()
        home.act("ann", "document.edit", number, fields={"title": "Changed"})
        for who in ("qua", "quy"):
            home.sign(who, "document.restrict", number, reason="Personal data of a patient")
        sequencer.drain()
        homes.expect_whole()


@only_postgres
def test_the_runtime_role_mends_projections(home: TestHome, engine: homes.Postgres) -> None:
    number = home.draft()
    Task.objects.all().delete()

    with runtime_role(engine):
        assert rebuild(apply=True).ok

    assert Task.objects.filter(record_id=Record.objects.get(number=number).id).exists()


def test_guards_come_back_when_they_are_installed_again(home: TestHome) -> None:
    before = guards.list_definitions()
    with database.owner(), connection.cursor() as cursor:
        name = "event_guard" if postgres else "event_guard_update"
        cursor.execute(f"DROP TRIGGER {name}" + (" ON event" if postgres else ""))
        assert guards.list_definitions() != before
        guards.install()

    assert guards.list_definitions() == before


def test_what_waits_for_the_log_is_queued_by_the_database(home: TestHome) -> None:
    sequencer.drain()
    home.draft()

    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, ref FROM pending")
        assert cursor.fetchall() == [("e", Event.objects.latest("id").pk)]


def test_every_truth_table_is_guarded() -> None:
    assert set(guards.TRUTH) == set(TABLES)
    keys = {table: {tuple(key) for key in found} for table, found in guards.TRUTH.items()}
    for model in TRUTH:
        unique = {tuple(c.fields) for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)}
        assert keys[model._meta.db_table] >= {(model._meta.pk.column,), *unique}, "REPLACE goes by any unique key"


@only_postgres
@pytest.mark.usefixtures("home")
def test_no_statement_of_a_session_is_compiled_and_what_the_address_asks_for_is_kept() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
    assert database.session("-c statement_timeout=5000") == "-c statement_timeout=5000 -c jit=off"
