"""What the boards ask of the installation as a whole: verification, backups, restores, reviews of any type, and what is past its day."""

from __future__ import annotations

from datetime import datetime, timedelta

from indelible.assurance import backup, continuity, levels
from indelible.infra import canonical, clock
from indelible.kernel import lifecycles
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Event, Record
from indelible.kernel.types import TypeDeclaration
from indelible.practice import narrowing, probing
from indelible.practice.narrowing import open_states
from indelible.practice.probing import Finding, lacking, no_type, probe, shown, untold
from indelible.practice.queries import Viewer

NIGHTS = timedelta(days=2)  # everything is re-read each night: one that failed may be made good in the next
# How old the last closed one may be. Each comes back by itself in this time; the days beyond it are those in which it is done.
LONGEST = {
    "trail_review": 31 + 14,
    "access_review": 92 + 21,
    "restore_drill": 183 + 30,
    "continuity_exercise": 366 + 30,
    "periodic_review": 366 + 60,
}
VERIFIED = f"{INSTALLATION}.note_verification"
CLOSED = "closed"  # the good end of a review or drill; a drill that failed ends as well, and shows nothing
SOUND = "Everything is as it was recorded"  # how the nightly verification says that it found nothing


@probe("verified", "Whether the last re-reading of everything is of these nights, and found nothing.")
def verified(view: Viewer, _about: str) -> Finding:
    """Say whether the ledger was verified lately, and was whole (11.10(a), Annex 11-7.1)."""
    last, page = _last(VERIFIED), _timeline(view)
    if last is None:
        return lacking("No verification is in the trail of this installation.", page=page)
    at, said = last
    day = probing.day_of(view, at)
    if not said.startswith(SOUND):
        return lacking(f"The last verification found something: {said}.", page=page, day=day)
    if clock.now() - at > NIGHTS:
        return lacking(f"The last verification was on {day}.", page=page, day=day)
    return shown(f"{said}.", page=page, day=day)


@probe("backed_up", "Whether the last backup is younger than the policies allow.")
def backed_up(view: Viewer, _about: str) -> Finding:
    """Say whether backups are made (11.10(c), Annex 11-7.2)."""
    return _young(view, backup.last_made(), view.configuration.policies.backup_days, "backup")


@probe("restore_tested", "Whether the last restore test is younger than the policies allow.")
def restore_tested(view: Viewer, _about: str) -> Finding:
    """Say whether a backup was shown to be restorable (Annex 11-7.2)."""
    return _young(view, backup.last_tested(), view.configuration.policies.restore_test_days, "restore test")


@probe(
    "service_targets",
    "Whether the service was measured against the targets of the policies in these minutes, and misses none.",
)
def service_targets(view: Viewer, _about: str) -> Finding:
    """Say whether the service keeps its targets (Annex 11-11)."""
    if not view.configuration.policies.service_targets:
        return lacking("The policies set no service_targets.", page="/configuration")
    found = levels.list_levels()
    if not found:
        return untold("Nothing was measured in the last minutes: the server measures where it runs on real records.")
    if missed := [one for one in found if one.missed]:
        return lacking("Missed: " + " ".join(one.said for one in missed), page=probing.list_of("incident"))
    share = levels.availability()
    told = f" Of the last thirty days, as far as it was looked, {share:.2f} % could be served." if share is not None else ""
    return shown(f"Service targets kept: {len(found)}.{told}", page="/configuration")


@probe("continuity_set", "Whether a continuity set was written in the last nights.")
def continuity_set(_view: Viewer, _about: str) -> Finding:
    """Say whether what is in force lies ready for the hours without the system (Annex 11-16)."""
    age = continuity.age()
    if age is None:
        return lacking("No continuity set was ever written: `indelible continuity`.")
    if age > NIGHTS:
        return lacking(f"The last continuity set is {age.days} days old: `indelible continuity`.")
    return shown(f"The continuity set is {age.days} days old.")


@probe("security_contact", "Whether the policies name whom misuse of credentials is told.")
def security_contact(view: Viewer, _about: str) -> Finding:
    """Say whether somebody is told of misuse at once (11.300(d))."""
    told = view.configuration.policies.security_contact
    return shown("Misuse is told to the security contact.", page="/configuration") if told else lacking(
        "The policies name no security_contact: nobody is told of misuse by mail.", page="/configuration")  # fmt: skip


