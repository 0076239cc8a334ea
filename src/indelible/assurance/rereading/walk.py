"""The only place that goes through the whole ledger record by record, all tables side by side in the same order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from indelible.assurance.rereading import beside, heads, log, signing
from indelible.assurance.rereading.chain import EVENT, VERSION, Chain, Ledger
from indelible.assurance.rereading.heads import Comparison, Repairs
from indelible.assurance.rereading.reading import Stream
from indelible.assurance.rereading.report import Finding
from indelible.assurance.rereading.rows import MALFORMED, Data, Rows, table
from indelible.kernel.models import Event, Request, Restriction, Version

Tell = Callable[[str, int], None]
EVERY = 500  # progress is told once for so many
BESIDE = (table(Request), table(Restriction))
PROJECTED = ("head_", "projection_")


@dataclass(slots=True)
class Walked:
    """What a walk leaves behind: repairs where the truth is whole, and the differences that nothing here can mend."""

    repairs: Repairs = field(default_factory=Repairs)
    left: list[Finding] = field(default_factory=list)
    damaged: int = 0


class Walk:
    """All streams, moved forward together."""

    def __init__(self, ledger: Ledger) -> None:
        view = ledger.view
        self._ledger = ledger
        ledger.places = log.places(view)
        self._events = Stream(view.table(Event, EVENT, "record_id", "position", raw="payload"))
        self._versions = Stream(view.table(Version, VERSION, "record_id", "number", raw="content"))
        self._rows = {t.model: Rows(view, t) for t in (heads.HEAD, signing.TABLE, *BESIDE, *heads.TABLES)}
        self._streams = [self._events, self._versions, *(rows.stream for rows in self._rows.values())]

        self.walked = Walked()

    def all(self, tell: Tell) -> Walked:
        """Check every record that any table names; gives what would mend the projections."""
        self.records(tell)
        self.finish()
        return self.walked

    def records(self, tell: Tell) -> None:
        """Check every record of the view's span."""
        walked, counts = self.walked, self._ledger.findings.counts
        while keys := [stream.key for stream in self._streams if stream.key is not None]:
            key = min(keys)
            self._record(key, walked)
            for stream in self._streams:
                if stream.key == key:
                    stream.advance()
            counts["walked"] += 1
            if counts["walked"] % EVERY == 0:
                tell("records", counts["walked"])

    def finish(self) -> None:
        """Say what can only be judged once all records were read."""
        signing.settle(self._ledger)
        self._ledger.findings.counts["versions"] = self._ledger.versions
        if not self._ledger.broken:
            self._numbering(self.walked)

    def _numbering(self, walked: Walked) -> None:
        mark, repairs = len(self._ledger.findings.all), Repairs() if walked.damaged else walked.repairs
        counters = list(Rows(self._ledger.view, heads.NUMBERING).rest())
        heads.numbering(self._ledger.findings, repairs, self._ledger.counters.last, counters)
        walked.left += self._ledger.findings.since(mark) if walked.damaged else []

    def _record(self, key: Any, walked: Walked) -> None:
        findings = self._ledger.findings
        mark, repairs = len(findings.all), Repairs()
        given = self._rows[Request].take(key), self._rows[Restriction].take(key)
        head = next(iter(self._rows[heads.HEAD.model].take(key)), None)
        withheld = {row["version"] for row in given[1]}
        number = str(head["number"]) if head else None
        chain = Chain(self._ledger, key, number=number, versions=self._versions.take(key), withheld=withheld)
        signatures = signing.Signatures(self._ledger, self._rows[signing.TABLE.model], key)
        requests = beside.Requests(findings, given[0])
        events = self._chain(chain, key, signatures, requests)
        chain.close()
        signatures.close(chain)
        requests.close(chain)
        beside.restrictions(findings, chain, given[1])
        findings.counts["events"] += events
        findings.counts["records"] += head is not None
        self._projections(chain, key, head, events, repairs)
        found = findings.since(mark)
        if all(is_difference(f) and f.kind != "head_extra" for f in found):
            walked.repairs.heads += repairs.heads
            walked.repairs.rows += repairs.rows
        else:
            # What the events say cannot be taken for the truth here, so nothing is overwritten by it.
            walked.left += [f for f in found if is_difference(f)]
            walked.damaged += 1

    def _chain(self, chain: Chain, key: Any, signatures: signing.Signatures, requests: beside.Requests) -> int:
        events = 0
        for row in self._events.take(key):
            events += 1
            data = chain.event(row)
            if data is None:
                continue
            if "signature" in data:
                signatures.event(chain, row[1], data)
            if "key" in data:
                _guarded(chain, requests, row[1], data)
        return events

    def _projections(self, chain: Chain, key: Any, head: Data | None, events: int, repairs: Repairs) -> None:
        if chain.broken:
            # What is missing or cannot be read cannot be played again: its consequences are no findings of their own.
            self._ledger.broken += 1
            return
        comparison = Comparison(self._ledger.findings, chain.number, self._ledger.view.identifier(key), repairs)
        if events:
            try:
                comparison.head(chain.shadow, head)
            except MALFORMED as problem:
                chain.unreadable("what its events leave behind", problem)
        elif head is not None:
            comparison.stray_head(head)
        for of in heads.TABLES:
            comparison.rows(of, chain.shadow, self._rows[of.model].take(key))


def is_difference(finding: Finding) -> bool:
    """Say whether a finding is about a projection, which the truth can mend."""
    return finding.kind.startswith(PROJECTED)


def _guarded(chain: Chain, requests: beside.Requests, position: Any, data: Data) -> None:
    try:
        requests.event(chain, position, data)
    except MALFORMED as problem:
        chain.unreadable("its request", problem)
