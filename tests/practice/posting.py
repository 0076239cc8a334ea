"""A real SMTP server that keeps what it is handed, and refuses what it is told to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.torture.server import free_port

ADDRESS = "https://quality.example"  # of the product, as mail tells it


@dataclass
class Post:
    """What arrived, in order; `refused` maps an address, or `*` for all, to what the server answers instead of taking it."""

    address: str = ""
    arrived: list[EmailMessage] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Answer to one address."""
        if answer := self.refused.get(address, self.refused.get("*")):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep one message."""
        self.arrived.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def told(self) -> list[tuple[str, str]]:
        """Give receiver and subject of what has arrived since this was last asked."""
        given = [(str(message["To"]), str(message["Subject"])) for message in self.arrived]
        self.arrived.clear()
        return sorted(given)


@contextmanager
def posting() -> Iterator[Post]:
    """Run the server on a free port of this machine."""
    post = Post()
    controller: Any = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        post.address = f"smtp://127.0.0.1:{controller.port}"
        yield post
    finally:
        controller.stop()
