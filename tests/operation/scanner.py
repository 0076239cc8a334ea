"""A real ClamAV daemon for tests, with one signature of their own: the string that scanners find by agreement."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import machine

# In pieces, so that no scanner takes this file for what it describes.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!" + b"$H+H*"
NAME = "Test.Eicar"
STREAM_MEGABYTES = 2
SECONDS = 30


@dataclass(frozen=True)
class Scanner:
    """A daemon that runs: its two addresses."""

    unix: str
    tcp: str


@contextmanager
def running(place: Path) -> Iterator[Scanner]:
    """Run the daemon in a folder of the test until it has been used."""
    base = place / "signatures"
    base.mkdir(parents=True)
    (base / "test.ndb").write_text(f"{NAME}:0:*:{EICAR.hex()}\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # A socket's path may have about a hundred characters, which a test's folder alone can exceed.
    path = Path("/tmp") / f"clamd-{os.getpid()}-{port}.sock"  # noqa: S108
    settings = place / "clamd.conf"
    settings.write_text(
        f"Foreground yes\nDatabaseDirectory {base}\nLocalSocket {path}\nTCPSocket {port}\nTCPAddr 127.0.0.1\n"
        f"LogFile {place / 'clamd.log'}\nStreamMaxLength {STREAM_MEGABYTES}M\nMaxThreads 4\nAlertExceedsMax yes\n"
    )
    program = machine.program("clamd")
    assert program is not None
    process = subprocess.Popen([program, "--config-file", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, path)
        yield Scanner(f"unix://{path}", f"tcp://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(SECONDS)
        path.unlink(missing_ok=True)


def _wait(process: subprocess.Popen[bytes], path: Path) -> None:
    for _ in range(SECONDS * 10):
        assert process.poll() is None, "clamd ended by itself"
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(str(path))
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("clamd does not answer")
