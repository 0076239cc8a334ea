"""Bodies that come too slowly are given up; meanwhile everybody else is served as always."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from indelible.project import receiving
from indelible.project.receiving import Timely, TooSlow
from tests.faces import terminal
from tests.faces.terminal import Terminal
from tests.operation.visiting import Visitors, visiting

THREADS, WORKERS = 4, 2
# The server may let one request wait behind another that came at the same instant, so one may begin when the other ends.
LONGEST = 2 * receiving.PIECE_WITHIN + 15


class Source:
    """What a server hands over: `read` waits until all that was asked for is there, or the sender has gone."""

    def __init__(self, *pieces: bytes | float | OSError) -> None:
        self.pieces = list(pieces)

    def read(self, size: int) -> bytes:
        found = b""
        while len(found) < size and self.pieces:
            piece = self.pieces.pop(0)
            if isinstance(piece, OSError):
                raise piece
            if isinstance(piece, float):
                time.sleep(piece)
                continue
            found, rest = found + piece[: size - len(found)], piece[size - len(found) :]
            if rest:
                self.pieces.insert(0, rest)
        return found


@pytest.mark.engine_free
@pytest.mark.parametrize("size", [-1, 1, 7, receiving.PIECE, receiving.PIECE + 1, 1 << 20])
def test_a_body_is_read_byte_for_byte_however_it_is_asked_for(size: int) -> None:
    content = bytes(range(256)) * 1200
    body, found = Timely(Source(content), len(content)), b""

    while piece := body.read(size):
        found += piece

    assert found == content
    assert body.read(10) == b""


@pytest.mark.engine_free
def test_lines_end_where_they_end() -> None:
    body = Timely(Source(b"one\ntwo\n", b"three"), 13)

    assert [body.readline(), body.readline(2), body.readline(), body.readline(), body.readline()] == [
        b"one\n", b"tw", b"o\n", b"three", b""]  # fmt: skip


@pytest.mark.engine_free
@pytest.mark.parametrize(("pause", "pace"), [(2.0, 1e9), (0.15, 1.0)])
def test_a_sender_that_stops_or_crawls_is_given_up(monkeypatch: pytest.MonkeyPatch, pause: float, pace: float) -> None:
    monkeypatch.setattr(receiving, "PIECE_WITHIN", 0.5)
    monkeypatch.setattr(receiving, "BEGINS_WITHIN", 0.5 if pace == 1.0 else 60.0)
    monkeypatch.setattr(receiving, "BYTES_A_SECOND", 1e9)
    steps: list[bytes | float | OSError] = [x for _ in range(10) for x in (b"x" * receiving.PIECE, pause)]
    body, began = Timely(Source(*steps), 10 * receiving.PIECE), time.monotonic()

    with pytest.raises(TooSlow):
        body.read()

    assert body.too_slow
    assert time.monotonic() - began < 3


@pytest.mark.engine_free
def test_a_connection_that_breaks_is_told_as_it_is() -> None:
    body = Timely(Source(b"x" * receiving.PIECE, ConnectionResetError("gone")), 1 << 20)

    with pytest.raises(ConnectionResetError):
        body.read()
    assert not body.too_slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, Visitors]]:
    with terminal.fresh(tmp_path_factory.mktemp("slow") / "home") as shell, socket.socket() as probe:
        made = shell.init("--json", "--environment", "validation")
        shell.enrol(made.json["admin_link"])
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        shell.environment.update(INDELIBLE_WORKERS=str(WORKERS), INDELIBLE_THREADS=str(THREADS))
        with visiting(shell, port, "/readyz", log=shell.home.parent / "serve.log") as visitors:
            yield shell, visitors


class Crawling:
    """An upload that sends a byte now and then, until it is answered."""

    def __init__(self, port: int, token: str) -> None:
        self.link = socket.create_connection(("127.0.0.1", port))
        head = (
            "POST /api/v1/files?name=a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: 5000000\r\n\r\n"
        )
        self.link.sendall(head.encode())
        self.answer = b""
        self.seconds = 0.0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._crawl, daemon=True)
        self.thread.start()

    def _crawl(self) -> None:
        began = time.monotonic()
        self.link.settimeout(0.5)
        while not self.stop.is_set() and not self.answer.endswith(b"}"):
            try:
                if not self.answer:
                    self.link.sendall(b"x")
                self.answer += self.link.recv(65536)
            except TimeoutError:
                continue
            except OSError as gone:
                self.answer += b"%r}" % gone
        self.seconds = time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(5)
        self.link.close()


def test_slow_uploads_are_answered_and_others_are_served_meanwhile(served: tuple[Terminal, Visitors]) -> None:
    """All threads but one of a process may hold a crawling upload: which process takes one is not ours to say."""
    _, visitors = served
    client = visitors.person()

    def slowest(times: int) -> float:
        seconds = []
        for _ in range(times):
            began = time.monotonic()
            assert client.get("/about").status_code == 200
            seconds.append(time.monotonic() - began)
        return sorted(seconds)[int(times * 0.9)]

    alone = slowest(20)
    with ExitStack() as stack:
        crawling = [stack.enter_context(Crawling(visitors.port, visitors.token)) for _ in range(THREADS - 1)]
        time.sleep(1)
        beside = slowest(20)
        for one in crawling:
            one.thread.join(LONGEST)
        answers = {one.answer.partition(b"\r\n")[0] for one in crawling}

    print(
        f"nine of ten pages within {alone * 1000:.0f} ms alone, {beside * 1000:.0f} ms beside {len(crawling)} slow uploads"
    )
    assert answers == {b"HTTP/1.1 408 Request Timeout"}
    assert all(b"slow_body" in one.answer for one in crawling)
    assert max(one.seconds for one in crawling) < LONGEST
    assert beside < 10 * alone + 2.0


def test_after_them_every_thread_serves_again(served: tuple[Terminal, Visitors]) -> None:
    _, visitors = served
    program = visitors.program()
    kind = {"Content-Type": "application/octet-stream"}

    found = [program.post("/api/v1/files?name=a.txt", content=b"text %d" % n, headers=kind) for n in range(12)]

    assert {answer.status_code for answer in found} == {201}


def test_a_body_that_is_cut_off_is_not_kept(served: tuple[Terminal, Visitors]) -> None:
    shell, visitors = served
    before = sorted(path.name for path in (shell.home / "files").rglob("*"))
    with Crawling(visitors.port, visitors.token):
        time.sleep(1)
    time.sleep(1)

    assert (
        sorted(path.name for path in Path(shell.home / "files").rglob("*") if not path.name.startswith(".incoming"))
        == before
    )
