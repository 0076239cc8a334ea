"""The only place that grades a risk: its class from severity and probability, its priority with detectability.

By tables, as GAMP does it: grades are words, and words are not multiplied.
"""

from __future__ import annotations

HIGH, MEDIUM, LOW = "high", "medium", "low"
GRADES = (LOW, MEDIUM, HIGH)
_CLASS = {
    HIGH: {LOW: 2, MEDIUM: 1, HIGH: 1},
    MEDIUM: {LOW: 3, MEDIUM: 2, HIGH: 1},
    LOW: {LOW: 3, MEDIUM: 3, HIGH: 2},
}  # severity, then probability; 1 is worst
_PRIORITY = {
    1: {HIGH: MEDIUM, MEDIUM: HIGH, LOW: HIGH},
    2: {HIGH: LOW, MEDIUM: MEDIUM, LOW: HIGH},
    3: {HIGH: LOW, MEDIUM: LOW, LOW: MEDIUM},
}  # class, then detectability: high is what is noticed before it harms


def risk_class(severity: str, probability: str) -> int:
    """Give the class of a risk, 1 to 3, of which 1 is the worst."""
    return _CLASS[severity][probability]


def priority(found: int, detectability: str) -> str:
    """Give the priority of a risk of a class: high, medium or low."""
    return _PRIORITY[found][detectability]


def highest(*grades: str) -> str:
    """Give the highest of several grades."""
    return max(grades, key=GRADES.index)
