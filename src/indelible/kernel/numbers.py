"""The only place that gives numbers to records; every number ever given stays accounted for, none is given twice."""

from __future__ import annotations

import re
from typing import Any

from indelible.kernel import authority
from indelible.kernel.case import Case
from indelible.kernel.effects import Effects
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.models import Numbering, Record
from indelible.kernel.types import TypeDeclaration


def give(case: Case, effects: Effects, *, wanted: str | None = None) -> dict[str, Any]:
    """Give a new record its number (and series and first revision); the counter is locked last (D7).

    `wanted` is a number that the company already uses for it: it must fit the pattern and never have been given. With
    `SOP-014.04` the first revision here is the fourth: the earlier ones exist on paper only.
    """
    if wanted is not None:
        authority.decide(case, case.declaration.number.assigned_by)
    prefix = _prefix(case)
    counter = Numbering.objects.select_for_update().filter(pk=prefix).first()
    last = counter.last if counter else 0
    serial, first = _brought(case, prefix, wanted, last) if wanted else (last + 1, None)
    effects.numbering = [prefix, max(serial, last), counter is None]
    series = f"{prefix}{'' if case.declaration.number.under else '-'}{serial:0{case.declaration.number.digits}}"
    return revision(case, series, first or 1)


def split(declaration: TypeDeclaration, prefix: str, wanted: str) -> tuple[int, int | None] | None:
    """Give the serial of a number that somebody brings, and the revision if it names one; None where it does not fit."""
    pattern = rf"{re.escape(prefix)}-(?P<serial>\d{{{declaration.number.digits},9}})"
    if declaration.revisions and declaration.revisions.first_brought_by:
        pattern += rf"(?:\.(?P<first>\d{{{declaration.revisions.digits},4}}))?"
    match = re.fullmatch(pattern, wanted, re.ASCII)
    found = match.groupdict() if match else {}
    serial, first = int(found.get("serial") or 0), found.get("first")
    if not 1 <= serial < 10**8 or (first is not None and int(first) < 1):
        return None
    return serial, int(first) if first else None


def revision(case: Case, series: str, number: int) -> dict[str, Any]:
    """Give the head's numbering columns for one revision of a series, or for a record without revisions."""
    if case.declaration.revisions is None:
        return {"number": series, "series": None, "revision": None}
    return {"number": f"{series}.{number:0{case.declaration.revisions.digits}}", "series": series, "revision": number}


def revisable(case: Case) -> list[str]:
    """Give who may begin the next revision; raises Refused where none can begin now."""
    revisions = case.declaration.revisions
    if revisions is None:
        raise Refused(rule="declared_act", text=f"A {case.declaration.noun} has no revisions.")
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
    if declared.under:
        return f"{case.value(case.declaration.parent or '')[0]['number']}-{declared.under}"
    if declared.by is None:
        return declared.prefix or ""
    value = case.value(declared.by)
    if value not in declared.prefixes:
        raise Invalid(rule="required_fields", text=f"The number depends on {declared.by.replace('_', ' ')}: choose it first.",
                      missing=(Missing("A value that gives the prefix.", field=declared.by),))  # fmt: skip
    return declared.prefixes[value]


def _brought(case: Case, prefix: str, wanted: str, last: int) -> tuple[int, int | None]:
    if (found := split(case.declaration, prefix, wanted)) is None:
        raise Invalid(rule="number", text=f"{wanted[:60]!r} is not a number of the form {prefix}-001.",
                      missing=(Missing("A number that fits the type's pattern.", field="number"),))  # fmt: skip
    serial, first = found
    if first is not None and case.declaration.revisions:
        authority.decide(case, case.declaration.revisions.first_brought_by)
    series = f"{prefix}-{serial:0{case.declaration.number.digits}}"
    taken = Record.objects.filter(number=series).exists() or Record.objects.filter(series=series).exists()
    if taken or serial == last:
        raise Invalid(rule="number", text=f"{series} was given already and is never given again.",
                      missing=(Missing("Another number, or none: the next free one is given.", field="number"),))  # fmt: skip
    return found
