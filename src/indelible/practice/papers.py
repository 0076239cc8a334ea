"""The only place that knows the papers of the modules: what is printed of a record to be signed by hand and sent, beside its copy.

A module registers one for a type with `@paper`; the pages of its records offer it. It is made anew from the record each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from indelible.kernel.models import Record

Make = Callable[[Record], bytes]


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: what it is called, and what gives its PDF from a record that may be seen."""

    label: str
    make: Make


_PAPERS: dict[str, Paper] = {}


def paper(kind: str, label: str) -> Callable[[Make], Make]:
    """Register the paper of a type; a second one of the same type is refused."""

    def register(function: Make) -> Make:
        if kind in _PAPERS and _PAPERS[kind].make.__qualname__ != function.__qualname__:
            raise ValueError(f"{kind!r} has a paper already")
        _PAPERS[kind] = Paper(label, function)
        return function

    return register


def of(kind: str) -> Paper | None:
    """Give the paper of a type, None without one."""
    return _PAPERS.get(kind)
