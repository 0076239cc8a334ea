"""The only place that writes down what a step exchanged with the copy, without any credential in it.

The recorder that keeps it is the runner's; it blanks what it was told to hide. What changes with every answer (tokens of
forms, cookies) is blanked here by its form.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

LONGEST = 200_000  # bytes of a body that are kept as text; of a longer one hash and size
BLANK = "[withheld]"
SHORTEST = 6
SECRET_FIELDS = frozenset({"password", "again", "old", "csrfmiddlewaretoken", "passkey", "code", "secret", "oidc"})
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "x-csrftoken"})
SECRETS = (
    re.compile(r"(name=\"csrfmiddlewaretoken\" value=\")[^\"]+"),
    re.compile(r"(X-CSRFToken(?:&quot;|\")\s*:\s*(?:&quot;|\"))[^\"&]+"),
    re.compile(r"(/link/)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(\bind_)[A-Za-z0-9_.-]{16,}"),
    re.compile(r"(/calendar/feed/)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(indelible_(?:session|csrf|device)=)[^;\s]+"),
)


class Recorder(Protocol):
    """What keeps evidence of the step that runs."""

    def note(self, kind: str, data: Any, by: str = "") -> Any:
        """Keep data as JSON; `by` is the user id that acted."""

    def file(self, kind: str, name: str, content: bytes) -> Any:
        """Keep bytes."""

    def hide(self, value: str) -> None:
        """Never write this text down."""


class Trace:
    """Gives the recorder what happens within the present step."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def hide(self, secret: str) -> None:
        """Never write this text down, wherever it stands."""
        if len(secret) >= SHORTEST:
            self.recorder.hide(secret)

    def add(self, kind: str, said: Any, by: str = "") -> None:
        """Keep something as JSON."""
        self.recorder.note(kind, json.loads(blank(json.dumps(said, ensure_ascii=False, default=str))), by)

    def keep(self, kind: str, name: str, content: bytes) -> None:
        """Keep bytes: a PDF, a picture of a page, a file."""
        self.recorder.file(kind, name, content)

    def exchange(self, *, who: str, method: str, path: str, sent: Any, headers: Mapping[str, str], status: int,
                 received: Mapping[str, str], body: bytes) -> None:  # fmt: skip
        """Keep one HTTP exchange."""
        text = blank_text(body)
        answer = {"status": status, "headers": shown(received), "sha256": sha256(body), "size": len(body), "body": text}
        asked = {"method": method, "path": blank(path), "headers": shown(headers), "body": form(sent)}
        self.recorder.note("exchange", {"who": who, "request": asked, "response": answer}, who)


def blank(words: str) -> str:
    """Take out of a text what by its form is a credential."""
    for pattern in SECRETS:
        words = pattern.sub(rf"\g<1>{BLANK}", words)
    return words


def blank_text(body: bytes) -> str | None:
    """Give a body as text where it is one and short enough; None otherwise, its hash stands beside it."""
    if len(body) > LONGEST:
        return None
    try:
        return blank(body.decode())
    except UnicodeDecodeError:
        return None


def shown(headers: Mapping[str, str]) -> dict[str, str]:
    """Give headers without cookies and tokens."""
    return {name: BLANK if name.lower() in SECRET_HEADERS else blank(value) for name, value in headers.items()}


def form(sent: Any) -> Any:
    """Give what was sent without passwords; bytes by their hash."""
    if isinstance(sent, Mapping):
        return {name: BLANK if name in SECRET_FIELDS and value else form(value) for name, value in sent.items()}
    if isinstance(sent, (list, tuple)):
        return [form(one) for one in sent]
    return {"sha256": sha256(sent), "size": len(sent)} if isinstance(sent, bytes) else sent


def sha256(content: bytes) -> str:
    """Give the SHA-256 (hex) of bytes."""
    return hashlib.sha256(content).hexdigest()
