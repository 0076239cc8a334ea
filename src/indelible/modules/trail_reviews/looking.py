"""The only place that says what is out of the ordinary in the trail of a period: one function for each rule.

Which of them apply, and with which numbers, is configuration: the choices of the column `rule` of the lines. A choice is
the name of a rule here and, after a comma, words with its numbers in their order: `repeated edits, 40 in 5 minutes`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from indelible.kernel import config
from indelible.kernel.reasons import is_filler
from indelible.practice import exceptions

HIGH, MEDIUM, LOW = SEVERITIES = ("high", "medium", "low")
QUALITY = frozenset({"qa_ops", "qa_approver"})
ACCESS = frozenset({"grant", "person", "delegation", "installation", "approved_state", "drift"})
ABOUT_PEOPLE = frozenset({"person", "grant", "delegation"})
SATURDAY = 5
NUMBER = re.compile(r"\d+")
WORD = re.compile(r"[^\W_]{2,}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Seen:
    """One event, or one refused attempt (then `event` is its rule and `position` 0), as the rules look at it.

    `subject` is the number of the record, `is_own` says that the person's own record is the subject.
    """

    pk: int
    refused: bool
    at: datetime
    leaf: str
    kind: str
    subject: str
    position: int
    act: str
    event: str
    reason: str
    who: str
    user_id: str
    roles: frozenset[str]
    by: str
    via: str
    is_own: bool
    data: dict[str, Any]

    @property
    def verb(self) -> str:
        """Give what was asked for, without the type."""
        return self.act.partition(".")[2]

    @property
    def quality(self) -> bool:
        """Say whether somebody of the Quality Unit did it."""
        return bool(self.roles & QUALITY)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule is applied with: the numbers of its configuration, and when the company works."""

    numbers: tuple[int, ...]
    zone: ZoneInfo
    holidays: frozenset[str]

    def is_off(self, at: datetime) -> bool:
        """Say whether a moment lies outside of the working hours that the first two numbers give, on a weekend or a holiday."""
        local = at.astimezone(self.zone)
        first, last = self.numbers
        free = local.weekday() >= SATURDAY or local.date().isoformat() in self.holidays
        return free or not first <= local.hour < last


Judge = Callable[[Seen], Iterable[Seen]]
Begin = Callable[[Setting], Judge]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, the sentence that people read, how serious what it finds is, how many numbers it takes, how it begins.

    What it finds of one person is one line for each record, or for each day where it is `by_day`.
    """

    name: str
    says: str
    severity: str
    numbers: int
    by_day: bool
    begin: Begin


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule as the configuration applies it: in its words, with its numbers."""

    words: str
    rule: Rule
    numbers: tuple[int, ...]


RULES: dict[str, Rule] = {}


def applied(choices: Iterable[str]) -> tuple[list[Applied], list[str]]:
    """Read the choices of a configuration: the rules that apply, in that order, and the words that name none of them."""
    found, unknown = [], []
    for words in choices:
        name, _, rest = words.partition(",")
        numbers = tuple(int(one) for one in NUMBER.findall(rest))
        rule = RULES.get(name.strip())
        if rule is None or len(numbers) != rule.numbers:
            unknown.append(words)
        else:
            found.append(Applied(words, rule, numbers))
    return found, unknown


def _finds(name: str, severity: str, numbers: int = 0, *, by_day: bool = False) -> Callable[[Begin], Begin]:
    """Register a rule that remembers what it saw."""

    def register(function: Begin) -> Begin:
        RULES[name] = Rule(name, (function.__doc__ or "").strip(), severity, numbers, by_day, function)
        return function

    return register


def _each(
    name: str, severity: str, numbers: int = 0, *, by_day: bool = False
) -> Callable[..., Callable[[Seen, Setting], bool]]:
    """Register a rule that looks at one event at a time."""

    def register(function: Callable[[Seen, Setting], bool]) -> Callable[[Seen, Setting], bool]:
        def begin(setting: Setting) -> Judge:
            return lambda seen: (seen,) if function(seen, setting) else ()

        begin.__doc__ = function.__doc__
        _finds(name, severity, numbers, by_day=by_day)(begin)
        return function

    return register


@_each("clock step", HIGH)
def clock_step(seen: Seen, _setting: Setting) -> bool:
    """The clock of the server stepped, or a simulated clock was moved."""
    if seen.kind != "installation" or seen.refused:
        return False
    return exceptions.past_of(seen.data) == "clock_stepped" or _changes(seen, "clock_offset")


