"""The only place that tells time.

Server time only (21 CFR 11.10(e)): nobody passes a time in. A home whose genesis event says SIMULATED keeps
an offset in the ledger; the kernel gives this file a function that reads it. There is no environment variable
and no parameter by which a production clock could be moved.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

STEP_TOLERANCE = timedelta(seconds=2)

_told: Callable[[datetime], datetime] | None = None
_started = (time.time(), time.monotonic())


def now() -> datetime:
    """Give the present instant in UTC, with microseconds; a simulated home's clock is asked instead."""
    real = datetime.now(UTC)
    return real if _told is None else _told(real)


def real() -> datetime:
    """Give the real instant, whatever is simulated: to set a simulated clock by, and to measure it."""
    return datetime.now(UTC)


def simulate(told: Callable[[datetime], datetime] | None) -> None:
    """Let `told` turn the real instant into the simulated one; None returns to the real clock."""
    global _told
    _told = told


def is_simulated() -> bool:
    """Say whether a simulated clock is in force in this process."""
    return _told is not None


def step() -> timedelta:
    """Give how far the wall clock has moved against the monotonic clock since the last call of `settle`.

    More than STEP_TOLERANCE means that somebody (or NTP) stepped the clock: the installation records it.
    """
    wall, steady = _started
    return timedelta(seconds=(time.time() - wall) - (time.monotonic() - steady))


def settle() -> None:
    """Take the present pair of clocks as the new reference, after a step was recorded."""
    global _started
    _started = (time.time(), time.monotonic())


def iso(moment: datetime) -> str:
    """Write an instant the way truth stores it: UTC, microseconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse(text: str) -> datetime:
    """Read what `iso` wrote."""
    return datetime.fromisoformat(text)


def in_zone(moment: datetime, zone: str) -> str:
    """Write an instant for people: `2026-11-23 14:03:22 -05:00` in the named IANA zone."""
    local = moment.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:]}"
