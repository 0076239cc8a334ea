"""The only place that says whether an act could be served now: database, tables of this build, file store, clocks, disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader

from indelible.infra import clock
from indelible.kernel import gates, gather
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Unavailable

FREE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables against the code: what the code has and the database lacks, and the other way round."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Say whether this code may run on this database."""
        return not self.missing and not self.unknown


def checks() -> dict[str, bool]:
    """Give each check by name with whether it holds now; what cannot be looked at does not hold."""
    return {name: _holds(check) for name, check in CHECKS.items()}


def schema() -> Schema:
    """Compare the migrations that were applied with those that this code has."""
    loader = MigrationLoader(connection)
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    ours = {app for app, _ in known}
    return Schema(
        missing=tuple(sorted(".".join(name) for name in known - applied)),
        unknown=tuple(sorted(".".join(name) for name in applied - known if name[0] in ours)),
    )


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, InterfaceError, OSError, Unavailable):
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _store() -> bool:
    files: Path = settings.HOME.files
    files.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=files, prefix=".probe-") as probe:
        probe.write(b"ready")
        probe.flush()
        os.fsync(probe.fileno())
    return True


def _clock() -> bool:
    return gather.read(SYSTEM, presence=None, key=None, at=clock.now()).skew <= gates.OFFSET_LIMIT


def _disk() -> bool:
    return shutil.disk_usage(settings.HOME.path).free >= FREE_BYTES


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "schema": lambda: schema().fits,
    "files": _store,
    "clock": _clock,
    "disk": _disk,
}
