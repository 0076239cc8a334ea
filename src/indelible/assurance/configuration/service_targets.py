"""The only place that says which service targets a company may set, and within which bounds; `assurance.levels` measures them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """One target: what it is called, which values it may have, and both in a sentence."""

    label: str
    allowed: Collection[int]
    said: str
    at_least: bool = False  # the value is the least that is good; of the others it is the most


SERVICE_TARGETS = {
    "unready_minutes": ServiceTarget(
        "Time without service", range(5, 1441), "minutes of a day in which nothing could be served, 5 to 1440"
    ),
    "answer_seconds": ServiceTarget(
        "Time to answer", (1, 3, 10), "seconds within which 19 of 20 requests of an hour are answered: 1, 3 or 10"
    ),
    "follow_up_minutes": ServiceTarget(
        "What follows by itself", range(5, 1441), "minutes that it may wait, 5 to 1440"
    ),
    "mail_hours": ServiceTarget("Mail", range(1, 169), "hours that mail may wait for a server which does not take it, 1 to 168"),
    "disk_percent": ServiceTarget("Free disk", range(1, 51), "percent of the disk that stay free, 1 to 50", at_least=True),
}  # fmt: skip
