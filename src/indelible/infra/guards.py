"""The only place that installs the database's own protection of the truth, on both engines.

Append-only tables refuse UPDATE, DELETE, TRUNCATE and REPLACE; a record's head refuses every change that is not
its newest event's; a trigger queues each event and refusal for the sequencer. One idempotent function, run after
every migrate, because Django's table remake on SQLite drops triggers without a word (D16).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db import connections

# Every append-only table with the keys that make a row the same row.
TRUTH: dict[str, tuple[tuple[str, ...], ...]] = {
    "version": (("id",), ("record_id", "number")),
    "event": (("id",), ("record_id", "position")),
    "signature": (("id",), ("record_id", "position")),
    "refusal": (("id",),),
    "blob": (("sha256",),),
    "baseline": (("number",),),
    "request": (("id",), ("person_id", "key")),
    "restriction": (("id",), ("record_id", "version")),
    "log_position": (("seq",), ("kind", "ref")),
}
HEAD = "record"
WITHHOLDING = "restriction_withholds"
QUEUED = {"event": "e", "refusal": "r"}
# What a restriction does, in its own transaction: the text goes, and nothing that was read out of it can be found any more.
_BLANKING = (
    "UPDATE version SET content = '' WHERE record_id = NEW.record_id AND number = NEW.version",
    "DELETE FROM search_entry WHERE record_id = NEW.record_id",
    "DELETE FROM file_text WHERE record_id = NEW.record_id",
)

_FUNCTION = re.compile(r"FUNCTION (?P<name>\w+)\(\)(?P<options>.*?) AS \$\$(?P<body>.*)\$\$", re.DOTALL)
_TRIGGER = re.compile(
    r"CREATE TRIGGER (?P<name>\w+) (?P<when>[A-Z ]+) ON (?P<table>\w+) FOR EACH (?P<level>\w+) EXECUTE FUNCTION (?P<call>.+)"
)


def install(using: str = "default") -> None:
    """Install or re-install every guard on the database `using`; needs the owner's rights."""
    connection = connections[using]
    make = _postgres if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        for statement in make():
            cursor.execute(statement)


def expected(vendor: str) -> frozenset[str]:
    """Give the names of the triggers that must be there, for `doctor`, `verify` and drift."""
    names = {WITHHOLDING, f"{HEAD}_bind_insert", f"{HEAD}_bind_update", f"{HEAD}_keep"}
    names |= {f"{table}_queue" for table in QUEUED}
    if vendor == "postgresql":
        names |= {f"{table}_guard" for table in TRUTH} | {f"{table}_guard_truncate" for table in TRUTH}
        return frozenset(names | {f"{HEAD}_guard_truncate"})
    for table in TRUTH:
        names |= {f"{table}_guard_update", f"{table}_guard_delete", f"{table}_guard_replace"}
    return frozenset(names | {f"{HEAD}_guard_replace"})


def spoke(problem: Exception) -> bool:
    """Say whether a database error is a guard's refusal: a defect of ours, never somebody else's race."""
    return any(word in str(problem) for word in ("append-only", "without its event", "is never"))


