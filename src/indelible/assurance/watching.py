"""The only place that says what in an installation is an alarm: faults found by re-reading, late backups, clocks, reactions given up.

The server looks every few minutes, and re-reads everything once in the night (11.10(a); Annex 11-7.2, 11-13).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Min

from indelible.assurance import alarms, backup, continuity, levels
from indelible.assurance.alarms import AVAILABILITY, BACKUP, INTEGRITY, TIME, Alarm
from indelible.assurance.examination import host
from indelible.assurance.rereading.report import Finding, Report
from indelible.assurance.verify import verify
from indelible.infra import canonical, clock
from indelible.kernel import config, reactions, records
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Event, Outbox, Record

VERIFIED = f"{INSTALLATION}.note_verification"
SHOWN = 20
FILES = ("file_missing", "file_changed")
_nights: list[date] = []


def look() -> list[str]:
    """Open what is an incident now, and in the night re-read everything first; gives the numbers of what was opened."""
    found = list(_now())
    if is_wanted():
        _nights[:] = [_today()]
        report = verify(processes=1)
        backup.noted(VERIFIED, told(report))
        found += verified(report)
    return alarms.raised(found)


def is_wanted() -> bool:
    """Say whether it is night at the company and this process has not re-read everything in it."""
    hour = clock.real().astimezone(ZoneInfo(config.current().company.zone)).hour
    return hour in continuity.NIGHT and _today() not in _nights


def told(report: Report) -> str:
    """Say in a sentence what a re-reading found."""
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    return f"{'Everything is as it was recorded' if report.ok else f'{len(report.findings)} findings'}: {counts}"


def verified(report: Report) -> Iterator[Alarm]:
    """Give the alarms of what a re-reading found: lost or changed files, and everything else that is not as it was recorded.

    What was found is one cause for ever, because evidence cannot be mended: the same findings open no second incident.
    """
    files = [one for one in report.findings if one.kind in FILES]
    others = [one for one in report.findings if one.kind not in FILES]
    if files:
        yield Alarm(
            _signal("files", files), "Files of records are missing or changed", _listed(files),
            "Put them back from the newest backup that holds them (a file's name is its hash), then run `indelible verify`. "
            "Until then nobody may rely on these files.", INTEGRITY, critical=True, lasting=True,
        )  # fmt: skip
    if others:
        yield Alarm(
            _signal("verify", others), "Records are not as they were recorded", _listed(others),
            "Tell the security contact at once. Change nothing: keep the database as it is and take a copy. Compare with "
            "the newest backup that verifies, and find out who could write to the database.",
            INTEGRITY, critical=True, lasting=True,
        )  # fmt: skip


def stepped(step: timedelta) -> Alarm:
    """Give the alarm of a server clock that jumped."""
    return Alarm(
        "clock step", "The server's clock jumped",
        f"The clock of this server stepped by {step.total_seconds():+.1f} seconds against its steady clock; times of records that were "
        "made before and after differ by so much.",
        "Find out why (a time service that began, a virtual machine that was stopped), let one time service keep the clock, "
        "and say which records of that time are concerned.", TIME,
    )  # fmt: skip


def failed_backup(problem: str) -> Alarm:
    """Give the alarm of a backup that could not be made, or did not prove whole."""
    return Alarm(
        "backup failed", "A backup failed", f"A backup could not be made, or was not whole: {problem}",
        "Mend what it says, make a backup and prove it: `indelible backup create`, then `indelible backup verify`.", BACKUP,
    )  # fmt: skip


def failed_restore_test(problem: str) -> Alarm:
    """Give the alarm of a rehearsed restore that did not work."""
    return Alarm(
        "restore test failed", "A backup could not be restored", f"A restore was rehearsed and did not work: {problem}",
        "Rehearse it with another backup at once, `indelible backup rehearse FILE`, and find out since when they cannot be restored. Until one "
        "is proven, what would be lost is everything since the last one that was.", BACKUP, critical=True,
    )  # fmt: skip


def differing_restore(backup_name: str, found: list[str]) -> Alarm:
    """Give the alarm of a restore drill that found other things in the backup than here."""
    return Alarm(
        f"restore drill {backup_name}"[:200], "A restore drill found differences",
        f"What was restored from {backup_name} and this installation are not the same:\n{_lines(found)}",
        "Change nothing, keep the backup and a copy of the database, and run `indelible verify` on both. What the backup holds and the "
        "installation does not was lost or altered since; drill an older backup to see since when.", INTEGRITY, critical=True,
    )  # fmt: skip


def failed_continuity(problem: str) -> Alarm:
    """Give the alarm of a continuity set that could not be written."""
    return Alarm(
        "continuity set failed", "The continuity set could not be written", f"What is in force could not be written out: {problem}",
        "Mend what it says, then `indelible continuity`. Until then the set of an earlier night is what people have without the system.",
        BACKUP,
    )  # fmt: skip


def _now() -> Iterator[Alarm]:
    yield from _clocks()
    yield from _reactions()
    yield from _backups()
    yield from _restore_tests()
    if _has_to_lose():
        yield from levels.look()


def _clocks() -> Iterator[Alarm]:
    good, found = host.database_clock()
    if not good:
        yield Alarm(
            "clock offset", "The clocks of server and database differ", f"The clocks of server and database are {found}.",
            "Let one time service keep both machines' clocks (`timedatectl set-ntp true`), and say which records are concerned.", TIME,
        )  # fmt: skip


def _reactions() -> Iterator[Alarm]:
    """Give an alarm for each reaction that was given up since the last one was told."""
    lost = Outbox.objects.filter(done_at=None, attempts__gte=reactions.ATTEMPTS).order_by("id")
    for name in lost.order_by("reaction").values_list("reaction", flat=True).distinct():
        signal = f"reaction {name}"[:200]
        since, words = alarms.last_of(signal), []
        for row in lost.filter(reaction=name):
            event = Event.objects.get(record_id=row.record_id, position=row.position)
            if since is None or event.at > since:
                number = Record.objects.get(pk=row.record_id).number
                words.append(f"{number}, event {row.position}: {row.note}")
        if words:
            yield Alarm(
                signal, "What should follow by itself did not", f"{name.rpartition('.')[2].replace('_', ' ').capitalize()}: given up "
                f"after {reactions.ATTEMPTS} tries.\n" + _lines(words),
                "Do by hand on these records what should have followed, and correct what the refusal names.", AVAILABILITY,
            )  # fmt: skip


def _has_to_lose() -> bool:
    """Say whether what is kept here could be lost: a simulated home has nothing to lose."""
    installation = Record.objects.filter(type=INSTALLATION).first()
    return installation is not None and not records.values(installation).get("simulated")


def _began() -> datetime | None:
    began: datetime | None = Event.objects.aggregate(at=Min("at"))["at"]
    return began


def _restore_tests() -> Iterator[Alarm]:
    """Give the alarm of a restore test that is late: a backup that was never restored is a hope (Annex 11-7.2; 11.10(c))."""
    last, days = backup.last_tested(), config.current().policies.restore_test_days
    since = last or _began()
    if not _has_to_lose() or since is None or clock.now() - since <= timedelta(days=days):
        return
    told = f"The last one that the trail knows of was {_stamp(last)}." if last else "None was ever made."
    yield Alarm(
        "restore test late", f"No restore was tested for more than {days} days", told,
        "Drill one with a copy from the other machine, `indelible drill --backup FILE`: it restores into scratch, verifies, compares, and is "
        "noted in the trail of this installation. Then look at a record that you know.", BACKUP,
    )  # fmt: skip


def _backups() -> Iterator[Alarm]:
    """Give the alarm of a backup that is late."""
    last = backup.last_made()
    since = last or _began()
    if not _has_to_lose():
        return
    days = config.current().policies.backup_days
    if since is None or clock.now() - since <= timedelta(days=days):
        return
    told = f"The last one that the trail knows of was made {_stamp(last)}." if last else "None was ever made."
    yield Alarm(
        "backup late", f"No backup for more than {days} days", told,
        "Make one, `indelible backup create`, and see why the one of each day was not made.", BACKUP,
    )  # fmt: skip


def _signal(word: str, findings: Iterable[Finding]) -> str:
    said = sorted(f"{one.kind} {one.table} {one.record} {one.field} {one.position}" for one in findings)
    return f"{word} {canonical.sha256(' '.join(said)).hex()[:16]}"


def _listed(findings: list[Finding]) -> str:
    return _lines([one.message for one in findings])


def _lines(words: list[str]) -> str:
    more = [f"and {len(words) - SHOWN} more"] if len(words) > SHOWN else []
    return "\n".join(f"- {one}" for one in [*words[:SHOWN], *more])


def _stamp(moment: datetime) -> str:
    return clock.in_zone(moment, config.current().company.zone)


def _today() -> date:
    return clock.real().astimezone(ZoneInfo(config.current().company.zone)).date()
