"""One view for each declared type with typed columns, and an index for each filterable field (D16).

Made as the owner from the baseline in force; names come from the configuration, whose grammar allows only
lower-case letters, digits and underscores in them.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from indelible.kernel.config import Configuration
from indelible.kernel.fields import kind_of
from indelible.kernel.types import FieldDeclaration, TypeDeclaration

SCALAR = ("text", "rich_text", "number", "date", "time", "choice")


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
