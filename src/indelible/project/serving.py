"""Serves an installation: granian's web processes, and one process for timers, reactions, sequencer and the clock's watch.

They form one process group: what ends one ends all. The server refuses to start what it must not serve.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from granian import Granian
from granian.constants import Interfaces

from indelible.infra.home import Home
from indelible.kernel import records
from indelible.kernel.errors import Refused, Unavailable
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Record

WORKERS = 2
TARGET = "indelible.project.wsgi:application"


def serve(_home: Home, host: str, port: int, say: Callable[[str], None]) -> int:
    """Serve until SIGTERM or SIGINT; raises Refused or Unavailable for a home that must not be served."""
    _may_serve()
    connections.close_all()
    background = subprocess.Popen([sys.executable, "-m", "indelible.project.background"])  # noqa: S603 - our own module
    say(f"Serving http://{host}:{port}")
    try:
        Granian(TARGET, address=host, port=port, interface=Interfaces.WSGI, workers=WORKERS, blocking_threads=4,
                log_enabled=False, respawn_failed_workers=True).serve()  # fmt: skip
    finally:
        background.terminate()
        background.wait(10)
    return 0


def pending_migrations() -> list[str]:
    """Give the migrations that this build has and the database has not."""
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown_migrations() -> list[str]:
    """Give the migrations that the database has and this build does not know: an older build on a newer database."""
    executor = MigrationExecutor(connections["default"])
    known = set(executor.loader.disk_migrations)
    return sorted(f"{app}.{name}" for app, name in executor.loader.applied_migrations if (app, name) not in known)


def _may_serve() -> None:
    if missing := pending_migrations():
        raise Unavailable(f"The database is older than this build ({', '.join(missing)} missing): run `indelible upgrade`.")
    if unknown := unknown_migrations():
        raise Unavailable(f"The database is newer than this build ({', '.join(unknown)}): run the build that made it.")
    record = Record.objects.filter(type=INSTALLATION).first()
    if record is None:
        raise Unavailable("This home has no genesis: run `indelible init`.")
    if settings.ENVIRONMENT == "production" and records.values(record).get("simulated"):
        raise Refused(
            rule="no_simulated_production",
            text="This home's genesis says SIMULATED: it holds nothing that is a GxP record, and production does not serve it.",
            do="Make a home of your own with `indelible init`.",
        )
