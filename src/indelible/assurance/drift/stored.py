"""The only place that describes the database for a picture: version, encoding, settings that matter, rights, the shape of tables.

Settings are read on a connection of their own: one that was opened before would not know what was set for new ones.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

Rows = Callable[[str, list[Any]], list[tuple[Any, ...]]]

SETTINGS = (
    "fsync", "synchronous_commit", "full_page_writes", "wal_level", "default_transaction_isolation",
    "default_transaction_read_only", "session_replication_role", "row_security", "standard_conforming_strings", "data_checksums",
)  # fmt: skip
PRAGMAS = (
    "encoding", "journal_mode", "synchronous", "recursive_triggers", "foreign_keys", "auto_vacuum", "page_size",
    "application_id", "user_version",
)  # fmt: skip
POWERS = ("super", "createrole", "createdb", "inherit", "replication", "bypassrls", "login")
_POWERS = """SELECT rolsuper, rolcreaterole, rolcreatedb, rolinherit, rolreplication, rolbypassrls, rolcanlogin FROM pg_roles
    WHERE rolname = %s"""
_GROUPS = """SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
    WHERE r.rolname = %s"""
# Columns, constraints and unique indexes; indexes that only make it faster come and go with the declared fields.
_COLUMNS = """SELECT c.relname, a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"""
_CONSTRAINTS = """SELECT c.relname, k.conname || ' ' || pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' not valid' END
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND k.contype <> 't'"""
_UNIQUE = """SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND i.indisvalid"""
_OVERRIDES = """SELECT r.rolname, d.datname, unnest(s.setconfig) FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_database d ON d.oid = s.setdatabase WHERE (s.setrole = 0 OR r.rolname = %s) AND (s.setdatabase = 0 OR d.datname = current_database())
    ORDER BY (s.setrole <> 0)::int + (s.setdatabase <> 0)::int, s.setrole <> 0"""
_RIGHTS = """SELECT c.relname, coalesce(r.rolname, 'everybody'), a.privilege_type || CASE WHEN a.is_grantable THEN ' and may give it on' ELSE '' END
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
    UNION ALL SELECT c.relname, coalesce(r.rolname, 'everybody'), a.privilege_type || ' ' || t.attname
    FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid CROSS JOIN aclexplode(t.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
    UNION ALL SELECT c.relname, r.rolname, 'OWNS' FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
    WHERE c.relnamespace = 'public'::regnamespace AND r.rolname = %s"""


def take() -> dict[str, str]:
    """Describe the database by keys; raises DatabaseError where it does not answer."""
    if connection.in_atomic_block or ":memory:" in str(connection.settings_dict["NAME"]):
        return _taken(_rows(connection))
    fresh = connection.copy()
    try:
        return _taken(_rows(fresh))
    finally:
        fresh.close()


def _rows(using: Any) -> Rows:
    def ask(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        with using.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    return ask


def _taken(ask: Rows) -> dict[str, str]:
    return _postgres(ask) if connection.vendor == "postgresql" else _sqlite(ask)


def _sqlite(ask: Rows) -> dict[str, str]:
    ((version,),) = ask("SELECT sqlite_version()", [])
    found = {"database.version": f"SQLite {version}"}
    found |= {f"database.{name}": str(ask(f"PRAGMA {name}", [])[0][0]) for name in PRAGMAS}
    made = ask(
        "SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "AND (type = 'table' OR (type = 'index' AND sql LIKE 'CREATE UNIQUE%'))", [],
    )  # fmt: skip
    return found | _shapes(made)


def _postgres(ask: Rows) -> dict[str, str]:
    runtime = f"{connection.settings_dict['NAME']}_app"
    ((version, encoding, collate, ctype),) = ask(
        "SELECT current_setting('server_version'), pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
        "WHERE datname = current_database()", [],
    )  # fmt: skip
    found = {
        "database.version": f"PostgreSQL {version}", "database.encoding": encoding, "database.collation": f"{collate}, {ctype}",
        **{f"database.{name}": value for name, value in ask("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(SETTINGS)])},
    }  # fmt: skip
    for role, _, override in ask(_OVERRIDES, [runtime]):
        name, _, value = override.partition("=")
        found[f"database.{name}"] = (
            value if name in SETTINGS else f"{value} (set for {'the runtime role' if role else 'the database'})"
        )
    return found | _rights(ask, runtime) | _shapes([*ask(_COLUMNS, []), *ask(_CONSTRAINTS, []), *ask(_UNIQUE, [])])


def _rights(ask: Rows, runtime: str) -> dict[str, str]:
    held: dict[str, list[str]] = defaultdict(list)
    for table, role, what in ask(_RIGHTS, [runtime]):
        held[f"right.{table}.{'runtime' if role == runtime else role}"].append(what)
    for row in ask(_POWERS, [runtime]):
        held["right.runtime"] += [name for name, has in zip(POWERS, row, strict=True) if has]
    held["right.runtime"] += [f"member of {name}" for (name,) in ask(_GROUPS, [runtime])]
    return {key: ", ".join(sorted(what)) for key, what in held.items() if what}


def _shapes(rows: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    parts: dict[str, list[str]] = defaultdict(list)
    for table, told in rows:
        parts[table].append(told)
    return {
        f"table.{name}": hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()[:32] for name, told in parts.items()
    }