@probe("review", "Whether the last record of this type was closed within its time, and none that is open is past its day.")
def review(view: Viewer, kind: str) -> Finding:
    """Say whether a review that comes back was done: `kind` is its type; a configuration without that type shows nothing."""
    if kind not in view.configuration.types:
        return no_type(kind)
    declared, now = view.configuration.type(kind), clock.now()
    label, page = declared.label.lower(), probing.list_of(kind)
    late, waiting = (
        probing.late(kind),
        Record.objects.filter(type=kind, state__in=open_states(declared)).order_by("due_at").first(),
    )
    last = _last_ended(declared)
    next_due = probing.day_of(view, waiting.due_at) if waiting and waiting.due_at else None
    if late and waiting:
        return lacking(f"{declared.plural} past their day: {late}.", number=waiting.number, page=page, until=next_due)
    if last is None:
        return lacking(f"No {label} was ever closed.", number=waiting.number if waiting else "", page=page, until=next_due)
    done, at = last
    day, most = probing.day_of(view, at), LONGEST.get(kind, max(LONGEST.values()))
    if done.state != CLOSED and CLOSED in declared.lifecycle:
        how = lifecycles.label(declared.lifecycle[done.state], done.state).lower()
        return lacking(f"The last {label} ended on {day} as: {how}.", number=done.number, page=page, day=day, until=next_due)
    if now - at > timedelta(days=most):
        return lacking(
            f"The last {label} was closed more than {most} days ago.", number=done.number, page=page, day=day, until=next_due
        )
    return shown(f"The last {label} was closed on {day}.", number=done.number, page=page, day=day, until=next_due)


@probe("on_time", "Whether no record of this type is past its day.")
def on_time(view: Viewer, kind: str) -> Finding:
    """Say whether work of a type is done in time; where none was ever begun it cannot be told."""
    if kind not in view.configuration.types:
        return no_type(kind)
    plural, late = view.configuration.type(kind).plural, probing.late(kind)
    if late:
        return lacking(f"{plural} past their day: {late}.", page=probing.list_of(kind, late="1"))
    count = Record.objects.filter(type=kind).count()
    if not count:
        return untold(f"{plural}: none was ever begun.", page=probing.list_of(kind))
    return shown(f"{plural}: {count}; none is past its day.", page=probing.list_of(kind))


@probe("kept", "Whether records of this type were brought to their end, and none is past its day.")
def kept(view: Viewer, kinds: str) -> Finding:
    """Say whether evidence of a type is there: `kinds` are types apart by commas, and one of them is enough."""
    known = [kind for kind in kinds.split(",") if kind in view.configuration.types]
    if not known:
        return no_type(kinds)
    found = [on_time(view, kind) for kind in known]
    late = next((one for one in found if one.state == probing.NOT_SHOWN), None)
    if late is not None:
        return late
    for kind in known:
        declared = view.configuration.type(kind)
        if (last := _last_ended(declared)) is not None:
            day = probing.day_of(view, last[1])
            return shown(
                f"{declared.plural} are on record, the last of {day}, none past its day.",
                page=probing.list_of(kind),
                day=day,
            )
    return untold(
        f"No {view.configuration.type(known[0]).label.lower()} was brought to its end.", page=probing.list_of(known[0])
    )


def _young(view: Viewer, last: datetime | None, days: int, what: str) -> Finding:
    page = _timeline(view)
    if last is None:
        return lacking(f"No {what} is in the trail of this installation.", page=page)
    day = probing.day_of(view, last)
    until = day + timedelta(days=days)
    if clock.now() - last > timedelta(days=days):
        return lacking(f"The last {what} was on {day}; the policies allow {days} days.", page=page, day=day, until=until)
    return shown(f"The last {what} was on {day}.", page=page, day=day, until=until)


def _last_ended(declared: TypeDeclaration) -> tuple[Record, datetime] | None:
    """Give the record of a type that came to its end last, with the moment: what is said of it afterwards makes it no younger."""
    there = Record.objects.filter(type=declared.type, state__in=probing.ended(declared))
    found = Event.objects.filter(narrowing.ended(declared), record_id__in=there.values("pk")).order_by("-at", "-pk").first()
    return (Record.objects.get(pk=found.record_id), found.at) if found else None


def _last(act: str) -> tuple[datetime, str] | None:
    """Give when an act on the installation was done the last time, with its reason."""
    found = Event.objects.filter(record_id__in=Record.objects.filter(type=INSTALLATION).values("pk"),
                                 payload__contains=f'"act":"{act}"').order_by("-position").first()  # fmt: skip
    return (found.at, str(canonical.decode(found.payload).get("reason") or "")) if found else None


def _timeline(view: Viewer) -> str:
    return f"/r/{view.found.home.get('number')}/timeline"
