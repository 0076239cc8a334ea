"""The only place that lets scripts run: pytest with the plugin, in a process of its own, its progress as it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from indelible.assurance.qualification import planning
from indelible.assurance.qualification.assignment import Assignment
from indelible.assurance.qualification.results import PASSED
from indelible.kernel.errors import Unavailable

Say = Callable[[str], None]
EVERY, ENDS_WITHIN = 0.3, 10.0
WENT = (0, 1)  # every script passed, or some did not; anything else is a fault of the run itself


def run(asked: Assignment, planned: int, place: Path, own: Path | None, say: Say) -> None:
    """Run what is assigned and say each result as it comes, of all that are `planned`; raises Unavailable where pytest itself breaks."""
    log, known = Path(asked.output) / "pytest.log", len(_results(asked))  # IQ has given results already
    process = planning.begin(asked, place, own, log)
    try:
        while process.poll() is None:
            known = _say_new(asked, known, planned, say)
            time.sleep(EVERY)
    finally:
        _end(process)
    _say_new(asked, known, planned, say)
    if process.returncode not in WENT:
        raise Unavailable(f"pytest ended with {process.returncode}: {log.read_text('utf-8', 'replace').strip()[-1500:]}")


def _say_new(asked: Assignment, known: int, total: int, say: Say) -> int:
    results = _results(asked)
    for at, one in enumerate(results[known:], known + 1):
        key = f"{one['script']}[{one['case']}]" if one["case"] else one["script"]
        why = "" if one["verdict"] == PASSED else f": {one['note'].splitlines()[0][:200] if one['note'] else ''}"
        say(f"{at}/{total} {key} {one['verdict']} ({one['seconds']:.1f} s){why}")
    return len(results)


def _results(asked: Assignment) -> list[dict[str, Any]]:
    return [line["result"] for line in planning.read(Path(asked.told)) if "result" in line]


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
