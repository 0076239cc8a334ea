"""The only place that makes a disposable copy of an installation and takes it away again: home, database, people, server.

The copy lies in scratch, never below the live home, on the same kind of database: a file, or a database `NAME_qualify` of the
same server, made and dropped as its owner. Of a copy that a killed run left behind nothing is used.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from indelible.assurance.configuration import folder, loader, writing
from indelible.assurance.drift import picture
from indelible.assurance.qualification import planning
from indelible.assurance.qualification.reading import Reading
from indelible.infra import build, home, ids
from indelible.infra.home import Home
from indelible.kernel import config, rules
from indelible.kernel.errors import Missing, Refused, Unavailable
from indelible.project import founding
from indelible.project.qualifying import comparing, databases, mailing, served

Say = Callable[[str], None]
COMMAND = [sys.executable, "-c", "from indelible.project.main import main; main()"]
MAKING = [sys.executable, "-m", "indelible.project.qualifying.making"]
OTHERWISE = (
    "The configuration folder says otherwise than the baseline in force: the copy's files were written from the baseline."
)
ALONE = "qualifying.lock"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that is served: what scripts are told of it, what it is by items, and notes for the report."""

    told: dict[str, Any]
    described: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mould:
    """A home with its cast that was made once and is never served: copies of it are poured. SQLite only."""

    home: Path
    password: str
    made: dict[str, Any]


@contextmanager
def alone(place: Home) -> Iterator[None]:
    """Let one qualification at a time copy an installation; raises Refused where another one runs."""
    with (place.path / ALONE).open("w", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                rule="one_qualification_at_a_time", text="Another qualification of this installation is running.", do="Wait for it.",
            ) from None  # fmt: skip
        yield


@contextmanager
def configuration() -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Give a folder that says the configuration in force, and a note where the company's own folder says something else."""
    with tempfile.TemporaryDirectory(prefix="indelible-configuration-") as scratch:
        place, own = Path(scratch) / "configuration", settings.HOME.configuration
        if _says(own) == config.current().sha256:
            shutil.copytree(own, place, ignore=shutil.ignore_patterns(".*"))
            yield place, ()
            return
        for name, content in writing.files(config.current()).items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        if _says(place) != config.current().sha256:
            raise Unavailable(
                "The baseline in force cannot be written as files that say the same: nothing is qualified with others."
            )
        yield place, (OTHERWISE,)


@contextmanager
def copied(place: Home, folder_in_force: Path, say: Say, package: Path = build.PACKAGE.parent, *, mould: Mould | None = None,
           embedded: bool = False) -> Iterator[Copy]:  # fmt: skip
    """Make a copy and serve it as long as the block lasts; `package` is the tree of the product that the copy runs.

    Where a `mould` is given the copy is poured from it; `embedded` makes it on SQLite, whatever production is on. Both are for the
    proof of the runner: a qualification makes its copy anew, on the same kind of database.
    """
    embedded = embedded or mould is not None
    with (
        tempfile.TemporaryDirectory(prefix="indelible-copy-") as scratch,
        mailing.taken(Path(scratch) / "mail.jsonl") as mail,
    ):
        _is_elsewhere(Path(scratch), place.path)
        target, secret = Home(Path(scratch) / "home"), ids.secret(24)
        password = mould.password if mould else ids.secret(24)
        beside = nullcontext(("sqlite", "")) if embedded else databases.beside(os.environ.get(founding.OWNER, ""), secret)
        with beside as (address, owner_url):
            given = surroundings(target, mail, package)
            if mould is not None:
                made = _poured(mould, target, given)
            else:
                say("Copy: tables, guards, the configuration in force as its baseline, one person for each role")
                _begin(target, folder_in_force, address)
                asked = {
                    "people": planning.cast(Reading(folder_in_force)),
                    "password": password,
                    "database_password": secret,
                }
                made = _made(asked, given | ({founding.OWNER: owner_url} if owner_url else {}))
            described = made.pop("picture") | comparing.surroundings(given)
            command = [*COMMAND, "--home", str(target.path)]
            server = served.Server(command, given, Path(scratch) / "server.log", Path(scratch) / "restart")
            say("Copy: serving")
            with served.served(server):
                yield Copy({
                    "address": server.address, "home": str(target.path), "configuration": str(target.configuration), "command": command, "environment": given,
                    "database": {"engine": "sqlite" if embedded else connection.vendor, "address": address if owner_url else str(target.database_file),
                                 "owner": owner_url},
                    "password": password, "zone": config.current().company.zone, "mail": str(Path(scratch) / "mail.jsonl"),
                    "restart": str(server.restart), "log": str(server.log), **made,
                }, described, ())  # fmt: skip


