"""The only place that gives the web processes a folder in which their measurements meet; it lies in memory and ends with them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # as the library asks for it, when a web process imports it
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a name by chance is made in it


@contextmanager
def measurements() -> Iterator[None]:
    """Let the processes that are begun inside add up their measurements; without shared memory each tells its own.

    On a disk they could find no room, and a process that counts past the end of a full disk is ended by the system.
    """
    if not os.access(MEMORY, os.W_OK):
        yield
        return
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="indelible-") as place:
        os.environ[SHARED] = place
        yield
