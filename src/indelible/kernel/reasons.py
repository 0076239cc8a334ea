"""The only place that decides whether a reason says anything."""

from __future__ import annotations

import re

FILLER = frozenset({
    "na", "n", "a", "none", "nothing", "update", "updated", "change", "changed", "edit", "edited", "fix", "fixed", "test",
    "testing", "asdf", "see", "above", "as", "discussed", "various", "correction", "corrected", "per", "request", "needed",
    "done", "ok", "okay",
})  # fmt: skip
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def is_filler(text: str) -> bool:
    """Say whether a text consists of filler words or repeated signs only, so that nobody learns a reason from it."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words or len(set("".join(words))) < 4:
        return True
    return all(word in FILLER for word in words)
