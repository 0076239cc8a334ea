"""The only place that knows whether a home is being served: a lock on a file of the home, held as long as a server runs."""

from __future__ import annotations

import fcntl
from typing import IO

from indelible.infra.home import Home

FILE = "serving.lock"


def occupy(place: Home) -> IO[str]:
    """Hold the home as one of its servers, until the file that is given is closed or the process ends."""
    held = (place.path / FILE).open("w", encoding="utf-8")
    fcntl.flock(held, fcntl.LOCK_SH)
    return held


def is_served(place: Home) -> bool:
    """Say whether any server runs on the home."""
    file = place.path / FILE
    if not file.exists():
        return False
    with file.open("w", encoding="utf-8") as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
