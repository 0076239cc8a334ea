"""The only place that gives numbers to records; every number ever given stays accounted for, none is given twice."""

from __future__ import annotations

import re
from typing import Any

from indelible.kernel import authority
from indelible.kernel.case import Case
from indelible.kernel.effects import Effects
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.models import Numbering, Record


def give(case: Case, effects: Effects, *, wanted: str | None = None) -> dict[str, Any]:
    """Give a new record its number (and series and first revision); the counter is locked last (D7).

    `wanted` is a number that the company already uses for it: it must fit the pattern and never have been given.
    """
    if wanted is not None:
        authority.decide(case, case.declaration.number.assigned_by)
    prefix = _prefix(case)
    counter = Numbering.objects.select_for_update().filter(pk=prefix).first()
    last = counter.last if counter else 0
    serial = _serial(case, prefix, wanted, last) if wanted else last + 1
    effects.numbering = [prefix, max(serial, last), counter is None]
    series = f"{prefix}-{serial:0{case.declaration.number.digits}}"
    return revision(case, series, 1)


def revision(case: Case, series: str, number: int) -> dict[str, Any]:
    """Give the head's numbering columns for one revision of a series, or for a record without revisions."""
    if case.declaration.revisions is None:
        return {"number": series, "series": None, "revision": None}
    return {"number": f"{series}.{number:0{case.declaration.revisions.digits}}", "series": series, "revision": number}


def revisable(case: Case) -> list[str]:
    """Give who may begin the next revision; raises Refused where none can begin now."""
    revisions = case.declaration.revisions
    if revisions is None:
        raise Refused(rule="declared_act", text=f"A {case.declaration.label.lower()} has no revisions.")
    newest = Record.objects.filter(series=case.head.series).order_by("-revision").first()
    if case.head.standing != "in_force" or (newest and newest.standing == "in_work"):
        open_one = newest.number if newest and newest.standing == "in_work" else None
        raise Refused(
            rule="one_open_revision",
            text=f"No revision of {case.head.series} can begin now.",
            missing=(Missing(f"{open_one} is in work; it must end first." if open_one else "An effective revision."),),
            who_can=tuple(authority.who_can(case, revisions.by)), do="Open the revision that is in work.",
        )  # fmt: skip
    return revisions.by


def next_revision(case: Case) -> int:
    """Give the next revision number; the effective revision's head is locked, so two never get the same."""
    newest = Record.objects.filter(series=case.head.series).order_by("-revision").values_list("revision", flat=True).first()
    return int(newest or 0) + 1


def _prefix(case: Case) -> str:
    declared = case.declaration.number
    if declared.by is None:
        return declared.prefix or ""
    value = case.value(declared.by)
    if value not in declared.prefixes:
        raise Invalid(rule="required_fields", text=f"The number depends on {declared.by.replace('_', ' ')}: choose it first.",
                      missing=(Missing("A value that gives the prefix.", field=declared.by),))  # fmt: skip
    return declared.prefixes[value]


def _serial(case: Case, prefix: str, wanted: str, last: int) -> int:
    match = re.fullmatch(rf"{re.escape(prefix)}-(\d{{{case.declaration.number.digits},9}})", wanted)
    serial = int(match.group(1)) if match else 0
    if not 1 <= serial < 10**8:
        raise Invalid(rule="number", text=f"{wanted[:60]!r} is not a number of the form {prefix}-001.",
                      missing=(Missing("A number that fits the type's pattern.", field="number"),))  # fmt: skip
    series = f"{prefix}-{serial:0{case.declaration.number.digits}}"
    taken = Record.objects.filter(number=series).exists() or Record.objects.filter(series=series).exists()
    if taken or serial == last:
        raise Invalid(rule="number", text=f"{series} was given already and is never given again.",
                      missing=(Missing("Another number, or none: the next free one is given.", field="number"),))  # fmt: skip
    return serial
