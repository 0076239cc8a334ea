"""Runs a command in this process group and takes the whole group along when whoever holds the leash dies.

`python -m tests.torture.leash COMMAND ...`: for servers, whose workers would outlive a test run that is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.torture.group import die_with_parent


def main(command: list[str]) -> int:
    die_with_parent(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
