"""The only place that writes the filters of a list into an address."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def query_of(chosen: Mapping[str, str], **more: str) -> str:
    """Give filters as they stand in an address."""
    pairs = [(key, value) for key, values in chosen.items() for value in (values.split(",") if key == "state" else [values])]
    return urlencode([*pairs, *((key, value) for key, value in more.items() if value)])
