"""The only place that says in SQL where a field's value stands inside a record's content, on both engines.

Django's own path look-ups read the key "2" of `content` as the second element of a list, and so find nothing.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, TextField
from django.db.models.sql.compiler import SQLCompiler


class Stored(Func):
    """The value of a field as text: the very expression that the index of a filterable field is made of."""

    arity = 1

    def __init__(self, field: int, *path: str | int) -> None:
        super().__init__(F("content"), output_field=TextField())
        self.path: tuple[str | int, ...] = (str(int(field)), *path)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, Any]:
        """Follow the path with arrows; the last one gives text."""
        steps = [str(step) if isinstance(step, int) else f"'{step}'" for step in self.path]
        arrows = ["->"] * (len(steps) - 1) + ["->>"]
        return self.as_sql(
            compiler, connection, template=f"(%(expressions)s{''.join(map(''.join, zip(arrows, steps, strict=True)))})"
        )

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, Any]:
        """Follow the path in one text."""
        steps = "".join(f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in self.path)
        return self.as_sql(compiler, connection, template=f"json_extract(%(expressions)s, '${steps}')")