@contextmanager
def moulded(folder_in_force: Path, say: Say) -> Iterator[Mould]:
    """Make a home with its cast once, on SQLite, to pour copies from as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="indelible-mould-") as scratch:
        target, password = Home(Path(scratch) / "home"), ids.secret(24)
        say("One to pour copies from: tables, guards, the configuration in force as its baseline, one person for each role")
        _begin(target, folder_in_force, "sqlite")
        asked = {"people": planning.cast(Reading(folder_in_force)), "password": password, "database_password": ""}
        yield Mould(target.path, password, _made(asked, surroundings(target, "", build.PACKAGE.parent)))


def _begin(target: Home, folder_in_force: Path, address: str) -> None:
    target.path.mkdir(mode=0o700)
    target.write(home.fresh_settings(address, "demo" if settings.ENVIRONMENT == "demo" else "validation"))
    shutil.copytree(folder_in_force, target.configuration)


def _poured(mould: Mould, target: Home, given: dict[str, str]) -> dict[str, Any]:
    """Pour a copy, and let the product that will serve it seal what runs: another build than the approved one would be drift."""
    shutil.copytree(mould.home, target.path)
    target.path.chmod(0o700)
    return mould.made | _made({}, given)


def surroundings(target: Home, mail: str, package: Path) -> dict[str, str]:
    """Give the environment of the copy's processes: the live server's settings but for what makes it a copy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INDELIBLE_", "PYTEST_"))}
    live = {name: value for name, value in picture.served_environment().items()
            if name.startswith("INDELIBLE_") and value and not value.startswith("fingerprint ")}  # fmt: skip
    live |= {name: os.environ[name] for name in ("INDELIBLE_OIDC_SECRET",) if os.environ.get(name)}
    for name in (
        "INDELIBLE_TLS",
        "INDELIBLE_PROXIES",
        "INDELIBLE_MONITORS",
        "INDELIBLE_URL",
        "INDELIBLE_HOSTS",
        "INDELIBLE_MAIL_FROM",
    ):
        live.pop(name, None)
    path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    own = {"INDELIBLE_HOME": str(target.path), "INDELIBLE_MAIL": mail, "INDELIBLE_LOG": "warning", "PYTHONPATH": path}
    return {**kept, **live, **own, "DJANGO_SETTINGS_MODULE": "indelible.project.settings"}


def _made(asked: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(MAKING, input=json.dumps(asked), env=given, capture_output=True, text=True, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Unavailable(f"The copy could not be made: {done.stderr.strip()[-1500:]}") from None
    if "refused" in told:
        raise Refused(
            rule=told["rule"], text=f"The copy could not be made: {told['refused']}",
            missing=tuple(Missing(**{**one, "text": str(one["text"])}) for one in told["missing"]),
        )  # fmt: skip
    return told


def _says(place: Path) -> str:
    if not (place / folder.TYPES).is_dir():
        return ""
    try:
        return loader.load(place, rules=set(rules.known())).sha256
    except loader.Broken:
        return ""


def _is_elsewhere(scratch: Path, live: Path) -> None:
    if live.resolve() in scratch.resolve().parents:
        raise Refused(rule="copy_is_elsewhere", text=f"The folder for scratch, {scratch.parent}, lies inside of the live home.",
                      do="Set TMPDIR to another folder.")  # fmt: skip
