"""The only place that executes a script: one step after the other, each compared with what was expected before, until one differs."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance.qualification.assignment import Assignment
from indelible.assurance.qualification.evidence import Recorder, folder_of
from indelible.assurance.qualification.results import (
    ERROR,
    FAILED,
    LEVELS,
    PASSED,
    SKIPPED,
    ScriptResult,
    StepResult,
)  # fmt: skip
from indelible.assurance.qualification.steps import Step, Unsound, fingerprint
from indelible.infra import clock

NOT_RUN = "not run: an earlier step did not give what was expected"
LONGEST = 4000  # characters of an actual result, or of the words for an error


@dataclass(frozen=True, slots=True)
class Declared:
    """What the mark of a script says, and where it stands."""

    id: str
    title: str
    aim: str
    requirements: tuple[str, ...]
    negative: bool
    last: bool
    module: str

    @property
    def level(self) -> str:
        """Give OQ or PQ, as the id begins; raises Unsound for any other beginning."""
        level = self.id.partition("-")[0]
        if level not in LEVELS:
            raise Unsound(f"{self.id}: the id of a script begins with {', '.join(f'{one}-' for one in LEVELS)}.")
        return level


def declared(item: pytest.Item) -> Declared | None:
    """Give what a test says of itself as a script; None where it is none."""
    mark = item.get_closest_marker("script")
    if mark is None or not isinstance(item, pytest.Function):
        return None
    said: dict[str, Any] = {"title": "", "requirements": (), "negative": False, "last": False, **mark.kwargs}
    aim = " ".join((item.function.__doc__ or "").split())
    return Declared(str(mark.args[0]), str(said["title"]), aim, tuple(said["requirements"]), bool(said["negative"]),
                    bool(said["last"]), _module(Path(item.path)))  # fmt: skip


def is_last(item: pytest.Item) -> bool:
    """Say whether a script changes what others rely on."""
    script = declared(item)
    return script is not None and script.last


def case_of(item: pytest.Item) -> str:
    """Give for what a script is run; empty where it is run once."""
    call = getattr(item, "callspec", None)
    return str(call.params.get("case", call.id)) if call is not None else ""


def _module(path: Path) -> str:
    """Give the folder in which a script ships: modules/deviations, kernel; a company's own scripts are of `own`."""
    package = Path(__file__).resolve().parents[2]
    return path.resolve().parent.relative_to(package).as_posix() if package in path.resolve().parents else "own"


@dataclass(slots=True)
class Execution:
    """One script, for one case, in one run."""

    script: Declared
    case: str
    told: Assignment
    started: str = field(default_factory=lambda: clock.iso(clock.real()))
    began: float = field(default_factory=time.monotonic)
    steps: list[Step] = field(default_factory=list)
    made: list[StepResult] = field(default_factory=list)
    fingerprint: str = ""
    note: str = ""
    skipped: bool = False
    verdict: str = ""

    @property
    def key(self) -> str:
        """Give the name of script and case."""
        return f"{self.script.id}[{self.case}]" if self.case else self.script.id

    @property
    def attempt(self) -> int:
        """Give which execution of this script this is, over all runs."""
        return self.told.attempts.get(self.key, 0) + 1

    def plan(self, function: Callable[..., Any], steps: list[Step]) -> None:
        """Take the declared steps; nothing of them runs."""
        self.steps, self.fingerprint = steps, fingerprint(function, self.case, steps)

    def planned(self) -> dict[str, Any]:
        """Give the plan of this script as plain data (`planning.Script`)."""
        one = self.script
        return {"planned": {
            "script": one.id, "case": self.case, "title": one.title, "aim": one.aim, "level": one.level, "module": one.module,
            "requirements": list(one.requirements), "negative": one.negative, "fingerprint": self.fingerprint,
            "steps": [step.table for step in self.steps],
        }}  # fmt: skip

    def unlike_the_plan(self, fingerprints: dict[str, str]) -> str:
        """Say why a script is not the one that was planned; empty where it is. Expected results are never written afterwards."""
        planned = fingerprints.get(self.key, "")
        if not fingerprints or planned == self.fingerprint:
            return ""
        self.verdict = ERROR
        was = f"{planned[:12]} was planned" if planned else "it was not planned"
        self.note = f"Refused: this script has the fingerprint {self.fingerprint[:12]}, {was}. Plan again before running."
        self.made += [self._step(number, step, SKIPPED, NOT_RUN) for number, step in enumerate(self.steps, 1)]
        return self.note

    def run(self, recorder: Recorder) -> str:
        """Make the steps in their order; gives in words what did not go as expected, empty where all did."""
        for number, step in enumerate(self.steps, 1):
            if self.verdict:
                self.made.append(self._step(number, step, SKIPPED, NOT_RUN))
                continue
            recorder.begin(folder_of(self.key), number)
            verdict, actual = self._do(step)
            kept, by = recorder.end(), step.by or recorder.by
            actual = recorder.clean(actual)[:LONGEST]
            self.made.append(self._step(number, step, verdict, actual, kept, by))
            if verdict != PASSED:
                self.verdict = verdict
                self.note = f"Step {number}, {step.action}: expected {step.expected!r}, found {actual!r}"[:LONGEST]
        return self.note

    def _do(self, step: Step) -> tuple[str, str]:
        try:
            actual: Any = step.do()
        except pytest.skip.Exception as why:
            self.skipped = True
            return SKIPPED, f"skipped: {why}"
        except AssertionError as found:
            return FAILED, str(found) or "an assertion of the script did not hold"
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is the result of this step and stands in the report
            return ERROR, _told(problem)
        if not isinstance(actual, str):
            return ERROR, f"the step gave {actual!r}; a step gives what it found as text"
        return (PASSED if actual == step.expected else FAILED), actual

    def _step(self, number: int, step: Step, verdict: str, actual: str, kept: Any = (), by: str = "") -> StepResult:
        at = clock.iso(clock.real())
        return StepResult(number, step.action, step.given, step.expected, actual, verdict, at, kept, by or step.by)

    def broken(self, problem: BaseException, *, skipped: bool) -> None:
        """Take what broke the script outside of its steps, or why it was skipped as a whole."""
        if not self.verdict:
            self.verdict, self.skipped, self.note = (
                (SKIPPED, True, str(problem)) if skipped else (ERROR, False, _told(problem))
            )

    def result(self) -> dict[str, Any]:
        """Give the result as plain data; a script of which no step ran to its end has passed nothing."""
        one, ended = self.script, clock.iso(clock.real())
        verdict = self.verdict or (PASSED if self.made and all(step.verdict == PASSED for step in self.made) else ERROR)
        note = self.note or ("" if verdict == PASSED else "no step was made")
        return asdict(ScriptResult(
            one.id, self.case, one.title, one.aim, one.level, one.requirements, self.fingerprint, self.told.origin, self.attempt,
            verdict, self.started, ended, round(time.monotonic() - self.began, 3), tuple(self.made), note[:LONGEST],
        ))  # fmt: skip


def _told(problem: BaseException) -> str:
    where = traceback.extract_tb(problem.__traceback__)
    at = f" ({Path(where[-1].filename).name}:{where[-1].lineno})" if where else ""
    return f"{type(problem).__name__}: {problem}{at}"
