"""The only place that measures the service against the targets of the policies: what is missed is an incident (Annex 11-13).

The process beside the web measures every few minutes and leaves what it found in the home, where the boards and `/metrics` read it.
What it cannot see it does not claim: whether people reach the server, through their network and its proxy, is seen from outside only.
"""

from __future__ import annotations

import math
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.db.models import Min, Q

from indelible.assurance import alarms
from indelible.assurance.alarms import AVAILABILITY, Alarm
from indelible.assurance.configuration.service_targets import SERVICE_TARGETS
from indelible.assurance.examination import ready
from indelible.infra import clock, logs, mail, running
from indelible.kernel import config, reactions
from indelible.kernel.models import Event, Outbox, Timer
from indelible.practice import notices
from indelible.practice.models import Notice

DAY, MONTH, HOUR = timedelta(days=1), timedelta(days=30), timedelta(hours=1)
LONGEST_GAP = timedelta(minutes=12)  # between two looks, which come every five minutes: after more the server did not run
OLD = timedelta(minutes=20)  # what was measured longer ago says nothing of now
SHARE, FEWEST = 0.95, 20  # of the requests of an hour; fewer than these say nothing
PROBES = frozenset({"healthz", "readyz", "metrics"})

_counts: deque[tuple[datetime, dict[float, float]]] = deque(maxlen=15)


@dataclass(frozen=True, slots=True)
class Level:
    """What was measured for one target: `value` is None where there was nothing to measure; `said` tells it in words."""

    name: str
    value: float | None
    limit: int
    said: str

    @property
    def missed(self) -> bool:
        """Say whether the target is missed."""
        if self.value is None:
            return False
        return self.value < self.limit if SERVICE_TARGETS[self.name].at_least else self.value > self.limit


Measured = tuple[float | None, str]
_MEASURES: dict[str, tuple[Callable[[datetime | None], Measured], str]] = {}


def sample(answered: dict[float, float]) -> None:
    """Note whether an act could be served now, and how many requests were answered within each bound so far.

    They are handed in: what counts them must not be imported before a server has said where its processes meet. A home that
    cannot be written is logged.
    """
    _counts.append((clock.real(), answered))
    try:
        running.note_ready(settings.HOME.path, all(ready.checks().values()))
    except OSError as problem:
        logs.warn("service levels", problem=str(problem))


def look() -> Iterator[Alarm]:
    """Measure every target, leave what was found for whoever shows it, and give an alarm for each that is missed."""
    found = [
        _measured(name, limit) for name, limit in config.current().policies.service_targets.items() if name in _MEASURES
    ]
    rows = [{"name": one.name, "value": one.value, "limit": one.limit, "said": one.said} for one in found]
    try:
        running.note_levels(settings.HOME.path, {"at": clock.iso(clock.real()), "levels": rows})
    except OSError as problem:
        logs.warn("service levels", problem=str(problem))
    for one in found:
        # An outage that an incident tells of already is not told again when that is closed; another one is.
        since = alarms.last_of(_signal(one.name)) if one.missed else None
        if one.missed and (since is None or _measured(one.name, one.limit, since).missed):
            yield _alarm(one)


def list_levels() -> list[Level]:
    """List what was measured the last time, for as long as it says something of now."""
    told = running.levels(settings.HOME.path)
    try:
        if clock.real() - clock.parse(str(told["at"])) > OLD:
            return []
        return [Level(str(one["name"]), one["value"], int(one["limit"]), str(one["said"])) for one in told["levels"]
                if one["name"] in SERVICE_TARGETS]  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return []


def availability() -> float | None:
    """Give the percentage of the last thirty days, as far as it was looked, in which an act could be served; None where it never was."""
    rows = running.list_ready(settings.HOME.path)
    begin = max(clock.real() - MONTH, rows[0][0]) if rows else clock.real()
    whole = clock.real() - begin
    return 100 * (1 - _away(begin) / whole) if whole > LONGEST_GAP else None


def _measured(name: str, limit: int, since: datetime | None = None) -> Level:
    value, said = _MEASURES[name][0](since)
    return Level(name, value, limit, said)


def _alarm(level: Level) -> Alarm:
    target = SERVICE_TARGETS[level.name]
    word = "at least" if target.at_least else "at most"
    return Alarm(
        _signal(level.name), f"Service target missed: {target.label.lower()}",
        f"{level.said} The target is {word} {level.limit} ({level.name} of the policies).", _MEASURES[level.name][1], AVAILABILITY,
    )  # fmt: skip


