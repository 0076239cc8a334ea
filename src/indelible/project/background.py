"""The process beside the web: timers, reactions, sequencer, the search index, and the watch over the server's clock.

Beside all of this, each in a thread of its own, files are read, mail is sent, the security log and the continuity set are written
and the installation is watched: a file that takes a minute, or a mail server that does not answer, delays no timer.
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import asdict

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django is ready only now
from django.db import DatabaseError, InterfaceError, connections  # noqa: E402

from indelible.assurance import alarms, backup, continuity, levels, lockouts, securing, telling, watching  # noqa: E402
from indelible.assurance.drift import following  # noqa: E402
from indelible.infra import clock, logs, measures, running  # noqa: E402
from indelible.kernel import reactions, sequencer, timers  # noqa: E402
from indelible.kernel.errors import Refused, Unavailable  # noqa: E402
from indelible.kernel.gather import INSTALLATION  # noqa: E402
from indelible.practice import dormancy, indexing, notices, scheduled, simulation  # noqa: E402

TICK = 0.5
MAIL_EVERY, SECURITY_EVERY, CONTINUITY_EVERY, LOOK_EVERY = 30.0, 5.0, 300.0, 300.0  # seconds
ASIDE = 0.15  # seconds between batches, longer than SQLite lets a writer sleep between two tries: whoever waits has a turn


def run() -> None:
    """Tick until told to stop, or until the server that began it is gone."""
    stop, parent = threading.Event(), os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    simulation.install()
    for work in (read_files, tell_people, keep_secure, keep_continuity, keep_levels, keep_watch):
        threading.Thread(target=work, args=(stop,), daemon=True).start()
    while not stop.is_set() and os.getppid() == parent:
        alive("timers")
        tick()
        stop.wait(TICK)


def alive(loop: str) -> None:
    """Give a loop's sign of life; a home that cannot be written is told to the log, and nothing else stops for it."""
    try:
        running.beat(settings.HOME.path, loop)
    except OSError as problem:
        logs.warn("sign of life", loop=loop, problem=str(problem))


def tick() -> None:
    """Do what is due once; a database that is away is told to the log, and everything waits for the next tick."""
    try:
        watch_clock()
        timers.run_due()
        reactions.run_pending()
        sequencer.drain()
        indexing.step()
        indexing.retry()
    except (DatabaseError, InterfaceError) as problem:
        logs.warn("background", problem=str(problem).split("\n")[0])
        connections.close_all()


def read_files(stop: threading.Event) -> None:
    """Read the text of files that records name, one after the other, until told to stop."""
    while not stop.is_set():
        alive("files")
        try:
            while not stop.is_set() and indexing.read_next_file():
                alive("files")
        except (DatabaseError, InterfaceError) as problem:
            logs.warn("reading files", problem=str(problem).split("\n")[0])
            connections.close_all()
        stop.wait(2 * TICK)


def tell_people(stop: threading.Event) -> None:
    """Tell people by mail what waits for them, until told to stop."""
    while not stop.is_set():
        alive("mail")
        try:
            notices.gather()
            notices.deliver()
        except (DatabaseError, InterfaceError) as problem:
            logs.warn("mail", problem=str(problem).split("\n")[0])
            connections.close_all()
        stop.wait(MAIL_EVERY)


def keep_secure(stop: threading.Event) -> None:
    """Write the security log from the ledger, and tell of misused credentials, until told to stop."""
    while not stop.is_set():
        alive("security")
        try:
            while not stop.is_set() and securing.step() is not None:
                stop.wait(ASIDE)
            securing.tell()
            telling.step()
            lockouts.step()
        except (DatabaseError, InterfaceError, OSError) as problem:
            logs.warn("security", problem=str(problem).split("\n")[0])
            connections.close_all()
        stop.wait(SECURITY_EVERY)


def keep_continuity(stop: threading.Event) -> None:
    """Write the continuity set each night, until told to stop; a set that cannot be written is an incident."""
    alive("continuity")
    while not stop.wait(CONTINUITY_EVERY):
        alive("continuity")
        try:
            if continuity.is_wanted():
                logs.told("continuity set", **asdict(continuity.make()))
        except (DatabaseError, InterfaceError, OSError) as problem:
            said = str(problem).split("\n")[0]
            logs.failed("continuity set", problem=said)
            connections.close_all()
            if isinstance(problem, OSError):
                raise_alarm(watching.failed_continuity(said))


def keep_levels(stop: threading.Event) -> None:
    """Note every few minutes whether an act could be served, until told to stop; re-reading everything delays it by nothing."""
    while not stop.is_set():
        alive("levels")
        levels.sample(measures.answered(levels.PROBES))
        connections.close_all()
        stop.wait(LOOK_EVERY)


def keep_watch(stop: threading.Event) -> None:
    """Compare with the approved state, from the start on; look for incidents and for what is due, and re-read everything each night."""
    compare()
    while not stop.wait(LOOK_EVERY):
        compare()
        try:
            if opened := watching.look():
                logs.told("incidents", numbers=opened)
            if due := scheduled.look():
                logs.told("opened because it was due", numbers=due)
            if unused := dormancy.look():
                logs.told("accounts disabled that nobody used", numbers=unused)
        except (DatabaseError, InterfaceError, OSError) as problem:
            logs.failed("watch", problem=str(problem).split("\n")[0])
            connections.close_all()


def compare() -> None:
    """Compare what runs with what was approved, and do what follows; what could not be compared is told to the log."""
    alive("watch")
    try:
        following.check()
    except (DatabaseError, InterfaceError, OSError, Refused, Unavailable) as problem:
        logs.failed("drift", problem=str(problem).split("\n")[0])
        connections.close_all()


def watch_clock() -> None:
    """Record a step of the server's clock as an event of the installation, and open an incident (D30)."""
    step = clock.step()
    if abs(step) > clock.STEP_TOLERANCE:
        clock.settle()
        backup.noted(f"{INSTALLATION}.note_clock_step", f"The server's clock stepped by {step.total_seconds():+.1f} seconds")
        raise_alarm(watching.stepped(step))


def raise_alarm(alarm: alarms.Alarm) -> None:
    """Open the incident of an alarm; a database that is away is told to the log, which has the alarm already."""
    try:
        alarms.raised([alarm])
    except (DatabaseError, InterfaceError) as problem:
        logs.failed("alarm without incident", signal=alarm.signal, problem=str(problem).split("\n")[0])
        connections.close_all()


if __name__ == "__main__":
    run()
