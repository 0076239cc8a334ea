"""Runs `indelible` as an operator does: the installed command in a process of its own, on a home in a folder of the test."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests import machine

COMMAND = Path(sys.executable).with_name("indelible")
PASSWORD = "correct horse battery staple"
ADMIN = "first.admin"
SECONDS = 240


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """A shell in which one home is meant."""

    home: Path
    database: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, stdin: str = "", seconds: int = SECONDS) -> Answer:
        """Run a command; whatever it meets, it ends in a sentence and in one of three codes."""
        done = subprocess.run(
            [COMMAND, "--home", str(self.home), *arguments], input=stdin, capture_output=True, text=True, check=False,
            env=_environment() | self.environment, timeout=seconds,
        )  # fmt: skip
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        assert done.returncode in (0, 1, 2), done.stderr
        return Answer(done.returncode, done.stdout, done.stderr)

    def init(self, *arguments: str) -> Answer:
        """Make the home on the engine of this run."""
        return self.run("init", *(["--postgres", self.database] if self.database else []), *arguments)

    def inside(self, lines: str) -> str:
        """Run Python on the home, as the product's own processes do."""
        program = f"import django; django.setup()\n{lines}"
        settings = {"DJANGO_SETTINGS_MODULE": "indelible.project.settings", "INDELIBLE_HOME": str(self.home)}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=_environment() | settings
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def enrol(self, link: str) -> None:
        """Use a one-time link."""
        secret = link.removeprefix("/link/")
        self.inside(f"from indelible.practice import accounts; accounts.enrol({secret!r}, {PASSWORD!r})")

    def token(self, user: str) -> str:
        """Issue a token to a person who has enrolled."""
        return self.inside(
            "from indelible.practice import accounts; from indelible.kernel.context import Context\n"
            f"from indelible.kernel.models import Account; a = Account.objects.get(user_id={user!r})\n"
            "print(accounts.issue_token(Context(a.person_id, 'session'), label='Test', scopes=['*'], days=1)[1])"
        )

    def sql(self, statement: str) -> None:
        """Change the database as its owner, behind the product's back."""
        if self.database:
            with psycopg.connect(self.database, autocommit=True) as owner:
                owner.execute(statement.encode())
            return
        with sqlite3.connect(self.home / "indelible.sqlite3") as file:
            file.execute(statement)

    @contextmanager
    def serving(self, port: int, until: str = "/readyz", log: Path | None = None) -> Iterator[subprocess.Popen[str]]:
        """Serve the home in a process group of its own until the end of the block, which begins when `until` is well."""
        said = log.open("w") if log else subprocess.PIPE
        server = subprocess.Popen(
            [COMMAND, "--home", str(self.home), "serve", "--port", str(port), "--json"], stdout=subprocess.PIPE,
            stderr=said, text=True, env=_environment() | self.environment, start_new_session=True,
        )  # fmt: skip
        try:
            _until_it_answers(server, port, until)
            yield server
        finally:
            if server.poll() is None:
                server.terminate()
            server.communicate(timeout=30)
            if not isinstance(said, int):
                said.close()


@contextmanager
def fresh(place: Path) -> Iterator[Terminal]:
    """Give a shell for a home that is to be made, with an empty database of the engine of this run."""
    if machine.engine() == "sqlite":
        yield Terminal(place)
        return
    name = f"indelible_cli_{os.getpid()}_{uuid.uuid4().hex[:6]}"
    address = urlunsplit(urlsplit(machine.postgres_address())._replace(path=f"/{name}"))
    _as_admin(f'CREATE DATABASE "{name}"')
    try:
        yield Terminal(place, address)
    finally:
        _as_admin(f'DROP DATABASE "{name}" WITH (FORCE)')
        _as_admin(f'DROP ROLE IF EXISTS "{name}_app"')


def members(group: int) -> list[str]:
    """List what still runs in a process group."""
    listing = [shutil.which("ps") or "ps", "-eo", "pgid=,stat=,args="]
    found = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines()
    alive = (line.split(None, 2) for line in found)
    return [args for pgid, stat, args in alive if pgid == str(group) and not stat.startswith("Z")]


def _until_it_answers(server: subprocess.Popen[str], port: int, path: str) -> None:
    for _ in range(120):
        assert server.poll() is None, server.communicate()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):  # on a busy machine the first answer takes long
            time.sleep(0.5)
    raise AssertionError("the server does not answer")


def _as_admin(statement: str) -> None:
    with psycopg.connect(machine.postgres_address(), autocommit=True) as admin:
        admin.execute(statement.encode())


def _environment() -> dict[str, str]:
    ours = ("INDELIBLE_HOME", "INDELIBLE_HOSTS", "DJANGO_SETTINGS_MODULE", "INDELIBLE_OWNER_URL")
    return {name: value for name, value in os.environ.items() if name not in ours}
