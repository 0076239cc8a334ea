"""The only place that keeps runs in a folder: their number, what a stopped one left, and how often each script was executed.

A run writes one JSON line after the other and its result last. Lines without a result are of a run that was killed: it is aborted,
nothing of it counts, and its executions are attempts all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from indelible.assurance.qualification import planning, results
from indelible.assurance.qualification.results import ABORTED, Run, ScriptResult
from indelible.infra import clock
from indelible.kernel.errors import Invalid, Missing

RUNS, EVIDENCE = "runs", "evidence"
LINES, PLAN, DONE = ".jsonl", ".plan.json", ".json"
STOPPED, KILLED = "the run was stopped before its end", "it was killed"


def prepare(output: Path) -> Path:
    """Make the folder for what a run leaves, or take one of earlier runs; raises Invalid for anything else."""
    stands = output.exists() and (not output.is_dir() or (any(output.iterdir()) and not (output / RUNS).is_dir()))
    if stands:
        raise Invalid(rule="input", text=f"{output} is neither empty nor the folder of an earlier qualification.",
                      missing=(Missing("A folder that is empty, is not there yet, or holds earlier runs.", field="output"),))  # fmt: skip
    (output / RUNS).mkdir(parents=True, exist_ok=True)
    (output / EVIDENCE).mkdir(exist_ok=True)
    return output


def next_id(output: Path) -> str:
    """Give the name of the next run: RUN-20261130T161000Z."""
    name = f"RUN-{clock.real():%Y%m%dT%H%M%SZ}"
    taken = sum(1 for path in (output / RUNS).glob(f"{name}*{LINES}"))
    return f"{name}-{taken + 1}" if taken else name


def attempts(output: Path) -> dict[str, int]:
    """Count how often each script was begun in the runs of a folder, aborted and trial ones too, by key."""
    found: Counter[str] = Counter()
    for lines in (output / RUNS).glob(f"*{LINES}"):
        found.update(line["begun"] for line in planning.read(lines) if "begun" in line)
    return dict(found)


def close_stopped(output: Path) -> list[str]:
    """Write down as aborted what runs left that were killed; gives their names."""
    left = [path for path in sorted((output / RUNS).glob(f"*{LINES}")) if not path.with_suffix(DONE).exists()]
    return [path.stem for path in left if _close(output, path)]


def _close(output: Path, lines: Path) -> bool:
    head = next((line["run"] for line in planning.read(lines) if "run" in line), None)
    if head is None:
        return False
    run = results.of(head)
    results.write(aborted(run, gathered(planning.read(lines))), output / RUNS)
    return True


def aborted(run: Run, executed: Iterable[ScriptResult], told: str = KILLED) -> Run:
    """Give a run that was stopped: never official, without an end, with what it had executed."""
    why = tuple(dict.fromkeys((*run.why_not_official, STOPPED)))
    return replace(run, official=False, why_not_official=why, ended="", results=tuple(executed), notes=(*run.notes, told))


def gathered(lines: Iterable[dict[str, Any]]) -> tuple[ScriptResult, ...]:
    """Make results of what was told; a script that began and gave nothing is aborted."""
    begun: dict[str, dict[str, Any]] = {}
    given: dict[str, ScriptResult] = {}
    for line in lines:
        if "begun" in line:
            begun[line["begun"]] = line
        elif "result" in line:
            one = results.script(line["result"])
            given[one.key] = one
    open_ones = [_unfinished(line) for key, line in begun.items() if key not in given]
    return (*given.values(), *open_ones)


def _unfinished(line: dict[str, Any]) -> ScriptResult:
    script, _, case = str(line["begun"]).rstrip("]").partition("[")
    return ScriptResult(script, case, "", "", script.partition("-")[0], (), "", "", int(line["attempt"]), ABORTED, line["at"], "", 0.0, (),
                        "it began, and was killed before it gave a result")  # fmt: skip


def told(output: Path, run: str) -> Path:
    """Give the file of a run's JSON lines."""
    return output / RUNS / f"{run}{LINES}"


def runs(output: Path) -> Iterator[Run]:
    """Give the runs of a folder that were written down, oldest first."""
    for path in sorted((output / RUNS).glob("RUN-*.json")):
        if not path.name.endswith(PLAN):
            yield results.read(path)


def keep_private(place: Path) -> None:
    """Let nobody but this account read what a run leaves: it holds the whole configuration."""
    place.chmod(0o700)
