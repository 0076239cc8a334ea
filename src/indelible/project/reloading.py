"""The only place that loads a backup's rows into an empty database: tables and guards first, then rows, then the proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction

from indelible.assurance import backup
from indelible.assurance.rereading.report import Report
from indelible.assurance.verify import verify
from indelible.infra import guards, rows
from indelible.infra.archive import Archive
from indelible.infra.home import Home
from indelible.kernel import config, sequencer
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.models import Pending
from indelible.practice import notices, simulation
from indelible.project import founding, installing, reports, roles

Say = Callable[[str], None]


def reload(made: Archive, place: Home, owner_url: str, password: str, say: Say, note: str) -> Report:
    """Load an unpacked backup, verify it, and note the restore where words for it are given.

    A report with findings, or anything raised, leaves the database as empty as it was. Raises Refused.
    """
    with _tables(owner_url, password):
        say("Loading rows")
        _load(place.path, made.manifest, owner_url)
        say("Verifying")
        report = verify()
        if not report.ok:
            clear(owner_url)
        elif note:
            notices.restored()
            backup.noted(backup.RESTORED, f"{note}; by the operating system's account {backup.account()}")
            sequencer.drain()
    connections.close_all()
    return report


@contextmanager
def _tables(owner_url: str, password: str) -> Iterator[None]:
    with founding.as_owner(owner_url):
        known = roles.is_there(connection)
        if found := connection.introspection.table_names():
            raise Refused(
                rule="target_is_empty", text=f"The database is not empty: it holds {len(found)} tables.",
                do="Give the address of an empty database.",
            )  # fmt: skip
    try:
        with founding.as_owner(owner_url):
            installing.migrate()
            if owner_url:
                roles.set_password(connection, password)
        yield
    except BaseException:
        clear(owner_url)
        if owner_url and not known:
            with founding.as_owner(owner_url):
                roles.drop(connection)
        raise


def _load(place: Path, manifest: dict[str, Any], owner_url: str) -> None:
    _are_of_this_build(manifest)
    carried = backup.tables()
    with founding.as_owner(owner_url), transaction.atomic():
        for table in carried:
            if table is Pending:
                rows.empty(table)  # triggers have queued again what was queued once
            _load_table(place, table, manifest)
        rows.count_on(carried)
        reports.install(config.current())
    simulation.install()


def _load_table(place: Path, table: rows.Model, manifest: dict[str, Any]) -> None:
    member, counted = backup.member_of(table), int(manifest["tables"][table._meta.db_table])
    try:
        with (place / member).open("rb") as lines:
            rows.load(table, lines, counted)
    except (rows.Unreadable, FileNotFoundError) as problem:
        raise Refused(
            rule="backup_is_whole", text=f"The backup does not fit its tables: {member}: {problem}.",
            missing=(Missing(f"{problem}.", field=member),), do="Nothing is restored. Take another backup.",
        ) from None  # fmt: skip


def _are_of_this_build(manifest: dict[str, Any]) -> None:
    there, here = set(manifest["schema"]), set(backup.migrations("default"))
    there |= {f"table {name}" for name in manifest["tables"]}
    here |= {f"table {table._meta.db_table}" for table in backup.tables()}
    if there != here:
        others = ", ".join(sorted(there ^ here))
        raise Refused(
            rule="backup_of_this_schema", text=f"The backup is of the tables of {manifest['build']}, which differ: {others}.",
            do="Restore it with the build that made it; then run `indelible upgrade` with this one.",
        )  # fmt: skip


def clear(owner_url: str) -> None:
    """Leave a PostgreSQL database as empty as it was found; an embedded one goes with its folder."""
    connections.close_all()
    if not owner_url:
        return
    with founding.as_owner(owner_url), transaction.atomic(), connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cursor.execute(f'DROP TABLE IF EXISTS "{name}" CASCADE')
        for name in guards.functions():
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}() CASCADE")
        cursor.execute(f"DROP FUNCTION IF EXISTS {reports.FUNCTION}")
        cursor.execute("DROP SCHEMA IF EXISTS report CASCADE")
