"""The only place that collects what a periodic review looks at: each topic with its figures in the period, and what is missing (Annex 11-11).

Figures are counted from records and from the events of the installation. What this product cannot know of a system is said to
be so, and a person says what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.infra import build, canonical, clock
from indelible.kernel import config, gates, records
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Baseline, Event, Link, Record
from indelible.practice.inventory import THIS

UNKNOWN = "This product does not know it: look, and say under Comment what you saw."
NAMED = 12
OF_INSTALLATION = frozenset({"drift", "trail_review"})  # types without a system: they are about this installation


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: what was found, and what should have been there and is missing."""

    name: str
    found: str
    missing: str = ""

    @property
    def known(self) -> bool:
        """Say whether figures could be collected."""
        return self.found != UNKNOWN


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a review, both included, in the company's zone."""

    since: date
    until: date

    def holds(self, moment: datetime) -> bool:
        """Say whether a moment lies in it."""
        return self.since <= day_of(moment) <= self.until

    @property
    def begins(self) -> datetime:
        """Give its first moment."""
        return datetime.combine(self.since, time(), ZoneInfo(config.current().company.zone))

    @property
    def ends(self) -> datetime:
        """Give the first moment after it."""
        return datetime.combine(self.until + timedelta(days=1), time(), ZoneInfo(config.current().company.zone))


def topics(system: Record, period: Period) -> list[Topic]:
    """Collect every topic of a system's review, in the order in which they are read."""
    here = system.number == THIS
    return [
        Topic("changes", _told(_of(system, "change"), period)),
        _releases(period) if here else Topic("releases", UNKNOWN),
        Topic("incidents", _told(incidents(system), period)),
        Topic("deviations and CAPA", _told([*_of(system, "deviation"), *_of(system, "capa")], period)),
        Topic("drift", _told(_of(system, "drift"), period)) if here else Topic("drift", UNKNOWN),
        _reviewed("access reviews", "access_review", system, period),
        _reviewed("trail reviews", "trail_review", system, period) if here else Topic("trail reviews", UNKNOWN),
        _backups(system, period) if here else Topic("backups and restore drills", UNKNOWN),
        _reviewed("continuity exercise", "continuity_exercise", system, period),
        Topic("patches and support ends", UNKNOWN),
        _supplier(system),
        Topic("performance against targets", UNKNOWN),
        _training(system),
        _verification(period) if here else Topic("verification of the records", UNKNOWN),
        _test_deviations(system),
        _procedures(system),
    ]


def standing(system: Record) -> dict[str, str]:
    """Give on what a review is made: build or version, configuration in force, validated state."""
    if system.number != THIS:
        return {"build": str(records.values(system)["version"] or "")[:100], "baseline": "-", "validated": _state(system)}
    installation = Record.objects.get(type=INSTALLATION)
    drift = str(records.values(installation).get("drift") or "")
    said = ", ".join(word for word in (gates.LABELS.get(installation.state, installation.state), drift) if word)
    number = Baseline.objects.order_by("-number").values_list("number", flat=True).first()
    return {"build": build.identity().name[:100], "baseline": str(number), "validated": f"{said}; {_state(system)}"[:200]}


def day_of(moment: datetime) -> date:
    """Give the day of a moment in the company's zone."""
    return moment.astimezone(ZoneInfo(config.current().company.zone)).date()


def list_reviews(system: Record) -> list[Record]:
    """List the periodic reviews of a system, by number."""
    return _linking(system, "periodic_review")


def last_closed(system: Record) -> Record | None:
    """Give the newest closed periodic review of a system, None without one."""
    closed = [one for one in list_reviews(system) if one.state == "closed"]
    return max(closed, key=lambda one: str(records.values(one)["until_on"]), default=None)


def begins(system: Record) -> date:
    """Give the day from which the next review of a system counts: its last one, else its release, else its entry."""
    if (last := last_closed(system)) is not None:
        return date.fromisoformat(records.values(last)["until_on"])
    acts = Q(payload__contains='"act":"gxp_system.release"') & Q(payload__contains='"state":"in_use"')
    released = Event.objects.filter(acts, record_id=system.pk).order_by("-position").values_list("at", flat=True).first()
    return day_of(released or system.created_at)


def _linking(system: Record, kind: str) -> list[Record]:
    """Give the records of a type that name the system, other than by hand, by number."""
    rows = Link.objects.filter(target=system.number).exclude(relation="by_hand").values("record_id")
    return list(Record.objects.filter(type=kind, pk__in=rows).order_by("number"))


def _of(system: Record, kind: str) -> list[Record]:
    if system.number == THIS and kind in OF_INSTALLATION:
        return list(Record.objects.filter(type=kind).order_by("number"))
    linked = _linking(system, kind)
    if system.number == THIS and kind == "change":
        known = {one.pk for one in linked}
        ours = (one for one in Record.objects.filter(type=kind).order_by("number") if one.pk not in known)
        linked += [one for one in ours if str(records.values(one).get("kind")).endswith("of this system")]
    return linked


def incidents(system: Record) -> list[Record]:
    """Give the incidents of a system, which they name in words."""
    names = {"this one"} if system.number == THIS else {system.number.casefold(), system.title.casefold()}
    rows = Record.objects.filter(type="incident").order_by("number")
    return [one for one in rows if str(records.values(one).get("system") or "").casefold() in names]


def _told(found: Iterable[Record], period: Period) -> str:
    """Say how many were begun and ended in the period and are open now, and which."""
    live = [one for one in found if records.state_of(one).look != "void" and one.created_at < period.ends]
    begun = [one for one in live if period.holds(one.created_at)]
    done = [one for one in live if _ended(one) and period.holds(one.updated_at)]
    still = [one for one in live if not _ended(one)]
    words = [f"Begun: {len(begun)}{_named(begun)}", f"ended: {len(done)}", f"open: {len(still)}{_named(still)}"]
    late = [one for one in still if one.due_at is not None and one.due_at < clock.now()]
    return ", ".join([*words, *([f"late: {len(late)}{_named(late)}"] if late else [])]) + "."