@_each("somebody else's credentials", HIGH)
def somebody_elses_credentials(seen: Seen, _setting: Setting) -> bool:
    """In somebody's session a signature was tried with another person's user id and password."""
    return seen.refused and seen.event == "wrong_owner"


@_each("grant outside a request", HIGH)
def grant_outside_a_request(seen: Seen, _setting: Setting) -> bool:
    """A role was given without the way of a request and its approval: established, or opened in an emergency."""
    given = not seen.refused and seen.kind == "grant"
    return given and exceptions.past_of(seen.data) in ("established", "opened_in_emergency")


@_each("access changed off hours", HIGH, 2)
def access_changed_off_hours(seen: Seen, setting: Setting) -> bool:
    """Somebody changed accounts, roles or settings, not only the own account, when nobody works."""
    theirs = not seen.refused and bool(seen.by) and seen.kind in ACCESS and not seen.is_own
    return theirs and setting.is_off(seen.at)


@_finds("repeated edits", HIGH, 2, by_day=True)
def repeated_edits(setting: Setting) -> Judge:
    """One person changed the content of records so often within so many minutes."""
    often, span = setting.numbers[0], timedelta(minutes=setting.numbers[1])
    recent: dict[str, deque[Seen]] = {}

    def judge(seen: Seen) -> Iterable[Seen]:
        if seen.refused or not seen.by or seen.verb not in ("edit", "amend"):
            return ()
        mine = recent.setdefault(seen.by, deque())
        mine.append(seen)
        while seen.at - mine[0].at > span:
            mine.popleft()
        return tuple(mine) if len(mine) >= often else ()

    return judge


@_each("failed signing", MEDIUM)
def failed_signing(seen: Seen, _setting: Setting) -> bool:
    """A signature was refused because its components were wrong."""
    return seen.refused and seen.event == "signature_components"


@_each("edit after approval", MEDIUM)
def edit_after_approval(seen: Seen, _setting: Setting) -> bool:
    """What was signed was changed, or what was closed was opened again."""
    return not seen.refused and exceptions.past_of(seen.data) in exceptions.AFTER_APPROVAL


@_each("void", MEDIUM)
def void(seen: Seen, _setting: Setting) -> bool:
    """A record was declared void."""
    return not seen.refused and exceptions.past_of(seen.data) == "voided"


@_each("weak reason", MEDIUM, 1)
def weak_reason(seen: Seen, setting: Setting) -> bool:
    """A person gave a reason of few different words, or tried one that says nothing and was refused."""
    if seen.refused:
        return seen.event == "reason_given"
    words = {word.lower() for word in WORD.findall(seen.reason)}
    return bool(seen.by and seen.reason) and (len(words) < setting.numbers[0] or is_filler(seen.reason))


@_each("configuration change", MEDIUM)
def configuration_change(seen: Seen, _setting: Setting) -> bool:
    """Another configuration was put into force, or another build of the program."""
    own = not seen.refused and seen.kind == "installation"
    return own and exceptions.past_of(seen.data) in ("baseline_applied", "upgraded")


@_each("bulk export", MEDIUM, 1)
def bulk_export(seen: Seen, setting: Setting) -> bool:
    """Somebody took so many rows or more out of the system as a file."""
    if seen.refused or exceptions.past_of(seen.data) != "exported":
        return False
    rows = NUMBER.search(seen.reason)
    return rows is not None and int(rows.group()) >= setting.numbers[0]


@_each("late entry", LOW)
def late_entry(seen: Seen, _setting: Setting) -> bool:
    """Something was entered later than its type allows."""
    return not seen.refused and exceptions.is_late(seen.data)


@_each("administrator act", LOW, by_day=True)
def administrator_act(seen: Seen, _setting: Setting) -> bool:
    """Somebody acted as administrator of the system, or at the command line of the server."""
    return not seen.refused and (seen.data.get("grant", {}).get("role") == "sysadmin" or seen.via == "command")


@_each("off hours", LOW, 2, by_day=True)
def off_hours(seen: Seen, setting: Setting) -> bool:
    """A person worked in the system when nobody works."""
    return not seen.refused and bool(seen.by) and seen.via != "import" and setting.is_off(seen.at)


def _changes(seen: Seen, name: str) -> bool:
    field = config.at(seen.data["baseline"]).type(seen.kind).field(name)
    return field is not None and field.id in seen.data.get("changed", ()) and exceptions.past_of(seen.data) == "edited"
