"""Serves an installation: granian's web processes, and one process for timers, reactions, sequencer and the clock's watch.

They form one process group: what ends one ends all. The server refuses to start what it must not serve.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from indelible.assurance.drift import approved, picture
from indelible.infra import environment, ids, logs, running
from indelible.infra.home import Home
from indelible.kernel import gates, records
from indelible.kernel.errors import Refused, Unavailable
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Record
from indelible.practice import periods, simulation
from indelible.project import occupied, sharing

STOPS_WITHIN, AGAIN = 10, 1.0
TARGET = "indelible.project.serving:application"


def application() -> WSGIHandler:
    """Give what each web process serves; in a simulated home it follows the home's clock."""
    # Until granian has set this process's own, the signals that it inherited would be swallowed.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)
    handler = get_wsgi_application()
    simulation.install()
    connections.close_all()
    return handler


def serve(place: Home, host: str, port: int, begun: Callable[[str], None]) -> int:
    """Serve until SIGTERM or SIGINT; raises Refused or Unavailable for a home that must not be served."""
    _may_serve()
    _is_free(host, port)
    _write_down(place)
    connections.close_all()
    os.environ[periods.RUN] = ids.secret()  # who signs in a continuous period begins anew after a start
    with occupied.occupy(place), sharing.measurements():
        beside = Beside()
        beside.start()
        begun(f"http://{host}:{port}")
        try:
            Web(TARGET, factory=True, address=host, port=port, interface=Interfaces.WSGI,
                workers=environment.number("INDELIBLE_WORKERS"), blocking_threads=environment.number("INDELIBLE_THREADS"),
                log_level=LogLevels.warning, respawn_failed_workers=True,
                workers_kill_timeout=STOPS_WITHIN).run()  # fmt: skip
        finally:
            beside.stop()
    return 0


def _write_down(place: Home) -> None:
    """Leave this server's environment in the home, for whoever compares it from a terminal; the first server's is the approved one.

    Only before the first release: whoever sets an installation up decides there how it is served, and nothing is validated yet.
    """
    own = picture.own_environment()
    first = running.begin(place.path, own)
    founding = Record.objects.filter(type=INSTALLATION, state=gates.FOUNDING).exists()
    known = approved.newest() if first and founding else None
    if known is not None and not known.fault:
        kept = {key: value for key, value in known.picture.items() if not key.startswith(picture.OF_ENVIRONMENT)}
        approved.seal("The environment of the first server", kept | picture.environment())


class Web(MPServer):
    """granian's web processes, begun again when they break, and ending when they are told to.

    A group is often told as a whole. Its processes then end before granian has noticed why: it would begin them
    again, forget that it was interrupted, and wait for ever.
    """

    def run(self) -> None:
        """Serve until told to stop."""
        try:
            self.serve()
        except SystemExit:
            if not self.interrupt_signal:
                raise

    def signal_handler_interrupt(self, *_: object, **__: object) -> None:
        """Take the signal, and go on reminding until the end."""
        self.interrupt_signal = True
        threading.Thread(target=self._remind, daemon=True).start()

    def _remind(self) -> None:
        while True:
            self.main_loop_interrupt.set()
            time.sleep(0.2)

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:
        time.sleep(AGAIN)
        if not self.interrupt_signal:
            super()._respawn_workers(*args, **kwargs)


class Beside:
    """The process beside the web, begun again when it ends by itself."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.process = self._begin()
        self.watch = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Watch over it from now on."""
        self.watch.start()

    def stop(self) -> None:
        """End it, and wait until it has finished what it was doing."""
        self.stopping.set()
        self.process.terminate()
        try:
            self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _watch(self) -> None:
        while not self.stopping.is_set():
            code = self.process.wait()
            if not self.stopping.is_set():
                logs.warn("the process beside the web ended and is begun again", code=code)
                time.sleep(AGAIN)
                self.process = self._begin()

    @staticmethod
    def _begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "indelible.project.background"])


def _is_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        raise Unavailable(
            f"{host}:{port} cannot be listened on: {problem.strerror or problem}. Choose another port."
        ) from None


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


def tables_too_old() -> list[str]:
    """Give the tables and columns that this build reads and no migration would make: a database older than it can migrate."""
    if not connections["default"].introspection.table_names():
        return []
    waiting = {name.partition(".")[0] for name in pending_migrations()}
    with connections["default"].cursor() as cursor:
        return [lack for model in apps.get_models(include_auto_created=True) if model._meta.app_label not in waiting
                for lack in _lacking(cursor, model)]  # fmt: skip


def _lacking(cursor: Any, model: type[Model]) -> list[str]:
    """Give what the database lacks of one model's table."""
    table, introspection = model._meta.db_table, connections["default"].introspection
    if not model._meta.managed or table not in introspection.table_names(cursor):
        return [table] if model._meta.managed else []
    there = {column.name for column in introspection.get_table_description(cursor, table)}
    return [f"{table}.{field.column}" for field in model._meta.concrete_fields if field.column not in there]


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
