"""The command line's works on an installation: found it, upgrade it, check its configuration folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import django
from django.db import connections

from indelible.faces.cli.ports import Founding
from indelible.infra import build, home, ids
from indelible.infra.home import Home

Say = Callable[[str], None]
OWNER = "INDELIBLE_OWNER_URL"


def found(place: Home, asked: Founding, say: Say) -> dict[str, Any]:
    """Make a new home: tables, guards, runtime role, genesis, first administrator. A failed one leaves nothing behind."""
    database = asked.owner_url or "sqlite"
    place.write(home.fresh_settings(database, asked.environment))
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
        django.setup()
        return _found(place, asked, say)
    except BaseException:
        shutil.rmtree(place.path, ignore_errors=True)
        raise


def _found(place: Home, asked: Founding, say: Say) -> dict[str, Any]:
    from indelible.project import installing, roles

    installing.write_defaults(place)
    (place.configuration / "company.yaml").write_text(
        f"# Whose installation this is, and the zone in which its days begin and end.\nname: {asked.name}\nzone: {asked.zone}\n",
        "utf-8",
    )
    configuration = installing.read_configuration(place.configuration)
    say("Tables and guards")
    installing.migrate()
    say("Genesis and baseline 1")
    installing.found(configuration, name=asked.name, simulated=False)
    ready = installing.first_administrator(user_id=asked.admin_user, name=asked.admin_name)
    if asked.owner_url:
        runtime = roles.set_password(connections["default"], ids.secret(24))
        place.write(home.Settings(_as_role(asked.owner_url, *runtime), place.read().secret, asked.environment))
    return {"home": str(place.path), "database": "PostgreSQL" if asked.owner_url else "SQLite",
            "admin_link": f"/link/{ready.link}", "configuration": configuration.sha256}  # fmt: skip


def upgrade(place: Home, *, check: bool, say: Say) -> dict[str, Any]:
    """Bring tables and guards to this build; with `check` only say what would be done."""
    from indelible.infra import guards
    from indelible.kernel import config
    from indelible.project import installing, reports, serving

    with _as_owner():
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
            installing.record_build(to)
            say("Tables, guards and views are of this build.")
    return {"home": str(place.path), "from": before, "to": to, "steps": steps}


def check(place: Home) -> dict[str, Any]:
    """Read the configuration folder; gives its faults with their places, and its hash where there are none."""
    from indelible.assurance.configuration import loader
    from indelible.project import installing

    try:
        configuration = installing.read_configuration(place.configuration)
    except loader.Broken as broken:
        return {"errors": [{"file": p.file, "line": p.line, "column": p.column, "path": p.path, "message": p.message}
                           for p in broken.errors], "sha256": ""}  # fmt: skip
    return {"errors": [], "sha256": configuration.sha256}


def _as_role(owner_url: str, role: str, password: str) -> str:
    parts = urlsplit(owner_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password)}@{place}"))


@contextmanager
def _as_owner() -> Iterator[None]:
    # On PostgreSQL the owner's address is given for this one command and kept nowhere.
    import dj_database_url

    from indelible.infra import database

    if (owner := os.environ.get(OWNER)) and connections["default"].vendor == "postgresql":
        connections["default"].close()
        connections["default"].settings_dict.update(dj_database_url.parse(owner))
    with database.owner():
        yield
