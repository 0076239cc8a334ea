"""Writers side by side in interleaved slices, so that a slow second of the machine hits every way alike.

Only ratios of one cycle are formed; operations per second drift by a factor between minutes and mean nothing alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from tests.bench.ways import ORDER


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median over the cycles, with its quartiles."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Run:
    """What some writers counted: changes by way and cycle, and what the sequencer did meanwhile."""

    writers: int
    seconds: float
    made: dict[str, list[int]]
    sequencer: dict[str, float]

    def ratio(self, way: str, against: str) -> Ratio:
        """Compare two ways, cycle by cycle."""
        return middle([a / b for a, b in zip(self.made[way], self.made[against], strict=True) if b])

    def drag(self, way: str, against: str) -> Ratio:
        """Give by how many percent a way was slower in the cycles with the sequencer than in those before them."""
        found = [a / b for a, b in zip(self.made[way], self.made[against], strict=True)]
        return middle([100 * (1 - beside / alone) for alone, beside in zip(found[::2], found[1::2], strict=True) if alone])

    def per_second(self, way: str) -> float:
        """Give a way's changes per second in this run: for orientation only."""
        return median(self.made[way]) / self.seconds


def middle(values: list[float]) -> Ratio:
    """Give median and quartiles."""
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return Ratio(median(values), low, high)


def run(writers: int, *, cycles: int, seconds: float, ways: tuple[str, ...] = ORDER, by_turns: bool = False) -> Run:
    """Let the writers write, with the sequencer beside them: always, or `by_turns` in every other cycle."""
    integrator = _process("integrator")
    crew = [_process("worker") for _ in range(writers)]
    for number, process in enumerate(crew):
        seed = f"{writers}-{number}-{by_turns}"
        _tell(process, json.dumps({"seed": seed, "ways": ways, "cycles": cycles, "seconds": seconds}))
    for process in crew:
        _hear(process, "READY")
    start = time.monotonic() + 0.3
    _tell(integrator, json.dumps({"start": start, "cycle": len(ways) * seconds if by_turns else None}))
    for process in crew:
        _tell(process, str(start))
    counted = [json.loads(_end(process)) for process in crew]
    sequencer: dict[str, float] = json.loads(_end(integrator))
    made = {way: [sum(each) for each in zip(*(one[way] for one in counted), strict=True)] for way in ways}
    return Run(writers, seconds, made, sequencer)


def _process(module: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.bench.{module}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _tell(process: subprocess.Popen[str], line: str) -> None:
    pipe: Any = process.stdin
    pipe.write(f"{line}\n")
    pipe.flush()


def _hear(process: subprocess.Popen[str], word: str) -> None:
    pipe: Any = process.stdout
    heard = pipe.readline().strip()
    if heard != word:
        raise RuntimeError(f"a writer did not begin: {heard!r}")


def _end(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"a process of the bench ended with {process.returncode}")
    return said.strip().splitlines()[-1]
