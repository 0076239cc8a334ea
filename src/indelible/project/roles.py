"""The runtime role of PostgreSQL: it may read everything, insert truth, and change projections and scratch only."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from indelible.kernel import models

SUFFIX = "_app"


def name_for(database: str) -> str:
    """Give the runtime role's name for a database."""
    return f"{database}{SUFFIX}"


def grant_runtime(connection: BaseDatabaseWrapper) -> str | None:
    """Create the runtime role if it is missing and give it exactly its rights; None on SQLite, which has no roles."""
    if connection.vendor != "postgresql":
        return None
    role = name_for(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        if not is_there(connection):
            cursor.execute(f'CREATE ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS')
        for statement in _grants(role):
            cursor.execute(statement)
    return role


def is_there(connection: BaseDatabaseWrapper) -> bool:
    """Say whether the runtime role of this database is there already; an embedded one has none."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name_for(str(connection.settings_dict["NAME"]))])
        return cursor.fetchone() is not None


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the runtime role away again, with what it was given in this database."""
    if is_there(connection):
        role = name_for(str(connection.settings_dict["NAME"]))
        with connection.cursor() as cursor:
            cursor.execute(f'DROP OWNED BY "{role}"')
            cursor.execute(f'DROP ROLE "{role}"')


def set_password(connection: BaseDatabaseWrapper, password: str) -> tuple[str, str]:
    """Give the runtime role a new password; gives the role's name and the password."""
    role = name_for(str(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER ROLE "{role}" PASSWORD %s', [password])
    return role, password


def _grants(role: str) -> list[str]:
    truth = [_name(model) for model in models.TRUTH]
    free = [_name(model) for model in (*models.PROJECTION, *models.SCRATCH) if model is not models.Record]
    ours = {*truth, *free, _name(models.Record)}
    django = [_name(model) for model in apps.get_models(include_auto_created=True) if _name(model) not in ours]
    return [
        "CREATE SCHEMA IF NOT EXISTS report",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f'GRANT USAGE ON SCHEMA public, report TO "{role}"',
        f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA public, report TO "{role}"',
        f'GRANT INSERT ON {", ".join(truth)} TO "{role}"',
        f'GRANT INSERT, UPDATE ON {_name(models.Record)} TO "{role}"',
        f'GRANT INSERT, UPDATE, DELETE ON {", ".join(free + django)} TO "{role}"',
        f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'GRANT EXECUTE ON FUNCTION report_refresh(text, jsonb) TO "{role}"',
        f'ALTER DEFAULT PRIVILEGES IN SCHEMA report GRANT SELECT ON TABLES TO "{role}"',
    ]


def _name(model: Any) -> str:
    return f'"{model._meta.db_table}"'
