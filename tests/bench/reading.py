"""Verification against reading alone: `indelible.assurance.verify` beside the same rows read and thrown away."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection

from indelible.assurance import verify
from indelible.kernel import acts, sequencer
from indelible.kernel.context import Context
from indelible.kernel.models import Event
from tests.bench import ground, synthetic
from tests.bench.ways import REASON

LIFE = 20
READ = ("event", "version", "log_position")


def fill(ann: Context, events: int) -> float:
    """Bring the database to so many events, in lives of LIFE events; gives the sequencer's events per second."""
    toy = ground.create(ann)
    for index in range(LIFE - 1):
        acts.run(ann, "toy.edit", toy.pk, reason=REASON, fields={"title": f"Title {index} calibration of equipment"})
    sequencer.drain()
    made = synthetic.multiply([toy], max(1, (events - Event.objects.count()) // LIFE))
    took, _ = _timed(sequencer.drain)
    synthetic.settle()  # the log too: it is read as it lies at rest
    return made / took


def read_away() -> float:
    """Read every row of the truth that verification reads, throw it away, and give the seconds that it took."""
    return _timed(_copied if connection.vendor == "postgresql" else _fetched)[0]


def chained() -> tuple[float, Any]:
    """Verify the chain of events alone; gives the seconds that it took and what was found."""
    return _timed(verify.verify_chain)


def verified() -> tuple[float, Any]:
    """Verify everything; gives the seconds that it took and what was found."""
    return _timed(verify.verify)


def _timed(doing: Any) -> tuple[float, Any]:
    began = time.monotonic()
    given = doing()
    return time.monotonic() - began, given


def _copied() -> None:
    for table in READ:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy:
            for _ in copy:
                pass


def _fetched() -> None:
    for table in READ:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            while cursor.fetchmany(5000):
                pass
