"""The only place that makes the projections anew from the truth, to compare them and, when asked, to mend them (D4, D21).

The shadow is made in memory, record by record, with the writer's own lines; people go on working while it is compared.
Mending holds writers off until it is done, and mends nothing of a record whose own events do not hold together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from indelible.assurance.rereading.chain import Ledger
from indelible.assurance.rereading.files import Files
from indelible.assurance.rereading.reading import view
from indelible.assurance.rereading.report import Finding, Findings
from indelible.assurance.rereading.walk import Walk, Walked, is_difference
from indelible.kernel import statements
from indelible.practice import indexing

__all__ = ["Result", "rebuild"]

Tell = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What was compared, every difference, how many of them were mended, and those that only people can judge.

    `ok` says whether the projections are what the truth says, now.
    """

    ok: bool
    counts: dict[str, int]
    differences: list[Finding] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)
    mended: int = 0


def rebuild(*, apply: bool = False, progress: Tell | None = None) -> Result:
    """Compare every projection with the truth; `apply` mends what differs, in one transaction (11.10(c)).

    Raises Django's OperationalError when the database does not answer or writers hold it; nothing is half mended.
    """
    if not apply:
        findings, walked = _walk(progress or _silent)
        _index(findings)
        return _result(findings, walked, mended=0)
    with statements.mending() as mend:
        findings, walked = _walk(progress or _silent)
        mend(walked.repairs.rows, walked.repairs.heads)
    indexing.mend(_index(findings))
    mended = sum(is_difference(f) for f in findings.all) - len(walked.left)
    return _result(findings, walked, mended=mended)


def _walk(tell: Tell) -> tuple[Findings, Walked]:
    findings = Findings()
    with view() as present:
        return findings, Walk(Ledger(present, findings, Files())).all(tell)


def _index(findings: Findings) -> list[indexing.Difference]:
    """Compare what can be searched with the heads as they are now, and say what differs."""
    found = list(indexing.differences())
    for one in found:
        text = f"{one.number or one.record} {one.text}."
        findings.add("projection_index", "search_entry", text, record=one.number, field="words")
    return found


def _result(findings: Findings, walked: Walked, *, mended: int) -> Result:
    counts = {name: findings.counts[name] for name in ("events", "versions", "records")} | {"damaged": walked.damaged}
    differences = [f for f in findings.all if is_difference(f)]
    return Result(len(differences) == mended, counts, differences, walked.left, mended)


def _silent(_: str, __: int) -> None:
    return
