"""A real `indelible serve` on a home under test, which is killed whole and begun again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from indelible.infra.home import Home, fresh_settings

PATIENCE = 90


@dataclass(slots=True)
class Server:
    """One life of the server: its process leads a group with the web workers and the background process."""

    process: subprocess.Popen[bytes]
    address: str

    @staticmethod
    def begin(home: Path, port: int) -> Server:
        """Start it and wait until it is ready."""
        leash = [sys.executable, "-m", "tests.torture.leash"]
        command = [
            *leash,
            str(Path(sys.executable).with_name("indelible")),
            "--home",
            str(home),
            "serve",
            "--port",
            str(port),
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("INDELIBLE", "DJANGO"))}
        with (home / "serve.txt").open("ab") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said, env=environment, process_group=0)
        server = Server(process, f"http://127.0.0.1:{port}")
        server.wait(home)
        return server

    def wait(self, home: Path) -> None:
        """Wait until the server says that it is ready."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        self.kill()
        raise TimeoutError(f"the server did not begin: {(home / 'serve.txt').read_text('utf-8')[-2000:]}")

    def kill(self) -> None:
        """Kill the whole group at once, and wait until nobody of it runs any more."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while running(self.process.pid):
            time.sleep(0.01)


def make_ready(place: Path, address: str) -> None:
    """Make the folder of a home under test one that can be served."""
    Home(place).write(fresh_settings(address, "demo"))


def free_port() -> int:
    """Give a port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def running(group: int) -> list[int]:
    """Give the processes of a group that still run; what only waits to be counted out does not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, member = stat.read_text("utf-8").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(member) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found
