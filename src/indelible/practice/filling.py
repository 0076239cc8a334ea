"""The only place that knows which fields a form leaves out, and which rows it begins with.

A rule refuses the change of a field that was agreed, or that the system writes, whoever asks and by which way. Here is
only that nobody is shown a box that cannot be filled. A module says it with `@leaves_out` and `@begins_with`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from indelible.kernel.models import Record

LeftOut = Callable[[Record | None], Iterable[str]]
First = Callable[[Record], Mapping[str, Any]]
_LEFT_OUT: dict[str, LeftOut] = {}
_FIRST: dict[str, First] = {}


def leaves_out(kind: str) -> Callable[[LeftOut], LeftOut]:
    """Register which fields of a type a form leaves out; the function gets the record, None for a new one."""

    def register(function: LeftOut) -> LeftOut:
        _LEFT_OUT[kind] = function
        return function

    return register


def begins_with(kind: str) -> Callable[[First], First]:
    """Register with which values the form of a record begins, where the record has none yet."""

    def register(function: First) -> First:
        _FIRST[kind] = function
        return function

    return register


def left_out(kind: str, record: Record | None) -> frozenset[str]:
    """Give the names of the fields that a form leaves out."""
    return frozenset(_LEFT_OUT[kind](record)) if kind in _LEFT_OUT else frozenset()


def first_values(record: Record) -> Mapping[str, Any]:
    """Give the values with which the form of a record begins."""
    return _FIRST[record.type](record) if record.type in _FIRST else {}
