"""The only place that examines the database as an operator would: version, tables, guards, rights, durability (D16, D20)."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from indelible.assurance.rereading.protection import protection
from indelible.assurance.rereading.report import Findings
from indelible.infra import guards
from indelible.kernel.models import TRUTH, Record

Looked = tuple[bool, str]
LEAST = {"postgresql": (14,), "sqlite": (3, 37)}
WRITES = ("UPDATE", "DELETE", "TRUNCATE")


def version() -> Looked:
    """See that the database answers, and whether it is new enough."""
    connection.ensure_connection()
    found = tuple(connection.get_database_version())
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    return found >= LEAST[connection.vendor], f"{name} {'.'.join(map(str, found))}"


def schema() -> Looked:
    """See whether the tables are those of this build: no migration waits, none is unknown to the code."""
    loader = MigrationLoader(connection)
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    ours = {app for app, _ in known}
    waiting = sorted(".".join(name) for name in known - applied)
    unknown = sorted(".".join(name) for name in applied - known if name[0] in ours)
    if not waiting and not unknown:
        return True, f"{len(applied)} migrations, all of this build"
    parts = [f"not applied: {', '.join(waiting)}"] if waiting else []
    parts += [f"made by a newer build: {', '.join(unknown)}"] if unknown else []
    return False, "; ".join(parts)


def guarded() -> Looked:
    """See whether every trigger and constraint that protects the truth is there, switched on and of this build's text."""
    findings = Findings()
    protection(findings)
    if not findings.all:
        return True, f"{len(guards.expected(connection.vendor))} guards and every constraint in place"
    return False, " ".join(finding.message for finding in findings.all)


def rights() -> Looked:
    """See that the account with which the product works can neither change nor delete what is written."""
    return _postgres_rights() if connection.vendor == "postgresql" else _sqlite_rights()


def durability() -> Looked:
    """See that a commit is on the disk before anybody is told of it."""
    if connection.vendor == "postgresql":
        wrong = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if _setting(f"SHOW {name}") == "off"]
        return not wrong, f"off: {', '.join(wrong)}" if wrong else "fsync, full_page_writes and synchronous_commit are on"
    journal, synchronous = _setting("PRAGMA journal_mode"), _setting("PRAGMA synchronous")
    recursive = _setting("PRAGMA recursive_triggers")
    good = journal == "wal" and int(synchronous) >= 2 and recursive == "1"
    return good, f"journal_mode {journal}, synchronous {synchronous}, recursive_triggers {recursive}"


def _setting(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def _postgres_rights() -> Looked:
    tables = [model._meta.db_table for model in TRUTH]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        name, *powers = cursor.fetchone()
        cursor.execute(
            "SELECT t.name, w.name FROM unnest(%s::text[]) t(name), unnest(%s::text[]) w(name) "
            "WHERE has_table_privilege(current_user, 'public.' || t.name, w.name)", [tables, list(WRITES)],
        )  # fmt: skip
        writes = [f"may {what} {table}" for table, what in cursor.fetchall()]
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) "
            "AND pg_has_role(current_user, relowner, 'USAGE')", [[*tables, Record._meta.db_table]],
        )  # fmt: skip
        owned = [f"owns {table}" for (table,) in cursor.fetchall()]
    named = ("is a superuser", "may make roles", "may make databases", "passes by row security")
    wrong = [word for word, has in zip(named, powers, strict=True) if has] + (owned or writes)
    return not wrong, f"{name} {', '.join(wrong)}" if wrong else f"{name} may read everything and add to the truth, no more"


def _sqlite_rights() -> Looked:
    # A file has no roles (D33): what there is, is a connection that refuses.
    try:
        _setting("PRAGMA writable_schema")
    except DatabaseError:
        return True, "a file knows no roles; the product's own connections refuse to change the truth, its tables and guards"
    return False, f"the connection to {settings.HOME.database_file.name} is not restricted"
