"""How bodies are read. JSON strictly, so that two readers of one body can never disagree; forms up to the limit of files.

Refused in JSON are: another media type, a key that stands twice, numbers that JSON does not have, nesting that no
record needs, and control characters anywhere, which no field takes and no page could show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from ninja.parser import Parser

from indelible.faces.api.problems import Unacceptable
from indelible.infra import recognition
from indelible.kernel import config
from indelible.kernel.contents import CONTROL

# What a form adds around its file: boundaries, headers, the hash.
AROUND = 65_536


class Bounded(TemporaryFileUploadHandler):
    """Streams the file of a form to a temporary one, and stops before the first byte of a form that is too large."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any) -> None:  # noqa: N803
        """Look at the announced length."""
        if content_length > most_bytes() + AROUND:
            raise RequestDataTooBig


def most_bytes() -> int:
    """Give how large a file may be."""
    return config.current().policies.upload_megabytes * recognition.MEGABYTE


class StrictJson(Parser):
    """What django-ninja asks to read a body."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Give the body as an object; raises Unacceptable."""
        if request.content_type != "application/json":
            raise Unacceptable(415, "media_type", "Send a JSON body.", do="Set Content-Type to application/json.")
        try:
            body = json.loads(request.body, object_pairs_hook=_once, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise Unacceptable(400, "body", "The body is not JSON in UTF-8.") from None
        if not isinstance(body, dict):
            raise Unacceptable(422, "input", "The body is a JSON object.", do="See /api/v1/openapi.json.")
        for path, text in _texts(body, ""):
            if CONTROL.search(text):
                do = "Text without control characters."
                raise Unacceptable(422, "input", "The body holds a control character.", do=do, field=path)
        return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unacceptable(400, "body", "A key stands twice in one object of the body.")
    return found


def _no_number(word: str) -> NoReturn:
    raise Unacceptable(400, "body", f"{word} is not a number in JSON.")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    waiting = [(path, value)]
    while waiting:
        at, found = waiting.pop()
        if isinstance(found, str):
            yield at, found
        elif isinstance(found, dict):
            for name, part in found.items():
                yield at, name
                waiting.append((f"{at}.{name}" if at else name, part))
        elif isinstance(found, list):
            waiting += [(f"{at}.{index}", part) for index, part in enumerate(found)]
