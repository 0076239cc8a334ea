"""Callers of a server that runs as it does for people: browsers and programs, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.faces.terminal import ADMIN, PASSWORD, Terminal


@dataclass
class Visitors:
    """Callers of one server, whose connections are closed in the end."""

    port: int
    token: str
    stack: ExitStack

    def somebody(self) -> httpx.Client:
        """Give a caller without credentials."""
        return self.stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60))

    def signs_in(self, client: httpx.Client) -> httpx.Response:
        """Sign in through the page."""
        return client.post("/login", data={"login": ADMIN, "password": PASSWORD, "csrfmiddlewaretoken": token_of(client)})

    def person(self) -> httpx.Client:
        """Give a browser in which the administrator has signed in."""
        client = self.somebody()
        assert self.signs_in(client).status_code == 302
        return client

    def program(self) -> httpx.Client:
        """Give a program with the administrator's token."""
        client = self.somebody()
        client.headers["Authorization"] = f"Bearer {self.token}"
        return client


def token_of(client: httpx.Client) -> str:
    """Give what the form of the sign-in page sends by itself."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/login").text)
    assert token
    return token[1]


@contextmanager
def visiting(shell: Terminal, port: int, until: str, log: Path | None = None) -> Iterator[Visitors]:
    """Serve a home and let callers come; what the server logs goes to `log`."""
    with shell.serving(port, until, log), ExitStack() as stack:
        yield Visitors(port, shell.token(ADMIN), stack)
