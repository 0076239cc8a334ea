"""The only place that writes the security log: one JSON line for each thing that concerns who gets in and who signs.

It lies in the home, beside nothing else, so that whatever collects logs can follow it and keep it elsewhere. It is no
evidence: that stands in the ledger. Never a secret, never what somebody typed: a user id that nobody has may be a password.
"""

from __future__ import annotations

import json
import os
from typing import Any

from django.conf import settings

from indelible.infra import clock, logs

FOLDER, FILE = "logs", "security.jsonl"
# What a line may say, in this order; the guide explains each (docs/guide/operating.md).
FIELDS = ("at", "event", "outcome", "person", "by", "act", "subject", "rule", "reason", "method", "session", "address", "request",
          "count", "logged_at")  # fmt: skip


def told(event: str, **known: Any) -> None:
    """Write one line; `known` are fields of FIELDS. A line that cannot be written goes to the log of the process instead."""
    line = {
        "at": clock.iso(clock.real()),
        "event": event,
        **{name: value for name, value in known.items() if value not in (None, "")},
    }
    if unknown := line.keys() - set(FIELDS):
        raise ValueError(f"not a field of the security log: {', '.join(sorted(unknown))}")
    text = json.dumps({name: line[name] for name in FIELDS if name in line}, ensure_ascii=False) + "\n"
    try:
        place = settings.HOME.path / FOLDER
        place.mkdir(mode=0o700, exist_ok=True)
        # Opened anew each time, so that it may be moved away; one write, so that lines of several processes do not mix.
        handle = os.open(place / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)
    except OSError as problem:
        logs.failed("security log", problem=str(problem), line=text)
