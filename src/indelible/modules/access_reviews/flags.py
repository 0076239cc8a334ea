"""The only place that says what is odd about somebody's access, each with its reason, the most serious first.

Roles and grants are those of the day that is reviewed; use, second factors and marks of two places are what is known when the lines
are written.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from indelible.kernel import authority, records
from indelible.kernel.config import Configuration
from indelible.kernel.models import Event, Record
from indelible.modules.access_reviews.lines import LEAVER
from indelible.modules.access_reviews.roster import Roster
from indelible.modules.access_reviews.trained import Trainings
from indelible.practice import dormancy, factors, rights

PRIVILEGED = (
    "sysadmin",
    "qa_approver",
    "system_owner",
    "executive",
)  # who decides about product, people or the system itself
GUESTS = ("guest_inspector", "guest_external", authority.OUTSIDE)
# What an account of one person is not called; ids such as these are refused at the door, names are not.
SHARED = frozenset({"shared", "team", "group", "generic", "common", "lab", "laboratory", "user", "users", "test", "admin", "account",
                    "service", "shift", "department", "everyone"})  # fmt: skip
TWO_PLACES = '"event":"person.used_from_two_places"'


@dataclass(frozen=True, slots=True)
class Right:
    """What somebody has: the person, the role (empty for the account alone), since when, by which record, for which department."""

    person: UUID
    role: str
    since: datetime
    held_by: str
    scope: str | None = None
    asleep: bool = False
    delegated: bool = False


class Flags:
    """What is known about everybody who has access, read once for a review."""

    def __init__(self, found: Iterable[Right], at: datetime, configuration: Configuration, *, roster: Roster | None,
                 trained: Trainings, before: datetime | None) -> None:  # fmt: skip
        self.at, self.configuration, self.roster, self.trained = at, configuration, roster, trained
        self.roles: dict[UUID, set[str]] = defaultdict(set)
        for one in found:
            self.roles[one.person] |= {one.role} if one.role else set()
        self.people = {one.pk: one for one in Record.objects.filter(pk__in=list(self.roles))}
        self.values: Mapping[UUID, Mapping[str, Any]] = {pk: records.values(one) for pk, one in self.people.items()}
        self.used = dormancy.last_uses(set(self.people))
        self.factors = factors.by_person()
        self.unfounded = {one.number for one in rights.unfounded()}
        self.two_places = self._two_places(before)

    def of(self, right: Right) -> list[str]:
        """Give what is odd about a right, in words, the most serious first."""
        found = [
            *self._left(right.person), *self._ungranted(right), *self._incompatible(right.person), *self._shared(right.person),
            *self._untrained(right), *self._without_factor(right), *self._unused(right.person), *self._foreign(right),
            *self._asleep(right), *([f"privileged: {self._label(right.role)}"] if right.role in PRIVILEGED else []),
        ]  # fmt: skip
        return list(dict.fromkeys(found))

    def last_used(self, person: UUID) -> str:
        """Give the day on which an account was used last, in words."""
        return self._day(self.used[person]) if person in self.used else "never"

    def _left(self, person: UUID) -> list[str]:
        values, found = self.values[person], []
        own = str(values.get("left_on") or "")
        if own and own <= self._day(self.at):
            found.append(f"{LEAVER}: left on {own} by the own entry")
        if self.roster is None or values.get("outside"):
            return found
        known = str(values.get("user_id") or ""), str(values.get("email") or "")
        day = self.roster.left_on(*known)
        if day is not None and day.isoformat() <= self._day(self.at):
            found.append(f"{LEAVER}: left on {day} by the roster")
        elif not self.roster.knows(*known):
            found.append("not on the roster")
        return found

    def _ungranted(self, right: Right) -> list[str]:
        return [f"{right.held_by} is not what its events say"] if right.held_by in self.unfounded else []

    def _incompatible(self, person: UUID) -> list[str]:
        mine, roles = self.roles[person], self.configuration.roles
        pairs = {
            tuple(sorted((one, other))) for one in mine if one in roles for other in roles[one].never_with if other in mine
        }
        return [f"never held together: {self._label(one)} and {self._label(other)}" for one, other in sorted(pairs)]

    def _shared(self, person: UUID) -> list[str]:
        values = self.values[person]
        said = re.split(r"[^a-z]+", f"{values.get('printed_name')} {values.get('user_id')}".casefold())
        word = next((one for one in said if one in SHARED), None)
        found = [f"looks shared: “{word}” in its name"] if word else []
        if at := self.two_places.get(person):
            found.append(f"looks shared: used from two places at once on {self._day(at)}")
        return found

    def _untrained(self, right: Right) -> list[str]:
        if not right.role or right.role in GUESTS:
            return []
        return [f"given before its training on {number}" for number in self.trained.later_than(right.person, right.since)]

    def _without_factor(self, right: Right) -> list[str]:
        linked = right.person in self.factors
        return [] if linked or right.role not in PRIVILEGED else ["no second factor"]

    def _unused(self, person: UUID) -> list[str]:
        last = self.used.get(person)
        if last is None:
            return ["never used"]
        days, limit = (self.at - last).days, self.configuration.policies.dormant_days[0]
        return [f"dormant: not used for {days} days"] if days >= limit else []

    def _foreign(self, right: Right) -> list[str]:
        found = [f"guest: {self._label(right.role)}"] if right.role in GUESTS else []
        if outside := self.values[right.person].get("outside"):
            found.append(f"of another company: {outside}"[:120])
        return [*found, *(["by delegation"] if right.delegated else [])]

    @staticmethod
    def _asleep(right: Right) -> list[str]:
        return ["asleep: gives no right until the personnel file is complete"] if right.asleep else []

    def _two_places(self, before: datetime | None) -> dict[UUID, datetime]:
        rows = Event.objects.filter(record_id__in=list(self.people), payload__contains=TWO_PLACES)
        rows = rows.filter(at__gt=before) if before else rows
        return dict(rows.order_by("at").values_list("record_id", "at"))

    def _label(self, role: str) -> str:
        declared = self.configuration.roles.get(role)
        return declared.label if declared else role

    def _day(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.configuration.company.zone)).date().isoformat()
