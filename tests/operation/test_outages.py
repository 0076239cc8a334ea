"""A full disk and a database that is away: what can be read is read, writes say why, nothing is half done, and it mends itself."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from indelible.infra import outage
from tests import machine
from tests.faces import terminal
from tests.faces.terminal import Terminal
from tests.operation.visiting import visiting

DISK = 24  # megabytes
# The next page of anybody signed in wants to note that the person did something, and cannot.
TWO_MINUTES_AGO = """
from datetime import timedelta
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from indelible.infra import clock
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    session["acted"] = clock.iso(clock.now() - timedelta(minutes=2))
    session.save()
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a real file system of a few megabytes, which can really be full."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system can be mounted by root only")
    yield place
    subprocess.run([shutil.which("umount") or "umount", "-l", str(place)], check=True)


def ready(shell: Terminal) -> None:
    made = shell.init("--json", "--environment", "validation")
    assert made.code == 0, made.err
    shell.enrol(made.json["admin_link"])


def makes_a_department(caller: httpx.Client) -> httpx.Response:
    body, headers = {"fields": {"name": "Analytics " * 15}}, {"Idempotency-Key": "department-1"}
    return caller.post("/api/v1/records/department", json=body, headers=headers)


def fill(place: Path) -> Path:
    """Take the last byte of a disk."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(4096))
    with suppress(OSError), filler.open("ab", buffering=0) as out:
        while True:
            out.write(b"0")
    return filler


def expect_unavailable(answer: httpx.Response, words: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"] == str(outage.RETRY_SECONDS)
    assert words[:40] in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.sqlite
def test_with_a_full_disk_reads_work_writes_say_why_and_room_mends_it(small_disk: Path, port: int) -> None:
    shell = Terminal(small_disk / "home")
    ready(shell)
    with visiting(shell, port, "/healthz") as visitors:
        person, caller = visitors.person(), visitors.program()
        before = caller.get("/api/v1/events").json()["events"]
        shell.inside(TWO_MINUTES_AGO)
        filler = fill(small_disk)

        for path in ("/", "/me", "/find"):
            assert person.get(path, follow_redirects=True).status_code == 200, path
        for path in ("/api/v1/records/person", "/api/v1/events", "/api/v1/me"):
            assert caller.get(path).status_code == 200, path
        refused = [makes_a_department(caller) for _ in range(3)]
        brought = caller.post("/api/v1/files?name=note.txt", content=b"word " * 200_000)
        login = visitors.signs_in(visitors.somebody())
        ready_now = caller.get("/readyz")
        for answer in (*refused, brought, login):
            expect_unavailable(answer, outage.FULL)
        assert refused[0].json()["rule"] == "unavailable"
        assert (ready_now.status_code, [c["name"] for c in ready_now.json()["checks"] if not c["ok"]][:1]) == (
            503,
            ["files"],
        )
        assert caller.get("/api/v1/events").json()["events"] == before

        filler.unlink()
        ends = time.monotonic() + 60
        while (done := makes_a_department(caller)).status_code == 503 and time.monotonic() < ends:
            time.sleep(0.5)
        assert done.status_code == 201, done.text
        assert caller.post("/api/v1/files?name=note.txt", content=b"word " * 200).status_code == 201
        assert visitors.signs_in(visitors.somebody()).status_code == 302
    assert [path.name for path in (shell.home / "files").rglob(".incoming*")] == []
    assert shell.run("verify").code == 0


@pytest.mark.sqlite
def test_a_backup_that_finds_no_room_leaves_nothing_and_says_so(small_disk: Path, tmp_path: Path) -> None:
    shell = Terminal(tmp_path / "home")
    ready(shell)
    filler = fill(small_disk)
    for room in (0, 64 * 1024):  # neither for the first table, nor for the whole archive
        os.truncate(filler, filler.stat().st_size - room)
        answer = shell.run("backup", "create", str(small_disk / "one.tar"), "--json")
        assert (answer.code, "No space left" in answer.err, answer.json["ok"]) == (1, True, False), answer.err
        assert [path.name for path in small_disk.iterdir()] == ["filler"]
    filler.unlink()
    assert shell.run("backup", "create", str(small_disk / "one.tar")).code == 0


class Way:
    """A way to the database that can be closed: a port that passes on what comes."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.sockets: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Break every connection and let nobody through."""
        self.open = False
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self.sockets.clear()

    def _accept(self) -> None:
        while True:
            try:
                mine, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                mine.close()
                continue
            theirs = socket.create_connection(self.target)
            self.sockets += [mine, theirs]
            for source, target in ((mine, theirs), (theirs, mine)):
                threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def home_behind_a_way(place: Path) -> Iterator[tuple[Terminal, Way]]:
    with ExitStack() as stack:
        shell = stack.enter_context(terminal.fresh(place))
        ready(shell)
        settings = json.loads((place / "home.json").read_text())
        address = urlsplit(settings["database"])
        way = Way(str(address.hostname), address.port or 5432)
        through = f"{address.username}:{address.password}@127.0.0.1:{way.port}"
        (place / "home.json").write_text(json.dumps(settings | {"database": urlunsplit(address._replace(netloc=through))}))
        yield shell, way
        way.close()
        way.listener.close()


@pytest.mark.postgres
def test_with_the_database_away_everything_says_so_and_it_comes_back_by_itself(tmp_path: Path, port: int) -> None:
    if machine.engine() != "postgres":
        pytest.skip("an embedded database is away only with its disk")
    with home_behind_a_way(tmp_path / "home") as (shell, way), visiting(shell, port, "/readyz") as visitors:
        person, caller = visitors.person(), visitors.program()
        before = caller.get("/api/v1/events").json()["events"]
        way.close()

        for _ in range(3):
            expect_unavailable(person.get("/"), outage.AWAY)
            expect_unavailable(person.get("/login"), outage.AWAY)
            expect_unavailable(caller.get("/api/v1/events"), outage.AWAY)
            expect_unavailable(makes_a_department(caller), outage.AWAY)
        assert caller.get("/healthz").json() == {"ok": True}
        assert caller.get("/readyz").status_code == 503
        assert caller.get("/api/v1/events").json()["rule"] == "unavailable"

        way.open = True
        ends = time.monotonic() + 60
        while caller.get("/readyz").status_code != 200 and time.monotonic() < ends:
            time.sleep(0.3)
        assert person.get("/", follow_redirects=True).status_code == 200
        assert makes_a_department(caller).status_code == 201
        assert caller.get("/api/v1/events").json()["events"][: len(before)] == before
        assert shell.run("verify").code == 0
