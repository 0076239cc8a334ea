"""The only place that writes to the process log: one JSON line an event, with the request's id, secrets never among it.

Lines go to standard error by a thread of their own: a reader that does not read stops no request. What does not fit
the queue is left out, and the next line says how many were.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import structlog

from indelible.infra import clock, environment

SECRET = ("password", "secret", "token", "link", "cookie", "authorization")
KEPT, PATIENCE = 10_000, 2.0


class Unhurried:
    """A stream whose writers never wait for its reader."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue(KEPT)
        self._process, self._left_out = 0, 0
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Queue a line, or count it as left out."""
        self._begin()
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._left_out += 1
        return len(text)

    def flush(self) -> None:
        """Do nothing: whoever calls would wait."""

    def finish(self) -> None:
        """Give the reader a moment for what is left, when the process ends."""
        end = time.monotonic() + PATIENCE
        while self._process == os.getpid() and self._lines.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.01)

    def _begin(self) -> None:
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process != os.getpid():  # a fork has no threads
                self._lines, self._process = queue.Queue(KEPT), os.getpid()
                threading.Thread(target=self._pass_on, args=(self._lines,), name="log", daemon=True).start()

    def _pass_on(self, lines: queue.Queue[str]) -> None:
        while True:
            text = lines.get()
            left_out, self._left_out = self._left_out, 0
            try:
                sys.stderr.write(f'{{"event": "{left_out} lines were left out"}}\n{text}' if left_out else text)
                sys.stderr.flush()
            except (OSError, ValueError):
                self._left_out += 1  # nobody reads any more: the stream is closed
            finally:
                lines.task_done()


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: "(withheld)" if any(word in key.lower() for word in SECRET) else value for key, value in event.items()}


def _stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {"at": clock.iso(clock.real()), **event}


class Line(structlog.stdlib.ProcessorFormatter):
    """What Django and others log, in the same form."""

    def __init__(self) -> None:
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info,
                _redact, structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name, _stamp,
            ],
        )  # fmt: skip


out = Unhurried()
atexit.register(out.finish)
LEVEL = logging.getLevelNamesMapping()[environment.text("INDELIBLE_LOG").upper()]
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        _redact,
        structlog.processors.add_log_level,
        _stamp,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(LEVEL),
    logger_factory=structlog.PrintLoggerFactory(out),  # type: ignore[arg-type]
)
_log = structlog.get_logger()


def told(what: str, **known: Any) -> None:
    """Say what happened; `known` are plain values."""
    _log.info(what, **known)


def warn(what: str, **known: Any) -> None:
    """Say that something needs a look; `known` are plain values."""
    _log.warning(what, **known)


def failed(what: str, **known: Any) -> None:
    """Say that something broke, with the exception being handled."""
    _log.error(what, exc_info=sys.exc_info()[1] is not None and str(sys.exc_info()[1]), **known)


def bound(**known: str) -> AbstractContextManager[None]:
    """Let every line that is written inside carry these."""
    return structlog.contextvars.bound_contextvars(**known)
