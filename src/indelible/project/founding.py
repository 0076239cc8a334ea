"""The command line's works on an installation: found it, upgrade it, check its configuration folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import django
from django.db import connections

from indelible.faces.cli.ports import Founding
from indelible.infra import build, home, ids
from indelible.infra.home import Home
from indelible.kernel.configuration import Configuration
from indelible.kernel.errors import Invalid, Missing, Refused, Unavailable

Say = Callable[[str], None]
OWNER = "INDELIBLE_OWNER_URL"
RUNTIME = "_app"  # as `roles` names it, which cannot be asked before Django has its settings


def found(place: Home, asked: Founding, say: Say) -> dict[str, Any]:
    """Make a new home: tables, guards, runtime role, genesis, first administrator. A failed one leaves nothing behind."""
    stood = place.path.is_dir()
    password = ids.secret(24)
    settings = home.fresh_settings(runtime_address(asked.owner_url, password), asked.environment)
    place.path.mkdir(mode=0o700, parents=True, exist_ok=True)  # records and credentials are nobody else's to read
    try:
        place.write(settings)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
        django.setup()
        return _found(place, asked, password, say)
    except BaseException:
        _take_away(place, keep_folder=stood)
        raise


def _found(place: Home, asked: Founding, password: str, say: Say) -> dict[str, Any]:
    from indelible.kernel import sequencer
    from indelible.project import installing, roles

    installing.write_configuration(place, asked.configuration, asked.preset)
    (place.configuration / "company.yaml").write_text(_company(asked), "utf-8")
    configuration = _sound(place.configuration)
    with as_owner(asked.owner_url):
        _is_empty()
        say("Tables and guards")
        installing.migrate()
        say("Genesis and baseline 1")
        installing.found(configuration, name=asked.name, simulated=asked.environment == "demo")
        if asked.owner_url:
            roles.set_password(connections["default"], password)
    # From here on as the runtime role: what it cannot do, no server could do either.
    ready = installing.first_administrator(user_id=asked.admin_user, name=asked.admin_name)
    if asked.accept_sqlite:
        _note_acceptance(asked.accept_sqlite)
    installing.approve_state("The state in which this installation began")
    sequencer.drain()
    return {"home": str(place.path), "database": "PostgreSQL" if asked.owner_url else "SQLite", "ok": True,
            "environment": asked.environment, "admin_link": f"/link/{ready.link}", "admin_user": asked.admin_user,
            "configuration": configuration.sha256}  # fmt: skip


def _sound(folder: Path) -> Configuration:
    from indelible.assurance.configuration import loader
    from indelible.project import installing

    try:
        return installing.read_configuration(folder)
    except loader.Broken as broken:
        missing = tuple(Missing(str(problem)) for problem in broken.errors)
        raise Invalid(rule="configuration", text="No installation can begin with this.", missing=missing) from None


def _note_acceptance(reason: str) -> None:
    from indelible.kernel import acts
    from indelible.kernel.context import SYSTEM
    from indelible.kernel.models import Record

    installation = Record.objects.get(type="installation")
    fields = {"founding_exemptions": f"Production on SQLite, whose operator can lift the guards: {reason}"}
    acts.run(SYSTEM, "installation.edit", installation.id, fields=fields, reason=reason)


def _is_empty() -> None:
    tables = connections["default"].introspection.table_names()
    if "baseline" in tables or "event" in tables:
        raise Refused(
            rule="one_genesis", text="This database holds an installation already; a genesis happens once.",
            do="Give the address of an empty database.",
        )  # fmt: skip


def _company(asked: Founding) -> str:
    # JSON's way of quoting is YAML's as well, whatever a company is called.
    name, zone = (json.dumps(value, ensure_ascii=False) for value in (asked.name, asked.zone))
    return f"# Whose installation this is, and the zone in which its days begin and end.\nname: {name}\nzone: {zone}\n"


def _take_away(place: Home, *, keep_folder: bool) -> None:
    connections.close_all()
    for found in place.path.iterdir() if keep_folder else ():
        shutil.rmtree(found) if found.is_dir() else found.unlink()
    if not keep_folder:
        shutil.rmtree(place.path, ignore_errors=True)


def upgrade(place: Home, *, check: bool, say: Say) -> dict[str, Any]:
    """Bring tables and guards to this build; with `check` only say what would be done."""
    from indelible.infra import guards
    from indelible.kernel import config
    from indelible.project import installing, reports, serving

    with as_owner(os.environ.get(OWNER, "")):
        if newer := serving.unknown_migrations():
            raise Unavailable(f"The database is newer than this build ({', '.join(newer)}): install the build that made it.")
        if older := serving.tables_too_old():
            raise Unavailable(f"The database is older than this build can migrate (it lacks {', '.join(older[:5])}): nothing was "
                              "touched. Upgrade with the builds between, one after the other.")  # fmt: skip
        steps = [f"migrate {name}" for name in serving.pending_migrations()]
        vendor = connections["default"].vendor
        missing = guards.expected(vendor) - set(guards.list_definitions())
        steps += [f"install guard {name}" for name in sorted(missing)]
        before = installing.recorded_build() or "nothing"
        to = build.identity().name
        steps += [f"record build {to}"] if before != to else []
        if steps and not check:
            installing.migrate()
            reports.install(config.current())
            if before != to:
                installing.record_build(to)
            say("Tables, guards and views are of this build.")
    if steps and not check:
        _approve(before, to, say)
    return {"home": str(place.path), "from": before, "to": to, "steps": steps}


def _approve(before: str, to: str, say: Say) -> None:
    """Make what runs after an upgrade the approved state where nothing is validated; otherwise an approved change does that."""
    from indelible.kernel import gates, records
    from indelible.kernel.models import Record
    from indelible.project import installing

    home = Record.objects.get(type="installation")
    if home.state == gates.FOUNDING or records.values(home).get("simulated"):
        if before != to:
            installing.approve_state(f"Upgraded from {before} to {to}")
    elif before != to:
        say("The new build is drift until it is accepted under an approved change: `indelible drift`.")


def check(folder: Path) -> dict[str, Any]:
    """Read a configuration folder; gives its faults with their places, and its hash where there are none."""
    from indelible.assurance.configuration import loader
    from indelible.project import installing

    try:
        configuration = installing.read_configuration(folder)
    except loader.Broken as broken:
        return {"ok": False, "errors": [asdict(problem) for problem in broken.errors], "sha256": ""}
    return {"ok": True, "errors": [], "sha256": configuration.sha256}


def runtime_address(owner_url: str, password: str) -> str:
    """Give the address that the home keeps: the same database, as the role that may do no more than serving takes."""
    if not owner_url:
        return "sqlite"
    parts = urlsplit(owner_url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise Invalid(rule="input", text="The address of a database is written postgresql://user:password@host:port/name.")
    role = f"{unquote(parts.path.strip('/'))}{RUNTIME}"
    netloc = f"{quote(role)}:{quote(password)}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc))


@contextmanager
def as_owner(owner_url: str) -> Iterator[None]:
    """Work as the database's owner, whose address is given for this one command and kept nowhere."""
    import dj_database_url

    from indelible.infra import database

    connection = connections["default"]
    kept = dict(connection.settings_dict)
    if owner_url and connection.vendor == "postgresql":
        connection.close()
        connection.settings_dict.update(dj_database_url.parse(owner_url))
    try:
        with database.owner():
            yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)
