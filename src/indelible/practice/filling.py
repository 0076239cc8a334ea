"""The only place that knows which fields a form leaves out, which rows it begins with, and which rows are questions to be answered.

A rule refuses the change of a field that was agreed, or that the system writes, whoever asks and by which way. Here is
only that nobody is shown a box that cannot be filled. A module says it with `@leaves_out`, `@begins_with` and `@asks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indelible.kernel.models import Record


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a table as a question: what the row holds already, and which column the answer goes into, one of the options.

    `told` is what is to be known before it is answered again, with the record and the place in it that say so.
    """

    text: str
    row: Mapping[str, str]
    column: str
    options: tuple[tuple[str, str], ...]
    told: str = ""
    number: str = ""
    place: str = ""


LeftOut = Callable[[Record | None], Iterable[str]]
First = Callable[[Record], Mapping[str, Any]]
_LEFT_OUT: dict[str, LeftOut] = {}
Asked = Callable[[Record], Mapping[str, Sequence[Question]]]
_FIRST: dict[str, First] = {}
_ASKED: dict[str, Asked] = {}
_INSTEAD: dict[str, str] = {}


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


def asks(kind: str, *, instead_of: str) -> Callable[[Asked], Asked]:
    """Register which tables of a type are asked as questions, by field; the form then leaves the named panel away, which says the same."""

    def register(function: Asked) -> Asked:
        _ASKED[kind], _INSTEAD[kind] = function, instead_of
        return function

    return register


def asked(record: Record) -> Mapping[str, Sequence[Question]]:
    """Give the tables of a record that are asked as questions, by field."""
    return _ASKED[record.type](record) if record.type in _ASKED else {}


def said_by_form(kind: str) -> str:
    """Give the name of the panel that says what the form of a type says already; empty for none."""
    return _INSTEAD.get(kind, "")


def left_out(kind: str, record: Record | None) -> frozenset[str]:
    """Give the names of the fields that a form leaves out."""
    return frozenset(_LEFT_OUT[kind](record)) if kind in _LEFT_OUT else frozenset()


def first_values(record: Record) -> Mapping[str, Any]:
    """Give the values with which the form of a record begins."""
    return _FIRST[record.type](record) if record.type in _FIRST else {}
