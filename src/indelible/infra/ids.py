"""The only place that makes identifiers and random bytes.

Real homes take UUID version 7 and the operating system's randomness. The demo loader seeds a generator, so
that the same seed and the same day give the same ids and hashes (a declared property of a SIMULATED home).
"""

from __future__ import annotations

import random
import secrets
import uuid

import uuid6

_seeded: random.Random | None = None


def new() -> uuid.UUID:
    """Give a new identifier, never reused."""
    if _seeded is None:
        return uuid.UUID(int=uuid6.uuid7().int)
    return uuid.UUID(int=_seeded.getrandbits(128), version=4)


def nonce() -> str:
    """Give 16 random bytes as hex: they keep a withheld version's hash from confirming a guess (D32)."""
    return secrets.token_hex(16) if _seeded is None else f"{_seeded.getrandbits(128):032x}"


def secret(size: int = 32) -> str:
    """Give an unguessable URL-safe text; always from the operating system, whatever is simulated."""
    return secrets.token_urlsafe(size)


def seed(value: int | None) -> None:
    """Start (or with None end) a reproducible sequence of identifiers for a simulated home."""
    global _seeded
    _seeded = None if value is None else random.Random(value)  # noqa: S311 - reproducible on purpose, no secret
