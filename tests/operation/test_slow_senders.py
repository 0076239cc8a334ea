"""Uploads that crawl hold threads of the server and nothing else: others are served meanwhile, and nothing half is kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faces import terminal
from tests.faces.terminal import Terminal
from tests.operation import proxies
from tests.operation.visiting import Visitors, visiting

THREADS, WORKERS = 4, 2


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, Visitors]]:
    with terminal.fresh(tmp_path_factory.mktemp("slow") / "home") as shell:
        made = shell.init("--json", "--environment", "validation")
        shell.enrol(made.json["admin_link"])
        shell.environment.update(INDELIBLE_WORKERS=str(WORKERS), INDELIBLE_THREADS=str(THREADS))
        with visiting(shell, proxies.free_port(), "/readyz", log=shell.home.parent / "serve.log") as visitors:
            yield shell, visitors


def crawling(stack: ExitStack, visitors: Visitors) -> None:
    """Begin an upload that sends a byte now and then, until the end of the block."""
    link, stop = socket.create_connection(("127.0.0.1", visitors.port)), threading.Event()
    head = (
        "POST /api/v1/files?name=a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n"
        f"Authorization: Bearer {visitors.token}\r\nContent-Length: 5000000\r\n\r\n"
    )
    link.sendall(head.encode())

    def crawl() -> None:
        while not stop.wait(0.3):
            link.sendall(b"x")

    thread = threading.Thread(target=crawl, daemon=True)
    thread.start()
    stack.callback(link.close)
    stack.callback(thread.join)
    stack.callback(stop.set)


def slowest(visitors: Visitors, times: int = 20) -> float:
    """Give within how many seconds nine of ten pages come, each over a connection of its own."""
    spans = []
    for _ in range(times):
        began = time.monotonic()
        assert visitors.somebody().get("/login").status_code == 200
        spans.append(time.monotonic() - began)
    return sorted(spans)[int(times * 0.9)]


def test_others_are_served_beside_slow_uploads(served: tuple[Terminal, Visitors]) -> None:
    """All threads but one of a process may hold a crawling upload: which process takes one is not ours to say."""
    _, visitors = served
    alone = slowest(visitors)
    with ExitStack() as stack:
        for _ in range(THREADS - 1):
            crawling(stack, visitors)
        time.sleep(1)
        beside = slowest(visitors)

    print(f"nine of ten pages within {alone * 1000:.0f} ms alone, {beside * 1000:.0f} ms beside {THREADS - 1} slow uploads")
    assert beside < 10 * alone + 2.0


def test_an_upload_that_was_given_up_is_not_kept_and_its_thread_serves_again(served: tuple[Terminal, Visitors]) -> None:
    shell, visitors = served
    for _ in range(THREADS):
        with ExitStack() as stack:
            crawling(stack, visitors)
            time.sleep(0.5)
    time.sleep(1)
    kind = {"Content-Type": "application/octet-stream"}

    found = [visitors.program().post("/api/v1/files?name=a.txt", content=b"text %d" % n, headers=kind) for n in range(12)]

    assert {answer.status_code for answer in found} == {201}
    lying: list[Path] = []
    for _ in range(30):  # whoever waits for bytes that never come notices in a moment that nobody is there
        lying = [path for path in Path(shell.home / "files").rglob("*") if path.is_file()]
        if len(lying) == 12:
            break
        time.sleep(0.5)
    assert len(lying) == 12
