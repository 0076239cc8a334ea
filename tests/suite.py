"""The whole suite, once on SQLite and once on PostgreSQL: `python -m tests.suite [pytest's own arguments]`.

It repeats each run's closing line at the end and says plainly what was not run. What `INDELIBLE_REQUIRE`
names must be there, or nothing is run at all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests import machine

ENGINES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def run(engine: str, arguments: list[str]) -> tuple[int, str]:
    """Run pytest on one engine; give its exit code and its closing line, having shown all it printed."""
    print(f"\n== Suite on {ENGINES[engine]}", flush=True)
    colour = "yes" if sys.stdout.isatty() else "no"
    command = [sys.executable, "-m", "pytest", f"--color={colour}", *arguments]
    environment = {**os.environ, "INDELIBLE_TEST_DATABASE": engine, "PYTHONUNBUFFERED": "1"}
    tail = b""
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        while chunk := os.read(process.stdout.fileno(), 4096):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            tail = (tail + chunk)[-4096:]
    lines = COLOUR.sub(b"", tail).decode(errors="replace").strip().splitlines()
    return process.returncode, lines[-1].strip("= ") if lines else "pytest said nothing"


def main(arguments: list[str]) -> int:
    absent = machine.missing()
    if refused := {name: reason for name, reason in absent.items() if name in machine.required()}:
        for name, reason in refused.items():
            print(f"Required and missing: {name}. {reason}")
        return 1
    engines = [engine for engine in ENGINES if engine not in absent]
    results = {engine: run(engine, arguments) for engine in engines}
    print("\n== What was run")
    for engine, (code, closing) in results.items():
        print(f"{ENGINES[engine]:<11} {'ok    ' if code == 0 else 'FAILED'} {closing}")
    if "postgres" in absent:
        print(f"SKIPPED     the whole run on PostgreSQL. {absent['postgres']}")
    if "chromium" in absent:
        print(f"SKIPPED     every test in a browser. {absent['chromium']}")
    if not absent:
        print("Nothing was left out for want of PostgreSQL or Chromium.")
    return max(abs(code) for code, _ in results.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
