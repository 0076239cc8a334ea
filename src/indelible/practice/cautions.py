"""The only place that knows what is said before somebody signs: a sentence that keeps nobody from anything.

A rule refuses; a caution only tells. A module says it with `@caution`, and whoever asks for the signature shows it.
"""

from __future__ import annotations

from collections.abc import Callable

from indelible.kernel.models import Record
from indelible.practice.queries import Viewer

Caution = Callable[[Viewer, Record], str]
_CAUTIONS: dict[str, Caution] = {}


def caution(act: str) -> Callable[[Caution], Caution]:
    """Register what is said before an act is signed; the function gives a sentence, empty for none."""

    def register(function: Caution) -> Caution:
        _CAUTIONS[act] = function
        return function

    return register


def before(view: Viewer, record: Record, verb: str) -> str:
    """Give what is said before this person signs an act; empty for nothing."""
    function = _CAUTIONS.get(f"{record.type}.{verb}")
    return function(view, record) if function else ""
