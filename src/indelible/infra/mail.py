"""The only place that speaks SMTP: one plain message to one address, over the server that the environment names.

A message carries no content of a record: mail lies in places that nobody controls.
"""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage, get_connection

from indelible.infra import environment

PATIENCE = 20  # seconds for a server that does not answer
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class NotSent(Exception):
    """The server did not take the message; in words. `final` where asking again cannot help."""

    def __init__(self, text: str, *, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


@dataclass(frozen=True, slots=True)
class Server:
    """Where messages are handed in, and under which sender."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    sender: str


def server() -> Server | None:
    """Give the server that the environment names, None where none is set up."""
    address = environment.text("INDELIBLE_MAIL")
    if not address:
        return None
    parts = urlsplit(address)
    sender = environment.text("INDELIBLE_MAIL_FROM") or f"indelible@{parts.hostname}"
    return Server(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme], unquote(parts.username or ""),
                  unquote(parts.password or ""), sender)  # fmt: skip


def send(to: str, subject: str, text: str) -> None:
    """Hand in one message; raises NotSent when it was not taken, or when there is no server."""
    found = server()
    if found is None:
        raise NotSent("No mail server is set up (INDELIBLE_MAIL).")
    connection = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host=found.host, port=found.port, username=found.user,
        password=found.password, use_tls=found.scheme == "smtp+starttls", use_ssl=found.scheme == "smtps", timeout=PATIENCE,
    )  # fmt: skip
    # So that no answering machine answers, and no reminder comes back as one.
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    try:
        EmailMessage(subject, text, found.sender, [to], connection=connection, headers=headers).send()
    except ValueError:
        raise NotSent("The address or the subject cannot stand in a header.", final=True) from None
    except smtplib.SMTPRecipientsRefused as problem:
        code, said = next(iter(problem.recipients.values()))
        raise NotSent(f"The server refuses the address: {_said(said)}", final=code >= 550) from None
    except (smtplib.SMTPException, OSError, UnicodeError) as problem:
        raise NotSent(f"The server did not take it: {problem}") from None


def _said(answer: bytes) -> str:
    return answer.decode("utf-8", "replace")
