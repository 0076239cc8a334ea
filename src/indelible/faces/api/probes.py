"""What a supervisor asks: is the process alive, and could it serve an act now?"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

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


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Say that the process answers; it asks nobody else."""
    return JsonResponse({"ok": True})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Say whether an act could be served now; 503 names the checks that failed, and nothing more about the inside."""
    found = {name: _holds(check) for name, check in CHECKS.items()}
    ok = all(found.values())
    checks = [{"name": name, "ok": held} for name, held in found.items()]
    response = JsonResponse({"ok": ok, "checks": checks}, status=200 if ok else 503)
    response["Cache-Control"] = "no-store"
    return response


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
    except (DatabaseError, OSError, Unavailable):
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
