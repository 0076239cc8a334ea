"""The figures for a monitor, in Prometheus's words, given to this machine and named monitors only.

They are read from the database when they are asked for: every worker process gives the same ones. Only how long
requests took is kept in between, and added up over the processes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta

from axes.models import AccessFailureLog
from django.conf import settings
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from indelible.assurance import backup, levels
from indelible.assurance.drift import following
from indelible.infra import build, clock, environment, measures, running
from indelible.kernel import gather
from indelible.kernel.context import SYSTEM
from indelible.kernel.models import LogPosition, Outbox, Pending, Refusal, Signature, Task, Timer
from indelible.practice import indexing, notices
from indelible.practice.models import Notice

HERE = frozenset({"127.0.0.1", "::1"})
# A proxy on this machine calls from this machine, on behalf of anybody.
BROUGHT = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-Ip")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures to a caller on this machine or a monitor that was named; for anybody else there is nothing here."""
    brought = getattr(request, "forwarded", False) or any(name in request.headers for name in BROUGHT)
    address = request.META.get("REMOTE_ADDR", "")
    if brought or not (address in HERE or environment.within("INDELIBLE_MONITORS", address)):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    registry.register(Figures())
    text = generate_latest(registry) + generate_latest(measures.registry())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """What the database and the machine say now."""

    def collect(self) -> Iterator[Metric]:
        """Give each figure once."""
        yield from _ledger()
        yield from _waiting()
        yield from _machine()
        yield from _service()


def _ledger() -> Iterator[Metric]:
    last = LogPosition.objects.aggregate(last=Max("seq"))["last"]
    yield _gauge("log_size", "Events and refusals in the log.", 0 if last is None else last + 1)
    hour = clock.now() - timedelta(hours=1)
    refused = Refusal.objects.filter(at__gte=hour).count()
    yield _gauge("refusals_last_hour", "Refused attempts within the last hour.", refused)
    wrong = AccessFailureLog.objects.filter(attempt_time__gte=clock.real() - timedelta(hours=1)).count()
    yield _gauge(
        "logins_refused_last_hour", "Attempts to sign in, or to sign, with wrong credentials within the hour.", wrong
    )
    signed = Signature.objects.filter(at__gte=hour).count()
    yield _gauge("signatures_last_hour", "Signatures given within the last hour.", signed)


def _waiting() -> Iterator[Metric]:
    yield _gauge("log_pending", "Events that have no position in the log yet.", Pending.objects.count())
    overdue = Timer.objects.filter(due_at__lt=clock.now()).aggregate(first=Min("due_at"))["first"]
    late = (clock.now() - overdue).total_seconds() if overdue else 0
    yield _gauge("timer_late_seconds", "How late the oldest due move of the system is.", late)
    waiting = Outbox.objects.filter(done_at=None).count()
    yield _gauge("reactions_waiting", "Reactions that wait or were refused.", waiting)
    letters = Notice.objects.filter(state__in=[notices.WAITING, notices.SENDING]).count()
    yield _gauge("mail_waiting", "Notices of work that no mail server has taken yet.", letters)
    unindexed = indexing.set_aside()
    yield _gauge("search_not_indexed", "Records and files whose text could not be indexed for the search.", unindexed)
    drifts = following.list_open()
    yield _gauge("drift", "1 while something is not as it was approved.", 1 if drifts else 0)
    yield _gauge("drift_findings", "What is not as it was approved, and neither put back nor accepted.", len(drifts))
    if compared := running.compared(settings.HOME.path):
        age = (clock.real() - compared).total_seconds()
        yield _gauge("drift_compared_age_seconds", "Since when what runs was last compared with what was approved.", age)
    tasks = Task.objects.filter(due_at__lt=clock.now()).count()
    yield _gauge("tasks_late", "Open work past its due date.", tasks)


def _machine() -> Iterator[Metric]:
    disk = shutil.disk_usage(settings.HOME.path)
    yield _gauge("disk_free_bytes", "Free space where the home lies.", disk.free)
    yield _gauge("disk_size_bytes", "Size of the disk where the home lies.", disk.total)
    if made := backup.last_made():
        age = (clock.now() - made).total_seconds()
        yield _gauge("backup_age_seconds", "Since when the last backup was made; absent where there is none.", age)
    if tested := backup.last_tested():
        age = (clock.now() - tested).total_seconds()
        yield _gauge(
            "restore_test_age_seconds", "Since when a restore was last rehearsed or done; absent where there was none.", age
        )
    skew = gather.read(SYSTEM, presence=None, key=None, at=clock.now()).skew.total_seconds()
    yield _gauge("clock_skew_seconds", "Difference between the clocks of server and database.", skew)
    family = GaugeMetricFamily("indelible_build", "The build that runs.", labels=["build"])
    family.add_metric([build.identity().name], 1)
    yield family


def _service() -> Iterator[Metric]:
    missed = GaugeMetricFamily("indelible_service_target_missed", "1 while a service target is missed.", labels=["target"])
    value = GaugeMetricFamily("indelible_service_measured", "What was measured for a service target.", labels=["target"])
    for one in levels.list_levels():
        missed.add_metric([one.name], float(one.missed))
        if one.value is not None:
            value.add_metric([one.name], one.value)
    yield missed
    yield value


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"indelible_{name}", words, value=value)
