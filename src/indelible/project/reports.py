"""One view for each declared type with typed columns, and an index for each filterable field (D16).

Made as the owner from the baseline in force; names come from the configuration, whose grammar allows only
lower-case letters, digits and underscores in them. When a baseline is applied the running product makes them anew: on
PostgreSQL, where its role makes nothing, by one function of the owner's that can do this and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection

from indelible.infra import database
from indelible.kernel import config
from indelible.kernel.config import Configuration
from indelible.kernel.fields import kind_of
from indelible.kernel.types import FieldDeclaration, TypeDeclaration

SCALAR = ("text", "rich_text", "number", "date", "time", "choice")

FUNCTION = "report_refresh(text, jsonb)"
_DEFINED = """CREATE OR REPLACE FUNCTION report_refresh(kind text, fields jsonb) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
    DECLARE
      one jsonb;
      value text;
      columns text := 'id, number, title, state, revision, due_at, created_at, updated_at';
    BEGIN
      IF kind !~ '^[a-z][a-z0-9_]{0,39}$' THEN RAISE EXCEPTION 'no type: %', kind; END IF;
      FOR one IN SELECT jsonb_array_elements(fields) LOOP
        IF one->>'column' !~ '^[a-z][a-z0-9_]{0,59}$' OR one->>'id' !~ '^[0-9]{1,4}$'
          OR one->>'cast' NOT IN ('', 'text', 'numeric', 'date', 'timestamptz') THEN RAISE EXCEPTION 'no field: %', one; END IF;
        value := format('content->>%L', one->>'id');
        columns := columns || CASE one->>'cast' WHEN '' THEN format(', %s AS %I', value, one->>'column')
          ELSE format(', (%s)::%s AS %I', value, one->>'cast', one->>'column') END;
        IF (one->>'indexed')::boolean THEN
          EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON public.record ((%s), number) WHERE type = %L',
            'record_' || kind || '_' || (one->>'id') || '_in_order', value, kind);
        END IF;
      END LOOP;
      EXECUTE format('DROP VIEW IF EXISTS report.%I', kind);
      EXECUTE format('CREATE VIEW report.%I AS SELECT %s FROM public.record WHERE type = %L', kind, columns, kind);
    END $$"""


def prepare() -> None:
    """Let the runtime role of PostgreSQL make the views anew, as the database's owner; nothing to do on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_DEFINED)
            cursor.execute(f"REVOKE ALL ON FUNCTION {FUNCTION} FROM PUBLIC")


def refresh() -> None:
    """Make the views of the baseline in force, as the running product: what was added or changed can be reported at once."""
    configuration = config.current()
    if connection.vendor != "postgresql":
        database.define(s for one in configuration.types.values() for s in _statements(one, postgres=False))
        return
    with connection.cursor() as cursor:
        for declaration in configuration.types.values():
            cursor.execute(
                "SELECT report_refresh(%s, %s)", [declaration.type, json.dumps([*map(_told, declaration.live_fields())])]
            )


def _told(field: FieldDeclaration) -> dict[str, Any]:
    typed = "" if field.many or field.kind not in SCALAR else kind_of(field).sql
    return {"id": str(field.id), "column": _column(field), "cast": typed, "indexed": field.filterable}


def install(configuration: Configuration) -> None:
    """Replace every report view and make the missing indexes."""
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS report")
        for declaration in configuration.types.values():
            for statement in _statements(declaration, postgres=postgres):
                cursor.execute(statement)


def _statements(declaration: TypeDeclaration, *, postgres: bool) -> Iterator[str]:
    name = f'report."{declaration.type}"' if postgres else f'"report_{declaration.type}"'
    columns = ["id", "number", "title", "state", "revision", "due_at", "created_at", "updated_at"]
    columns += [f'{_value(f, postgres=postgres)} AS "{_column(f)}"' for f in declaration.live_fields()]
    yield f"DROP VIEW IF EXISTS {name}"
    yield f"CREATE VIEW {name} AS SELECT {', '.join(columns)} FROM record WHERE type = '{declaration.type}'"
    for field in declaration.live_fields():
        if field.filterable:
            value, index = _text(field, postgres=postgres), f"record_{declaration.type}_{field.id}"
            # Ends in what the lists are ordered by: one that did not made SQLite sort all that fits for each page.
            yield f'DROP INDEX IF EXISTS "{index}"'
            yield (f'CREATE INDEX IF NOT EXISTS "{index}_in_order" ON record '
                   f"(({value}), number) WHERE type = '{declaration.type}'")  # fmt: skip


def _column(field: FieldDeclaration) -> str:
    return f"field_{field.name}" if field.name in ("id", "number", "title", "state", "revision") else field.name


def _value(field: FieldDeclaration, *, postgres: bool) -> str:
    text = _text(field, postgres=postgres)
    if not postgres or field.many or field.kind not in SCALAR:
        return text
    return f"({text})::{kind_of(field).sql}"


def _text(field: FieldDeclaration, *, postgres: bool) -> str:
    return f"content->>'{field.id}'" if postgres else f"json_extract(content, '$.\"{field.id}\"')"
