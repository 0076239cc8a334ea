"""The simulated clock of a home whose genesis says SIMULATED (D15): its offset is content of the installation's record."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from indelible.infra import clock
from indelible.kernel import acts, records
from indelible.kernel.acts import Outcome
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Record

SECONDS_KEPT = 1.0


@dataclass(slots=True)
class _Kept:
    """The offset as last read, so that telling the time costs a query a second and not one a call."""

    at: float = -SECONDS_KEPT
    offset: timedelta = timedelta()


_kept = _Kept()


def install() -> bool:
    """Let this process follow the home's simulated clock; does nothing (and says False) in a real home."""
    record = Record.objects.filter(type=INSTALLATION).first()
    if record is None or not is_simulated(record):
        return False
    clock.simulate(_simulated)
    return True


def is_simulated(installation: Record) -> bool:
    """Say whether the genesis of a home declares it as simulated."""
    return bool(records.values(installation).get("simulated"))


def advance(span: timedelta) -> Outcome:
    """Move the simulated clock forward, as an event of the installation; raises Refused in a real home."""
    record = Record.objects.get(type=INSTALLATION)
    if not is_simulated(record):
        raise Refused(rule="installation_is_simulated", text="Only a simulated home has a clock that can be moved.")
    seconds = int(_offset(record).total_seconds() + span.total_seconds())
    outcome = acts.run(SYSTEM, f"{INSTALLATION}.edit", record.id, fields={"clock_offset": str(seconds)},
                       reason=f"Simulated clock moved by {span}")  # fmt: skip
    _kept.at = -SECONDS_KEPT
    return outcome


def _simulated(real: datetime) -> datetime:
    if time.monotonic() - _kept.at >= SECONDS_KEPT:
        record = Record.objects.filter(type=INSTALLATION).first()
        _kept.at, _kept.offset = time.monotonic(), _offset(record) if record else timedelta()
    return real + _kept.offset


def _offset(record: Record) -> timedelta:
    return timedelta(seconds=int(records.values(record).get("clock_offset") or 0))
