"""The only place that computes what a risk's grades give: class and priority now, after treatment, and of each failure mode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from indelible.practice import grading

NOW, LEFT = "", "_left"
GRADES = ("severity", "probability", "detectability")
COMPUTED = ("risk_class", "priority", "basis", "class_left", "priority_left", "basis_left", "failure_modes")
SOURCE = "Tables of GAMP 5; nothing is multiplied."


def computed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the system writes into a risk with these values; nothing for what cannot be computed yet."""
    found: dict[str, Any] = dict.fromkeys(COMPUTED)
    if rows := values.get("failure_modes"):
        found["failure_modes"] = [_row(row) for row in rows]
    now, left = _given(values, NOW), _given(values, LEFT)
    if now is None:
        return found
    number, priority = _graded(now)
    found |= {"risk_class": number, "priority": priority, "basis": _told(now, number, priority)}
    if any(values.get(f"{name}{LEFT}") for name in GRADES):
        if left is None:
            return found  # half of them: what is left is not known
        number, priority = _graded(left)
        told = f"After treatment: {_told(left, number, priority)}"
    else:
        told = f"Not treated, so as before: class {number}, priority {priority}."
    return found | {"class_left": number, "priority_left": priority, "basis_left": told}


def lacking(row: Mapping[str, Any]) -> list[str]:
    """Give what a failure mode does not say yet."""
    return [name for name in ("mode", "effect", "cause", *GRADES) if not row.get(name)]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    given = _given(row, NOW)
    number, priority = _graded(given) if given else (None, None)
    return {**row, "risk_class": number, "priority": priority}


def _given(values: Mapping[str, Any], which: str) -> tuple[str, str, str] | None:
    severity, probability, detectability = (values.get(f"{name}{which}") for name in GRADES)
    return (severity, probability, detectability) if severity and probability and detectability else None


def _graded(given: tuple[str, str, str]) -> tuple[str, str]:
    severity, probability, detectability = given
    found = grading.risk_class(severity, probability)
    return str(found), grading.priority(found, detectability)


def _told(given: tuple[str, str, str], number: str, priority: str) -> str:
    severity, probability, detectability = given
    return (
        f"Severity {severity}, probability {probability}: class {number}. Detectability {detectability}: priority {priority}. "
        f"{SOURCE}"
    )
