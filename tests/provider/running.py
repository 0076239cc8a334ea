"""A real identity provider in a process of its own, and a browser's way through its pages."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from indelible.infra import clock
from tests.architecture.source import ROOT
from tests.provider.people import PASSWORD

_used: set[int] = set()
STEPS = 8  # a provider that finds a sign-in too old asks once more


@dataclass
class Visitor:
    """Somebody's browser at the provider: who is signed in there stays so, as in a browser."""

    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    asked: int = 0  # how often the password was asked for

    def go(self, url: str, who: str) -> str:
        """Go where our pages send, sign in as somebody if asked, and give the address to which the provider sends back."""
        answer = self.client.get(url)
        for _ in range(STEPS * 4):
            if answer.is_redirect:
                url = str(answer.url.join(answer.headers["Location"]))
                if "/login/sso/back?" in url:
                    _another_second()
                    return url
                answer = self.client.get(url)
            elif answer.status_code == 200 and 'name="password"' in answer.text:
                self.asked += 1
                answer = self._send(answer, password=PASSWORD)
            elif answer.status_code == 200 and 'name="login"' in answer.text:
                answer = self._send(answer, login=who)
            else:
                raise AssertionError(f"the provider shows {answer.status_code} at {answer.url}: {answer.text[:500]}")
        raise AssertionError(f"the provider never sends back: {url}")

    def _send(self, page: httpx.Response, **fields: str) -> httpx.Response:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        return self.client.post(page.url, data={"csrf_token": token[1] if token else "", **fields})


def _another_second() -> None:
    """Wait for the next second where this one has been used: canaille's tokens of one person and one second are the same."""
    while int(clock.real().timestamp()) in _used:
        time.sleep(0.02)
    _used.add(int(clock.real().timestamp()))


@contextmanager
def running(*addresses: str) -> Iterator[str]:
    """Run the provider on a free port of this machine for installations at `addresses`; gives its issuer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = tempfile.mkdtemp(prefix="provider-")
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.provider.served", str(port), place, *addresses],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        said = server.stdout.readline() if server.stdout else ""
        assert said == "ready\n", "the provider did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=30)
        shutil.rmtree(place)
