"""The only place that says what each kind of evidence must show before it is accepted: a rule for each, and no tick.

The items of PROGRAMME are what a vendor of GxP software, or a host, is asked for; nothing replaces one but a signed
condition with an end. A statement that something is so is no evidence of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from indelible.practice import scoring
from indelible.practice.scoring import Score

Values = Mapping[str, Any]
Test = Callable[[Values, date], bool]

AGREEMENT, ISO27001 = "quality agreement", "ISO 27001 certificate"
PROGRAMME = (
    "SOC 2 Type II report",
    ISO27001,
    "validation package",
    "SDLC documentation",
    "audit trail specification",
    "audit trail samples",
    "subprocessor list",
    "residency and retention",
    "incident and breach terms",
    AGREEMENT,
    "exit and continuity",
)
PERIOD = timedelta(
    days=365
)  # a report speaks for so long after the period that it covers, or as long as a bridge letter says
DAYS, LONGEST_TERM = re.compile("[0-9]{1,3}"), 365
ABSENT, CLAIMED = "absent", "statement only"


def judged(values: Values, today: date) -> list[tuple[str, bool]]:
    """Give what the rule of an item asks, in words, each with whether it is there."""
    item = str(values.get("item"))
    if item == ISO27001 and values.get("nature") == ABSENT:
        return [("why it can be done without", bool(values.get("absence_reason"))), ("a certificate", False)]
    asked = [*_COMMON, *_RULES.get(item, ())]
    return [(words, test(values, today)) for words, test in asked]


def lacking(values: Values, today: date) -> list[str]:
    """Give what keeps a piece of evidence from being accepted; the certificate itself may be done without for a reason."""
    missing = [words for words, there in judged(values, today) if not there]
    excused = values.get("item") == ISO27001 and values.get("nature") == ABSENT
    return [words for words in missing if not (excused and words == "a certificate")]


def scored(values: Values, today: date) -> Score:
    """Give the score of a piece of evidence, with its rule and what it found."""
    return scoring.of_findings(f"Rule for {values.get('item')}", judged(values, today))


def _given(*names: str) -> Test:
    return lambda values, _: all(values.get(name) not in (None, "", []) for name in names)


def _holds(field: str, *words: str) -> Test:
    return lambda values, _: {*words} <= {*(values.get(field) or [])}


def _is(field: str, value: Any) -> Test:
    return lambda values, _: bool(values.get(field) == value)


def _recent(values: Values, today: date) -> bool:
    ended, bridge = values.get("period_end"), values.get("bridge_until")
    recent = bool(ended) and date.fromisoformat(str(ended)) >= today - PERIOD
    return recent or (bool(ended and bridge) and date.fromisoformat(str(bridge)) >= today)


def _current(values: Values, today: date) -> bool:
    until = values.get("valid_until")
    return bool(until) and date.fromisoformat(str(until)) >= today


def _targets_are_whole(values: Values, _: date) -> bool:
    rows = values.get("targets") or []
    named = [" ".join(str(row.get("target") or "").casefold().split()) for row in rows]
    whole = all(row.get(name) not in (None, "") for row in rows for name in ("target", "sense", "value"))
    return whole and len(set(named)) == len(named)


def _terms_are_whole(values: Values, _: date) -> bool:
    rows = values.get("notice_terms") or []
    kinds = [row.get("kind") for row in rows]
    days = [[row.get(name) for name in ("tell", "answer") if row.get(name) not in (None, "")] for row in rows]
    fit = all(one and all(DAYS.fullmatch(str(day)) and int(day) <= LONGEST_TERM for day in one) for one in days)
    return fit and all(kinds) and len(set(kinds)) == len(kinds)


def _places_of_all(values: Values, _: date) -> bool:
    rows = values.get("subprocessors") or []
    return bool(rows) and all(row.get(name) for row in rows for name in ("name", "role", "location"))


_COMMON: tuple[tuple[str, Test], ...] = (
    ("more than a statement", lambda values, _: values.get("nature") not in (None, CLAIMED, ABSENT)),
    ("the file or record itself", lambda values, _: bool(values.get("files") or values.get("records"))),
    ("an end that has not come", _current),
    ("each target once, with at least or at most and its value", _targets_are_whole),
)
_THIRD_PARTY: tuple[tuple[str, Test], ...] = (
    ("a certificate of a third party", _is("nature", "certificate of a third party")),
    ("number, scope and site", _given("number", "scope", "site")),
    ("scope and site cover what is used", _is("covers_service", True)),
)
_RULES: dict[str, tuple[tuple[str, Test], ...]] = {
    AGREEMENT: (
        ("signed by both", _is("nature", "signed document")),
        ("executed apart from the order", _is("separate_from_order", True)),
        (
            "GxP roles, responsibilities and notification duties",
            _holds("covers", "GxP roles", "responsibilities", "notification duties"),
        ),
        ("each kind of notice once, with whole days to tell or to answer, 365 at most", _terms_are_whole),
    ),
    "SOC 2 Type II report": (
        ("Type II", _is("report_type", "Type II")),
        ("a period that ended at most 12 months ago, or a bridge letter", _recent),
        (
            "security, availability and confidentiality",
            _holds("criteria", "security", "availability", "confidentiality"),
        ),
        ("its exceptions assessed", _given("exceptions")),
        ("the controls that we have to have", _given("own_controls")),
    ),
    ISO27001: _THIRD_PARTY,
    "ISO 9001 certificate": _THIRD_PARTY,
    "GMP certificate": _THIRD_PARTY,
    "validation package": (
        ("of a named release", _given("release")),
        ("IQ and OQ evidence", _holds("covers", "IQ evidence", "OQ evidence")),
        ("test scripts and traceability matrix", _holds("covers", "test scripts", "traceability matrix")),
    ),
    "SDLC documentation": (
        (
            "change management, code review and release",
            _holds("covers", "change management", "code review", "release procedure"),
        ),
    ),
    "audit trail specification": (
        ("what is captured and where it is stored", _holds("covers", "what is captured", "where it is stored")),
        ("how it is protected and exported", _holds("covers", "protection from change", "export")),
    ),
    "audit trail samples": (("a real sample of every kind of event", _holds("covers", "a sample of every kind of event")),),
    "subprocessor list": (("each subprocessor with what it does and where", _places_of_all),),
    "residency and retention": (
        ("where the data are", _given("places")),
        ("location, deletion and termination", _holds("covers", "location", "deletion", "termination")),
    ),
    "incident and breach terms": (
        ("in writing and signed", _is("nature", "signed document")),
        ("notice within a number of hours", _given("notice_hours")),
    ),
    "exit and continuity": (
        ("return of the data, and reading it without the vendor", _holds("covers", "return of the data", "reading without the vendor")),
        ("what happens if the vendor vanishes", _holds("covers", "the vendor vanishing")),
    ),
}  # fmt: skip
