"""Campaigns: races and kills with real processes, small in `make test`, large in `make torture`."""

from __future__ import annotations

import os

LARGE = os.environ.get("INDELIBLE_TORTURE") == "1" or os.environ.get("INDELIBLE_CAMPAIGN") == "large"


def rounds(few: int, many: int) -> int:
    """Give how often a campaign repeats itself in this run."""
    return many if LARGE else few
