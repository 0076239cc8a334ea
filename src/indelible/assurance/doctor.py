"""The only place that says what is wrong with an installation and how to mend it: it looks, and changes nothing (11.10(a)).

Each question stands alone: what cannot be looked at is a fault of its own, and the rest is still examined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from indelible.assurance.examination import database, host, work
from indelible.infra import clock
from indelible.infra.home import NoHome
from indelible.practice import simulation

__all__ = ["Check", "examine"]


@dataclass(frozen=True, slots=True)
class Check:
    """One answer: what was found, what is expected, and, where they differ, a sentence with the command that mends it."""

    name: str
    ok: bool
    found: str
    expected: str
    mend: str


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    expected: str
    mend: str
    look: Callable[[], tuple[bool, str]]

    def ask(self) -> Check:
        try:
            ok, found = self.look()
        except (DatabaseError, InterfaceError, OSError, NoHome) as problem:
            ok, found = False, f"cannot be looked at: {str(problem).splitlines()[0] if str(problem) else problem!r}"
        return Check(self.name, ok, found, self.expected, "" if ok else self.mend.format(**_words()))


HOME = _Question(
    "home", "home.json, readable by its owner alone",
    "Make a home with `indelible --home {home} init`, or take other people's rights away: `chmod 600 {home}/home.json`.",
    host.home_file,
)  # fmt: skip
DATABASE = _Question(
    "database", "PostgreSQL 14 or SQLite 3.37, or newer",
    "Start the database, or correct its address in {home}/home.json; then look again: `indelible --home {home} doctor`.",
    database.version,
)  # fmt: skip
QUESTIONS = (
    _Question("schema", "the tables of this build", "Bring them to this build: `indelible --home {home} upgrade`.",
              database.schema),
    _Question("guards", "every guard in place, as this build installs it",
              "Find out who changed them, then install them again: `indelible --home {home} upgrade`; then look at what was "
              "written meanwhile: `indelible --home {home} verify`.", database.guarded),
    _Question("rights", "an account that adds to the truth and cannot change it",
              "Let the product work as the runtime role: put `postgresql://{role}@HOST/{name}` into {home}/home.json; "
              "`indelible --home {home} upgrade` gives the role exactly its rights.", database.rights),
    _Question("durability", "a commit is on the disk before it is confirmed",
              "On PostgreSQL switch on what is off: `ALTER SYSTEM RESET fsync`, then `SELECT pg_reload_conf()`; on SQLite "
              "put the home on a local disk and restart `indelible --home {home} serve`.", database.durability),
    _Question("file store", "a file can be written, read and removed",
              "Give the account that runs Indelible the folder: `chown -R USER {home}/files`.", host.store),
    _Question("disk", "a tenth of the disk and 1 GiB free",
              "Make room or a larger disk; what takes it: `du -sh {home}/*`.", host.disk),
    _Question("malware scanner", "it answers, where INDELIBLE_SCANNER names one",
              "Start it (`systemctl start clamav-daemon`) or correct `INDELIBLE_SCANNER`; then look again: "
              "`indelible --home {home} doctor`.", host.scanner),
    _Question("identity provider", "it answers, where `sso_issuer` names one",
              "Correct what it says, or `INDELIBLE_OIDC_CLIENT`; then look again: `indelible --home {home} doctor`.",
              host.identity_provider),
    _Question("clock", "no step of more than 2 s",
              "Let one time service keep the clock: `timedatectl set-ntp true`.", host.clock_step),
    _Question("database clock", "at most 2 s from this machine's",
              "Let one time service keep both machines' clocks: `timedatectl set-ntp true` on each.", host.database_clock),
    _Question("log", "no event waits longer than a minute for its place in the log",
              "Start the process that numbers them: `indelible --home {home} serve`.", work.queue),
    _Question("timers", "no move of the system is more than 15 minutes late",
              "Start the process that makes them: `indelible --home {home} serve`; a refused one says why on its record.",
              work.timers),
    _Question("mail", "the server takes what is handed to it",
              "Correct `INDELIBLE_MAIL` or people's addresses, then look again: `indelible --home {home} doctor`; what was not "
              "taken is tried again by itself.", work.told_by_mail),
    _Question("continuity set", "not older than last night's",
              "Write it now and see why it was not written: `indelible --home {home} continuity`.", work.continuity_set),
    _Question("left files", "no file without a record or an upload",
              "Nothing is lost; once nobody is uploading, remove each with `rm {home}/files/??/NAME`.", work.orphans),
    _Question("accounts", "one person behind each account, no name that everybody tries first",
              "Deactivate it: `indelible --home {home} user deactivate NAME`.", work.default_accounts),
)  # fmt: skip


def examine() -> list[Check]:
    """Look at everything and give every answer, good ones too; without a home or a database the rest is not asked."""
    checks = [HOME.ask()]
    if not settings.HOME.exists():
        return checks
    checks.append(DATABASE.ask())
    if not checks[-1].ok:
        return checks
    with _following_the_homes_clock():
        return checks + [question.ask() for question in QUESTIONS]


@contextmanager
def _following_the_homes_clock() -> Iterator[None]:
    # In a simulated home "late" means late by its own clock.
    follows = False
    if not clock.is_simulated():
        try:
            follows = simulation.install()
        except DatabaseError:
            follows = False  # no tables yet: the question about the schema says so
    try:
        yield
    finally:
        if follows:
            clock.simulate(None)


def _words() -> dict[str, str]:
    name = str(connection.settings_dict["NAME"])
    return {"home": str(settings.HOME.path), "name": name, "role": f"{name}_app"}
