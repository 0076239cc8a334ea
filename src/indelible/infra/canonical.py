"""The only place that turns a value into the bytes that are hashed and stored.

Canonical form is RFC 8785 (JSON Canonicalization Scheme). Stored bytes are hashed, never re-serialised
ones, so a verifier needs no JSON library that agrees with ours. Numbers with a fraction and integers above
2**53 do not exist in truth: they are strings (decimals lose nothing and compare the same everywhere).
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import rfc8785

LEAF_PREFIX = b"\x00"


class NotCanonical(ValueError):
    """The value holds something that canonical JSON cannot carry without loss (float, NaN, huge integer)."""


def encode(value: Any) -> str:
    """Give the canonical JSON text of `value`; raises NotCanonical for what would not survive unchanged."""
    _refuse_floats(value, "$")
    try:
        return rfc8785.dumps(value).decode("utf-8")
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as problem:
        raise NotCanonical(str(problem)) from problem


def decode(text: str) -> Any:
    """Read canonical JSON back; raises NotCanonical when it is not JSON at all (a damaged row)."""
    try:
        return json.loads(text)
    except ValueError as problem:
        raise NotCanonical(f"not readable as JSON: {problem}") from problem


def sha256(text: str) -> bytes:
    """Give the SHA-256 of the stored text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def leaf(payload: str) -> bytes:
    """Give the RFC 9162 leaf hash of an event's stored payload: per-record link and Merkle leaf at once."""
    return hashlib.sha256(LEAF_PREFIX + payload.encode("utf-8", "surrogatepass")).digest()


def _refuse_floats(value: Any, path: str) -> None:
    # rfc8785 accepts floats; ours are always strings, so that 1.0 and 1 can never hash alike by accident.
    if isinstance(value, float):
        raise NotCanonical(f"{path}: a number with a fraction must be a string, found {value!r}")
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_floats(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _refuse_floats(item, f"{path}[{index}]")
