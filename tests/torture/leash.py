"""Runs a command in this process group and takes the whole group along when whoever holds the leash dies.

`python -m tests.torture.leash COMMAND ...`: for servers, whose workers would outlive a test run that is killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def die_with_parent(number: int) -> None:
    """Ask for a signal when the parent dies: a run that is stopped from outside leaves nobody behind who goes on writing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, number)


def main(command: list[str]) -> int:
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
