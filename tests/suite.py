"""The whole suite, once on SQLite and once on PostgreSQL: `python -m tests.suite [pytest's own arguments]`.

It repeats each run's closing line at the end and says plainly what was not run. What `INDELIBLE_REQUIRE`
names must be there, or nothing is run at all. Tests that know no engine (`tests.order`) are run once, on the first engine:
what failed there fails the whole run already.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

from tests import machine, order

ENGINES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
KEPT = 65_536  # bytes of what was printed last: the summary of a run
NOTHING_TO_RUN = 5  # pytest's exit code


@dataclass(frozen=True)
class Run:
    """One engine's run: pytest's exit code, its closing line, and how many tests that know no engine it ran."""

    code: int
    closing: str
    engine_free: int
    left: bool


def run(engine: str, arguments: list[str], *, left: bool) -> Run:
    """Run pytest on one engine, having shown all it printed; `left` says that another run has run what knows no engine."""
    print(f"\n== Suite on {ENGINES[engine]}", flush=True)
    colour = "yes" if sys.stdout.isatty() else "no"
    command = [sys.executable, "-m", "pytest", f"--color={colour}", *arguments]
    environment = {**os.environ, "INDELIBLE_TEST_DATABASE": engine, "PYTHONUNBUFFERED": "1"}
    environment[order.ASKED] = "left" if left else "run"
    tail = b""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        while chunk := os.read(process.stdout.fileno(), 4096):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            tail = (tail + chunk)[-KEPT:]
    text = COLOUR.sub(b"", tail).decode(errors="replace").strip()
    counted = re.findall(rf"^(\d+) tests {order.SAID}", text, re.MULTILINE)
    closing = text.splitlines()[-1].strip("= ") if text else "pytest said nothing"
    code = 0 if left and process.returncode == NOTHING_TO_RUN else process.returncode
    return Run(code, closing, int(counted[-1]) if counted else 0, left)


def main(arguments: list[str]) -> int:
    absent = machine.missing()
    if refused := {name: reason for name, reason in absent.items() if name in machine.required()}:
        for name, reason in refused.items():
            print(f"Required and missing: {name}. {reason}")
        return 1
    engines = [engine for engine in ENGINES if engine not in absent]
    results: dict[str, Run] = {}
    for engine in engines:
        results[engine] = run(engine, arguments, left=bool(results))
    print("\n== What was run")
    for engine, done in results.items():
        print(f"{ENGINES[engine]:<11} {'ok    ' if done.code == 0 else 'FAILED'} {done.closing}")
    for engine, done in results.items():
        here = "not run again: they were run before" if done.left else f"{done.engine_free} run"
        print(f"Tests that know no engine, on {ENGINES[engine]}: {here}")
    if "postgres" in absent:
        print(f"SKIPPED     the whole run on PostgreSQL. {absent['postgres']}")
    if "chromium" in absent:
        print(f"SKIPPED     every test in a browser. {absent['chromium']}")
    if not absent:
        print("Nothing was left out for want of PostgreSQL or Chromium.")
    return max(abs(done.code) for done in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
