"""The only place that makes incidents of accounts that were locked and of addresses that try many: one for each and day.

It reads the list of failed attempts after they were answered, so nobody who tries can tell by the answer or by its time. An incident
names accounts that exist; a user id that nobody has may be a password in the wrong field, so of those it gives the number alone. Who
tries from everywhere makes no flood of records: after `MOST` of a day the rest is one (11.300(d), Annex 11-13).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from axes.models import AccessFailureLog
from django.db.models import Max, QuerySet

from indelible.assurance import alarms
from indelible.assurance.alarms import Alarm
from indelible.infra import clock
from indelible.kernel import config
from indelible.kernel.models import Account, Record

WITHIN = timedelta(minutes=15)
FROM_ONE_ADDRESS, FOR_ONE_USER_ID = (
    40,
    20,
)  # so many failed attempts within the time; `faces.web.guessing` lets nobody try on
NAMES = 10  # so many different user ids that failed from one address within the time are the shape of an attack
MOST = 20  # incidents of a day; what is locked after them is told in one more
BACK = timedelta(hours=24)  # how far a process that has just begun looks back
ROWS, SHOWN = 20_000, 5
KIND, SIGNAL = "access", "lockout"

_seen: dict[str, int] = {}
_summed: set[date] = set()
_told: dict[str, int] = {}


class Failure(NamedTuple):
    """One failed attempt to sign in, or to sign: when, as whom, from where, and whether it was locked by then."""

    at: datetime
    user_id: str
    address: str
    locked: bool


@dataclass(frozen=True, slots=True)
class Lock:
    """What was locked on a day: the account of a person, an address, or more of them than are told one by one."""

    day: date
    user_id: str = ""
    address: str = ""
    person: UUID | None = None
    number: str = ""
    name: str = ""

    @property
    def signal(self) -> str:
        """Give what makes it one incident: whose account or which address, and the day."""
        return f"{SIGNAL} {self.number or self.address or 'of many'} {self.day}"

    @property
    def title(self) -> str:
        """Give the title of its incident."""
        if self.person:
            return f"The account of {self.name} ({self.number}) was locked"
        return f"Attempts from {self.address} were locked" if self.address else "Many accounts or addresses were locked"

    def failures(self) -> QuerySet[AccessFailureLog]:
        """Give its failed attempts of that day."""
        begin, end = _bounds(self.day)
        rows: QuerySet[AccessFailureLog] = AccessFailureLog.objects.filter(attempt_time__gte=begin, attempt_time__lt=end)
        if self.person:
            return rows.filter(username=self.user_id)
        return rows.filter(ip_address=self.address) if self.address else rows


def step() -> list[str]:
    """Open an incident for what was locked since the last look, add to those that go on; gives the numbers of those opened."""
    newest = AccessFailureLog.objects.aggregate(id=Max("id"))["id"] or 0
    today, opened = _day(clock.real()), list[str]()
    if newest != _seen.get("id"):
        since = clock.real() - (WITHIN + timedelta(minutes=1) if "id" in _seen else BACK)
        for lock in _locks(_since(since)):
            opened += _one(lock)
        _seen["id"] = newest
    if (over := today - timedelta(days=1)) not in _summed:
        _sum_up(over)
        _summed.add(over)
    return opened


def _one(lock: Lock) -> list[str]:
    """Open the incident of a lock, or say in it that the attempts have doubled."""
    count = lock.failures().count()
    if lock.signal in _told:
        if count >= 2 * _told[lock.signal]:
            _told[lock.signal] = count
            alarms.added(lock.signal, f"It goes on. {_words(lock)}", key=f"{lock.signal}:{count.bit_length()}")
        return []
    if (lock.person or lock.address) and not alarms.last_of(lock.signal) and len(_of_day(lock.day)) >= MOST:
        return _one(Lock(lock.day))
    _told[lock.signal] = count
    return alarms.raised([_alarm(lock)])


def _alarm(lock: Lock) -> Alarm:
    mend = (
        "Ask the person whether it was they. If it was not, give a new one-time link, and see in the security log what else came from "
        "there. The lock ends by itself; the person gets in meanwhile from a device of theirs that is known here."
        if lock.person
        else "See in the security log which accounts were tried and whether one of them got in. Let the firewall or the proxy keep the "
        "address away if it is none of yours. Here it waits by itself after each burst, and people get in from devices that are known."
    )
    return Alarm(
        lock.signal, lock.title[:200], _words(lock), mend, KIND, critical=_is_attack(lock), lasting=True,
        people=(lock.person,) if lock.person else (),
    )  # fmt: skip


def _is_attack(lock: Lock) -> bool:
    """Say whether it has the shape of an attack: one account from several addresses, or one address with many attempts or user ids."""
    rows = lock.failures()
    if lock.person:
        return len(_distinct(rows, "ip_address")) > 1
    return not lock.address or rows.count() >= FROM_ONE_ADDRESS or len(_distinct(rows, "username")) >= NAMES


def _words(lock: Lock) -> str:
    """Say how many attempts failed on the day, from when until when, from where, and whom they were about."""
    rows = lock.failures()
    times = [one.astimezone(_zone()) for one in (rows.order_by("attempt_time").values_list("attempt_time", flat=True))]
    if not times:
        return "No failed attempt of that day is kept any more."
    names = {name: Account.objects.filter(user_id=name).exists() for name in _distinct(rows, "username")}
    known = sorted(name for name, exists in names.items() if exists)
    unknown = len(names) - len(known)
    return (
        f"On {lock.day} {len(times)} attempts to sign in, or to sign, failed: the first at {times[0]:%H:%M:%S}, the last at "
        f"{times[-1]:%H:%M:%S} ({config.current().company.zone}). From: {_some(_distinct(rows, 'ip_address'))}. "
        f"User ids of accounts: {_some(known)}. User ids that nobody has: {unknown}. What is turned away before a password is looked at is not counted."
    )


def _sum_up(day: date) -> None:
    """Say in each incident of a day that is over how many attempts there were in all."""
    for head, signal in _of_day(day):
        found = Lock(day)
        if (what := signal.split(" ")[1]) != "of":
            person = Record.objects.filter(number=what, type="person").first()
            account = Account.objects.filter(person_id=person.pk).first() if person else None
            found = (
                Lock(day, account.user_id, "", person.pk, what, person.title)
                if person and account
                else Lock(day, address=what)
            )
        alarms.added(signal, f"The day is over. {_words(found)}", key=f"{signal}:over", head=head)


def _locks(rows: Sequence[Failure]) -> Iterator[Lock]:
    """Give what the failures say was locked: accounts first, then addresses from which nobody, or many, were tried."""
    by_user, by_address = (
        defaultdict[tuple[date, str], list[Failure]](list),
        defaultdict[tuple[date, str], list[Failure]](list),
    )
    for row in rows:
        by_user[_day(row.at), row.user_id].append(row)
        by_address[_day(row.at), row.address].append(row)
    accounts = dict(Account.objects.filter(user_id__in={name for _, name in by_user}).values_list("user_id", "person_id"))
    people = Record.objects.in_bulk(accounts.values())
    for (day, name), found in by_user.items():
        head = people.get(accounts.get(name, UUID(int=0)))
        if head and (any(one.locked for one in found) or _crossed(found, FOR_ONE_USER_ID)):
            yield Lock(day, name, "", head.pk, head.number, head.title)
    for (day, address), found in by_address.items():
        nobody = any(one.locked and one.user_id not in accounts for one in found)
        if address and (nobody or _crossed(found, FROM_ONE_ADDRESS) or _names(found) >= NAMES):
            yield Lock(day, address=address)


def _crossed(found: Sequence[Failure], limit: int) -> bool:
    """Say whether so many failures, in the order of time, came within the time."""
    return any(found[at + limit - 1].at - found[at].at < WITHIN for at in range(len(found) - limit + 1))


def _names(found: Sequence[Failure]) -> int:
    """Give how many different user ids failed within the time, at most."""
    most, begin, inside = 0, 0, Counter[str]()
    for row in found:
        inside[row.user_id] += 1
        while row.at - found[begin].at >= WITHIN:
            inside[found[begin].user_id] -= 1
            begin += 1
        inside += Counter()  # lets go of what is counted no more
        most = max(most, len(inside))
    return most


def _since(moment: datetime) -> list[Failure]:
    rows = AccessFailureLog.objects.filter(attempt_time__gt=moment).order_by("-id")[:ROWS]
    found = rows.values_list("attempt_time", "username", "ip_address", "locked_out")
    return sorted(Failure(at, name or "", address or "", locked) for at, name, address, locked in found)


def _of_day(day: date) -> list[tuple[Record, str]]:
    """Give the incidents of a day's locks that the system opened, each with its signal."""
    return alarms.list_opened(SIGNAL, f" {day}")


def _distinct(rows: QuerySet[AccessFailureLog], column: str) -> list[str]:
    return [str(one) for one in rows.order_by(column).values_list(column, flat=True).distinct() if one]


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return (", ".join(words[:SHOWN]) + more) or "none"


def _zone() -> ZoneInfo:
    return ZoneInfo(config.current().company.zone)


def _day(moment: datetime) -> date:
    return moment.astimezone(_zone()).date()


def _bounds(day: date) -> tuple[datetime, datetime]:
    begin, end = (datetime.combine(one, datetime.min.time(), _zone()) for one in (day, day + timedelta(days=1)))
    return begin, end
