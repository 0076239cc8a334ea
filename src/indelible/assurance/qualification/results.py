"""The only place that says what a run of the qualification leaves behind: runs, scripts, steps, evidence, as plain data.

Everything else of the package (matrix, protocols, reports, records) is derived from this and from the catalogue. A run
is written as JSON (`write`, `read`); the bytes of its evidence lie beside it and are named by their SHA-256.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

IQ, OQ, PQ = "IQ", "OQ", "PQ"
LEVELS = (IQ, OQ, PQ)
PASSED, FAILED, ERROR, SKIPPED, ABORTED = "passed", "failed", "error", "skipped", "aborted"
VERDICTS = (PASSED, FAILED, ERROR, SKIPPED, ABORTED)
RELEASE, SITE, PERSON = "release", "machine on site", "person"  # who or what executed, and where
ORIGINS = (RELEASE, SITE, PERSON)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that shows a step's result: its place beside the run, what it is, its SHA-256 (hex) and its size in bytes."""

    file: str
    kind: str  # exchange (HTTP request and response), query (SQL and rows), event, page, pdf, log, file
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step as executed. `expected` was written before; `actual` is a value, never "as expected". Times are ISO 8601."""

    number: int
    action: str
    given: str
    expected: str
    actual: str
    verdict: str
    at: str
    evidence: tuple[Evidence, ...] = ()
    by: str = ""  # the user id and role that acted on the copy, or the person who executed


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """One execution of one script (of one case of it, where it takes its cases from the configuration)."""

    script: str  # OQ-SIG-004
    case: str  # "" or what it was run for: a type, a role, a setting
    title: str
    aim: str
    level: str
    requirements: tuple[str, ...]
    fingerprint: str  # SHA-256 (hex) of the script's text, its case and its expected results
    origin: str
    attempt: int
    verdict: str
    started: str
    ended: str
    seconds: float
    steps: tuple[StepResult, ...]
    note: str = ""  # why it was skipped, or the error that ended it

    @property
    def key(self) -> str:
        """Give the name of script and case, as the reports print it."""
        return f"{self.script}[{self.case}]" if self.case else self.script


@dataclass(frozen=True, slots=True)
class Compared:
    """One item of the comparison between production and its copy; a difference without explanation fails the run."""

    item: str
    production: str
    copy: str
    explanation: str = ""

    @property
    def sound(self) -> bool:
        """Say whether both are the same, or the difference is explained."""
        return self.production == self.copy or bool(self.explanation)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what it ran on, which scripts were planned, and what each of them gave."""

    id: str
    official: bool  # under an approved plan and protocol; any other run is a trial and never counts
    why_not_official: tuple[str, ...]
    started: str
    ended: str  # "" while it runs and where it was killed
    build: str
    build_sha256: str
    baseline: int
    configuration_sha256: str
    engine: str
    environment: str
    started_by: str
    tool: dict[str, str]  # pytest, Python, and what else took part, with versions
    planned: tuple[str, ...]  # keys of every script that was meant to run
    compared: tuple[Compared, ...] = ()
    results: tuple[ScriptResult, ...] = ()
    fault: str = ""  # the seeded fault that this run was made with; such a run proves the runner and never the product
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())

    def counts(self) -> dict[str, int]:
        """Count planned scripts and verdicts: planned, run, passed, failed (errors and aborts among them), skipped."""
        said = Counter(one.verdict for one in self.results)
        failed = said[FAILED] + said[ERROR] + said[ABORTED]
        return {"planned": len(self.planned), "run": len(self.results) - said[SKIPPED], "passed": said[PASSED],
                "failed": failed, "skipped": said[SKIPPED]}  # fmt: skip

    def missing(self) -> list[str]:
        """Give the keys that were planned and gave nothing."""
        return sorted({*self.planned} - {one.key for one in self.results})


def write(run: Run, place: Path) -> Path:
    """Write a run as JSON into a folder; gives the file."""
    file = place / f"{run.id}.json"
    file.write_text(json.dumps(asdict(run), ensure_ascii=False, indent=1, sort_keys=True), "utf-8")
    return file


def read(file: Path) -> Run:
    """Read a run that was written; raises KeyError, TypeError or ValueError where it is none."""
    return of(json.loads(file.read_text("utf-8")))


def of(data: dict[str, Any]) -> Run:
    """Make a run of its plain data."""
    results = tuple(script(one) for one in data["results"])
    compared = tuple(Compared(**one) for one in data["compared"])
    lists = {name: tuple(data[name]) for name in ("why_not_official", "planned", "notes")}
    return Run(**data | lists | {"results": results, "compared": compared})


def script(data: dict[str, Any]) -> ScriptResult:
    """Make a script's result of its plain data."""
    return ScriptResult(**data | {"requirements": tuple(data["requirements"]), "steps": tuple(map(step, data["steps"]))})


def step(data: dict[str, Any]) -> StepResult:
    """Make a step's result of its plain data."""
    return StepResult(**data | {"evidence": tuple(Evidence(**one) for one in data["evidence"])})
