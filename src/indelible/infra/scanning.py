"""The only place that asks a malware scanner about a file: ClamAV's daemon, over its socket, by its INSTREAM command.

A file is either clean, or named as infected, or it was not examined; there is no fourth answer, and nothing that was
not examined counts as clean. Without a scanner in the environment nothing is asked.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

from indelible.infra import environment

NAME = "INDELIBLE_SCANNER"
CHUNK = 1 << 18
CONNECTS_WITHIN, ANSWERS_WITHIN = 5.0, 60.0  # seconds
LONGEST = 4096
CLEAN, FOUND, TOO_LARGE = "OK", " FOUND", "size limit exceeded"


class Infected(ValueError):
    """The scanner names what the file holds."""

    def __init__(self, finding: str) -> None:
        super().__init__(finding)
        self.finding = finding


class NotExamined(Exception):
    """The scanner gave no verdict: it is away, slow, or does not take the file; in words, without its address."""


def is_configured() -> bool:
    """Say whether the environment names a scanner."""
    return bool(environment.text(NAME))


def examine(path: Path) -> None:
    """Have a file examined; raises Infected or NotExamined. Without a scanner nothing is done."""
    if is_configured():
        _judge(_ask(path))


def answers() -> str:
    """Give the version of the scanner and of its signatures; raises NotExamined where it is away."""
    return _talk(b"zVERSION\0", None)


def _ask(path: Path) -> str:
    return _talk(b"zINSTREAM\0", path)


def _judge(verdict: str) -> None:
    told = verdict.removeprefix("stream: ")
    if told == CLEAN:
        return
    if told.endswith(FOUND):
        raise Infected(told.removesuffix(FOUND))
    if TOO_LARGE in told:
        raise NotExamined("it takes no file as large as this one (its StreamMaxLength)")
    raise NotExamined(f"it answers {told[:80]!r}" if told else "it closed the connection without an answer")


def _talk(command: bytes, path: Path | None) -> str:
    try:
        with _connected() as link:
            try:
                link.sendall(command)
                if path is not None:
                    _send(link, path)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it has heard enough, and what it says of that is still to be read
            return _answer(link)
    except TimeoutError as slow:
        raise NotExamined(f"it did not answer within {ANSWERS_WITHIN:.0f} seconds") from slow
    except OSError as away:
        raise NotExamined(f"it cannot be reached ({away.strerror or away})") from away


def _connected() -> socket.socket:
    address = urlsplit(environment.text(NAME))
    if address.scheme == "unix":
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.settimeout(CONNECTS_WITHIN)
            link.connect(address.path)
        except OSError:
            link.close()
            raise
    else:
        link = socket.create_connection((address.hostname, address.port or 3310), CONNECTS_WITHIN)
    link.settimeout(ANSWERS_WITHIN)
    return link


def _send(link: socket.socket, path: Path) -> None:
    """Send the file in pieces that each say their length, and one of length nought at the end."""
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            link.sendall(struct.pack("!L", len(chunk)) + chunk)
    link.sendall(struct.pack("!L", 0))


def _answer(link: socket.socket) -> str:
    told = b""
    while not told.endswith(b"\0") and len(told) < LONGEST:
        try:
            piece = link.recv(LONGEST)
        except ConnectionResetError:
            piece = b""
        if not piece:
            break
        told += piece
    return told.rstrip(b"\0\n").decode("utf-8", "replace").strip()
