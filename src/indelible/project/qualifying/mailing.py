"""The only place that takes the mail of a copy: a small server on this machine that keeps what it is handed and passes nothing on."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indelible.infra import clock

LONGEST_LINE = 10_000


class _Session(socketserver.StreamRequestHandler):
    """One conversation of RFC 5321, as far as handing in takes it."""

    server: _Keeper

    def handle(self) -> None:
        """Answer until the other side is done."""
        self.sender, self.to = "", list[str]()
        self._say("220 copy")
        while line := self.rfile.readline(LONGEST_LINE).decode("utf-8", "replace"):
            verb = line.strip().upper()
            if verb.startswith("QUIT"):
                self._say("221 done")
                return
            self._answer(verb, line.strip())

    def _answer(self, verb: str, line: str) -> None:
        if verb.startswith("DATA"):
            self._say("354 go on")
            self.server.keep(self.sender, self.to, self._text())
            self.sender, self.to = "", []
        elif verb.startswith("MAIL FROM:"):
            self.sender = _address(line)
        elif verb.startswith("RCPT TO:"):
            self.to.append(_address(line))
        self._say("250 copy" if verb.startswith(("EHLO", "HELO")) else "250 taken")

    def _text(self) -> str:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines).decode("utf-8", "replace")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Keeper(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True

    def __init__(self, file: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.file, self.alone = file, threading.Lock()

    def keep(self, sender: str, to: list[str], text: str) -> None:
        """Keep one message as a line of JSON."""
        line = json.dumps({"at": clock.iso(clock.real()), "sender": sender, "to": to, "text": text}, ensure_ascii=False)
        with self.alone, self.file.open("a", encoding="utf-8") as out:
            out.write(f"{line}\n")


@contextmanager
def taken(file: Path) -> Iterator[str]:
    """Take mail into a file; gives the address for INDELIBLE_MAIL."""
    file.touch()
    with _Keeper(file) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def _address(line: str) -> str:
    return line.partition(":")[2].strip().split()[0].strip("<>")
