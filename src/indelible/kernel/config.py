"""The running configuration as one value (D11): hashable, comparable, sealed as a baseline, read from the database.

Processes never read configuration files; they read baselines. A record keeps the baseline under which it was
made, so `of(baseline, type)` answers for old records too.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from pydantic import ValidationError

from indelible.infra import database
from indelible.kernel.configuration import Configuration
from indelible.kernel.errors import Unavailable
from indelible.kernel.models import Baseline
from indelible.kernel.projections import Insert

__all__ = ["Configuration", "at", "current", "row"]


@lru_cache(maxsize=32)
def _parsed(text: str) -> Configuration:
    try:
        return Configuration.model_validate_json(text, strict=True)
    except ValidationError as problem:
        raise Unavailable(f"a stored baseline does not fit this build: {problem}") from problem


@lru_cache(maxsize=64)
def _by_hash(_home: str, sha256: str) -> Configuration:
    row = Baseline.objects.filter(sha256=bytes.fromhex(sha256)).first()
    if row is None:
        raise Unavailable(f"baseline {sha256[:12]} is not in this installation")
    return _parsed(row.content)


def at(sha256: str) -> Configuration:
    """Give the configuration of one baseline by its hash; raises Unavailable when it is not there."""
    return _by_hash(database.identity(), sha256)


def current() -> Configuration:
    """Give the configuration in force: the newest baseline. Raises Unavailable before `indelible init`."""
    row = Baseline.objects.order_by("-number").values_list("sha256", flat=True).first()
    if row is None:
        raise Unavailable("this home has no baseline yet: run `indelible init`")
    return at(bytes(row).hex())


def row(configuration: Configuration, number: int, at: datetime) -> Insert:
    """Give the row that seals a configuration as a baseline."""
    sha256 = bytes.fromhex(configuration.sha256)
    return Insert(Baseline, {"number": number, "content": configuration.text, "sha256": sha256, "at": at})
