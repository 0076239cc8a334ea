"""The only place that reads for people what qualifications left in the home: runs with their figures, one that runs now, their evidence.

It reads files alone. A run is written once, at its end; what was read of it is kept until its file is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from indelible.assurance.qualification import planning, results
from indelible.assurance.qualification.results import FAILED, LEVELS, PASSED, SKIPPED, Evidence, Run, ScriptResult
from indelible.infra.home import Home
from indelible.kernel.errors import NotFound

FOLDER, RUNS = "qualification", "runs"
LINES, PLAN, DONE = ".jsonl", ".plan.json", ".json"
KEPT = 3  # runs of which everything is remembered; a whole one is some megabytes


@dataclass(frozen=True, slots=True)
class Listed:
    """One run in a list: what it ran on and how it went. `ended` is empty where it was stopped."""

    id: str
    official: bool
    why_not_official: tuple[str, ...]
    started: str
    ended: str
    build: str
    baseline: int
    started_by: str
    counts: dict[str, int]
    missing: int
    fault: str
    seconds: float


@dataclass(slots=True)
class Level:
    """How far IQ, OQ or PQ of a run is: how many scripts were planned, and what those gave that have ended."""

    name: str
    planned: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    current: str = ""

    @property
    def done(self) -> int:
        """Give how many have ended."""
        return self.passed + self.failed + self.skipped


@dataclass(slots=True)
class Progress:
    """A run while it runs: its name and time of beginning, each level, what has ended (oldest first), and since when the last began."""

    run: str
    started: str
    levels: list[Level]
    ended: list[ScriptResult] = field(default_factory=list)

    @property
    def planned(self) -> int:
        """Give how many scripts are to run."""
        return sum(one.planned for one in self.levels)

    @property
    def done(self) -> int:
        """Give how many scripts have ended."""
        return sum(one.done for one in self.levels)


def folder(home: Home) -> Path:
    """Give where the runs of a home lie that were started on its pages."""
    return home.path / FOLDER


def list_runs(home: Home) -> list[Listed]:
    """List the runs that were written down, newest first."""
    return [_listed(path, *_stamp(path)) for path in sorted(_files(home), reverse=True)]


def get_run(home: Home, name: str) -> Run:
    """Give a run that was written down, with all of its results; raises NotFound for a name that none has."""
    path = next((path for path in _files(home) if path.stem == name), None)
    if path is None:
        raise NotFound(name)
    return _read(path, *_stamp(path))


def latest(home: Home) -> Run | None:
    """Give the newest run that came to its end, None without one; a run with a seeded fault shows nothing of the product."""
    found = next((one for one in list_runs(home) if one.ended and not one.fault), None)
    return get_run(home, found.id) if found else None


def progress(home: Home, since: str = "") -> Progress | None:
    """Give how far the newest run is that began at or after a moment (ISO 8601) and was not written down; None before it has begun."""
    path = max((folder(home) / RUNS).glob(f"*{LINES}"), default=None)
    if path is None or path.with_suffix(DONE).exists():
        return None
    lines = list(planning.read(path))
    head = next((line["run"] for line in lines if "run" in line), None)
    return None if head is None or head["started"] < since else _progress(head, lines)


def package(home: Home) -> Path | None:
    """Give the newest package that was written beside the runs, None without one."""
    found = sorted(folder(home).glob("*.zip"), key=lambda path: path.stat().st_mtime_ns)
    found = found or sorted(folder(home).glob("*/*.zip"), key=lambda path: path.stat().st_mtime_ns)
    return found[-1] if found else None


def evidence(home: Home, run: str, sha256: str) -> tuple[Evidence, bytes]:
    """Give a file of evidence by its hash, as the run names it; raises NotFound for what the run does not name or is not there any more."""
    named = next((one for one in _evidence(get_run(home, run).results) if one.sha256 == sha256), None)
    if named is None:
        raise NotFound(f"{run} {sha256[:12]}")
    path = (folder(home) / named.file).resolve()
    if folder(home).resolve() not in path.parents or not path.is_file():
        raise NotFound(f"{run} {sha256[:12]}")
    return named, path.read_bytes()


def by_requirement(run: Run | None) -> dict[str, list[ScriptResult]]:
    """Give the results of a run by the requirement that they are about."""
    found: dict[str, list[ScriptResult]] = {}
    for one in run.results if run else ():
        for requirement in one.requirements:
            found.setdefault(requirement, []).append(one)
    return found


def _files(home: Home) -> Iterator[Path]:
    return (path for path in (folder(home) / RUNS).glob(f"RUN-*{DONE}") if not path.name.endswith(PLAN))


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=1000)
def _listed(path: Path, _changed: int, _size: int) -> Listed:
    run = results.read(path)
    return Listed(run.id, run.official, run.why_not_official, run.started, run.ended, run.build, run.baseline, run.started_by,
                  run.counts(), len(run.missing()), run.fault, run.seconds)  # fmt: skip


@lru_cache(maxsize=KEPT)
def _read(path: Path, _changed: int, _size: int) -> Run:
    return results.read(path)


def _progress(head: dict[str, Any], lines: Iterable[dict[str, Any]]) -> Progress:
    levels = {name: Level(name) for name in LEVELS}
    for key in head["planned"]:
        _level(levels, key).planned += 1
    found = Progress(head["id"], head["started"], list(levels.values()))
    for line in lines:
        if "begun" in line:
            _level(levels, line["begun"]).current = line["begun"]
        elif "result" in line:
            result = results.script(line["result"])
            found.ended.append(result)
            _count(_level(levels, result.script), result)
    return found


def _level(levels: dict[str, Level], key: str) -> Level:
    name = key.partition("-")[0]
    return levels.setdefault(name, Level(name))


def _count(level: Level, result: ScriptResult) -> None:
    level.current = ""
    if result.verdict == PASSED:
        level.passed += 1
    elif result.verdict == SKIPPED:
        level.skipped += 1
    else:
        level.failed += 1


def _evidence(found: Iterable[ScriptResult]) -> Iterator[Evidence]:
    return (one for result in found for step in result.steps for one in step.evidence)


def failures(run: Run) -> list[ScriptResult]:
    """Give what did not pass, skipped scripts among it: each is a gap."""
    return [one for one in run.results if one.verdict != PASSED]


def first_failed(result: ScriptResult) -> str:
    """Give in a sentence why a script did not pass, empty where it did."""
    step = next((one for one in result.steps if one.verdict not in (PASSED, SKIPPED)), None)
    told = f"Step {step.number}: expected {step.expected}, found {step.actual}" if step else result.note
    return told if result.verdict in (FAILED, SKIPPED) or step else result.note
