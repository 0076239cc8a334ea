"""What each route declares: the act that it does, or what it shows to whom. A route without either fails a test.

The declaration stands in the OpenAPI document, so whoever reads it sees which right a call needs (D10).
"""

from __future__ import annotations

from typing import Any

ACT, SHOWS = "x-act", "x-shows"


def does(act: str) -> dict[str, Any]:
    """Declare the act that a route does through the door."""
    return {ACT: act}


def shows(what: str) -> dict[str, Any]:
    """Declare what a route shows; the query behind it leaves out what the caller may not see."""
    return {SHOWS: what}
