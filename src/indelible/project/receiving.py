"""The only place that bounds how long a request's body may take to arrive, so that a slow sender holds no thread for ever.

The server reads without a limit of time. A thread beside the request reads for it, in pieces, and the request waits for
each of them only so long: what comes too slowly is answered with 408, and the request's own thread is free again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse

from indelible.faces.api import problems
from indelible.faces.web import answers

PIECE = 1 << 16
PIECE_WITHIN = 30.0  # seconds for each piece; less than that is a sender that has stopped
BEGINS_WITHIN, BYTES_A_SECOND = 60.0, 32_768  # and the whole: a start, then at least this pace
AHEAD = 4  # pieces that are read before they are asked for
INPUT = "wsgi.input"
WORDS = "Not kept: what was sent came too slowly, and the connection was given up. Nothing was changed."

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class TooSlow(TimeoutError):
    """The body did not arrive in the time that it may take."""


class Timely:
    """A request's body that is read with a limit of time; reads what the server's own stream gives, byte for byte."""

    def __init__(self, source: Any, length: int) -> None:
        self._source, self._began = source, time.monotonic()
        self._until = self._began + BEGINS_WITHIN + length / BYTES_A_SECOND
        self._pieces: queue.Queue[bytes | OSError] = queue.Queue(AHEAD)
        self._held, self._ended = b"", False
        self._reader: threading.Thread | None = None
        self.too_slow = False

    def read(self, size: int = -1) -> bytes:
        """Give `size` bytes, fewer only at the end, all of them for less than nought; raises TooSlow."""
        parts, wanted = [], size
        while size < 0 or wanted > 0:
            if not self._held and not self._fetch():
                break
            taken = self._held if size < 0 else self._held[:wanted]
            self._held = self._held[len(taken) :]
            wanted -= len(taken)
            parts.append(taken)
        return b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        """Give bytes to the end of a line; raises TooSlow."""
        line = b""
        while not line.endswith(b"\n") and (size < 0 or len(line) < size) and (byte := self.read(1)):
            line += byte
        return line

    def give_up(self) -> None:
        """Let the thread beside stop at its next piece."""
        self._ended = True

    def _fetch(self) -> bool:
        if self._ended:
            return False
        if self._reader is None:
            self._reader = threading.Thread(target=self._run, name="body", daemon=True)
            self._reader.start()
        try:
            piece = self._pieces.get(timeout=max(0.0, min(PIECE_WITHIN, self._until - time.monotonic())))
        except queue.Empty:
            self.too_slow = self._ended = True
            raise TooSlow(WORDS) from None
        if isinstance(piece, OSError):
            raise piece
        self._held, self._ended = piece, not piece
        return bool(piece)

    def _run(self) -> None:
        while not self._ended:
            try:
                piece: bytes | OSError = self._source.read(PIECE)
            except OSError as problem:
                piece = problem
            while not self._ended:
                try:
                    self._pieces.put(piece, timeout=1.0)
                    break
                except queue.Full:
                    continue
            if not piece or isinstance(piece, OSError):
                return


class Receiving:
    """The application as the server calls it, with bodies that have a limit of time."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        announced = str(environ.get("CONTENT_LENGTH") or "0")
        length = int(announced) if announced.isascii() and announced.isdigit() else 0
        if not length and "HTTP_TRANSFER_ENCODING" not in environ:
            return self.application(environ, start_response)
        environ[INPUT] = body = Timely(environ[INPUT], length)
        try:
            return self.application(environ, start_response)
        finally:
            body.give_up()


def answer(request: HttpRequest) -> HttpResponse | None:
    """Give the answer to a request whose body came too slowly; None where it did not."""
    body = request.META.get(INPUT)
    if not isinstance(body, Timely) or not body.too_slow:
        return None
    if request.path.startswith("/api/"):
        made = problems.respond(request, 408, rule="slow_body", text=WORDS, do="Send it again over a better line.")
    else:
        made = answers.plainly(WORDS, 408)
    made["Connection"] = "close"
    return made
