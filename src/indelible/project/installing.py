"""The only place that makes a home ready: tables, guards, runtime role, genesis, first administrator."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from indelible.assurance.configuration import folder, loader
from indelible.assurance.drift import approved
from indelible.infra import database, home
from indelible.kernel import acts, genesis, records, rules
from indelible.kernel.config import Configuration
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import Record
from indelible.practice import accounts
from indelible.project import reports, roles


@dataclass(frozen=True, slots=True)
class Ready:
    """A home that was made: the secret of the first administrator's one-time link."""

    person: str
    link: str


def read_configuration(place: Path) -> Configuration:
    """Read a configuration folder; raises loader.Broken naming every fault with its place."""
    return loader.load(place, rules=set(rules.known()))


def write_defaults(target: home.Home, preset: str = "phase-2") -> None:
    """Copy a shipped configuration into a new home; the company owns it from then on."""
    folder.assemble(target.configuration, preset)


def write_configuration(target: home.Home, own: Path | None, preset: str) -> None:
    """Copy a folder that the company brings, or else the shipped configuration; whether it is sound is asked afterwards."""
    if own is None:
        write_defaults(target, preset)
    else:
        shutil.copytree(own, target.configuration, ignore=shutil.ignore_patterns(".*"))


def migrate() -> None:
    """Bring tables and guards to this build, as the database's owner."""
    with database.owner():
        call_command("migrate", verbosity=0, interactive=False)
        reports.prepare()
        roles.grant_runtime(connection)


def found(configuration: Configuration, *, name: str, simulated: bool) -> None:
    """Write the genesis: baseline 1, the installation's record, and the views of the declared types."""
    genesis.begin(configuration, name=name, engine=connection.vendor, simulated=simulated)
    with database.owner():
        reports.install(configuration)


def recorded_build() -> str | None:
    """Give the build that last founded or upgraded this home, as its installation's record says."""
    record = Record.objects.filter(type="installation").first()
    return records.values(record).get("build") if record else None


def record_build(name: str) -> None:
    """Record the build of an upgrade, as an event of the installation (D25)."""
    installation = Record.objects.get(type="installation")
    acts.run(SYSTEM, "installation.edit", installation.id, fields={"build": name}, reason=f"Upgraded to {name}")


def approve_state(why: str) -> str | None:
    """Seal what runs now as the approved state, that drift is compared with; None where the configuration keeps none."""
    return approved.seal(why)


def first_administrator(*, user_id: str, name: str) -> Ready:
    """Create the first administrator by the system; gives the one-time link's secret."""
    fields = {"printed_name": name, "job_title": "System administrator", "user_id": user_id}
    outcome, link = accounts.invite(SYSTEM, fields)
    # A role is given to active people only; without a password this one cannot do anything until the link was used.
    acts.run(SYSTEM, "person.activate", outcome.record)
    grant = acts.run(SYSTEM, "grant.create", fields={
        "person": outcome.number, "role": "sysadmin", "why": "First administrator of a new installation"})  # fmt: skip
    acts.run(SYSTEM, "grant.establish", grant.record)
    return Ready(outcome.number, link)
