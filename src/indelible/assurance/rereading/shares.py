"""The only place that reads a large ledger with several processes: each takes a share of the records, at the same moment.

Helpers are forked before anything is connected, wait for their share, and answer with plain data, which is put together
in the order of the records. So the report is the one that a single process gives, sooner.
"""

from __future__ import annotations

import json
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, astuple, dataclass
from functools import partial
from typing import Any, BinaryIO

from django.db import Error, connection, connections

from indelible.assurance.rereading import links
from indelible.assurance.rereading.chain import Ledger
from indelible.assurance.rereading.files import Files
from indelible.assurance.rereading.reading import UNREADABLE, Span, View, view
from indelible.assurance.rereading.report import Finding, Findings
from indelible.assurance.rereading.rows import Data
from indelible.assurance.rereading.walk import Tell, Walk
from indelible.kernel.models import Event

LARGE = 50_000  # events from which on a second process is worth its while
MOST = 4


@dataclass(slots=True)
class Helper:
    """A process of ours that waits to be told its share, reads it and answers."""

    pid: int
    orders: BinaryIO
    answers: BinaryIO

    def tell(self, said: Data) -> None:
        """Send it one line."""
        self.orders.write(json.dumps(said).encode() + b"\n")
        self.orders.flush()

    def hear(self) -> Any:
        """Wait for its next line; raises RuntimeError where the process ended without one."""
        line = self.answers.readline()
        said = json.loads(line) if line else {"failed": "it ended without a word"}
        if "failed" in said:
            raise RuntimeError(f"a process that helped to read the ledger failed: {said['failed']}")
        return said

    def end(self) -> None:
        """Let go of it; a helper that was told nothing ends by itself, one that reads ends at its next line."""
        self.orders.close()
        self.answers.close()
        os.waitpid(self.pid, 0)


@contextmanager
def helpers(processes: int | None) -> Iterator[list[Helper]]:
    """Fork helpers, so that there are so many processes; None means what ledger and machine are worth, if a fork is safe."""
    crew: list[Helper] = []
    processes = processes or _worth()
    with ExitStack() as stack:
        if processes > 1:
            # Nothing may be connected when a process is forked: two of them would speak on one line.
            connections.close_all()
        for _ in range(processes - 1):
            crew.append(_forked(crew))
            stack.callback(crew[-1].end)
        yield crew


def walk(ledger: Ledger, crew: list[Helper], tell: Tell) -> None:
    """Check every record, each helper a share of them; raises what damage of the database itself brings about."""
    present = ledger.view
    mine, busy = _share(present, crew, "span", present.spans) if crew else (Span(), [])
    present.span = mine
    walked = Walk(ledger)
    walked.records(tell)
    present.span = Span()
    for helper in busy:
        _take(ledger, helper.hear())
    walked.finish()


def chain(ledger: Ledger, crew: list[Helper], tell: Tell) -> None:
    """Check the events alone, each helper a part of them; raises what damage of the database itself brings about."""
    cut = partial(links.parts, ledger.view)
    mine, busy = _share(ledger.view, crew, "rows", cut) if crew else ((None, None), [])
    read = [links.read(ledger.view, mine, tell)]
    for helper in busy:
        told = helper.hear()
        if told["stopped"]:
            ledger.findings.stopped(*told["stopped"])
        read.append(links.heard(told))
    links.together(ledger, read, tell)


def _share(present: View, crew: list[Helper], name: str, cut: Callable[[int], list[Any]]) -> tuple[Any, list[Helper]]:
    """Give the first share, which this process keeps, and who received another one and sees this moment."""
    with present.shared() as moment:
        if moment is None:
            return cut(1)[0], []
        mine, *others = cut(len(crew) + 1)
        busy = crew[: len(others)]
        for helper, share in zip(busy, others, strict=True):
            helper.tell({"moment": moment, name: astuple(share) if isinstance(share, Span) else share})
        for helper in busy:
            helper.hear()
        return mine, busy


def _worth() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if cores < 2 or threading.active_count() > 1 or connection.in_atomic_block:
        return 1
    try:
        newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    except Error:
        return 1  # what is wrong with the table is said when it is read
    return min(cores, MOST) if newest >= LARGE else 1


def _forked(others: list[Helper]) -> Helper:
    orders, tell = os.pipe()
    hear, answers = os.pipe()
    pid = os.fork()
    if pid:
        os.close(orders)
        os.close(answers)
        return Helper(pid, os.fdopen(tell, "wb"), os.fdopen(hear, "rb"))
    os.close(tell)
    os.close(hear)
    for helper in others:
        helper.orders.close()
        helper.answers.close()
    _serve(os.fdopen(orders, "rb"), os.fdopen(answers, "wb"))
    os._exit(0)


def _serve(orders: BinaryIO, answers: BinaryIO) -> None:
    def say(said: Data) -> None:
        answers.write(json.dumps(said).encode() + b"\n")
        answers.flush()

    try:
        if order := orders.readline():
            _read(json.loads(order), say)
    except BrokenPipeError:
        return  # whoever asked is gone
    except BaseException as problem:  # noqa: BLE001 - this process ends here, and whoever asked must learn of whatever it was
        say({"failed": "".join(traceback.format_exception(problem))})


def _read(order: Data, say: Callable[[Data], None]) -> None:
    with view(order["moment"]) as present:
        say({"ready": True})
        if "rows" in order:
            say(_links(present, order["rows"]))
            return
        present.span = Span(*order["span"])
        ledger = Ledger(present, Findings(), Files())
        try:
            Walk(ledger).records(lambda *_: None)
        except UNREADABLE as problem:
            ledger.stopped = problem
        say(_told(ledger))


def _links(present: View, rows: Any) -> Data:
    part, stopped = links.Part(), None
    try:
        part = links.read(present, (rows[0], rows[1]), lambda *_: None)
    except UNREADABLE as problem:
        stopped = [type(problem).__name__, str(problem)]
    return part.told() | {"stopped": stopped}


def _told(ledger: Ledger) -> Data:
    findings = ledger.findings
    return {
        "findings": [asdict(finding) for finding in findings.all], "counts": findings.counts,
        "last": ledger.counters.last, "baselines": list(ledger.baselines.items()), "applied": list(ledger.applied),
        "missing": ledger.missing, "strays": ledger.strays, "files": ledger.files.told(),
        "versions": ledger.versions, "broken": ledger.broken,
        "stopped": ledger.stopped and [type(ledger.stopped).__name__, str(ledger.stopped)],
    }  # fmt: skip


def _take(ledger: Ledger, told: Data) -> None:
    findings, mark = ledger.findings, len(ledger.findings.all)
    findings.all += [Finding(**finding) for finding in told["findings"]]
    findings.counts.update(told["counts"])
    for prefix, last in told["last"].items():
        ledger.counters.last[prefix] = max(last, ledger.counters.last.get(prefix, 0))
    ledger.baselines = {**{digest: tuple(place) for digest, place in told["baselines"]}, **ledger.baselines}
    ledger.applied.update(told["applied"])
    ledger.missing.update({digest: mark + index for digest, index in told["missing"].items()})
    ledger.strays.update({digest: tuple(place) for digest, place in told["strays"].items()})
    ledger.files.take(told["files"])
    ledger.versions += told["versions"]
    ledger.broken += told["broken"]
    if told["stopped"]:
        findings.stopped(*told["stopped"])
