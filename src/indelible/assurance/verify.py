"""The only place that says whether the whole ledger is what was written: it re-reads everything and trusts no column.

Truth is checked against its hashes and against itself, projections against the truth, files against their names, and
the database's guards against what this build installs (11.10(a), (c), (e); 11.70; Annex 11-9).
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from indelible.assurance.rereading import log
from indelible.assurance.rereading.chain import Ledger
from indelible.assurance.rereading.files import Files
from indelible.assurance.rereading.protection import protection
from indelible.assurance.rereading.reading import UNREADABLE, view
from indelible.assurance.rereading.report import Finding, Findings, Report
from indelible.assurance.rereading.shares import Helper, chain, helpers, walk
from indelible.infra.storage import Store

__all__ = ["Finding", "Report", "verify", "verify_chain"]

COUNTED = ("events", "versions", "signatures", "files", "records", "refusals", "baselines", "positions", "restricted")
CHAIN = ("events", "records", "positions")


def verify(*, deep: bool = True, progress: Callable[[str, int], None] | None = None, processes: int | None = None) -> Report:
    """Re-read the whole ledger at one moment, while people may go on writing, and report every disagreement.

    `deep=False` leaves the bytes of the files unread. `progress` is told what is being read and how much of it was.
    `processes` share the reading; None leaves it to the size of the ledger and to the machine.
    Damage is a finding, never an error; only a database that does not answer raises Django's OperationalError.
    """
    findings, files = Findings(), Files()
    tell = progress or _silent
    protection(findings)
    with helpers(processes) as crew, view() as present:
        try:
            _read(Ledger(present, findings, files), crew, tell)
            if deep:
                files.check(present, findings, Store(settings.HOME.files), tell)
        except UNREADABLE as problem:
            findings.stopped(type(problem).__name__, str(problem))
    return Report(not findings.all, {name: findings.counts[name] for name in COUNTED}, findings.all)


def verify_chain(*, progress: Callable[[str, int], None] | None = None, processes: int | None = None) -> Report:
    """Re-read the events alone, quickly: each hash, each link, each position, heads, log and the database's guards.

    It does not say that versions, signatures, projections and files are whole: `verify` does. To be asked often, where
    asking for everything takes too long. Arguments, report and errors are those of `verify`.
    """
    findings = Findings()
    protection(findings)
    with helpers(processes) as crew, view() as present:
        try:
            chain(Ledger(present, findings, Files()), crew, progress or _silent)
        except UNREADABLE as problem:
            findings.stopped(type(problem).__name__, str(problem))
    return Report(not findings.all, {name: findings.counts[name] for name in CHAIN}, findings.all)


def _read(ledger: Ledger, crew: list[Helper], tell: Callable[[str, int], None]) -> None:
    walk(ledger, crew, tell)
    tell("refusals", 0)
    log.refusals(ledger)
    tell("log", 0)
    log.positions(ledger)
    log.baselines(ledger)


def _silent(_: str, __: int) -> None:
    return
