"""The only place that writes to the process log: one JSON line an event, secrets never among it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET = ("password", "secret", "token", "link", "cookie", "authorization")


def _redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: "(withheld)" if any(word in key.lower() for word in SECRET) else value for key, value in event.items()}


structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        _redact,
        structlog.processors.add_log_level,
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.PrintLoggerFactory(sys.stderr),
)
_log = structlog.get_logger()


def warn(what: str, **known: Any) -> None:
    """Say that something needs a look; `known` are plain values."""
    _log.warning(what, **known)


def failed(what: str, **known: Any) -> None:
    """Say that something broke, with the exception being handled."""
    _log.error(what, exc_info=sys.exc_info()[1] is not None and str(sys.exc_info()[1]), **known)
