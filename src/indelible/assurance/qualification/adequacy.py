"""The only place that says what the proof of the runner leaves: which fault or mutant was noticed, by which step, and what was not.

The record is the assessment of the testing tool's adequacy (Annex 11, 4.7). It says nothing about the product, and no run in it counts.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from indelible.assurance.qualification.results import FAILED, PASSED, SKIPPED, Run, ScriptResult

CAUGHT, MISSED, NOT_GREEN, NOT_MADE, ELSEWHERE = (
    "caught",
    "not caught",
    "not green without it",
    "not made",
    "not here",
)
FINDINGS = (MISSED, NOT_GREEN, NOT_MADE)


@dataclass(frozen=True, slots=True)
class Noticed:
    """The step that noticed: expected was written before, actual is what the faulty product did."""

    script: str
    requirements: tuple[str, ...]
    step: int
    action: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What one seeded fault, or one mutant, gave."""

    id: str
    title: str
    area: str
    file: str
    line: int
    was: str
    now: str
    requirement: str
    verdict: str
    slice: tuple[str, ...]  # keys of the scripts that had to notice
    noticed: Noticed | None = None
    build_sha256: str = ""  # of the faulty product; never that of production
    run: str = ""
    seconds: float = 0.0
    note: str = ""


def noticed(run: Run, among: tuple[str, ...] = (), verdicts: tuple[str, ...] = (FAILED,)) -> Noticed | None:
    """Give the first step that gave something else than was expected, in one of the scripts named (in any where none is)."""
    for result in run.results:
        if result.verdict in verdicts and (not among or result.script in among):
            step = next((one for one in result.steps if one.verdict in verdicts), None)
            if step is not None:
                return Noticed(result.key, result.requirements, step.number, step.action, step.expected, step.actual)
    return None


def red(results: tuple[ScriptResult, ...], keys: tuple[str, ...]) -> list[str]:
    """Give, with the reason, the scripts of a slice that did not pass on the product as it is; a slice needs one that passed."""
    known = {one.key: one for one in results}
    wrong = [key for key in keys if key not in known or known[key].verdict not in (PASSED, SKIPPED)]
    told = [f"{key}: {known[key].note or known[key].verdict}" if key in known else f"{key}: no result" for key in wrong]
    if not told and not any(known[key].verdict == PASSED for key in keys):
        told = [f"{key}: {known[key].note}" for key in keys]
    return told


def counts(proofs: list[Proof]) -> dict[str, int]:
    """Count proofs by their verdict."""
    return {verdict: sum(1 for one in proofs if one.verdict == verdict) for verdict in (CAUGHT, *FINDINGS, ELSEWHERE)}


def write(record: dict[str, Any], place: Path) -> Path:
    """Write the record as JSON; gives the file."""
    file = place / f"{record['id']}.json"
    file.write_text(json.dumps(record, ensure_ascii=False, indent=1), "utf-8")
    return file


def told(proofs: list[Proof]) -> list[dict[str, Any]]:
    """Give proofs as plain data."""
    return [asdict(one) for one in proofs]
