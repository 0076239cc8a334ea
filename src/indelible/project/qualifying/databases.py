"""The only place that makes and drops the database of a copy on PostgreSQL; an embedded one goes with its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from django.db import connection
from psycopg import sql

from indelible.kernel.errors import Missing, Refused
from indelible.project import founding

SUFFIX = "_qualify"
OURS = "Disposable copy of a qualification"


def can_be_made(owner_url: str) -> None:
    """Raise Refused where the installation is on PostgreSQL and the address of its database's owner is not given."""
    live = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql" and unquote(urlsplit(owner_url).path.strip("/")) != live:
        raise Refused(
            rule="copy_on_the_same_engine", text="The copy is made on PostgreSQL too, as a database of its own, and its owner makes it.",
            missing=(Missing(f"{founding.OWNER}: the address of the database {live} as its owner, who may create databases."),),
            do=f"{founding.OWNER}=postgresql://OWNER@HOST/{live} indelible qualify --output DIR",
        )  # fmt: skip


@contextmanager
def beside(owner_url: str, password: str) -> Iterator[tuple[str, str]]:
    """Give where the copy's database is, as its runtime role and as its owner; it is dropped when the block ends.

    Raises Refused where a database of that name is there that no qualification made.
    """
    if connection.vendor != "postgresql":
        yield "sqlite", ""
        return
    name = f"{connection.settings_dict['NAME']}{SUFFIX}"
    target = urlunsplit(urlsplit(owner_url)._replace(path=f"/{name}"))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        _drop(owner, name)
        _create(owner, name)
        try:
            yield founding.runtime_address(target, password), target
        finally:
            _drop(owner, name)


def _create(owner: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    # As the live database was made, or texts would be compared otherwise than there.
    made = owner.execute(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    encoding, collate, ctype = made or ("UTF8", "C", "C")
    try:
        owner.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
            sql.Identifier(name), *(sql.Literal(one) for one in (encoding, collate, ctype))))  # fmt: skip
    except psycopg.errors.InsufficientPrivilege:
        raise Refused(
            rule="copy_on_the_same_engine", text=f"The owner may not create the database {name}.",
            do="As a superuser: ALTER ROLE OWNER CREATEDB, for as long as the qualification takes.",
        ) from None  # fmt: skip
    owner.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(OURS)))


def _drop(owner: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Drop the copy's database and its runtime role, and nothing that a qualification did not make."""
    found = owner.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if found is not None and found[0] != OURS:
        raise Refused(
            rule="copy_replaces_nothing", text=f"There is a database {name} that no qualification made; it is left as it is.",
            do="Rename or remove it.",
        )  # fmt: skip
    owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(f"{name}{founding.RUNTIME}")))
