"""The only place that reads the mail that the copy has sent: lines of JSON, as the runner's mail server keeps what it is handed."""

from __future__ import annotations

import email
import email.policy
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it came."""

    to: str
    subject: str
    text: str


def read(file: Path) -> list[Letter]:
    """Give every message that was taken, in order; none where no mail server was set up."""
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [_letter(str(json.loads(line)["text"])) for line in lines if line.strip()]


def _letter(content: str) -> Letter:
    message = email.message_from_string(content, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Letter(str(message["To"]), str(message["Subject"]), str(body.get_content()) if body else "")
