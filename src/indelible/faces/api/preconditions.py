"""The only place that reads If-Match and Idempotency-Key, and writes ETag.

The ETag is the record's position: whatever happened since means that the caller looks again (D1). The key
makes a request that was sent twice act once (D17).
"""

from __future__ import annotations

import re

from django.http import HttpRequest

from indelible.faces.api.problems import Unacceptable

ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
KEY = re.compile(r"[\x21-\x7e]{1,100}")


def etag(position: int) -> str:
    """Give the ETag of a record at a position."""
    return f'"{position}"'


def seen(request: HttpRequest) -> int:
    """Give the position that the caller looked at; raises Unacceptable: 428 for none, 400 for nonsense."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        raise Unacceptable(
            428, "if_match", "Say which state of the record you looked at: nothing was changed.",
            do="Send If-Match with the ETag that GET gave.",
        )  # fmt: skip
    found = ETAG.fullmatch(given)
    if found is None:
        raise Unacceptable(
            400, "if_match", "If-Match takes one ETag of this record, such as \"7\".",
            do="Send If-Match with the ETag that GET gave.",
        )  # fmt: skip
    return int(found[1])


def key(request: HttpRequest, *, required: bool = True) -> str | None:
    """Give the idempotency key; raises Unacceptable (400) when it is missing or not printable ASCII."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given and not required:
        return None
    if not KEY.fullmatch(given):
        raise Unacceptable(
            400, "idempotency_key", "Nothing was changed: send an Idempotency-Key of 1 to 100 characters.",
            do="Use a new random key for each new request, and the same one to repeat it.",
        )  # fmt: skip
    return given
