"""The only place that makes a home of a script's own and serves it: what would harm the copy is tried there.

It is founded anew, or made of a backup of the copy and then has the same people; always on SQLite, whatever the copy is on.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests

from .answers import Ran
from .people import Person, Visitor
from .rows import Database
from .site import Site

WITHIN, EVERY = 120.0, 0.3
DEATHSIG = 1
MAKING = "indelible.project.qualifying.making"  # how the runner makes copies, in a process of its own
OPTIONS = ("INDELIBLE_MAIL", "INDELIBLE_SCANNER", "INDELIBLE_OIDC_CLIENT", "INDELIBLE_OIDC_SECRET")  # of the copy alone


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATHSIG, signal.SIGTERM)


class Own:
    """A home of one script, in its folder; `serve` it, and it is reached as `site`."""

    def __init__(self, copied: Site, folder: Path) -> None:
        self._copied, self.home, self.log = copied, folder / "home", folder / "server.log"
        self._backup = folder / "of-the-copy.tar"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self._site: Site | None = None

    @property
    def address(self) -> str:
        """Give where it answers while it is served."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def file(self) -> Path:
        """Give the file of its database."""
        return self.home / "indelible.sqlite3"

    @property
    def site(self) -> Site:
        """Give the home as people and programs reach it; its people are those of the copy where it was made of that."""
        if self._site is None:
            self._site = Site(self._told, self._copied.trace.recorder)
        return self._site

    @property
    def database(self) -> Database:
        """Give its tables as plain SQL reads them."""
        return Database(self._told, self._copied.trace.recorder)

    @property
    def _told(self) -> dict[str, Any]:
        told = asdict(self._copied.copy) | {
            "address": self.address,
            "home": str(self.home),
            "configuration": str(self.home / "configuration"),
        }
        return told | {
            "command": self._command,
            "database": {"engine": "sqlite", "address": str(self.file)},
            "owner": "",
            "restart": "",
        }

    def found(self, *options: str) -> Ran:
        """Found it anew; what it prints has the one-time link of the first administrator."""
        return self.run("init", "--json", *options)

    def administrator(self, founded: Ran) -> Person:
        """Let the first administrator of a home that was founded and is served use the one-time link; gives the person."""
        said = founded.json
        person = self.site.another(str(said["admin_user"]), secrets.token_urlsafe(24))
        self._copied.trace.hide(str(said["admin_link"]).removeprefix("/link/"))
        visitor = self.nobody()
        visitor.get(str(said["admin_link"]))
        visitor.post(str(said["admin_link"]), {"password": person.password, "again": person.password})
        self.site.join(person)
        return person

    def restored(self) -> str:
        """Make it of a backup of the copy; gives "restored", or what stood in the way."""
        made = self._copied.command("backup", "create", str(self._backup))
        if made.code:
            return made.errors
        ran = self._copied.command(
            "restore", str(self._backup), "--to", str(self.home), "--accept-sqlite", "A home of a script alone"
        )
        return "restored" if ran.code == 0 else ran.errors

    def made(self, files: Mapping[str, str] | None = None, /, **policies: str) -> str:
        """Make it as copies are made, with other policies or files than the copy's (as YAML) and the same people; gives "made", or what stood in the way."""
        shutil.copytree(self._copied.copy.types, self.home / "configuration")
        for name, text in (files or {}).items():
            (self.home / "configuration" / name).write_text(text, "utf-8")
        place = self.home / "configuration" / "policies.yaml"
        lines = place.read_text("utf-8")
        for name, value in policies.items():
            lines = re.sub(rf"(?m)^{name}:.*\n?", "", lines) + f"\n{name}: {value}\n"
        place.write_text(lines, "utf-8")
        said = json.loads((Path(self._copied.copy.home) / "home.json").read_text("utf-8"))
        (self.home / "home.json").write_text(json.dumps(said | {"database": "sqlite"}), "utf-8")
        (self.home / "home.json").chmod(0o600)
        self.home.chmod(0o700)
        people = [{**one} for one in self._copied.copy.people]
        asked = json.dumps({"people": people, "password": self._copied.copy.password, "database_password": ""})
        done = subprocess.run(
            [sys.executable, "-m", MAKING],
            input=asked,
            env=self._environment({}),
            capture_output=True,
            text=True,
            check=False,
        )
        return "made" if done.returncode == 0 and '"refused"' not in done.stdout else (done.stdout + done.stderr)[-1000:]

    def away(self) -> None:
        """Take the home away, so that another one can be made."""
        self.end()
        shutil.rmtree(self.home)

    def begun(self, *given: str, stdin: str = "") -> subprocess.Popen[str]:
        """Begin a command on it and do not wait for its end."""
        self._copied.trace.hide(stdin.strip())
        running = subprocess.Popen([*self._command, *given], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   text=True, env=self._environment({}))  # fmt: skip
        if running.stdin is not None:
            running.stdin.write(stdin)
            running.stdin.close()
        return running

    def run(self, *given: str, stdin: str = "", **environment: str) -> Ran:
        """Run the product's command line on it, with settings of the environment."""
        self._copied.trace.hide(stdin.strip())
        ran = subprocess.run([*self._command, *given], input=stdin, capture_output=True, text=True, timeout=900, check=False,
                             env=self._environment(environment))  # fmt: skip
        done = Ran(ran.returncode, ran.stdout, ran.stderr)
        shown = {"arguments": list(given), "code": done.code, "output": done.output[-20000:], "errors": done.errors[-20000:]}
        self._copied.trace.add("log", shown)
        return done

    def serve(self, **environment: str) -> str:
        """Serve it until `end`; gives "served", or "not served" where it ended or did not answer."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._site = None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*self._command, "serve", "--port", str(self.port)], stdout=log, stderr=log, start_new_session=True,
                                             env=self._environment(environment), preexec_fn=_end_with_parent)  # fmt: skip # noqa: PLW1509 - no thread runs here
        until = time.monotonic() + WITHIN
        while time.monotonic() < until and self._process.poll() is None:
            if self._answers():
                return "served"
            time.sleep(EVERY)
        self.end()
        return "not served"

    def end(self) -> None:
        """Serve it no longer."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def said(self) -> str:
        """Give what its server has said so far."""
        return self.log.read_text("utf-8", "replace") if self.log.is_file() else ""

    def nobody(self) -> Visitor:
        """Give a browser in which nobody has signed in to it."""
        return self.site.nobody()

    def change(self, *statements: str) -> None:
        """Change its tables behind the product's back, as whoever holds the file can."""
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            for one in statements:
                connection.execute(one)
        self._copied.trace.add("query", {"sql": list(statements), "as": "whoever holds the file"})

    @property
    def _command(self) -> list[str]:
        command = list(self._copied.copy.command)
        return [*(command[: command.index("--home")] if "--home" in command else command), "--home", str(self.home)]

    def _environment(self, given: dict[str, str]) -> dict[str, str]:
        kept = {**os.environ, **dict(self._copied.copy.environment), "INDELIBLE_HOME": str(self.home)}
        return {name: value for name, value in kept.items() if name not in OPTIONS} | given

    def _answers(self) -> bool:
        try:
            with requests.Session() as asking:
                asking.trust_env = False
                return asking.get(f"{self.address}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False
