"""The whole suite on SQLite and on PostgreSQL: `python -m tests.suite [--on-both] [pytest's own arguments]`.

The two runs share the tests, and what asks something of the engine is run by both (`tests.order`); `--on-both` shares nothing,
and where one engine is missing the other runs all. It repeats each run's closing line at the end and says plainly what was not
run. What `INDELIBLE_REQUIRE` names must be there, or nothing is run at all.
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
ON_BOTH = "--on-both"


@dataclass(frozen=True)
class Run:
    """One engine's run: pytest's exit code, its closing line, and how many of its tests the other run leaves out."""

    code: int
    closing: str
    alone: int


def run(engine: str, arguments: list[str], turn: str) -> Run:
    """Run pytest on one engine, having shown all it printed; `turn` says which of two runs that share this is, if any."""
    print(f"\n== Suite on {ENGINES[engine]}", flush=True)
    colour = "yes" if sys.stdout.isatty() else "no"
    command = [sys.executable, "-m", "pytest", f"--color={colour}", *arguments]
    environment = {**os.environ, "INDELIBLE_TEST_DATABASE": engine, "PYTHONUNBUFFERED": "1", order.ASKED: turn}
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
    return Run(process.returncode, closing, int(counted[-1]) if counted else 0)


def main(arguments: list[str]) -> int:
    absent = machine.missing()
    if refused := {name: reason for name, reason in absent.items() if name in machine.required()}:
        for name, reason in refused.items():
            print(f"Required and missing: {name}. {reason}")
        return 1
    engines = [engine for engine in ENGINES if engine not in absent]
    shared = len(engines) == len(ENGINES) and ON_BOTH not in arguments
    arguments = [one for one in arguments if one != ON_BOTH]
    results: dict[str, Run] = {}
    for engine, turn in zip(engines, ("first", "second"), strict=False):
        results[engine] = run(engine, arguments, turn if shared else "")
    print("\n== What was run")
    for engine, done in results.items():
        print(
            f"{ENGINES[engine]:<11} {'ok    ' if done.code in (0, NOTHING_TO_RUN if shared else 0) else 'FAILED'} {done.closing}"
        )
    if shared:
        told = ", ".join(f"{done.alone} on {ENGINES[engine]}" for engine, done in results.items())
        print(f"Run on one engine only: {told}. All others, on both. `make both` runs each on both.")
    if "postgres" in absent:
        print(f"SKIPPED     the whole run on PostgreSQL. {absent['postgres']}")
    if "chromium" in absent:
        print(f"SKIPPED     every test in a browser. {absent['chromium']}")
    if not absent:
        print("Nothing was left out for want of PostgreSQL or Chromium.")
    codes = [abs(done.code) for done in results.values() if not (shared and done.code == NOTHING_TO_RUN)]
    return max(codes, default=NOTHING_TO_RUN)  # of two that share few tests, one may have none


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