def list_definitions(using: str = "default") -> dict[str, str]:
    """Give the triggers that are there now (and enabled), by name, with their text."""
    connection = connections[using]
    sql = (
        "SELECT t.tgname, pg_get_triggerdef(t.oid) || ' ' || coalesce(array_to_string(p.proconfig, ','), '') || "
        "CASE WHEN p.prosecdef THEN ' as owner' ELSE '' END || p.prosrc FROM pg_trigger t "
        "JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND n.nspname = 'public'"
        if connection.vendor == "postgresql"
        # Two triggers keep SQLite's word index beside its table (infra.search): they guard nothing.
        else "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name <> 'search_entry'"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return dict(cursor.fetchall())


def definitions(vendor: str) -> dict[str, str]:
    """Give the text that `list_definitions` must find for each expected trigger: what this build would install now."""
    if vendor != "postgresql":
        made = (statement for statement in _sqlite() if statement.startswith("CREATE TRIGGER "))
        return {statement.split()[2]: statement for statement in made}
    bodies = {found["name"]: _stored(found) for found in map(_FUNCTION.search, _POSTGRES_FUNCTIONS) if found}
    made = (statement for statement in _postgres() if statement.startswith("CREATE TRIGGER "))
    return {found["name"]: _shown(found, bodies) for found in map(_TRIGGER.fullmatch, made) if found}


def functions() -> list[str]:
    """Give the names of the functions that the guards of PostgreSQL call."""
    return [found["name"] for found in map(_FUNCTION.search, _POSTGRES_FUNCTIONS) if found]


def _stored(function: re.Match[str]) -> str:
    owner = " as owner" if "SECURITY DEFINER" in function["options"] else ""
    return f"search_path=public{owner}{function['body']}"


def _shown(trigger: re.Match[str], bodies: dict[str, str]) -> str:
    # The server names the operations in its own order and the table with its schema.
    when = trigger["when"].replace("UPDATE OR DELETE", "DELETE OR UPDATE")
    function = trigger["call"].partition("(")[0]
    return (
        f"CREATE TRIGGER {trigger['name']} {when} ON public.{trigger['table']} FOR EACH {trigger['level']} "
        f"EXECUTE FUNCTION {trigger['call']} {bodies[function]}"
    )


def _sqlite() -> Iterator[str]:
    for table, keys in TRUTH.items():
        refuse = f"SELECT RAISE(ABORT, 'append-only table {table}')"
        unless = f" WHEN NOT ({_withheld()})" if table == "version" else ""
        yield from _sqlite_trigger(f"{table}_guard_update", f"BEFORE UPDATE ON {table}{unless}", refuse)
        yield from _sqlite_trigger(f"{table}_guard_delete", f"BEFORE DELETE ON {table}", refuse)
        yield from _sqlite_trigger(f"{table}_guard_replace", f"BEFORE INSERT ON {table} WHEN {_taken(table, keys)}", refuse)
    for table, kind in QUEUED.items():
        yield from _sqlite_trigger(
            f"{table}_queue", f"AFTER INSERT ON {table}", f"INSERT INTO pending(kind, ref) VALUES ('{kind}', NEW.id)"
        )
    yield from _sqlite_trigger(WITHHOLDING, "AFTER INSERT ON restriction", "; ".join(_BLANKING))
    yield from _sqlite_head()


def _sqlite_head() -> Iterator[str]:
    unbound = f"SELECT RAISE(ABORT, 'head of {HEAD} changed without its event')"
    follows = "(NEW.position = OLD.position + 1 OR NEW.mended = OLD.mended + 1) AND NEW.id = OLD.id"
    last = _last_event("json_extract(e.payload, '$.state')")
    yield from _sqlite_trigger(f"{HEAD}_bind_insert", f"AFTER INSERT ON {HEAD} WHEN NOT ({last})", unbound)
    yield from _sqlite_trigger(f"{HEAD}_bind_update", f"BEFORE UPDATE ON {HEAD} WHEN NOT ({follows} AND {last})", unbound)
    yield from _sqlite_trigger(f"{HEAD}_keep", f"BEFORE DELETE ON {HEAD}", f"SELECT RAISE(ABORT, '{HEAD} is never deleted')")
    yield from _sqlite_trigger(
        f"{HEAD}_guard_replace",
        f"BEFORE INSERT ON {HEAD} WHEN {_taken(HEAD, (('id',), ('number',)))}",
        f"SELECT RAISE(ABORT, '{HEAD} is never replaced')",
    )


def _sqlite_trigger(name: str, when: str, body: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield f"CREATE TRIGGER {name} {when} BEGIN {body}; END"


def _taken(table: str, keys: tuple[tuple[str, ...], ...]) -> str:
    tests = (" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys)
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {test})" for test in tests)


def _withheld() -> str:
    # The one change of truth that exists: blanking a restricted version, which leaves everything else in place (D32).
    return (
        "NEW.content = '' AND NEW.id = OLD.id AND NEW.record_id = OLD.record_id AND NEW.number = OLD.number "
        "AND NEW.sha256 = OLD.sha256 AND EXISTS (SELECT 1 FROM restriction r WHERE r.record_id = OLD.record_id "
        "AND r.version = OLD.number)"
    )


def _last_event(state: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM event e WHERE e.record_id = NEW.id AND e.position = NEW.position AND e.leaf = NEW.leaf "
        f"AND {state} = NEW.state) AND NOT EXISTS (SELECT 1 FROM event e WHERE e.record_id = NEW.id "
        f"AND e.position = NEW.position + 1)"
    )


_POSTGRES_FUNCTIONS = (
    """CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
    BEGIN RAISE EXCEPTION 'append-only table %: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501'; END $$""",
    f"""CREATE OR REPLACE FUNCTION ledger_refuse_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN IF {_withheld()} THEN RETURN NEW; END IF; END IF;
      RAISE EXCEPTION 'append-only table %: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
    END $$""",
    f"""CREATE OR REPLACE FUNCTION ledger_withhold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
    BEGIN {"; ".join(_BLANKING)}; RETURN NULL; END $$""",
    """CREATE OR REPLACE FUNCTION ledger_queue() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
    BEGIN INSERT INTO pending(kind, ref) VALUES (TG_ARGV[0], NEW.id); RETURN NULL; END $$""",
    f"""CREATE OR REPLACE FUNCTION head_bind() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
    BEGIN
      IF TG_OP = 'DELETE' OR TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION '{HEAD} is never deleted' USING ERRCODE = '42501';
      END IF;
      IF TG_OP = 'UPDATE' THEN
        IF NEW.id <> OLD.id OR NOT (NEW.position = OLD.position + 1 OR NEW.mended = OLD.mended + 1) THEN
          RAISE EXCEPTION 'head of {HEAD} changed without its event' USING ERRCODE = '42501';
        END IF;
      END IF;
      IF NOT ({_last_event("(e.payload::json->>'state')")}) THEN
        RAISE EXCEPTION 'head of {HEAD} changed without its event' USING ERRCODE = '42501';
      END IF;
      RETURN NULL;
    END $$""",
)


def _postgres() -> Iterator[str]:
    yield from _POSTGRES_FUNCTIONS
    for table in TRUTH:
        function = "ledger_refuse_version" if table == "version" else "ledger_refuse"
        yield from _postgres_trigger(f"{table}_guard", table, "BEFORE UPDATE OR DELETE", "ROW", f"{function}()")
        yield from _postgres_trigger(f"{table}_guard_truncate", table, "BEFORE TRUNCATE", "STATEMENT", "ledger_refuse()")
    for table, kind in QUEUED.items():
        yield from _postgres_trigger(f"{table}_queue", table, "AFTER INSERT", "ROW", f"ledger_queue('{kind}')")
    yield from _postgres_trigger(WITHHOLDING, "restriction", "AFTER INSERT", "ROW", "ledger_withhold()")
    yield from _postgres_trigger(f"{HEAD}_bind_insert", HEAD, "AFTER INSERT", "ROW", "head_bind()")
    yield from _postgres_trigger(f"{HEAD}_bind_update", HEAD, "AFTER UPDATE", "ROW", "head_bind()")
    yield from _postgres_trigger(f"{HEAD}_keep", HEAD, "BEFORE DELETE", "ROW", "head_bind()")
    yield from _postgres_trigger(f"{HEAD}_guard_truncate", HEAD, "BEFORE TRUNCATE", "STATEMENT", "head_bind()")


def _postgres_trigger(name: str, table: str, when: str, level: str, call: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {level} EXECUTE FUNCTION {call}"
