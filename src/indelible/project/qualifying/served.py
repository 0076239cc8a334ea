"""The only place that serves a copy: `indelible serve` in a process group of its own, begun again on request, gone afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from indelible.infra import children
from indelible.kernel.errors import Unavailable

STARTS_WITHIN, STOPS_WITHIN, EVERY = 90.0, 20.0, 0.2


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass(slots=True)
class Server:
    """The server of one copy; a file named `restart` that somebody makes lets it end and begin again."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    restart: Path
    port: int = field(default_factory=_free)
    _process: subprocess.Popen[bytes] | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """Give where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to serve; raises Unavailable with the end of its log where it does not answer."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, "serve", "--port", str(self.port)], env={**self.environment}, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=children.end_with_parent,  # noqa: PLW1509 - one call of the system, which takes no lock
            )  # fmt: skip
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and self._process.poll() is None:
            if _answers(f"{self.address}/readyz"):
                return
            time.sleep(EVERY)
        said = self.log.read_text("utf-8", "replace")[-1500:].strip()
        self.stop()
        raise Unavailable(f"The server of the copy does not answer: {said}")

    def stop(self) -> None:
        """End it with all its processes."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def watch(self) -> None:
        """Begin again whenever it is asked for; for a thread of its own."""
        while not self._ended.wait(EVERY):
            if self.restart.exists():
                self.stop()
                self.start()
                self.restart.unlink(missing_ok=True)

    def end(self) -> None:
        """Watch no longer, and end it."""
        self._ended.set()


@contextmanager
def served(server: Server) -> Iterator[Server]:
    """Serve as long as the block lasts."""
    watcher = threading.Thread(target=server.watch, daemon=True)
    try:
        server.start()
        watcher.start()
        yield server
    finally:
        server.end()
        if watcher.is_alive():
            watcher.join(STARTS_WITHIN)
        server.stop()


def _answers(address: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
