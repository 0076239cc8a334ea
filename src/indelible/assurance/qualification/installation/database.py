"""IQ of the database: version, encoding, isolation, guards, and what the product's own account is refused, by trying it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError, connection, transaction

from indelible.assurance.drift import stored
from indelible.assurance.qualification.installation.check import Found, noted, same
from indelible.assurance.rereading.protection import protection
from indelible.assurance.rereading.report import Findings
from indelible.infra import guards
from indelible.kernel.models import TRUTH

REFUSED = "refused"
STATED = ("database.version", "database.encoding", "database.collation", "database.journal_mode", "database.page_size")
SPECIFIED = {
    "postgresql": {
        "database.encoding": "UTF8", "database.default_transaction_isolation": "read committed", "database.fsync": "on",
        "database.full_page_writes": "on", "database.session_replication_role": "origin", "database.standard_conforming_strings": "on",
    },
    "sqlite": {"database.encoding": "UTF-8", "database.journal_mode": "wal", "database.synchronous": "2", "database.recursive_triggers": "1"},
}  # fmt: skip


def server() -> Iterator[Found]:
    """Compare version and settings of the database with what is specified."""
    found = stored.take()
    for key in STATED:
        if key in found:
            yield noted(key.partition(".")[2], "asked on a connection of its own", found[key])
    for key, expected in SPECIFIED[connection.vendor].items():
        yield same(key.partition(".")[2], "asked on a connection of its own", expected, found.get(key, "not there"))
    if connection.vendor == "postgresql":
        yield same("jit of the product's connections", "SHOW jit", "off", _one("SHOW jit"))
        yield same(
            "isolation of the product's connections",
            "SHOW transaction_isolation",
            "read committed",
            _one("SHOW transaction_isolation"),
        )


def guarded() -> Iterator[Found]:
    """Compare every guard with the text of this build, and find what is not ours."""
    expected, present = guards.definitions(connection.vendor), guards.list_definitions()
    for name in sorted(expected):
        told = (
            "of this build"
            if present.get(name) == expected[name]
            else "of another text"
            if name in present
            else "missing or switched off"
        )
        yield same(f"Guard {name}", "the database's own catalogue", "of this build", told)
    findings = Findings()
    protection(findings)
    others = [one for one in findings.all if one.kind not in ("guard_missing", "guard_changed")]
    for one in others:
        yield Found(f"{one.kind} {one.field}", f"table {one.table}", "as this build makes it", one.message, False)
    if not others:
        yield same(
            "Tables and constraints of the truth",
            "the database's own catalogue",
            "as this build makes them",
            "as this build makes them",
        )


def forbidden() -> Iterator[Found]:
    """Try, as the product's own account, what it must never be able to do; each in a transaction that is undone in any case."""
    for table in (model._meta.db_table for model in TRUTH):
        key = guards.TRUTH[table][0][0]
        yield _tried(f"UPDATE {table}", f"UPDATE {table} SET {key} = {key} WHERE 1 = 0")
        yield _tried(f"DELETE {table}", f"DELETE FROM {table} WHERE 1 = 0")
        if connection.vendor == "postgresql":
            yield _tried(f"TRUNCATE {table}", f"TRUNCATE {table}")
    yield _tried("DELETE record", f"DELETE FROM {guards.HEAD} WHERE id = (SELECT id FROM {guards.HEAD} LIMIT 1)")
    yield _tried("Make a table", "CREATE TABLE qualification_probe (id integer)")
    yield _tried("Alter the truth's tables", "ALTER TABLE event ADD COLUMN probe integer")
    yield _tried("Drop a guard", _drop())
    if connection.vendor == "postgresql":
        yield _tried("Silence triggers", "SET LOCAL session_replication_role = 'replica'")
        yield _tried("Switch a trigger off", "ALTER TABLE event DISABLE TRIGGER event_guard")
        yield _tried("Become another role", "CREATE ROLE qualification_probe")
    else:
        yield _tried("Attach another database", "ATTACH DATABASE ':memory:' AS probe")
        yield _tried("Write the schema", "PRAGMA writable_schema = 1")
        yield _tried("Switch recursive triggers off", "PRAGMA recursive_triggers = 0")


def rights() -> Iterator[Found]:
    """State every right of every role on the tables, and the powers of the product's own."""
    found = {key: value for key, value in stored.take().items() if key.startswith("right.")}
    if connection.vendor != "postgresql":
        yield noted("Roles", "SQLite", "a file knows no roles; the product's own connections refuse what is tried above")
        return
    yield same("Powers of the runtime role", "pg_roles", "login", found.get("right.runtime", "none"))
    truth = {model._meta.db_table for model in TRUTH}
    for key, value in sorted(found.items()):
        _, table, *role = key.split(".")
        if role == ["runtime"] and table in truth:
            yield same(f"Rights of the runtime role on {table}", "pg_class", "INSERT, SELECT", value)
        elif role and role != ["runtime"]:
            yield noted(f"Rights of {'.'.join(role)} on {table}", "pg_class", value)


def _drop() -> str:
    name = "event_guard" if connection.vendor == "postgresql" else "event_guard_update"
    return f"DROP TRIGGER {name}" + (" ON event" if connection.vendor == "postgresql" else "")


def _tried(action: str, statement: str) -> Found:
    return same(action, statement, REFUSED, _outcome(statement))


def _outcome(statement: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            transaction.set_rollback(True)
    except DatabaseError as problem:
        return _why(problem)
    return "allowed, and undone"


def _why(problem: DatabaseError) -> str:
    # A statement that fails for another reason than a right or a guard has shown nothing.
    text = str(problem).lower()
    told = ("not authorized", "permission denied", "must be owner", "append-only", "is never", "authorizer")
    return REFUSED if any(one in text for one in told) else f"failed otherwise: {str(problem).splitlines()[0]}"


def _one(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0])
