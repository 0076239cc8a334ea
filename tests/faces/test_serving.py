"""The server as it runs: web processes and the one beside them, one group, a clean end, large files without large memory."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faces import terminal
from tests.faces.terminal import ADMIN, PASSWORD, Terminal

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    with terminal.fresh(tmp_path_factory.mktemp("serving") / "home") as shell:
        made = shell.init("--json")
        assert made.code == 0, made.err
        shell.enrol(made.json["admin_link"])
        yield shell


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str, token: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def group_of(server: subprocess.Popen[str]) -> list[str]:
    return terminal.members(os.getpgid(server.pid))


def send(port: int, token: str, size: int, *, announced: bool = True, cut: bool = False) -> tuple[int, dict[str, Any]]:
    """Send a file of plain text in pieces, as a program with little memory does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.putrequest("POST", "/api/v1/files?name=large.txt")
    connection.putheader("Authorization", f"Bearer {token}")
    connection.putheader("Content-Type", "application/octet-stream")
    connection.putheader(*(("Content-Length", str(size)) if announced else ("Transfer-Encoding", "chunked")))
    connection.endheaders()
    piece = b"0123456789abcdef" * 62_500
    try:
        for _ in range(size // len(piece) // (2 if cut else 1)):
            connection.send(piece if announced else b"%x\r\n%s\r\n" % (len(piece), piece))
        if not announced:
            connection.send(b"0\r\n\r\n")
        if cut:
            connection.sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the server answered before it had read everything, and hung up
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def memory_of(server: subprocess.Popen[str]) -> int:
    """Give the largest resident memory that any process of the server has had, in bytes."""
    peaks = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == os.getpgid(server.pid):
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
                peaks.append(int(lines["VmHWM"].split()[0]) * 1024)
        except (ProcessLookupError, FileNotFoundError, KeyError):
            continue
    return max(peaks)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_server_begins_as_one_group_and_ends_cleanly(home: Terminal, port: int, how: signal.Signals) -> None:
    with home.serving(port) as server:
        assert get(port, "/healthz") == (200, b'{"ok": true}')
        assert b'type="password"' in get(port, "/login")[1]
        assert len([one for one in group_of(server) if "indelible.project.background" in one]) == 1
        group = os.getpgid(server.pid)

        os.killpg(group, how)
        assert server.wait(20) == 0
        assert terminal.members(group) == []


def test_what_happens_gets_its_place_in_the_log_by_itself(home: Terminal, port: int) -> None:
    with home.serving(port):
        invited = home.run("user", "invite", "late", "--name", "La Te", "--title", "Scientist", "--as", ADMIN,
                           "--password-stdin", stdin=PASSWORD)  # fmt: skip
        assert invited.code == 0, invited.err
        for _ in range(40):
            if b"\nindelible_log_pending 0.0" in get(port, "/metrics")[1]:
                break
            time.sleep(0.25)
        events = json.loads(get(port, "/api/v1/events", home.token(ADMIN))[1])["events"]

    assert events[-1]["seq"] == max(event["seq"] for event in events)
    assert any(event["note"] == {} and "La Te" in json.dumps(event["changes"]) for event in events)


def test_texts_become_searchable_by_themselves(home: Terminal, port: int) -> None:
    with home.serving(port):
        token, found = home.token(ADMIN), dict[str, Any](hits=[], behind=True)
        for _ in range(60):
            if not found["behind"]:
                break
            time.sleep(0.25)
            found = json.loads(get(port, "/api/v1/search?q=system+administrator&type=person", token)[1])

    (hit,) = found["hits"]
    assert "administrator" not in hit["title"], "the job title is no part of the record's title"
    assert {"text": "administrator", "found": True} in hit["pieces"]


def test_the_process_beside_the_web_is_begun_again(home: Terminal, port: int) -> None:
    with home.serving(port) as server:
        first = beside(server)
        os.kill(first, signal.SIGKILL)
        again = 0
        for _ in range(60):
            time.sleep(0.25)
            if (again := beside(server)) not in (0, first):
                break
        assert again not in (0, first)


def beside(server: subprocess.Popen[str]) -> int:
    """Give the id of the process beside the web, 0 while there is none."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = (place / "stat").read_text().rpartition(")")[2].split()
            if int(parent[1]) == server.pid and b"project.background" in (place / "cmdline").read_bytes():
                return int(place.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return 0


def test_a_port_that_is_taken_is_said_to_be_taken(home: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = home.run("serve", "--port", str(taken.getsockname()[1]))

    assert (answer.code, "Choose another port" in answer.err) == (1, True)


def test_files_of_a_hundred_megabytes_pass_without_being_held_in_memory(home: Terminal, port: int) -> None:
    with home.serving(port) as server:
        token = home.token(ADMIN)
        get(port, "/api/v1/me", token)
        before = memory_of(server)
        kept, kept_as = send(port, token, 100 * MEGABYTE)
        refused, reason = send(port, token, 101 * MEGABYTE)
        unannounced, unsaid = send(port, token, 2 * MEGABYTE, announced=False)
        short, cut = send(port, token, 10 * MEGABYTE, cut=True)
        grown = memory_of(server) - before

    print(f"peak memory of the largest process grew by {grown / MEGABYTE:.0f} MB")
    assert (kept, kept_as["size"], kept_as["media_type"]) == (201, 100 * MEGABYTE, "text/plain")
    assert (refused, reason["rule"]) == (413, "upload_size")
    assert (unannounced, unsaid["rule"]) == (411, "length")
    assert (short, cut["rule"]) == (400, "body")
    assert grown < 60 * MEGABYTE
    assert [path.name for path in (home.home / "files").glob("*") if path.name.startswith(".")] == []
    assert len(list((home.home / "files").glob("??/*"))) == 1
