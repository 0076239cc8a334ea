"""The only place that counts in memory what processes do: how long requests took. Several processes add up to one answer.

Each process keeps its counts where the others can read them (`project.sharing`); without such a place it tells its own.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"  # as the library asks for it, when it is imported
BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)
_own = CollectorRegistry()
REQUEST_SECONDS = Histogram(
    "indelible_request_seconds", "How long requests took, by route.", ("route", "method", "status"),
    buckets=BUCKETS, registry=_own,
)  # fmt: skip


def answered(but: Collection[str]) -> dict[float, float]:
    """Give how many requests were answered within each bound so far, by all processes that share, but for some routes."""
    found: dict[float, float] = dict.fromkeys((*BUCKETS, math.inf), 0.0)
    for metric in registry().collect():
        for one in metric.samples:
            if one.name == "indelible_request_seconds_bucket" and one.labels["route"] not in but:
                found[float(one.labels["le"])] += one.value
    return found


def registry() -> CollectorRegistry:
    """Give what was counted, by all processes that share."""
    if SHARED not in os.environ:
        return _own
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared
