"""The only place that says what a check of the installation is: steps with what is specified and what was found (IQ)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError

from indelible.assurance.qualification.evidence import Recorder
from indelible.assurance.qualification.results import (
    ERROR,
    FAILED,
    IQ,
    PASSED,
    PERSON,
    SITE,
    SKIPPED,
    ScriptResult,
    StepResult,
)
from indelible.infra import build, clock
from indelible.infra.home import NoHome
from indelible.kernel.errors import Refused, Unavailable

UNSEEN = "not seen from here; a person looks"


@dataclass(frozen=True, slots=True)
class Found:
    """One item: where it was looked for, what is specified, what was found, and whether that satisfies what is specified.

    `ok` None is for what this process cannot see: a person looks, and until then nothing of it has passed. `whole` is kept as
    evidence beside it, where there is more to see than a line.
    """

    action: str
    given: str
    expected: str
    actual: str
    ok: bool | None
    whole: Any = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `look` gives its items in their order."""

    id: str
    title: str
    aim: str
    requirements: tuple[str, ...]
    look: Callable[[], Iterable[Found]]
    negative: bool = False  # tries what must be refused

    def make(self, recorder: Recorder, attempt: int) -> ScriptResult:
        """Look, and give the result with its evidence. What cannot be looked at is an error of this check alone."""
        started, began = clock.iso(clock.real()), time.monotonic()
        found, problem = self._found()
        steps = [_step(recorder, self.id, number, one) for number, one in enumerate(found, 1)]
        by = PERSON if steps and all(one.verdict == SKIPPED for one in steps) else SITE
        return ScriptResult(
            self.id, "", self.title, self.aim, IQ, self.requirements, self.fingerprint, by, attempt, _whole(steps, problem), started,
            clock.iso(clock.real()), round(time.monotonic() - began, 3), tuple(steps), problem or _note(steps),
        )  # fmt: skip

    @property
    def fingerprint(self) -> str:
        """Give the identity of the check: it is part of the build, whose hash says which text it has."""
        return build.identity().package

    def _found(self) -> tuple[list[Found], str]:
        found: list[Found] = []
        try:
            found.extend(self.look())
        except (DatabaseError, InterfaceError, OSError, NoHome, Refused, Unavailable) as problem:
            return found, f"cannot be looked at: {str(problem).splitlines()[0] if str(problem) else repr(problem)}"
        return found, ""


def _step(recorder: Recorder, check: str, number: int, one: Found) -> StepResult:
    recorder.begin(check, number)
    recorder.note("log", asdict(one))
    actual = recorder.clean(one.actual)
    kept = recorder.end()
    return StepResult(number, one.action, one.given, one.expected, actual, _verdict(one.ok), clock.iso(clock.real()), kept)


def _verdict(ok: bool | None) -> str:
    return SKIPPED if ok is None else PASSED if ok else FAILED


def _whole(steps: list[StepResult], problem: str) -> str:
    verdicts = {one.verdict for one in steps}
    if problem or not steps:
        return ERROR
    return FAILED if FAILED in verdicts else SKIPPED if SKIPPED in verdicts else PASSED


def _note(steps: list[StepResult]) -> str:
    wrong = [f"{one.action}: specified {one.expected}, found {one.actual}" for one in steps if one.verdict == FAILED]
    unseen = [f"a person looks: {one.action}" for one in steps if one.verdict == SKIPPED]
    return "; ".join([*wrong, *unseen])[:4000]


def same(action: str, given: str, expected: str, actual: str) -> Found:
    """Give an item that must be exactly as specified."""
    return Found(action, given, expected, actual, expected == actual)


def noted(action: str, given: str, actual: str) -> Found:
    """Give an item that is written down as it is: any value is right, and the report states which one it was."""
    return Found(action, given, "stated, not empty", actual, bool(actual))


def unseen(action: str, expected: str, why: str) -> Found:
    """Give an item that no program on this machine can see: never a pass."""
    return Found(action, "", expected, f"{UNSEEN}: {why}", None)