def _reviewed(name: str, kind: str, system: Record, period: Period) -> Topic:
    if kind not in config.current().types:
        return Topic(name, "This company's configuration has no such record.", "This configuration has no such record.")
    found = _of(system, kind)
    closed = [one for one in found if one.state == "closed" and period.holds(one.updated_at)]
    lacking = "" if closed else f"No {kind.replace('_', ' ')} was closed since {period.since}."
    return Topic(name, _told(found, period), lacking)


def _releases(period: Period) -> Topic:
    builds = list(_events("upgrade", period))
    applied = Baseline.objects.filter(at__gte=period.begins, at__lt=period.ends).count()
    return Topic(
        "releases",
        f"Upgrades: {len(builds)}; configurations taken into force: {applied}; runs now: {build.identity().name}.",
    )


def _backups(system: Record, period: Period) -> Topic:
    made, tested = list(_events("note_backup", period)), list(_events("note_restore_test", period))
    restored = list(_events("note_restore", period))
    words = [f"Backups noted: {len(made)}{_last(made)}", f"restores rehearsed: {len(tested)}{_last(tested)}",
             f"restores: {len(restored)}{_last(restored)}"]  # fmt: skip
    drills = _reviewed("restore drills", "restore_drill", system, period)
    lacking = [] if made else [f"No backup is noted since {period.since}."]
    lacking += [drills.missing] if drills.missing else []
    return Topic("backups and restore drills", f"{', '.join(words)}. Drills: {drills.found}", " ".join(lacking))


def _verification(period: Period) -> Topic:
    found = [canonical.decode(one.payload) for one in _events("note_verification", period)]
    bad = [one for one in found if "findings" in str(one.get("reason"))]
    if not found:
        return Topic("verification of the records", "None is noted.", f"The records were not re-read since {period.since}.")
    last = f"the last one said: {found[-1].get('reason')}"
    return Topic("verification of the records", f"Re-read {len(found)} times, {len(bad)} with findings; {last}.")


def _supplier(system: Record) -> Topic:
    named = [one["number"] for one in records.values(system).get("supplier") or []]
    if not named:
        return Topic("supplier and host", UNKNOWN)
    found = Record.objects.filter(number__in=named).order_by("number")
    words = [f"{one.number} {one.title}: {_state(one).lower()}{_due(one)}" for one in found]
    unfit = [one.number for one in found if one.state not in ("approved", "conditional")]
    return Topic("supplier and host", "; ".join(words) + ".", f"Not approved: {', '.join(unfit)}." if unfit else "")


def _training(system: Record) -> Topic:
    named = [one["number"].partition(".")[0] for one in records.values(system).get("procedure") or []]
    if not named or "training" not in config.current().types:
        return Topic("training", UNKNOWN)
    rows = Link.objects.filter(Q(target__in=named) | _of_series(named)).exclude(relation="by_hand").values("record_id")
    found = [one for one in Record.objects.filter(type="training", pk__in=rows) if records.state_of(one).look != "void"]
    done = [one for one in found if _ended(one)]
    late = sorted(one.number for one in found if not _ended(one) and one.due_at is not None and one.due_at < clock.now())
    told = f"On its procedures: {len(done)} of {len(found)} done, {len(late)} late."
    return Topic("training", told, f"Late: {_some(late)}." if late else "")


def _test_deviations(system: Record) -> Topic:
    open_ones = [one.number for one in _linking(system, "test_deviation") if not _ended(one)]
    return Topic("open test deviations", f"Open: {_some(open_ones)}." if open_ones else "None is open.")


def _procedures(system: Record) -> Topic:
    named = [one["number"].partition(".")[0] for one in records.values(system).get("procedure") or []]
    if not named:
        return Topic("procedures in force", "Its entry names no procedure.", f"{system.number} has no procedure.")
    found = {one.series: one for one in Record.objects.filter(series__in=named, standing="in_force")}
    lacking = [name for name in named if name not in found]
    late = [one.number for one in found.values() if one.due_at is not None and one.due_at < clock.now()]
    words = [f"In force: {_some(sorted(one.number for one in found.values())) or 'none'}",
             *([f"their own review is late: {_some(sorted(late))}"] if late else [])]  # fmt: skip
    return Topic("procedures in force", "; ".join(words) + ".", f"Not in force: {', '.join(lacking)}." if lacking else "")


def _of_series(series: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for one in series:
        found |= Q(target__startswith=f"{one}.")
    return found


def _events(act: str, period: Period) -> Iterator[Event]:
    installation = Record.objects.filter(type=INSTALLATION).values("pk")[:1]
    rows = Event.objects.filter(record_id__in=installation, payload__contains=f'"act":"{INSTALLATION}.{act}"')
    return rows.filter(at__gte=period.begins, at__lt=period.ends).order_by("position").iterator()


def _ended(record: Record) -> bool:
    return records.state_of(record).look in ("done", "void")


def _state(record: Record) -> str:
    return str(records.state_of(record).label or record.state)


def _due(record: Record) -> str:
    return f", due {record.due_at:%Y-%m-%d}" if record.due_at is not None else ""


def _last(events: list[Event]) -> str:
    return f", last {clock.in_zone(events[-1].at, config.current().company.zone)[:10]}" if events else ""


def _named(found: list[Record]) -> str:
    return f" ({_some([one.number for one in found])})" if found else ""


def _some(numbers: list[str]) -> str:
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return ", ".join(numbers[:NAMED]) + more