def _signal(name: str) -> str:
    return f"service target {name}"


def _measures(
    name: str, mend: str
) -> Callable[[Callable[[datetime | None], Measured]], Callable[[datetime | None], Measured]]:
    """Register what measures a target, with what to do when it is missed. It gets since when it is asked for, if it counts over time."""

    def register(function: Callable[[datetime | None], Measured]) -> Callable[[datetime | None], Measured]:
        _MEASURES[name] = function, mend
        return function

    return register


@_measures(
    "unready_minutes",
    "See in the log of the server, and with `indelible doctor`, why it stopped or could not serve; say which work was done on paper "
    "meanwhile, and let it be entered.",
)
def _unready(since: datetime | None) -> Measured:
    begin = clock.real() - DAY
    minutes = _away(max(begin, since) if since else begin) / timedelta(minutes=1)
    return round(
        minutes, 1
    ), f"In the last 24 hours the server did not run, or could serve no act, for {minutes:.0f} minutes."


@_measures(
    "answer_seconds",
    "See `indelible_request_seconds` at /metrics for the routes that are slow, and the load of machine and database.",
)
def _answers(_since: datetime | None) -> Measured:
    now, counts = clock.real(), list(_counts)
    before = next((told for at, told in counts if now - at <= HOUR + LONGEST_GAP), None)
    if before is None or len(counts) < 2:
        return None, "No requests were counted yet."
    passed = {bound: counts[-1][1][bound] - before.get(bound, 0) for bound in counts[-1][1]}
    total = passed[math.inf]
    if total < FEWEST:
        return None, f"In the last hour there were {max(total, 0):.0f} requests: too few to say."
    bound = next(one for one in sorted(passed) if passed[one] >= SHARE * total)
    said = f"19 of 20 of the {total:.0f} requests of the last hour were answered within"
    return (
        bound,
        f"{said} {bound:g} seconds." if bound < math.inf else f"{said} no bound that is counted: more than 10 seconds.",
    )


@_measures(
    "follow_up_minutes",
    "See whether the process beside the web lives (`indelible doctor`); a move of the system that was refused says why on its record.",
)
def _follow_ups(_since: datetime | None) -> Measured:
    row = Outbox.objects.filter(done_at=None, attempts__lt=reactions.ATTEMPTS).order_by("id").first()
    event = Event.objects.filter(record_id=row.record_id, position=row.position).first() if row else None
    due = Timer.objects.aggregate(at=Min("due_at"))["at"]
    age = max((clock.now() - at for at in (event.at if event else None, due) if at is not None), default=timedelta())
    minutes = max(age / timedelta(minutes=1), 0)
    return round(minutes, 1), f"What should follow by itself waits for {minutes:.0f} minutes at the longest."


@_measures(
    "mail_hours",
    "Correct `INDELIBLE_MAIL` or the mail server; what waits is sent by itself. People see their work here meanwhile.",
)
def _mail(_since: datetime | None) -> Measured:
    if mail.server() is None:
        return None, "No mail server is set up, so nobody is told by mail."
    tried = Notice.objects.filter(tried_at__isnull=False)
    stuck = tried.filter(
        Q(state=notices.WAITING) | Q(state=notices.FAILED, tries__gte=notices.TRIES, at__gt=clock.now() - DAY)
    )
    oldest = stuck.aggregate(at=Min("at"))["at"]
    hours = max((clock.now() - oldest) / HOUR, 0) if oldest else 0.0
    return round(hours, 2), f"Mail that the server does not take waits for {hours:.1f} hours at the longest."


@_measures(
    "disk_percent",
    "Make room or a larger disk; `du -sh` on the home says what takes it. On a full disk nothing is recorded.",
)
def _disk(_since: datetime | None) -> Measured:
    usage = shutil.disk_usage(settings.HOME.path)
    free = 100 * usage.free / usage.total
    return round(free, 1), f"{free:.0f} % of the disk of the home are free."


def _away(begin: datetime) -> timedelta:
    """Give for how long, since a moment, no act could be served: from each look that said so to the next, and where nobody looked."""
    rows, away = running.list_ready(settings.HOME.path), timedelta()
    for (at, held), (until, _) in pairwise(rows):
        if not held or until - at > LONGEST_GAP:
            away += max(until - max(at, begin), timedelta())
    return away
