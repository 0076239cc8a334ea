"""The only place that ties a process to the one that began it, so that nothing goes on when that one was killed."""

from __future__ import annotations

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Let this process be told to end when whoever began it ends, however that was; in a child, before its program starts.

    Linux alone knows it; elsewhere a killed parent leaves its children to whoever finds them.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
