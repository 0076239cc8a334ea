"""The only place that knows what a running server leaves in its home about itself: its environment, the signs of life of its loops.

Nothing rests on it but what `drift` and the service targets say of now: whoever can write the home can change it, and it is no evidence.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from indelible.infra import clock

FOLDER = "running"
ENVIRONMENT, COMPARED, BEGUN, READY, LEVELS = "environment.json", "compared", "begun", "ready", "levels.json"
KEPT = timedelta(days=31)  # how long it is known when the home could be served
EVERY = 5.0  # seconds between two signs of life of one loop, at least
ALIVE = timedelta(seconds=90)

# Every loop of the process beside the web, with how long it may be silent: a long piece of work is no death.
LOOPS = {
    "timers": timedelta(minutes=5), "files": timedelta(hours=1), "mail": timedelta(minutes=30), "security": timedelta(minutes=30),
    "continuity": timedelta(hours=1), "levels": timedelta(minutes=30), "watch": timedelta(hours=6),
}  # fmt: skip
_last: dict[tuple[Path, str], float] = {}


@dataclass(frozen=True, slots=True)
class Silent:
    """A loop that ought to run and gives no sign of life; `since` is its last one, None where there was none."""

    name: str
    allowed: timedelta
    since: datetime | None


def beat(home: Path, name: str) -> None:
    """Give a loop's sign of life; raises OSError where the home cannot be written."""
    now = time.monotonic()
    if now - _last.get((home, name), -EVERY) >= EVERY:
        _touch(home, name)
        _last[home, name] = now


def begin(home: Path, environment: dict[str, str]) -> bool:
    """Write down the environment of the server that begins now; says whether it is the first one of this home."""
    place = _folder(home)
    first = not (place / ENVIRONMENT).exists()
    part = place / f"{ENVIRONMENT}.{os.getpid()}"
    part.write_text(json.dumps(environment, indent=1, sort_keys=True), "utf-8")
    part.replace(place / ENVIRONMENT)
    _touch(home, BEGUN)
    return first


def environment(home: Path) -> dict[str, str] | None:
    """Give the environment of the server that runs, or ran last; None where none ever did, or what it left cannot be read."""
    try:
        told = json.loads((home / FOLDER / ENVIRONMENT).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else None


def list_silent(home: Path) -> list[Silent]:
    """List the loops that are silent for too long while others of the same process live; none where no server runs."""
    now, signs = clock.real(), {name: _sign(home, name) for name in LOOPS}
    begun, last = _sign(home, BEGUN), max(filter(None, signs.values()), default=None)
    if last is None or begun is None or now - last > ALIVE or now - begun < ALIVE:
        return []
    return [
        Silent(name, allowed, signs[name])
        for name, allowed in LOOPS.items()
        if now - max(signs[name] or begun, begun) > allowed
    ]


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Let those that compare a home come one after the other, on one machine; raises OSError where the home cannot be written."""
    with (_folder(home) / "comparing.lock").open("w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def compared(home: Path) -> datetime | None:
    """Give when the home was last compared with its approved state."""
    return _sign(home, COMPARED)


def note_compared(home: Path) -> None:
    """Note that the home was compared now; raises OSError where the home cannot be written."""
    _touch(home, COMPARED)


def note_ready(home: Path, ok: bool) -> None:
    """Note whether an act could be served now; what is older than a month is let go. Raises OSError where the home cannot be written."""
    now = clock.real()
    kept = [one for one in list_ready(home) if now - one[0] < KEPT] + [(now, ok)]
    _write(home, READY, "".join(f"{at.isoformat()} {int(held)}\n" for at, held in kept))


def list_ready(home: Path) -> list[tuple[datetime, bool]]:
    """List when it was looked whether an act could be served, and whether it could, oldest first; lines that cannot be read are left out."""
    try:
        lines = (home / FOLDER / READY).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return sorted(one for line in lines if (one := _sample(line)) is not None)


def note_levels(home: Path, levels: dict[str, Any]) -> None:
    """Leave what was measured of the service, for whoever shows it; raises OSError where the home cannot be written."""
    _write(home, LEVELS, json.dumps(levels, indent=1))


def levels(home: Path) -> dict[str, Any]:
    """Give what was measured of the service the last time; nothing where it never was, or cannot be read."""
    try:
        told = json.loads((home / FOLDER / LEVELS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _sample(line: str) -> tuple[datetime, bool] | None:
    at, _, held = line.partition(" ")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, held == "1") if moment.tzinfo else None


def _write(home: Path, name: str, text: str) -> None:
    part = _folder(home) / f"{name}.{os.getpid()}"
    part.write_text(text, "utf-8")
    part.replace(_folder(home) / name)


def _folder(home: Path) -> Path:
    place = home / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def _touch(home: Path, name: str) -> None:
    (_folder(home) / name).touch()


def _sign(home: Path, name: str) -> datetime | None:
    try:
        return datetime.fromtimestamp((home / FOLDER / name).stat().st_mtime, UTC)
    except OSError:
        return None
